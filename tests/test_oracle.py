"""The oracle against references that nobody here wrote, and against definitions in plain loops."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
import scipy.signal
import scipy.special
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from convgen.errors import InputError
from convgen.layer.fields import LAYOUTS, WEIGHTS_LAYOUTS
from convgen.layer.spec import BY_INPUT, ConvSpec
from convgen.verification import oracle


def random_spec(seed: int, **fixed) -> ConvSpec:
    """A small layer of any rank, layout, grouping, stride, dilation and (asymmetric) padding."""
    pick = random.Random(seed)
    layout = fixed.pop("layout", None) or pick.choice(LAYOUTS)
    g = pick.choice((1, 1, 2, 3))
    fields = {
        "layout": layout, "weights_layout": pick.choice(WEIGHTS_LAYOUTS), "n": pick.choice((1, 2)),
        "g": g, "ic": g * pick.choice((1, 2, 3)), "oc": g * pick.choice((1, 2, 4)),
        "bias": pick.random() < 0.5, "residual": pick.random() < 0.3,
    }
    if "padding" in fixed or pick.random() < 0.25:
        fields["padding"] = pick.choice(("valid", "half", "same-upper", "same-lower"))
    for axis, before, after in list(zip("dhw", ("front", "top", "left"), ("back", "bottom", "right"),
                                        strict=True))[5 - len(layout):]:
        k, d = pick.choice((1, 2, 3)), pick.choice((1, 1, 2))
        fields |= {f"k{axis}": k, f"d{axis}": d, f"s{axis}": pick.choice((1, 1, 2, 3)),
                   f"i{axis}": pick.randint((k - 1) * d + 1, 8)}
        if "padding" not in fields:
            fields |= {before: pick.randint(0, 3), after: pick.randint(0, 3)}
    return ConvSpec(**(fields | fixed))


def random_arrays(spec: ConvSpec, seed: int = 0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    x, w, b, r = (rng.standard_normal(shape).astype(dtype) for shape in
                  (spec.input_shape, spec.weights_shape, (spec.oc,), spec.output_shape))
    return x, w, b if spec.bias else None, r if spec.residual else None


def to_first(spec: ConvSpec, array):
    """[n, c, spatial…], written with a table of axes rather than with the oracle's own moves."""
    letters = spec.layout
    return array.transpose([letters.index(letter) for letter in "ncdhw" if letter in letters])


def to_oihw(spec: ConvSpec, w):
    letters = {"oihw": "oi...", "hwio": "...io", "ohwi": "o...i", "iohw": "io...", "hwoi": "...oi",
               "ihwo": "i...o"}[spec.weights_layout]
    letters = letters.replace("...", "dhw"[-spec.rank:])
    w = w.transpose([letters.index(letter) for letter in "oidhw" if letter in letters])
    if spec.weights_layout in BY_INPUT:  # output channels of a group, input channels of all
        parts = np.split(w, spec.g, axis=1)
        w = np.concatenate(parts, axis=0)
    return w


def onnx_conv(spec: ConvSpec, x, w, b, **auto_pad):
    """The layer without residual and activation by ONNX's own reference; channels first."""
    axes = spec.axes[3 - spec.rank:]
    pads = {} if auto_pad else {"pads": [a.before for a in axes] + [a.after for a in axes]}
    node = helper.make_node("Conv", ["x", "w"] + ["b"] * (b is not None), ["y"], group=spec.g,
                            strides=[a.s for a in axes], dilations=[a.d for a in axes],
                            **pads, **auto_pad)
    kind = TensorProto.DOUBLE if x.dtype == np.float64 else TensorProto.FLOAT
    feeds = {"x": to_first(spec, x), "w": to_oihw(spec, w)} | ({} if b is None else {"b": b})
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info(name, kind, a.shape) for name, a in feeds.items()],
        [helper.make_tensor_value_info("y", kind, None)])
    return ReferenceEvaluator(helper.make_model(graph)).run(None, feeds)[0]


@pytest.mark.parametrize("seed", range(60))
def test_onnx_agrees_in_f64(seed):
    spec = random_spec(seed)
    x, w, b, r = random_arrays(spec, seed, np.float64)
    got = oracle.convolve(spec, x, w, b, r)
    assert got.y.shape == spec.output_shape
    assert got.y.dtype == np.float64
    want = onnx_conv(spec, x, w, b) + (0 if r is None else to_first(spec, r))
    np.testing.assert_allclose(to_first(spec, got.y), want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(100, 115))
def test_onnx_agrees_in_f32(seed):
    spec = random_spec(seed, residual=False)
    x, w, b, _ = random_arrays(spec, seed)
    got = oracle.convolve(spec, x, w, b)
    np.testing.assert_allclose(to_first(spec, got.y), onnx_conv(spec, x, w, b), rtol=0, atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("ours", "theirs"), [("same-upper", "SAME_UPPER"), ("same-lower", "SAME_LOWER"),
                                              ("valid", "VALID")])
def test_onnx_auto_pad(layout, ours, theirs):
    for seed in range(6):
        fixed = dict.fromkeys(("dd", "dh", "dw"), 1)  # ONNX's evaluator has no auto_pad with dilation
        spec = random_spec(seed, layout=layout, padding=ours, residual=False, **fixed)
        x, w, b, _ = random_arrays(spec, seed, np.float64)
        want = onnx_conv(spec, x, w, b, auto_pad=theirs)
        np.testing.assert_allclose(to_first(spec, oracle.convolve(spec, x, w, b).y), want, atol=1e-12)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_scipy_correlate(rank):
    """One output channel, stride 1: exactly SciPy's n-dimensional correlation over the channels."""
    extents = dict(zip(("iw", "ih", "id"), (9, 7, 5), strict=True))
    kernel = dict(zip(("kw", "kh", "kd"), (4, 3, 2), strict=True))
    extents, kernel = (dict(list(fields.items())[:rank]) for fields in (extents, kernel))
    spec = ConvSpec(ic=3, oc=1, **extents, **kernel, layout=LAYOUTS[rank - 1], bias=False)
    x, w, _, _ = random_arrays(spec)
    want = scipy.signal.correlate(x[0].astype(float), w[0].astype(float), "valid", method="direct")
    np.testing.assert_allclose(oracle.convolve(spec, x, w).y[0], want, atol=1e-12)


def test_scipy_correlate_same_is_half_padding():
    spec = ConvSpec(ic=1, oc=1, ih=8, iw=9, kh=3, kw=5, padding="half", bias=False)
    x, w, _, _ = random_arrays(spec)
    want = scipy.signal.correlate(x[0, 0].astype(float), w[0, 0].astype(float), "same")
    np.testing.assert_allclose(oracle.convolve(spec, x, w).y[0, 0], want, atol=1e-12)


@pytest.mark.parametrize("layout", ["ncw", "nwc"])
def test_flip_is_the_textbook_convolution(layout):
    """h[n] = Σ_k f[k]·g[n − k], f the weights, g the input, in full: pads of k − 1 on both sides."""
    length, taps = 7, 4
    spec = ConvSpec(ic=1, oc=1, iw=length, kw=taps, left=taps - 1, right=taps - 1, layout=layout,
                    bias=False, flip=True)
    x, w, _, _ = random_arrays(spec)
    f, g = [float(value) for value in w.ravel()], [float(value) for value in x.ravel()]
    want = []
    for n in range(length + taps - 1):
        total = 0.0
        for k in range(taps):
            if 0 <= n - k < length:
                total += f[k] * g[n - k]
        want.append(total)
    np.testing.assert_allclose(oracle.convolve(spec, x, w).y.ravel(), want, atol=1e-12)


def test_flip_in_two_dimensions_with_channels():
    """h[o, a, b] = Σ f[o, c, i, j]·g[c, a − i, b − j]; only where all of f overlaps g."""
    spec = ConvSpec(ic=2, oc=3, ih=5, iw=6, kh=3, kw=2, layout="nhwc", weights_layout="ohwi", bias=False,
                    flip=True)
    x, w, _, _ = random_arrays(spec)
    y = oracle.convolve(spec, x, w).y
    for o, a, b in itertools.product(range(3), range(2, 5), range(1, 6)):
        total = 0.0
        for c, i, j in itertools.product(range(2), range(3), range(2)):
            total += float(w[o, i, j, c]) * float(x[0, a - i, b - j, c])
        assert y[0, a - 2, b - 1, o] == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_value_and_magnitude_by_brute_force(layout, flip, seed):
    """v and S from the formula in spec.py, element by element."""
    extents = {f"{field}{axis}": value for axis in "whd"[: len(layout) - 2]
               for field, value in (("k", 2), ("i", 6))}
    spec = random_spec(seed, layout=layout, flip=flip, residual=seed == 1, **extents, padding="half")
    x, w, b, r = random_arrays(spec, seed)
    got = oracle.convolve(spec, x, w, b, r)
    xs, ws = to_first(spec, x), to_oihw(spec, w)
    axes = spec.axes[3 - spec.rank:]
    v, s = to_first(spec, got.v), to_first(spec, got.s)
    points = list(itertools.product(range(spec.n), range(spec.oc), *(range(a.o) for a in axes)))
    for n, o, *p in random.Random(seed).sample(points, min(40, len(points))):
        terms = [] if b is None else [float(b[o])]
        if r is not None:
            terms.append(float(to_first(spec, r)[(n, o, *p)]))
        for c, *k in itertools.product(range(spec.icg), *(range(a.k) for a in axes)):
            at = [q * a.s + t * a.d - a.before for q, t, a in zip(p, k, axes, strict=True)]
            tap = [a.k - 1 - t if spec.flip else t for t, a in zip(k, axes, strict=True)]
            if all(0 <= i < a.i for i, a in zip(at, axes, strict=True)):
                terms.append(float(ws[(o, c, *tap)])
                             * float(xs[(n, o // spec.ocg * spec.icg + c, *at)]))
        assert v[(n, o, *p)] == pytest.approx(math.fsum(terms), abs=1e-12)
        assert s[(n, o, *p)] == pytest.approx(math.fsum(map(abs, terms)), abs=1e-12)


@pytest.mark.parametrize("fields", [{"iw": 23, "sw": 2, "dw": 3, "padding": "same"}, {"iw": 9, "layout": "nhwc"},
                                    {"iw": 8, "padding": 0}], ids=str)
def test_long_rows_are_summed_in_runs(fields, monkeypatch):
    spec = ConvSpec(**{"n": 2, "g": 2, "ic": 4, "oc": 6, "ih": 5, "kh": 3, "kw": 3, "padding": "half", **fields})
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-9, 9, shape).astype(np.float32) for shape in (spec.input_shape, spec.weights_shape))
    whole = oracle.convolve(spec.replace(bias=False), x, w)
    monkeypatch.setattr(oracle, "RUN", 3)
    for one, other in zip(oracle.convolve(spec.replace(bias=False), x, w), whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_activation_comes_last():
    """What each is, tests/test_activations.py tells."""
    spec = ConvSpec(ic=1, oc=1, iw=5, kw=1, bias=False, activation="leaky-relu(0.1)")
    x, w, b, _ = random_arrays(spec)
    got = oracle.convolve(spec, x, w, b)
    assert (got.v < 0).any()
    assert (got.y == np.where(got.v > 0, got.v, float(np.float32(0.1)) * got.v)).all()  # parameters are f32 numbers


def test_padding_is_outside_the_data():
    """A NaN reaches the outputs that read it, and no other."""
    spec = ConvSpec(ic=1, oc=1, iw=6, kw=3, padding="half", bias=False)
    x = np.ones(spec.input_shape, np.float32)
    x[0, 0, 5] = np.nan
    y = oracle.convolve(spec, x, np.ones(spec.weights_shape, np.float32)).y
    assert np.isnan(y).ravel().tolist() == [False] * 4 + [True] * 2


@pytest.mark.parametrize("wrong", ["input", "weights", "bias", "residual", "no bias", "extra residual"])
def test_wrong_shapes_are_refused(wrong):
    spec = ConvSpec(ic=2, oc=3, ih=4, iw=5, kh=1, kw=1, residual=wrong == "residual")
    arrays = dict(zip(("input", "weights", "bias", "residual"), random_arrays(spec), strict=True))
    name = wrong.split()[-1]
    arrays[name] = None if wrong == "no bias" else np.zeros((1, 4, 5, 2), np.float32)
    with pytest.raises(InputError, match=f"{name} must have shape .* \\(got "):
        oracle.convolve(spec, **arrays)
