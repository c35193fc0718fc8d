"""convgen generate: kernels as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..algorithms import MAX_ERROR
from ..errors import InputError, MissingToolError, UnsupportedError
from ..layer.names import check_name, show
from ..machine.find import find
from ..packaging import output
from ..plan.kernel import Kernel
from ..plan.sizes import together
from ..planner.describe import sizes_lines
from ..run.build import compiler
from .console import note, put
from .package import is_model, weights_option
from .package import write as write_package
from .request import Request, layer_options, must_run_here, say_choosers
from .verify import case, check, finish
from .writing import Unit, Writing, inputs_of, writing_options


@click.command()
@layer_options()
@writing_options
@click.option("--name", help="Name of the kernel, if there is a single one; or of a model's library.")
@weights_option
@click.option("--from", "source", metavar="DIR",
              help="Print the kernels again whose manifests are in DIR: there, if no other folder is given.")
def generate(request: Request, writing: Writing, name: str | None, weights: str, source: str | None) -> None:
    """Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.

    For an OpenCL target: NAME.cl, C that runs it, and NAME.json. For a model, FILE.onnx: the library that convgen
    package writes. With -o - a single kernel goes to stdout.
    """
    if source is None and is_model(request):
        write_package(request, name, weights, writing)
        return
    if weights != "none":
        raise InputError(f"weights must come from a model (weights={show(weights)})")
    kernels, layers, inputs = _again(request, name, source) if source is not None else _planned(request, name, writing)
    if writing.folder == "-":
        writing.to_stdout(len(kernels))
        _verify(kernels, writing.verify)
        put(output.single(kernels[0]).removesuffix("\n"))
        return
    units = [Unit(output.files(kernel, names), _about(kernel, names))
             for kernel, names in zip(kernels, layers, strict=True)]
    writing.deliver(units, inputs, lambda some: _verify([kernels[at] for at in some], writing.verify), source)
    for line in sizes_lines(together(kernel.sizes for kernel in kernels)):
        note(line)
    say_choosers(kernels)


Planned = tuple[list[Kernel], list[tuple[str, ...]], list[Path]]  # kernels, names of their layers, files they are from


def _planned(request: Request, name: str | None, writing: Writing) -> Planned:
    find(request.target)
    if name is not None:
        check_name(name)
    layers = request.layers()
    writing.place()  # asks for a folder before the slow part
    if name is not None and len(layers) > 1:
        raise InputError(f"name must be for a single layer (layers={len(layers)})")
    return request.kernels(layers, name), list(layers.values()), inputs_of(request)


def _again(request: Request, name: str | None, folder: str) -> Planned:
    """What the manifests in a folder say."""
    if request != Request((), {}, {}, "host", None, MAX_ERROR) or name is not None:
        raise InputError(f"from must stand without layers and options about them (from={show(folder)})")
    found = list(output.stored(Path(folder)))
    if not found:
        raise InputError(f"from must be a folder with manifests that convgen generate wrote (from={show(folder)})")
    return ([one.kernel for one in found], [one.layers for one in found],
            [Path(folder) / f"{one.kernel.name}.json" for one in found])


def _about(kernel: Kernel, names: Sequence[str]) -> dict[str, object]:
    """What --json says of it beside its files."""
    return {"name": kernel.name, "layers": names, "target": kernel.plan.target.name, "plan": kernel.plan.label,
            "chosen_by": kernel.chosen_by, "origin": kernel.origin, "flags": kernel.flags}


def _verify(kernels: Sequence[Kernel], wanted: bool | None) -> bool:
    """Check bits and bound, unless `wanted` is False; when it is None, only where that is possible."""
    if wanted is False:
        return False
    try:
        for kernel in kernels:
            must_run_here(kernel.plan.target, [kernel.spec])
            if kernel.plan.target.device is None:
                compiler(kernel.plan.target)
    except (UnsupportedError, MissingToolError) as error:
        if wanted:
            raise
        note(f"not verified: {error}")
        return False
    finish(check([case(kernel) for kernel in kernels], ["exact", "bound"]))
    note(f"verified {len(kernels)} kernel{'s' * (len(kernels) > 1)}: exact, bound")
    return True
