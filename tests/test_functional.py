"""convgen.conv1d, conv2d, conv3d: the values of the definition, arguments as people write them, and what is kept."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import tools
from numpy.lib.stride_tricks import sliding_window_view

import convgen
from convgen import ConvgenError, functional
from convgen.errors import InputError, UnsupportedError

pytestmark = pytest.mark.needs(tools.c, "cc")

CONVS = {1: convgen.conv1d, 2: convgen.conv2d, 3: convgen.conv3d}
LAST = {1: "nwc", 2: "nhwc", 3: "ndhwc"}


def definition(x, w, b=None, *, stride, pads, dilation=1, groups=1):
    """In float64 and channels first: x padded, all windows of it, summed with the weights of each group."""
    rank = x.ndim - 2
    stride, dilation = (one if isinstance(one, tuple) else (one,) * rank for one in (stride, dilation))
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    padded = np.pad(x.astype(float), [(0, 0), (0, 0), *pads])
    windows = sliding_window_view(padded, spans, tuple(range(2, 2 + rank)))
    windows = windows[(slice(None), slice(None), *(slice(None, None, s) for s in stride),
                       *(slice(None, None, d) for d in dilation))]
    each = zip(np.split(windows, groups, 1), np.split(w.astype(float), groups), strict=True)
    axes = range(rank)
    y = np.concatenate([np.einsum(x, [40, 41, *axes, *(10 + a for a in axes)], w, [42, 41, *(10 + a for a in axes)],
                                  [40, 42, *axes]) for x, w in each], 1)
    return y if b is None else y + b.reshape(-1, *[1] * rank)


def random(*shape):
    return np.random.default_rng(shape).standard_normal(shape, np.float32)


CASES = [  # shapes of x and w, arguments, pads that they mean
    ((2, 3, 11), (5, 3, 4), {"padding": "same"}, [(1, 2)]),
    ((1, 4, 12), (6, 2, 3), {"stride": 2, "padding": 1, "groups": 2}, [(1, 1)]),
    ((2, 3, 9, 10), (4, 3, 3, 3), {"padding": "valid"}, [(0, 0), (0, 0)]),
    ((1, 3, 9, 10), (4, 3, 3, 2), {"padding": (1, 2), "stride": (2, 1)}, [(1, 1), (2, 2)]),
    ((1, 3, 9, 10), (4, 3, 3, 3), {"padding": "same", "stride": 2}, [(1, 1), (0, 1)]),
    ((1, 3, 9, 10), (4, 3, 3, 3), {"padding": ((0, 2), (1, 0)), "dilation": [1, 2]}, [(0, 2), (1, 0)]),
    ((1, 6, 8, 8), (6, 1, 3, 3), {"groups": 6, "padding": 1}, [(1, 1), (1, 1)]),
    ((1, 2, 4, 5, 6), (3, 2, 2, 3, 3), {"padding": (0, 1, 1)}, [(0, 0), (1, 1), (1, 1)]),
]


@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
@pytest.mark.parametrize(("xs", "ws", "given", "pads"), CASES, ids=str)
def test_values_are_those_of_the_definition(xs, ws, given, pads, last):
    x, w, b = random(*xs), random(*ws), random(ws[0])
    sizes = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    want = definition(x, w, b, pads=pads, **{"stride": 1} | {k: v for k, v in sizes.items() if k != "padding"})
    rank = x.ndim - 2
    if last:  # views: no array is contiguous
        x, w = np.moveaxis(x, 1, -1), np.moveaxis(w, (0, 1), (-1, -2))
        given = {**given, "layout": LAST[rank]}
    y = CONVS[rank](x, w, b, **given)
    assert y.dtype == np.float32
    y = np.moveaxis(y, -1, 1) if last else y
    assert y.shape == want.shape
    np.testing.assert_allclose(y, want, atol=1e-4)


X, W, B = random(2, 6, 8, 9), random(8, 3, 3, 3), random(8)


def test_torch_says_the_same():
    torch = pytest.importorskip("torch")
    x, w, b = map(torch.from_numpy, (X, W, B))
    given = {"stride": 2, "padding": (1, 2), "dilation": (2, 1), "groups": 2}
    want = torch.nn.functional.conv2d(x, w, b, **given)
    for arrays in ((X, W, B), (x, w, b)):  # of NumPy, or what has its form
        np.testing.assert_allclose(convgen.conv2d(*arrays, **given), want, atol=1e-5)


@pytest.mark.parametrize("extent", [2, 3, 4, 5])
@pytest.mark.parametrize(("mode", "padding"), [("full", "full"), ("valid", "valid"), ("same", "same-lower")])
def test_the_modes_of_numpy(extent, mode, padding):
    """Of the textbook's convolution; `same` lies where ours does for odd extents only, as help says."""
    x, w = random(1, 1, 13), random(1, 1, extent)
    want = np.convolve(x[0, 0].astype(float), w[0, 0].astype(float), mode)
    np.testing.assert_allclose(convgen.conv1d(x, w, padding=padding, flip=True)[0, 0], want, atol=1e-5)
    ours = convgen.conv1d(x, w, padding="same", flip=True)[0, 0]
    assert mode != "same" or np.allclose(ours, want, atol=1e-5) == (extent % 2 == 1)
    assert 'mode="same") is padding="same-lower" here' in " ".join(convgen.conv2d.__doc__.split())


def test_layouts_in_capitals():
    x, w = np.moveaxis(X, 1, -1), np.moveaxis(W, (0, 1), (-1, -2))
    np.testing.assert_array_equal(convgen.conv2d(x, w, groups=2, layout="NHWC", weights_layout="HWIO"),
                                  convgen.conv2d(x, w, groups=2, layout="nhwc"))


def test_an_image_needs_no_batch():
    r = random(8, 6, 7)
    y = convgen.conv2d(X[0], W, B, groups=2, residual=r)
    assert y.shape == (8, 6, 7)
    np.testing.assert_array_equal(y, convgen.conv2d(X[:1], W, B, groups=2, residual=r[None])[0])
    assert convgen.conv2d(X[:0], W, groups=2).shape == (0, 8, 6, 7)


def test_what_is_fused():
    plain = convgen.conv2d(X, W, B, groups=2)
    given = {"groups": 2, "residual": plain[:, ::-1]}
    np.testing.assert_allclose(convgen.conv2d(X, W, B, activation="relu", **given),
                               np.maximum(plain + plain[:, ::-1], 0), atol=1e-5)
    slopes = np.linspace(-1, 1, 8, dtype=np.float32)
    np.testing.assert_allclose(convgen.conv2d(X, W, B, 1, 0, 1, 2, activation="prelu", slopes=slopes),
                               np.where(plain < 0, plain * slopes[:, None, None], plain), atol=1e-5)
    flipped = convgen.conv2d(X, W[:, :, ::-1, ::-1], B, groups=2, flip=True)
    np.testing.assert_allclose(flipped, plain, atol=1e-5)


def test_types():
    half, bits = (a.astype(np.float16) for a in (X, W)), (a.astype(">f4") for a in (X, W))
    assert convgen.conv2d(*half, groups=2).dtype == np.float16
    want = convgen.conv2d(X, W, groups=2)
    np.testing.assert_array_equal(convgen.conv2d(*bits, groups=2), want)  # another byte order is the same type
    wide = convgen.conv2d(X.astype(float), W.astype(float), groups=2, copy=True)
    assert wide.dtype == np.float32
    np.testing.assert_array_equal(wide, want)
    np.testing.assert_array_equal(convgen.conv2d(X, W.tolist(), groups=2, copy=True), want)


@pytest.mark.parametrize(("given", "said"), [
    ({"x": X[0, 0]}, r"x must have 4 axes, nchw, or 3 without the batch \(x.shape="),
    ({"x": X[:, :0]}, r"x must not be empty \(x.shape="),
    ({"x": X.astype(np.uint8), "w": X.astype(np.uint8)}, r"x must be of float32, float16, bfloat16 \(x.dtype=uint8\)"),
    ({"x": X.astype(float)}, r"x must be of float32.*\(x.dtype=float64\); use x.astype\(np.float32\), or copy=True"),
    ({"x": np.ma.masked_array(X)}, r"x must be an array of real numbers \(x is a MaskedArray\); use x.filled\(0\), "),
    ({"b": [0.0] * 8}, r"b must be of x's type, float32 \(b.dtype=float64\); use np.asarray\(b, np.float32\), or copy"),
    ({"x": X.tolist()}, r"\(x.dtype=float64\); use np.asarray\(x, np.float32\), or copy=True"),
    ({"x": [[1.0], [2.0, 3.0]]}, r"x must be an array of real numbers \(x is a list\)"),
    ({"x": None}, r"x must be given \(x=None\)"),
    ({"w": W[0]}, r"w must have 4 axes, those of oihw"),
    ({"w": W.astype(float)}, r"w must be of x's type, float32 \(w.dtype=float64\)"),
    ({"w": W + 1j}, r"w must be of x's type|w must be an array of real numbers"),
    ({"groups": 1}, r"w must have as many input channels as x has in a group \(w.shape=.*oihw: 3; .*nchw: 6; groups=1"),
    ({"w": W[:7]}, r"groups must divide w's output channels \(groups=2; .*: 7\)"),
    ({"groups": True}, r"groups must be an integer of at least 1 \(groups=True\)"),
    ({"b": B[1:]}, r"b must have shape \(8,\) \(b.shape=\(7,\)\)"),
    ({"residual": B}, r"residual must have shape \(2, 8, 6, 7\) \(residual.shape=\(8,\)\)"),
    ({"stride": (1, 2, 3)}, r"stride must be an integer of at least 1, or 2 of them \(stride=\(1, 2, 3\)\)"),
    ({"stride": {2}}, r"stride must be an integer of at least 1"),
    ({"dilation": 0}, r"dilation must be an integer of at least 1, or 2 of them \(dilation=0\)$"),
    ({"padding": -1}, r"padding must be one of .* same, .*, full; or an integer of at least 0, one .* \(padding=-1\)"),
    ({"padding": (4, 0, 1, 3)}, r"or \(\(before, after\), …\) \(padding=\(4, 0, 1, 3\)\)"),
    ({"padding": "sme"}, r"padding must be one of valid, .*same.* \(padding='sme'\)"),
    ({"x": X[:, :, :2]}, r"kh .*must fit the padded input .*x.shape=\(2, 6, 2, 9\), w.shape="),
    ({"layout": "nwc"}, r"layout must be nchw or nhwc \(layout='nwc'\)$"),
    ({"weights_layout": "oiwh"}, r"weights_layout must be one of oihw, .*, ihwo \(weights_layout='oiwh'\)$"),
    ({"activation": "swish"}, r"activation must be one of"),
    ({"activation": ["relu"]}, r"activation must be text"),
    ({"activation": "prelu"}, r"slopes must be given"),
    ({"threads": 0}, r"threads must be an integer from 1"),
], ids=lambda value: value if isinstance(value, str) else "-".join(value))
def test_a_mistake_names_the_argument(given, said):
    with pytest.raises(InputError, match=said):
        convgen.conv2d(**{"x": X, "w": W, "groups": 2} | given)


def test_a_machine_that_this_is_not():
    with pytest.raises(UnsupportedError, match=r"this machine can run \(target=wasm32\)"):
        convgen.conv2d(X, W, groups=2, target="wasm32")


@tools.needs_device
@pytest.mark.parametrize("key", [info.key for info in tools.devices()])
def test_an_opencl_device_gives_the_same_values(key):
    np.testing.assert_allclose(convgen.conv2d(X, W, B, groups=2, target=key), convgen.conv2d(X, W, B, groups=2),
                               atol=1e-5)


def test_one_value_far_above_the_others_spreads_in_a_tile_and_whoever_may_be_hit_is_told():
    """Winograd's outputs share the roundings of their tile; so max_error=0 is for sentinels, and help says it."""
    x, w = random(1, 64, 32, 32), random(64, 64, 3, 3)
    clean = definition(x, w, stride=1, pads=[(1, 1), (1, 1)])
    x[0, :, 16, 16] = 1e20
    outside = np.ones((32, 32), bool)
    outside[15:18, 15:18] = False  # what does not read it
    direct = convgen.conv2d(x, w, padding=1, max_error=0)
    np.testing.assert_allclose(direct[..., outside], clean[..., outside], atol=1e-3)
    spec = convgen.ConvSpec.parse("ic64ih32oc64oh32kh3ph1", bias=False)
    made = convgen.generate(spec, algorithm="winograd", records=False)
    conv = made.compile()
    conv.pack(w)
    wrong = np.abs(conv(x) - clean)[0].max(0) > 1
    assert wrong[outside].any()
    said = {"conv2d": convgen.conv2d.__doc__, "conv1d": convgen.conv1d.__doc__, "conv3d": convgen.conv3d.__doc__,
            "generate": convgen.generate.__doc__, "the head of the file": made.source.replace("\n *", "")}
    for what, text in said.items():
        flat = " ".join(text.split())
        assert "entinels" in flat or "a sentinel" in flat, what
        assert "hot pixel" in flat, what
        assert "max_error=0" in flat or "--max-error 0" in flat or "0 admits plain sums only" in flat, what


# --- what is kept ---


@pytest.fixture
def kept(monkeypatch):
    """An empty store, and what is packed."""
    packed = []
    real = functional._hold

    def hold(key, constants):
        packed.append(key[0])
        return real(key, constants)

    store = functional._Layers()
    monkeypatch.setattr(functional, "_layers", store)
    monkeypatch.setattr(functional, "_hold", hold)
    return store, packed


def test_weights_are_packed_once_and_anew_when_they_change_in_place(kept):
    _, packed = kept
    w, b = W.copy(), B.copy()
    first = convgen.conv2d(X, w, b, groups=2)
    np.testing.assert_array_equal(convgen.conv2d(X, w[:], b, groups=2), first)  # another view of the same
    assert len(packed) == 1
    w[3, 1, 2, 0] = np.nextafter(w[3, 1, 2, 0], 9)  # the last bit
    convgen.conv2d(X, w, b, groups=2)
    assert len(packed) == 2
    b += 1
    np.testing.assert_allclose(convgen.conv2d(X, w, b, groups=2), first + 1, atol=1e-5)
    w[:] = np.nan
    assert np.isnan(convgen.conv2d(X, w, b, groups=2)).all()
    convgen.conv2d(X, w, b, groups=2)  # the same bits, though NaN is not equal to NaN
    assert len(packed) == 4


def test_what_is_kept_is_what_was_packed(kept, monkeypatch):
    """Also where another thread changes the array while it is being packed."""
    w, real = W.copy(), functional.load

    def load(kernel, where):
        conv = real(kernel, where)
        pack = conv.pack

        def packing(*constants, **others):
            pack(*constants, **others)
            w[:] = 0

        conv.pack = packing
        return conv

    monkeypatch.setattr(functional, "load", load)
    convgen.conv2d(X, w, groups=2)
    assert not convgen.conv2d(X, w, groups=2).any()


def test_weights_at_the_place_of_others_are_told_from_them(kept):
    for seed in range(6):  # arrays that come and go often get the same memory
        w = random(8, 3, 3, 3) * seed
        np.testing.assert_allclose(convgen.conv2d(X, w, groups=2),
                                   seed * convgen.conv2d(X, random(8, 3, 3, 3), groups=2), atol=1e-4)


def test_layers_that_differ_in_anything_are_kept_apart(kept):
    store, packed = kept
    calls = [{}, {"padding": 1}, {"activation": "relu"}, {"b": B}, {"max_error": 0.0}, {"target": "scalar"}]
    for _ in range(2):
        for call in calls:
            convgen.conv2d(**{"x": X, "w": W, "groups": 2} | call)
    assert len(packed) == len(store._held) == len(calls)


@pytest.mark.parametrize(("limit", "most"), [("LAYERS", lambda size: 2), ("LAYERS_BYTES", lambda size: 2 * size)])
def test_what_is_kept_is_bounded(kept, monkeypatch, limit, most):
    store, packed = kept
    convgen.conv2d(X, W, groups=2)
    monkeypatch.setattr(functional, limit, most(store._size))
    packed.clear()
    weights = [random(8, 3, 3, 3) * scale for scale in range(5)]
    for _ in range(2):
        for w in weights:
            convgen.conv2d(X, w, groups=2)
    assert len(store._held) == 2
    assert len(packed) == 2 * len(weights)  # the least used goes first
    assert store._size == sum(held.size for held in store._held.values())
    convgen.conv2d(X, weights[-1], groups=2)
    assert len(packed) == 2 * len(weights)


def test_threads_that_change_weights_do_not_disturb_each_other():
    wrong = []

    def work(scale):
        w = np.empty_like(W)
        for step in range(20):
            w[:] = W * (scale + step)
            if np.abs(convgen.conv2d(X, w, groups=2) - want * (scale + step)).max() > 1e-2:
                wrong.append((scale, step))

    want = convgen.conv2d(X, W, groups=2)
    threads = [threading.Thread(target=work, args=(scale,)) for scale in (1, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_bits_are_the_same_for_any_number_of_threads():
    np.testing.assert_array_equal(*(convgen.conv2d(X, W, B, groups=2, threads=count) for count in (1, 3)))
    assert issubclass(InputError, ConvgenError)
