"""Templates are given what they use, and use what they are given."""

from __future__ import annotations

from pathlib import Path

import jinja2.meta
import pytest
from jinja2 import nodes

from convgen.algorithms.matmul.implicit_view import ImplicitView
from convgen.algorithms.matmul.tensor_view import TensorView
from convgen.algorithms.reference import ReferenceView
from convgen.algorithms.streaming.program import PartsView, StreamView
from convgen.algorithms.tiled.functions import TiledView
from convgen.algorithms.winograd.gpu_view import WinogradGpuView
from convgen.algorithms.winograd.view import WinogradView
from convgen.emit.context import CDocument, Common, OpenCLDocument
from convgen.emit.texts import templates

FOLDER = Path(__file__).resolve().parent.parent / "templates"

# what is printed -> the views that it is given
ROOTS = {
    ("tiled/tiled.c.j2",): (Common, TiledView),
    ("winograd/winograd.c.j2",): (Common, WinogradView),
    ("streaming/stream.c.j2",): (Common, StreamView),
    ("streaming/parts.c.j2",): (Common, PartsView),
    ("reference/reference.c.j2",): (Common, ReferenceView),
    ("opencl/implicit.cl.j2",): (Common, ImplicitView),
    ("opencl/tensor.cl.j2",): (Common, TensorView),
    ("opencl/winograd.cl.j2",): (Common, WinogradGpuView),
    ("common/file.c.j2", "common/file.h.j2"): (CDocument,),
    ("opencl/file.cl.j2", "opencl/host.h.j2", "opencl/host.c.j2"): (OpenCLDocument,),
}


def tree(name: str) -> nodes.Template:
    return templates().parse((FOLDER / name).read_text())


def family(name: str) -> set[str]:
    """A template, and all that it includes or imports."""
    found, left = set[str](), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += [other for other in jinja2.meta.find_referenced_templates(tree(one)) if other]
            # an include of a variable name is the view's: none is left
            assert None not in set(jinja2.meta.find_referenced_templates(tree(one))), one
    return found


def given_by_templates(name: str) -> set[str]:
    """Names that a template assigns, and those that it includes may use."""
    own = set[str]()
    for node in tree(name).find_all((nodes.Name, nodes.Macro, nodes.Import, nodes.FromImport, nodes.CallBlock)):
        if (isinstance(node, nodes.Name) and node.ctx == "store") or isinstance(node, nodes.Macro):
            own.add(node.name)
        elif isinstance(node, nodes.Import):
            own.add(node.target)
    return own | {"loop", "caller", "none", "range"}


def used(roots: tuple[str, ...]) -> set[str]:
    """Names that templates take from outside."""
    names, own = set[str](), set[str]()
    for one in set().union(*map(family, roots)):
        names |= jinja2.meta.find_undeclared_variables(tree(one))
        own |= given_by_templates(one)
    return names - own


@pytest.mark.parametrize("roots", ROOTS, ids=lambda roots: roots[0])
def test_nothing_is_missing(roots):
    given = {field for view in ROOTS[roots] for field in view.__struct_fields__}
    assert used(roots) <= given


@pytest.mark.parametrize("roots", ROOTS, ids=lambda roots: roots[0])
def test_nothing_is_given_in_vain(roots):
    """Of an algorithm's own view; what is common to all must serve one of them."""
    own = {field for view in ROOTS[roots] if view is not Common for field in view.__struct_fields__}
    shadowed = {"isa", "spec", "act", "io"}
    assert own <= used(roots) | shadowed


def test_what_is_common_serves_somebody():
    assert set(Common.__struct_fields__) <= set().union(*map(used, ROOTS)) | {"isa", "spec", "act", "io"}


@pytest.mark.parametrize("roots", [roots for roots, views in ROOTS.items() if len(views) > 1], ids=lambda r: r[0])
def test_views_share_no_name(roots):
    common, own = ROOTS[roots]
    assert not set(common.__struct_fields__) & set(own.__struct_fields__)
