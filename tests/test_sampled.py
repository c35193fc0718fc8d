"""Large layers are compared in boxes of outputs: each is a layer of its own, which gives the whole one's numbers."""

from __future__ import annotations

import numpy as np
import pytest

import convgen
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.fourier.numbers import numbers as fourier
from convgen.algorithms.lowering import lowered
from convgen.algorithms.winograd.numbers import numbers as winograd
from convgen.api import render
from convgen.benchmark.data import compared, draw, expected
from convgen.errors import UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.planner.rank import rank
from convgen.verification import compare, draws, filtering, gradients, oracle, readers, report, sampled, spectra

FILTER = ConvSpec(ic=1, oc=1, iw=600, kw=8, padding=3)
# layers, and the algorithm of the plan
ERRORS = {"fourier": 1e-5}  # what plans may be expected to err, of others 1e-6
LAYERS = {
    "plain": ("ic8ih40oc4oh40kh3ph1", {}, None),
    "channels last, residual, groups": ("g2ic8ih41iw37oc6kh3kw5sh2sw1ph1pw2",
                                        {"layout": "nhwc", "residual": True}, None),
    "dilated, uneven pads": ("ic3ih37iw50oc5kh3kw3dh2dw1", {"top": 3, "left": 0, "right": 4, "n": 3}, None),
    "1-D": ("ic4iw300oc4kw9pw4", {"activation": "gelu", "bias": True}, None),
    "3-D": ("ic2id12ih13iw14oc3kd3kh3kw3pd1ph1pw1", {"activation": "relu"}, None),
    "far padding": ("ic2ih9oc2kh3oh69ph31", {}, None),
    "transforms": ("ic16ih47iw50oc16kh3kw3ph1pw1", {"layout": "nhwc"}, "winograd"),
    "transposed by transforms": ("ic16ih46iw50oc16kh3kw3ph2pw0", {"op": "transposed", "residual": True}, "winograd"),
    "phases by transforms": ("ic16ih40iw37oc16kh4kw4sh2sw2ph1pw1", {"op": "transposed", "layout": "nhwc"}, "winograd"),
    "phases by transforms, gaps": ("ic16ih31iw37oc16kh3kw5sh2sw3", {"op": "transposed", "top": 1, "left": 2,
                                                                      "bottom": 0, "right": -1}, "winograd"),
    "gradient by transforms": ("ic16ih60iw53oc16kh3kw3sh2sw2ph1pw1", {"op": "backward-data"}, "winograd"),
    "spectra": ("ic2ih70iw71oc3kh9kw9ph4pw2", {"n": 3}, "fourier"),
    "transposed by spectra": ("ic2iw400oc3kw70pw2", {"op": "transposed", "residual": True}, "fourier"),
    "transposed": ("ic6ih25oc7oh51kh4sh2ph1", {"op": "transposed", "activation": "sigmoid"}, None),
    "transposed, gaps": ("ic4ih25oc4oh74kh2sh3ph0", {"op": "transposed", "layout": "nhwc", "residual": True}, None),
    "gradient of the input": ("ic6ih40iw33oc8kh3kw5dh2sh2ph2pw2", {"op": "backward-data"}, None),
    "integers": ("ic8ih40oc4oh40kh3ph1", {"dtype": "u8:s8:u8", "layout": "nhwc", "input_zero": 7}, None),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch, request):
    """Everything is large, and boxes are small."""
    monkeypatch.setattr(sampled, "MOST_VALUES", 0)
    monkeypatch.setattr(sampled, "BOXES", 20_000 if "1-D" in request.node.name else 200_000)


def plan_of(name):
    text, fields, algorithm = LAYERS[name]
    spec = ConvSpec.parse(text, op=fields.get("op", "forward")).replace(**fields)
    most = ERRORS.get(algorithm, 1e-6)
    return spec, next(one.plan for one in rank(spec, find("x86-64-v3"), algorithm, max_error=most))


@pytest.mark.parametrize("name", [name for name, (_, fields, _) in LAYERS.items() if "op" not in fields])
def test_pixels_are_a_layer_that_gives_the_same(name):
    text, fields, _ = LAYERS[name]
    spec = ConvSpec.parse(text).replace(**fields)
    rng = np.random.default_rng(1)
    arrays = {array.role: rng.integers(0, 100, array.shape).astype(array.element.dtype)
              for array in spec.arrays if not array.written}
    if "scale" in arrays:
        arrays["scale"] = np.full_like(arrays["scale"], 0.01)
    whole = oracle.convolve(spec, **arrays)
    places = [0, whole.y.size - 1, *map(int, rng.integers(0, whole.y.size, 9))]
    few, own, where = sampled.pixels(spec, arrays, places)
    assert few.macs < spec.macs
    found = oracle.convolve(few, **own)
    for one, every in zip(found, whole, strict=True):  # of whole numbers: in any order the same
        np.testing.assert_array_equal([one[at] for at in where], every.ravel()[places])
    np.testing.assert_array_equal(oracle.output(spec, arrays), whole.y)


@pytest.mark.parametrize("name", LAYERS)
def test_a_box_is_a_layer_that_gives_the_same(name):
    spec, plan = plan_of(name)
    spec = spec.computed
    rng = np.random.default_rng(1)
    arrays = draws.normals(spec, rng)
    kernel = render(plan)
    whole, parts = compare.reference(kernel, arrays), sampled.parts(kernel)
    assert len(parts) > 2 or name == "far padding"
    seen = np.zeros(spec.output_shape, bool)
    for part, mine in compare.references(kernel, arrays):
        part.outputs(seen)[...] = True
        np.testing.assert_allclose(mine.v, part.outputs(whole.v), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(mine.s, part.outputs(whole.s), rtol=1e-12)
    corners = oracle.channels_first(spec, seen)[0, 0]
    if name != "far padding":
        assert corners[tuple(slice(None, None, max(1, extent - 1)) for extent in corners.shape)].all()
    assert not seen.all()


TRANSFORMS = ["transforms", "transposed by transforms", "phases by transforms", "spectra", "transposed by spectra"]


@pytest.mark.parametrize("text", ["ic16ih47iw50oc16kh3kw3ph1", "ic2ih40iw43oc2kh9kw11ph4pw2", "ic2iw500oc2kw200pw3"])
@pytest.mark.parametrize("op", ["forward", "transposed"])
def test_an_input_reaches_the_outputs_whose_bounds_it_adds_to(op, text):
    """Of blocks that are transformed as pairs along each dimension, of kernels in parts, and of tiles."""
    spec = ConvSpec.parse(text, op=op).replace(n=3)
    plans = {str(vars(found).get("paired")) + str(vars(found).get("parts")): (plan, magnitudes, touched)
             for algorithm, numbers, magnitudes, touched in (
                 ("fourier", fourier, spectra.magnitudes, lambda *of: spectra.touched(of[0], spec, of[1])),
                 ("winograd", winograd, filtering.magnitudes, filtering.touched))
             for plan in ALGORITHMS[algorithm].plans(spec, find("x86-64-v3")) for found in (numbers(lowered(plan)),)}
    assert plans
    for plan, magnitudes, touched in plans.values():
        for place in readers.points([sampled.Part(spec)], np.random.default_rng(1)):
            x = np.zeros(spec.input_shape, np.float32)
            oracle.channels_first(spec, x)[place] = 1.0
            reached = magnitudes(plan, x, np.ones(spec.weights_shape, np.float32)) > 0
            assert np.array_equal(touched(plan, place), reached), plan


def test_small_layers_and_those_that_are_not_cut_are_whole(monkeypatch):
    spec, plan = plan_of("plain")
    monkeypatch.setattr(sampled, "MOST_VALUES", 2**26)
    (part,) = sampled.parts(render(plan))
    assert part == sampled.Part(spec)
    assert sampled.covered([part], spec) == f"{4 * 40 * 40} outputs"


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", ["plain", *TRANSFORMS, "transposed", "gradient of the input", "integers"])
def test_a_kernel_passes_and_a_wrong_one_does_not(name, monkeypatch):
    text, fields, algorithm = LAYERS[name]
    try:
        spec = ConvSpec.parse(text, op=fields.get("op", "forward")).replace(**fields)
        conv = convgen.generate(spec, algorithm=algorithm, max_error=ERRORS.get(algorithm, 1e-6)).compile()
    except UnsupportedError:
        pytest.skip("no such plan here")
    modes = ["exact", "properties"] if name == "integers" else ["bound", "properties"] if "spectra" in name else \
        ["exact", "bound", "properties"]
    for mode in modes:
        found = report.run_mode(conv, mode)
        assert found.ok, found
        assert "boxes" in found.detail
    right = compare.run

    def wrong(conv, arrays, *more, **options):
        y = right(conv, arrays, *more, **options)
        oracle.channels_first(conv.kernel.spec.computed, y)[0, -1, 0, -1, -1] += 1
        return y

    for module in (report.checks, report.whole):
        monkeypatch.setattr(module, "run", wrong)
    for mode in modes:
        found = report.run_mode(conv, mode)
        assert not found.ok
        assert "in outputs [" in found.detail


@pytest.mark.parametrize("fields", [{"ic": 24, "oc": 20}, {"ic": 24, "oc": 20, "g": 4, "layout": "nhwc"},
                                    {"ic": 24, "oc": 24, "g": 24}], ids=["one group", "groups", "depthwise"])
def test_gradients_of_large_layers_are_compared_between_some_channels(fields, monkeypatch):
    spec = ConvSpec(n=3, ih=30, iw=31, kh=3, kw=3, padding=1, op="backward-weights", **fields)
    conv = convgen.generate(spec).compile()
    assert 1 < sum(len(part.outputs) for part in gradients.parts(spec)) < spec.oc
    for mode in ("exact", "bound"):
        found = report.run_mode(conv, mode)
        assert found.ok, found
        assert "of weights between some channels" in found.detail
    assert report.run_mode(conv, "properties").ok
    right = gradients.run

    def wrong(conv, data, threads=None):
        made = right(conv, data, threads)
        taps = oracle.cross_weights(spec, made.weights).copy()
        taps[0, 0, 0, -1, -1] += 1
        return made._replace(weights=oracle.from_cross(spec, taps))

    monkeypatch.setattr(gradients, "run", wrong)
    assert not any(report.run_mode(conv, mode).ok for mode in ("exact", "bound"))


def test_a_large_layer_is_compared_in_boxes_and_that_is_said(monkeypatch):
    """A layer of a U-Net took 88 s and 7 GB."""
    monkeypatch.undo()
    spec = ConvSpec.parse("ic64ih1024oc64oh1024kh3ph1")
    plan = next(one.plan for one in rank(spec, find("x86-64-v3")))
    parts = sampled.parts(render(plan))
    assert sum(part.spec.macs for part in parts) < 2**33
    assert "of 67108864 outputs, in 9 boxes" in sampled.covered(parts, spec)


def test_bench_compares_boxes_of_large_layers(monkeypatch):
    """Of a long filter, whose products NumPy makes one by one; of integers, and of small layers, everything."""
    monkeypatch.setattr(sampled, "MOST_VALUES", 2**26)
    arrays = draw(FILTER, np.random.default_rng(0))
    y = oracle.convolve(FILTER, **arrays).y
    assert compared(FILTER, y).shape == y.shape
    monkeypatch.setattr(sampled, "MOST_MACS", 1000)
    monkeypatch.setattr(sampled, "BOXES", 40_000)
    found = compared(FILTER, y)
    assert 0 < found.size < y.size / 2
    np.testing.assert_array_equal(found, expected(FILTER, arrays).y)
    whole = FILTER.replace(dtype="u8:s8:u8")
    assert compared(whole, y).shape == y.shape


def test_products_of_single_channels_count_more(monkeypatch):
    """A long filter is as much work for NumPy as a dense layer of many times its products."""
    monkeypatch.setattr(sampled, "MOST_VALUES", 2**26)
    long = ConvSpec(ic=1, oc=1, iw=2**20, kw=2**10)
    assert sampled.large(long)
    assert not sampled.large(ConvSpec(ic=64, oc=64, ih=128, iw=128, kh=4, kw=4))
