"""Pixels that each task packs into panels: every order of loops around them, tails of tiles and of blocks."""

import pytest
import tools
from plans import of_source

from convgen import ConvSpec
from convgen.api import render
from convgen.machine.find import find
from convgen.plan.plan import Plan
from convgen.run.build import built
from convgen.verification.report import verify_at

pytestmark = tools.needs(tools.c, "gcc")
# one vector; tiles and a part of one; several blocks, the last one short; groups and images; blocks of the reduction
LAYERS = {
    "few pixels": {"ic": 6000, "ih": 3, "iw": 4, "oc": 10},
    "tail": {"ic": 1400, "ih": 9, "iw": 11, "oc": 21},
    "blocks": {"ic": 110, "ih": 40, "iw": 33, "oc": 14},
    "groups": {"ic": 1760, "g": 2, "ih": 13, "iw": 12, "oc": 16, "n": 2},
    "reduction": {"ic": 768, "ih": 10, "iw": 18, "oc": 5, "residual": True, "activation": "relu"},
}
RUN = [*(("x86-64-v3", "f32", layer) for layer in LAYERS), ("x86-64-v3", "f16", "tail"), ("x86-64-v4", "f32", "blocks"),
       ("x86-64-v4", "f32", "reduction")]


def plans(spec: ConvSpec, name: str) -> list[Plan]:
    """The best of each order of loops around panels."""
    return of_source(spec, name, "panels", lambda plan: tuple(loop.dim for loop in plan.loops))


@pytest.mark.parametrize(("name", "dtype", "layer"), RUN)
def test_every_order(name, dtype, layer):
    if not find(name).runs_here():
        pytest.skip(f"needs {name}")
    spec = ConvSpec(layout="nchw", kh=1, kw=1, dtype=dtype, **LAYERS[layer])
    orders = plans(spec, name)
    assert orders
    for plan in orders:
        kernel = render(plan)
        report = verify_at(kernel, built(kernel, opt="O1"), ("exact", "guard"))
        assert report.ok, (plan.loops, str(report))


def test_what_a_worker_packs_is_bounded():
    spec = ConvSpec(layout="nchw", kh=1, kw=1, ic=2048, ih=112, iw=112, oc=64)
    for plan in plans(spec, "x86-64-v4"):
        assert render(plan).scratch_bytes <= 2 << 20


@pytest.mark.skipif(not find("x86-64-v3").runs_here(), reason="needs AVX2")
def test_workers_pack_for_themselves():
    """Threads of the file's own, each in scratch of its own: two that share one overwrite each other's pixels."""
    tools.require(tools.openmp("gcc"))
    kernel = render(plans(ConvSpec(layout="nchw", kh=1, kw=1, ic=512, ih=32, iw=32, oc=64), "x86-64-v3")[0])
    report = verify_at(kernel, built(kernel), ("properties",))
    assert report.ok, str(report)
