"""ConvSpec: what is derived from the fields, and one clean line for every field that breaks a rule."""

from __future__ import annotations

import copy
import json
import pickle
import random

import msgspec
import numpy as np
import pytest

from convgen import functional
from convgen.errors import InputError
from convgen.layer.activation import ACTIVATIONS, Activation
from convgen.layer.formats import load_layers
from convgen.layer.names import show
from convgen.layer.spec import ConvSpec

BASE = {"ic": 8, "oc": 16, "ih": 10, "iw": 12, "kh": 3, "kw": 3}
HUGE = 10**30
ENDLESS = 10**5000  # Python refuses to print it


def spec(**changes):
    """BASE with changes; a change to `...` removes the field."""
    return ConvSpec(**{k: v for k, v in (BASE | changes).items() if v is not ...})


# changes to BASE -> what the message must contain: the field, and the value that broke the rule
BAD = [
    # extents, one of every kind, and every way not to be a positive integer
    *(({field: 0}, (field, "at least 1", f"{field}=0"))
      for field in ("n", "g", "ic", "oc", "ih", "iw", "kh", "kw", "sh", "sw", "dh", "dw")),
    *(({field: -3}, (field, "at least 1", f"{field}=-3"))
      for field in ("n", "ic", "iw", "kw", "sh", "dw")),
    ({"layout": "ncdhw", "id": 0}, ("id=0",)),
    ({"layout": "ncdhw", "sd": 0}, ("sd=0",)),
    ({"oh": 0}, ("oh", "at least 1", "oh=0")),
    ({"top": -1}, ("top", "at least 0", "top=-1")),
    ({"right": -(2**40)}, ("right", f"right={-(2**40)}")),
    ({"ic": True}, ("ic", "integer", "ic=True")),
    ({"kh": False}, ("kh", "integer", "kh=False")),
    ({"iw": 12.0}, ("iw", "integer", "iw=12.0")),
    ({"sw": 1.5}, ("sw", "integer", "sw=1.5")),
    ({"oc": float("nan")}, ("oc", "integer", "oc=nan")),
    ({"n": float("inf")}, ("n must", "integer", "inf")),
    ({"ic": "8"}, ("ic", "integer", "ic='8'")),
    ({"ic": None}, ("ic", "integer", "None")),
    ({"ic": [8]}, ("ic", "integer", "[8]")),
    ({"ic": b"8"}, ("ic", "integer", "b'8'")),
    ({"ic": 8 + 0j}, ("ic", "integer", "(8+0j)")),
    ({"ic": np.arange(3)}, ("ic", "integer", "array")),
    ({"left": 1.0}, ("left", "integer", "left=1.0")),
    ({"oh": "8"}, ("oh", "integer", "oh='8'")),
    # too large: to print, to count, to address
    ({"ic": HUGE}, ("ic", "below 2^31", str(HUGE))),
    ({"iw": 2**31}, ("iw", "below 2^31", str(2**31))),
    ({"kw": ENDLESS}, ("kw", "below 2^31")),
    ({"kw": -ENDLESS}, ("kw", "at least 1")),
    ({"bottom": HUGE}, ("bottom", "below 2^31")),
    ({"ic": "x" * 10**6}, ("ic", "integer", "xxx")),
    ({"ic": [0] * 10**6}, ("ic", "integer", "[0, 0")),
    ({"ic": "8\n9"}, ("ic", "integer", r"8\n9")),
    ({"ih": 2**16, "iw": 2**16}, ("input", "2^31", str(8 * 2**32))),
    ({"oc": 2**26}, ("output", "2^31")),
    ({"ic": 2**15, "oc": 2**15}, ("weights", "2^31", str(9 * 2**30))),
    ({"n": 2**31 - 1}, ("input", "2^31")),
    ({"top": 2**30, "sh": 2**30}, ("padded input", "2^31")),
    ({"left": 2**31 - 1}, ("padded iw", "2^31")),
    ({"padding": "half", "dw": 2**31 - 1, "kw": 2**31 - 1}, ("padded iw", "2^31")),
    # the kernel and its input
    ({"kh": 11}, ("kh", "kh=11", "10")),
    ({"kw": 7, "dw": 2}, ("kw", "dw=2", "spans 13", "12")),
    ({"kw": 16, "left": 1, "right": 2}, ("kw", "kw=16", "15")),
    ({"kh": 2, "dh": 2**31 - 1}, ("kh", "dh", str(2**31))),
    ({"padding": "valid", "kh": 11}, ("kh=11",)),
    # groups
    ({"g": 3}, ("groups", "ic", "g=3", "ic=8")),
    ({"g": 8, "oc": 12}, ("groups", "oc", "g=8", "oc=12")),
    ({"g": 16}, ("groups", "ic", "g=16")),
    # outputs that contradict the rest
    ({"oh": 9}, ("oh", "oh=9", "8")),
    ({"ow": 12}, ("ow", "ow=12", "10")),
    ({"oh": 8, "ow": 10, "sh": 2}, ("oh", "oh=8", "4")),
    ({"oh": 9, "padding": "half"}, ("oh", "oh=9", "10")),
    # padding
    ({"padding": "half", "top": 1}, ("padding", "top", "half", "top=1")),
    ({"padding": "same-upper", "right": 0}, ("padding", "right", "same-upper", "right=0")),
    ({"padding": "sme"}, ("padding must be one of valid, half, same, same-upper, same-lower, full; or", "'sme'")),
    *(({"padding": value}, ("an integer of at least 0, one for each of 2 axes, or ((before, after), …) (padding=",))
      for value in (-1, 1.5, True, (1,), (4, 0, 1, 3), ((1, 2, 3), 1), ((0, -1), 0), {1}, 2**31)),
    ({"padding": 1, "top": 1}, ("padding", "top")),
    ({"padding": ""}, ("padding", "''")),
    ({"padding": "half\n"}, ("padding", r"half\n")),
    # layouts
    ({"layout": "nhcw"}, ("layout", "'nhcw'")),
    ({"layout": "nchw\n"}, ("layout", r"nchw\n")),
    ({"layout": ""}, ("layout", "''")),
    ({"layout": 4}, ("layout", "4")),
    ({"layout": ["nchw"]}, ("layout", "nchw")),
    ({"layout": np.zeros(3)}, ("layout", "array")),
    ({"layout": "n" * 10**5}, ("layout", "nnn")),
    ({"weights_layout": "oiwh"}, ("weights_layout", "'oiwh'")),
    ({"weights_layout": ""}, ("weights_layout", "''")),
    ({"dtype": "f64"}, ("dtype", "'f64'")),
    ({"dtype": None}, ("dtype", "None")),
    # axes that the layout does not show
    ({"layout": "ncw"}, ("ih", "ncw", "ih=10")),
    ({"layout": "nchw", "id": 4}, ("id", "nchw", "id=4")),
    ({"sd": 2}, ("sd", "nchw", "sd=2")),
    ({"front": 1}, ("front", "nchw", "front=1")),
    ({"back": 2}, ("back", "nchw", "back=2")),
    ({"od": 2}, ("od", "od=2")),
    ({"ih": ..., "kh": ..., "top": 1}, ("top", "ncw", "top=1")),
    # flags and activations
    ({"bias": 1}, ("bias", "true or false", "bias=1")),
    ({"bias": "y" * 10**5}, ("bias", "yyy")),
    ({"residual": None}, ("residual", "None")),
    ({"flip": "true"}, ("flip", "'true'")),
    ({"activation": "swish"}, ("activation", "'swish'")),
    ({"activation": ""}, ("activation", "''")),
    ({"activation": None}, ("activation", "None")),
    ({"activation": ["relu"] * 5000}, ("activation", "relu")),
    ({"activation": "relu(1)"}, ("activation", "relu", "relu(1)")),
    ({"activation": "clip(1)"}, ("activation", "clip", "2", "clip(1)")),
    ({"activation": "clip(1,0)"}, ("activation", "clip(1,0)")),
    ({"activation": "clip(0,6"}, ("activation", "clip(0,6")),
    ({"activation": "clip(0;6)"}, ("activation", "clip(0;6)")),
    ({"activation": "clip(0,inf)"}, ("activation", "finite", "clip(0,inf)")),
    ({"activation": "leaky-relu(nan)"}, ("activation", "finite", "nan")),
    ({"activation": "leaky-relu(1e39)"}, ("activation", "f32", "1e39")),
    ({"activation": "x\ny"}, ("activation", r"x\ny")),
    ({"activation": "\U000e0001" * 10**5}, ("activation",)),
]  # fmt: skip


def label(value):
    return show(value)[:50] if isinstance(value, dict) else ""


@pytest.mark.parametrize(("changes", "parts"), BAD, ids=label)
def test_bad_fields_give_one_line(changes, parts):
    with pytest.raises(InputError) as caught:
        spec(**changes)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 300
    for part in parts:
        assert part in message


@pytest.mark.parametrize("fields", [{"foo": 1}, {"groups": 2}, {"ic": ...}, {"kw": ...}])
def test_unknown_and_missing_fields(fields):
    with pytest.raises((TypeError, InputError), match=next(iter(fields))):
        spec(**fields)


# --- what is derived ---

# changes to BASE -> expected attributes; numbers worked out by hand
DERIVED = [
    ({}, {"oh": 8, "ow": 10, "od": 1, "rank": 2, "layout": "nchw", "weights_layout": "oihw"}),
    ({"padding": "valid"}, {"oh": 8, "top": 0, "bottom": 0}),
    ({"padding": "half"}, {"oh": 10, "ow": 12, "top": 1, "bottom": 1, "left": 1, "right": 1}),
    ({"padding": "half", "kh": 4}, {"top": 1, "bottom": 1, "oh": 9}),  # even kernels lose a row
    ({"padding": "half", "kw": 5, "dw": 3}, {"left": 6, "right": 6, "ow": 12}),
    ({"padding": "same-upper", "kh": 4}, {"top": 1, "bottom": 2, "oh": 10}),
    ({"padding": "same-lower", "kh": 4}, {"top": 2, "bottom": 1, "oh": 10}),
    ({"padding": "same-upper", "sh": 2, "sw": 2}, {"top": 0, "bottom": 1, "oh": 5, "right": 1, "ow": 6}),
    ({"padding": "same-upper", "kh": 1, "sh": 3}, {"top": 0, "bottom": 0, "oh": 4}),  # never below 0
    ({"sh": 2, "sw": 3}, {"oh": 4, "ow": 4}),
    ({"kh": 10, "kw": 12}, {"oh": 1, "ow": 1}),
    ({"sh": 2**31 - 1}, {"oh": 1, "ow": 10}),
    ({"dh": 2, "dw": 4}, {"oh": 6, "ow": 4}),
    ({"top": 2, "right": 5}, {"oh": 10, "ow": 15, "bottom": 0, "left": 0}),
    ({"oh": 8, "ow": 10}, {"oh": 8, "ow": 10}),
    ({"n": np.int64(2)}, {"n": 2, "bytes": 4 * (2 * 8 * 120 + 16 * 8 * 9 + 2 * 16 * 80 + 16)}),
    ({"bias": False}, {"bytes": 4 * (8 * 120 + 16 * 8 * 9 + 16 * 80)}),
    ({"residual": True}, {"bytes": 4 * (8 * 120 + 16 * 8 * 9 + 2 * 16 * 80 + 16)}),
    ({"n": 2, "g": 4}, {"icg": 2, "ocg": 4, "terms": 18, "macs": 2 * 16 * 80 * 18}),
    ({"layout": "NHWC"}, {"layout": "nhwc", "weights_layout": "hwio", "channels_last": True}),
    ({"ih": ..., "kh": ...}, {"layout": "ncw", "rank": 1, "oh": 1, "kh": 1}),
    ({"id": 5, "kd": 2}, {"layout": "ncdhw", "rank": 3, "od": 4}),
    ({"id": 5, "kd": 2, "padding": "same-lower"}, {"front": 1, "back": 0, "od": 5}),
    ({"layout": "ncdhw", "front": 1, "back": 1}, {"od": 3, "output_shape": (1, 16, 3, 8, 10)}),
    ({"activation": "CLIP( -1 , 6.0 )"}, {"activation": "clip(-1,6)"}),
    ({"activation": "leaky_relu"}, {"activation": "leaky-relu(0.01)"}),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), DERIVED, ids=label)
def test_derived(changes, expected):
    layer = spec(**changes)
    assert {name: getattr(layer, name) for name in expected} == expected


SHAPES = [
    ("nchw", "oihw", (2, 8, 10, 12), (16, 4, 3, 3), (2, 16, 8, 10)),
    ("nhwc", "hwio", (2, 10, 12, 8), (3, 3, 4, 16), (2, 8, 10, 16)),
    ("nhwc", "ohwi", (2, 10, 12, 8), (16, 3, 3, 4), (2, 8, 10, 16)),
    ("ncdhw", "oihw", (2, 8, 1, 10, 12), (16, 4, 1, 3, 3), (2, 16, 1, 8, 10)),
    ("ndhwc", "ohwi", (2, 1, 10, 12, 8), (16, 1, 3, 3, 4), (2, 1, 8, 10, 16)),
]


@pytest.mark.parametrize(("layout", "weights_layout", "x", "w", "y"), SHAPES)
def test_shapes(layout, weights_layout, x, w, y):
    layer = spec(n=2, g=2, layout=layout, weights_layout=weights_layout)
    assert (layer.input_shape, layer.weights_shape, layer.output_shape) == (x, w, y)


def test_shapes_of_one_dimension():
    layer = ConvSpec(ic=6, iw=9, oc=4, kw=3, layout="nwc", sw=2)
    assert layer.input_shape == (1, 9, 6)
    assert layer.weights_shape == (3, 6, 4)
    assert layer.output_shape == (1, 4, 4)


def random_fields(rng):
    """Any spec with small extents; pads up to the kernel's reach, uneven."""
    fields = {"n": rng.randint(1, 3), "g": rng.choice((1, 1, 2, 5))}
    fields["ic"], fields["oc"] = (fields["g"] * rng.randint(1, 4) for _ in range(2))
    rank = rng.randint(1, 3)
    axes = (("w", "left", "right"), ("h", "top", "bottom"), ("d", "front", "back"))
    for axis, first, last in axes[:rank]:
        k, d = rng.randint(1, 4), rng.randint(1, 3)
        reach = (k - 1) * d
        fields |= {f"k{axis}": k, f"d{axis}": d, f"s{axis}": rng.randint(1, 4)}
        fields |= {first: rng.randint(0, reach), last: rng.randint(0, reach)}
        fields[f"i{axis}"] = reach + rng.randint(1, 9)
    fields["layout"] = rng.choice((("ncw", "nwc"), ("nchw", "nhwc"), ("ncdhw", "ndhwc"))[rank - 1])
    return fields


def test_extents_by_counting():
    """Output extents are the number of window positions that fit: counted, not computed."""
    rng = random.Random(1)
    for _ in range(200):
        layer = ConvSpec(**random_fields(rng))
        for axis in layer.axes:
            last = axis.padded - (axis.k - 1) * axis.d - 1
            assert axis.o == len([p for p in range(0, axis.padded, axis.s) if p <= last])
            assert getattr(layer, f"o{axis.name}") == axis.o


def test_round_trips():
    rng = random.Random(2)
    for _ in range(100):
        fields = random_fields(rng) | {
            "bias": rng.random() < 0.5, "residual": rng.random() < 0.5, "flip": rng.random() < 0.5,
            "activation": rng.choice(list(ACTIVATIONS)),
            "weights_layout": rng.choice((None, "oihw", "ohwi")),
        }  # fmt: skip
        layer = ConvSpec(**fields)
        assert msgspec.json.decode(msgspec.json.encode(layer), type=ConvSpec) == layer
        assert ConvSpec(**msgspec.structs.asdict(layer)) == layer == layer.replace()
        assert pickle.loads(pickle.dumps(layer)) == layer == copy.deepcopy(layer)
        assert Activation.parse(str(layer.act)) == layer.act
        assert len({layer, layer.replace()}) == 1


def test_replace_derives_again():
    layer = spec(padding="half")
    assert layer.replace(ih=20).oh == 20
    assert layer.replace(kh=5).oh == 8  # pads are kept
    assert layer.replace(kh=5, padding="half").top == 2
    assert layer.replace(layout="nhwc").weights_layout == "hwio"
    assert layer.replace(layout="nhwc", weights_layout="ohwi").weights_layout == "ohwi"
    with pytest.raises(InputError, match="oh=9"):
        layer.replace(oh=9)


@pytest.mark.parametrize(
    ("i", "k", "s"), [(7, 3, 2), (8, 3, 2), (9, 4, 1), (5, 2, 3), (6, 5, 4), (4, 1, 3)]
)
@pytest.mark.parametrize("padding", ["same-upper", "same-lower", "valid"])
def test_padding_is_onnx_auto_pad(i, k, s, padding):
    """The pads we resolve give ONNX the result that its own auto_pad gives."""
    onnx = pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    layer = ConvSpec(ic=1, oc=1, ih=i, iw=i + 1, kh=k, kw=k, sh=s, sw=s, padding=padding)
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, layer.input_shape).astype(np.float32)
    w = rng.integers(-9, 9, layer.weights_shape).astype(np.float32)

    def run(**attributes):
        node = onnx.helper.make_node("Conv", ["x", "w"], ["y"], strides=[s, s], **attributes)
        types = (onnx.helper.make_tensor_value_info(name, 1, None) for name in "xwy")  # 1: float
        x_type, w_type, y_type = types
        graph = onnx.helper.make_graph([node], "conv", [x_type, w_type], [y_type])
        model = reference.ReferenceEvaluator(onnx.helper.make_model(graph))
        return model.run(None, {"x": x, "w": w})[0]

    ours = run(pads=[layer.top, layer.left, layer.bottom, layer.right])
    assert ours.shape == layer.output_shape
    assert np.array_equal(ours, run(auto_pad=padding.upper().replace("-", "_")))


@pytest.mark.parametrize(("padding", "pads"), [
    (1, [(1, 1), (1, 1)]), ((1, 2), [(1, 1), (2, 2)]), ([[0, 1], [2, 0]], [(0, 1), (2, 0)]),
    ((1, (0, 2)), [(1, 1), (0, 2)]), ("same", [(1, 1), (0, 1)]), ("SAME-lower", [(1, 1), (1, 0)]),
    ("full", [(2, 2), (3, 3)]), ("valid", [(0, 0), (0, 0)]), (np.int64(2), [(2, 2), (2, 2)]),
], ids=str)
def test_padding_means_the_same_wherever_it_is_given(tmp_path, padding, pads):
    """In a spec, beside a descriptor, in a file, and for arrays."""
    fields = {"ic": 2, "oc": 3, "ih": 8, "iw": 7, "kh": 3, "kw": 2, "dw": 3 if padding == "full" else 1}
    spec = ConvSpec(**fields, padding=padding)
    assert [(axis.before, axis.after) for axis in spec.axes[1:]] == pads
    assert ConvSpec.parse("ic2ih8iw7oc3kh3kw2", padding=padding, dw=spec.dw) == spec
    assert spec.replace(padding=0).replace(padding=padding) == spec
    value = json.dumps(int(padding) if isinstance(padding, np.integer) else padding)
    (tmp_path / "a.toml").write_text("".join(f"{k} = {v}\n" for k, v in {**fields, "padding": value}.items()))
    assert load_layers(str(tmp_path / "a.toml"))[0].spec == spec
    x, w = np.ones(spec.input_shape, np.float32), np.ones(spec.weights_shape, np.float32)
    given = functional._tuple(padding)
    assert functional._spec(2, x.shape, w.shape, x.dtype, 1, given, (1, spec.dw), 1, "NCHW", "OIHW", None, True, False,
                            False) == spec


@pytest.mark.parametrize(("given", "same"), [
    ({"ih": 20, "kh": 3}, {"ih": 20, "iw": 20, "kh": 3, "kw": 3}),
    ({"ih": 20, "kh": 3, "sh": 2, "dh": 2, "top": 1},
     {"ih": 20, "iw": 20, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "dh": 2, "dw": 2, "top": 1, "left": 1}),
    ({"id": 9, "kd": 3, "padding": 1}, {**{f"i{axis}": 9 for axis in "dhw"}, **{f"k{axis}": 3 for axis in "dhw"},
                                        "padding": 1}),
])
def test_a_spec_infers_a_width_as_files_do(tmp_path, given, same):
    spec = ConvSpec(ic=3, oc=16, **given)
    assert spec == ConvSpec(ic=3, oc=16, **same)
    (tmp_path / "a.toml").write_text("".join(f"{k} = {v}\n" for k, v in {"ic": 3, "oc": 16, **given}.items()))
    assert load_layers(str(tmp_path / "a.toml"))[0].spec == spec


@pytest.mark.parametrize(("given", "said"), [
    ({}, r"iw must be given \(or ih and kh\)$"), ({"iw": 8}, "kw must be given"),
    ({"kw": 3, "ih": 8}, "iw must be given"),
    ({"ih": 8, "kh": 3, "sh": 2, "sw": 1}, r"iw must be given with sw \(sw=1\)$"),
    ({"ih": 8, "kh": 3, "left": 1}, r"iw must be given with left \(left=1\)$"),
    ({"ih": 8}, "kw must be given"),
    ({"id": 8, "kd": 3, "kh": 3}, r"ih must be given with kh \(kh=3\)$"),
])
def test_a_width_that_cannot_be_inferred_is_asked_for(given, said):
    with pytest.raises(InputError, match=said):
        ConvSpec(ic=3, oc=16, **given)
