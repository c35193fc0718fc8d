"""Winograd for GPUs: three phases, of which the products are a layer that `implicit` computes. Any device runs it."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tools
from plans import altered, explained

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.matmul.numbers import implicit_numbers
from convgen.algorithms.winograd import gpu_view
from convgen.algorithms.winograd.gpu_view import shape
from convgen.algorithms.winograd.numbers import filtering as transforms
from convgen.api import render
from convgen.layer.formats import load_layers
from convgen.machine.target import NAMED
from convgen.plan.plan import Loop, Plan
from convgen.plan.written import written
from convgen.planner import describe
from convgen.planner import rank as planner
from convgen.verification import filtering

needs_device = tools.needs_device
GPU = NAMED["opencl-gpu"]
WINOGRAD = ALGORITHMS["winograd"]
SUITE = [layer for layer in load_layers(str(Path(__file__).parent / "suite.toml"))
         if (layer.spec.kh, layer.spec.sh, layer.spec.dh, layer.spec.g) == (3, 1, 1, 1)]

ODD = {"ic": 35, "oc": 37, "ih": 11, "iw": 18}  # tails in channels, tiles that reach beyond the output both ways
SQUARE = {"kh": 3, "kw": 3, "padding": "half"}

# layer, outputs of a tile along an axis; each in both layouts
LAYERS = {
    "F(2x2,3x3)": ({**ODD, **SQUARE, "n": 2, "residual": True, "activation": "silu"}, 2),
    "F(4x4,3x3)": ({**ODD, **SQUARE, "n": 2, "residual": True, "activation": "relu6"}, 4),
    "F(6x6,3x3)": ({**ODD, **SQUARE, "flip": True}, 6),
    "lopsided": ({**ODD, "kh": 3, "kw": 3, "top": 2, "right": 1, "bias": False}, 4),
    "no padding": ({**ODD, "kh": 3, "kw": 3, "weights_layout": "ohwi"}, 2),
    "F(4x4,5x5)": ({**ODD, "kh": 5, "kw": 5, "padding": "half", "weights_layout": "ohwi"}, 4),
    "F(2x2,4x4)": ({**ODD, "kh": 4, "kw": 4, "padding": "half"}, 2),
    "rows": ({**ODD, "kh": 1, "kw": 3, "left": 1, "activation": "sigmoid"}, 4),
    "columns": ({**ODD, "kh": 7, "kw": 1, "padding": "half"}, 2),
    "one dimension": ({"ic": 20, "oc": 12, "iw": 41, "kw": 3, "padding": "half"}, 6),
    "groups": ({"ic": 40, "oc": 28, "g": 2, "ih": 9, "iw": 8, **SQUARE, "residual": True}, 4),
    "planes": ({**ODD, "id": 3, "kd": 1, **SQUARE, "n": 2}, 2),
    "rows are vectors": ({"ic": 16, "oc": 16, "ih": 7, "iw": 12, **SQUARE, "n": 2, "residual": True,
                          "activation": "gelu"}, 4),
    "gelu of an infinity": ({"ic": 16, "oc": 16, "ih": 8, "iw": 12, **SQUARE, "n": 2, "residual": True,
                             "activation": "gelu"}, 2),
    "one tile": ({"ic": 16, "oc": 16, "ih": 3, "iw": 2, **SQUARE}, 4),
    "halfs": ({**ODD, **SQUARE, "residual": True, "dtype": "f16"}, 2),
    "rows of halfs": ({"ic": 8, "oc": 9, "ih": 8, "iw": 8, **SQUARE, "residual": True, "dtype": "f16"}, 4),
}
LAYOUTS = {1: ("ncw", "nwc"), 2: ("nchw", "nhwc"), 3: ("ncdhw", "ndhwc")}
CASES = [(name, layout) for name, (fields, _) in LAYERS.items() for layout in LAYOUTS[ConvSpec(**fields).rank]]


def plans(name: str, layout: str, number: int) -> list[Plan]:
    """Some of a layer's plans, with different tiles of the products."""
    fields, m = LAYERS[name]
    found = [plan for plan in WINOGRAD.plans(ConvSpec(**fields, layout=layout), GPU) if plan.choices.m == m]
    assert found, name
    return found[len(name) % 7 :: max(1, len(found) // number)][:number]


@pytest.mark.sampled(every=3)
@needs_device
@pytest.mark.parametrize(("name", "layout"), CASES)
def test_layers(name: str, layout: str) -> None:
    for plan in plans(name, layout, 1):
        report = verify(render(plan).compile())
        assert report.ok, report
        figures = {check.mode: check.figure for check in report.checks}
        assert 0.001 < figures["bound"] <= 1, "a bound that means something"


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize(("name", "layout"), CASES)
def test_all_tiles(name: str, layout: str) -> None:
    for plan in plans(name, layout, 8):
        report = verify(render(plan).compile(), ["exact", "bound"])
        assert report.ok, report


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("layer", SUITE, ids=lambda layer: layer.name)
def test_suite(layer, n: int, layout: str) -> None:
    ranked = planner.rank(layer.spec.replace(n=n, layout=layout), GPU, "winograd")
    for m in (2, 4):
        plan = next(estimate.plan for estimate in ranked if estimate.plan.choices.m == m)
        report = verify(render(plan).compile(), ["exact", "bound"], timeout=600)
        assert report.ok, report


@needs_device
@pytest.mark.parametrize(("name", "layout"), [("F(4x4,3x3)", "nhwc"), ("F(2x2,4x4)", "nchw"), ("groups", "nchw")])
def test_packed_weights_are_rounded_once(name: str, layout: str) -> None:
    """G g Gᵀ in floats is as good as in doubles, also where its terms cancel."""
    import pyopencl as cl

    (plan,) = plans(name, layout, 1)
    spec, t = plan.spec, implicit_numbers(shape(plan).inner)
    conv = render(plan).compile()
    rng = np.random.default_rng(3)
    taps = rng.standard_normal((spec.oc, spec.icg, spec.kh, spec.kw)).astype(np.float32)
    taps[::2, :, 0] = -taps[::2, :, -1] * (1 + 2.0**-23)  # rows that nearly cancel
    weights = np.ascontiguousarray(np.transpose(taps, {"oihw": (0, 1, 2, 3), "hwio": (2, 3, 1, 0),
                                                       "ohwi": (0, 2, 3, 1)}[spec.weights_layout]))
    bias = rng.standard_normal(spec.oc).astype(np.float32)
    conv.pack(weights, bias)
    packed = np.empty(conv.kernel.packed_bytes // 4, np.float32)
    cl.enqueue_copy(conv.queue, packed, conv._packed)
    depth, points = t.chunks * t.chunk, shape(plan).points
    got = packed[: -spec.oc].reshape(points, spec.g, t.panels, depth, t.channels)
    got = got.transpose(1, 2, 4, 3, 0).reshape(spec.g, t.panels * t.channels, depth, points)
    h, w = filtering.lines(plan)
    rows, columns = (line.g / line.over[:, None] for line in (h, w))
    want = (rows @ taps.astype(np.float64) @ columns.T).reshape(spec.g, spec.ocg, spec.icg, points)
    np.testing.assert_allclose(got[:, : spec.ocg, : spec.icg], want, rtol=2.0**-24 * 1.01, atol=2.0**-44)
    assert not got[:, spec.ocg :].any()
    assert not got[:, :, spec.icg :].any()
    assert (packed[-spec.oc :] == bias).all()


def test_plans_go_through_json_and_say_what_they_do() -> None:
    for name, layout in CASES:
        (plan,) = plans(name, layout, 1)
        assert WINOGRAD.check(plan) is None
        assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
        f = shape(plan)
        text = "\n".join(describe.plan_lines(plan))
        assert f"F({f.h.f.m}x{f.w.f.m}, {plan.spec.kh}x{plan.spec.kw}), {f.points} products of" in text
        assert f"tiles x {implicit_numbers(f.inner).channels} channels by" in text
    kernel = render(plan)
    assert f"winograd{plan.choices.m}_cl4" in plan.label
    assert "transformed), then" in kernel.source.partition("*/")[0]
    assert kernel.packers > 100
    assert kernel.items[0] == kernel.items[2] == 1 < kernel.items[1]


LAYER = ConvSpec(ic=64, oc=64, ih=28, iw=28, n=8, **SQUARE)


def test_what_the_planner_makes_of_it() -> None:
    """Fewer multiplications where they are many; never where transforms are most of the work, or err too much."""
    assert written(planner.best(LAYER, GPU)).m == 4
    assert written(planner.best(LAYER.replace(layout="nhwc"), GPU)).m == 4
    assert planner.best(LAYER, GPU, max_error=0).algorithm == "implicit"
    assert planner.best(LAYER.replace(ic=4, oc=4), GPU).algorithm != "winograd"
    assert {plan.choices.m for plan in WINOGRAD.plans(LAYER, GPU)} == {2, 4, 6}
    assert {e.plan.choices.m for e in planner.rank(LAYER, GPU, "winograd")} == {2, 4}
    estimate = planner.rank(LAYER, GPU, "winograd")[0]
    assert 0 < estimate.passes < estimate.cycles
    assert "transforms" in explained(LAYER, GPU, "winograd")


@pytest.mark.parametrize("change", [{"sw": 2}, {"dh": 2}, {"kh": 1, "kw": 1, "padding": "half"}, {"ic": 3}, {"oc": 3},
                                    {"g": 64}, {"ic": 1 << 14, "oc": 1 << 13}])
def test_no_plans(change: dict[str, object]) -> None:
    """Where it does not apply, or U would have too many elements."""
    assert not list(WINOGRAD.plans(LAYER.replace(**change), GPU))


def test_no_plans_of_this_form_for_cpus() -> None:
    for name in ("opencl-cpu", "x86-64-v3"):
        assert not any(plan.cooperative for plan in WINOGRAD.plans(LAYER, NAMED[name]))


def with_steps(plan: Plan, **steps: int) -> tuple[Loop, ...]:
    """The loops of a plan, with other steps: oh=…, ow_group=… and so on."""
    return tuple(Loop(loop.dim, steps.get(f"{loop.dim}_{loop.bind}", loop.step), loop.bind) for loop in plan.loops)


@pytest.mark.parametrize(("change", "reason"), [
    (lambda p: {"m": 2}, "loops[4] must be local ow by 16"),
    (lambda p: {"m": 3}, "m must be 2, 4 or 6 (m=3)"),
    (lambda p: {"loops": with_steps(p, oh_seq=8)}, "loops[6] must be seq oh by 4"),
    (lambda p: {"loops": with_steps(p, ow_group=34)}, "loops[2] must be"),
    (lambda p: {"loops": p.loops[:-1]}, "loops[10] must be seq kw by 1 (loops[10]=None)"),
    (lambda p: {"loops": (Loop("g", 1), *p.loops[1:])}, "loops[0] must be group g by 1"),
    (lambda p: {"fused": True}, "fused must be False"),
    (lambda p: {"source": "edges"}, "source must be input"),
    (lambda p: {"spec": p.spec.replace(sw=2)}, "needs stride 1"),
    (lambda p: {"spec": p.spec.replace(ic=1 << 14, oc=1 << 13)}, "no tile for this layer"),
    (lambda p: {"target": msgspec.structs.replace(GPU, device=msgspec.structs.replace(GPU.device, local_bytes=100))},
     "local memory"),
    (lambda p: {"target": msgspec.structs.replace(GPU, device=msgspec.structs.replace(GPU.device, group=16))},
     "work-group"),
    (lambda p: {"target": NAMED["x86-64-v3"]}, "must be"),
])
def test_illegal_plans_say_why(change, reason: str) -> None:
    plan = next(plan for plan in WINOGRAD.plans(LAYER, GPU) if plan.choices.m == 4)
    assert reason in WINOGRAD.check(altered(plan, **change(plan)))


# --- blocks of tiles ---


@pytest.fixture
def tight(monkeypatch):
    """Room for two feature maps: few blocks, since each phase is a kernel to build."""
    monkeypatch.setattr(gpu_view, "ROOM", 1)
    monkeypatch.setattr(gpu_view, "SHARE", 2.0)
    shape.cache_clear()
    yield
    shape.cache_clear()


def test_large_layers_take_half_of_a_feature_map() -> None:
    """In f32; what is below 64 MiB anyway is not cut."""
    for layout, (n, c, size) in itertools.product(("nchw", "nhwc"), ((1, 256, 640), (32, 64, 224), (8, 512, 80))):
        spec = ConvSpec(n=n, ic=c, oc=c, ih=size, iw=size, **SQUARE, layout=layout)
        kernel = render(planner.best(spec, GPU, "winograd"))
        assert kernel.workspace_bytes <= max(spec.bytes // 4, 64 << 20), spec
        assert len(kernel.phases) % 3 == 0
        assert len(kernel.phases) > 3
    kernel = render(planner.best(LAYER, GPU, "winograd"))
    assert len(kernel.phases) == 3
    assert "int first" not in kernel.source


MORE = [("F(2x2,3x3)", "nchw"), ("F(4x4,3x3)", "nhwc"), ("planes", "ncdhw"), ("one dimension", "ncw"),
        ("halfs", "nchw")]


@needs_device
@pytest.mark.parametrize(("name", "layout"), [
    ("groups", "nhwc"), ("rows are vectors", "nchw"), *[pytest.param(*case, marks=pytest.mark.sweep) for case in MORE]])
def test_blocks_pass_through_the_phases_in_turn(tight, name: str, layout: str) -> None:
    """The last one has fewer tiles; the residual may be the output's own array."""
    (plan,) = plans(name, layout, 1)
    t = shape(plan)
    assert t.several
    kernel = render(plan)
    assert len(kernel.phases) == 3 * len(t.blocks.parts) > 3
    assert sum(count for _, count in t.blocks.parts) == t.blocks.tiles
    report = verify(kernel.compile())
    assert report.ok, report


def test_a_block_is_whole_vectors_of_tiles(tight) -> None:
    for n, size in itertools.product((1, 3), (12, 29, 64)):
        spec = LAYER.replace(n=n, ih=size, iw=size)
        for m in (2, 4, 6):
            f = transforms(3, m)
            cut = gpu_view.blocks(spec, f, f)
            assert cut.block % 4 == 0 or cut.block == cut.tiles
            assert cut.block <= cut.tiles


def test_heads_tell_of_blocks_once(tight) -> None:
    (plan,) = plans("F(4x4,3x3)", "nhwc", 1)
    text = " ".join(render(plan).source.partition("*/")[0].replace("*", "").split())
    several = len(shape(plan).blocks.parts)
    assert text.count("transformed back") <= 2 <= several
    assert f"{several} times {shape(plan).tiles} tiles, 36 products of " in text
