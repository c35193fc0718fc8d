"""Gradients of layers: their definition, their kernels, and what of them is wrong."""

from __future__ import annotations

import pickle
import random

import emulated
import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from test_emitted import every_compiler, needs_nm, together

from convgen.algorithms.gradient.numbers import numbers
from convgen.api import generate, render
from convgen.commands.main import main
from convgen.errors import InputError
from convgen.layer.fields import WEIGHTS_LAYOUTS
from convgen.layer.formats import NamedSpec, load_layers, spec_name, to_descriptor, to_toml
from convgen.layer.spec import ConvSpec
from convgen.planner.rank import rank
from convgen.verification import oracle
from convgen.verification.report import verify


def layer(**fields) -> ConvSpec:
    """3×3, stride 1, padded, unless told otherwise."""
    return ConvSpec(**{"ic": 6, "oc": 4, "ih": 8, "iw": 7, "kh": 3, "kw": 3, "padding": 1, **fields})


def data(**fields) -> ConvSpec:
    return layer(op="backward-data", **fields)


def drawn(seed: int) -> ConvSpec:
    """A forward layer of anything, and small."""
    pick = random.Random(seed)
    while True:
        rank, g = pick.choice((1, 2, 2, 3)), pick.choice((1, 1, 2))
        layouts = (("ncw", "nwc"), ("nchw", "nhwc"), ("ncdhw", "ndhwc"))[rank - 1]
        fields = {"g": g, "ic": g * pick.choice((1, 3)), "oc": g * pick.choice((1, 2)), "n": pick.choice((1, 2)),
                  "layout": pick.choice(layouts), "weights_layout": pick.choice(WEIGHTS_LAYOUTS),
                  "flip": pick.random() < 0.3}
        for axis, first, last in (("d", "front", "back"), ("h", "top", "bottom"), ("w", "left", "right"))[3 - rank:]:
            fields |= {f"i{axis}": pick.randint(2, 7), f"k{axis}": pick.randint(1, 4), f"s{axis}": pick.randint(1, 3),
                       f"d{axis}": pick.randint(1, 2), first: pick.randint(0, 2), last: pick.randint(0, 2)}
        try:
            spec = ConvSpec(**fields)
            assert spec.replace(op="backward-data").computed.transposed
        except InputError:  # no outputs are left, or none that read an input
            continue
        return spec


def whole(rng, shape):
    return rng.integers(-9, 9, shape).astype(np.float32)


# --- of inputs ---


def test_what_follows_from_the_fields():
    spec = data(g=2, sh=2, sw=3, n=3)
    assert (spec.oh, spec.ow, spec.bias) == (4, 3, False)
    assert (spec.input_shape, spec.output_shape) == ((3, 4, 4, 3), (3, 6, 8, 7))
    assert (spec.weights_layout, spec.weights_shape) == ("oihw", (4, 3, 3, 3))
    assert spec.macs == layer(g=2, sh=2, sw=3, n=3).macs
    assert [array.role for array in spec.arrays] == ["weights", "input", "output"]
    assert spec_name(spec) == "backward_data_f32_nchw_3x3s2x3p1_n3_g2_6x8x7_4"
    one = spec.computed
    assert (one.ic, one.oc, one.oh, one.ow, one.bottom, one.right) == (4, 6, 8, 7, 0, 1)
    assert one.weights_layout == "iohw"


@pytest.mark.parametrize("fields", [{}, {"sh": 2, "in_stride": 9}, {"out_stride": 5, "layout": "nhwc"},
                                    {"weights_layout": "ihwo", "flip": True}], ids=str)
def test_texts_give_the_layer_back(fields, tmp_path):
    spec = data(**fields)
    assert eval(repr(spec)) == spec
    assert ConvSpec.parse(to_descriptor(spec), op="backward-data", **fields) == spec
    path = tmp_path / "layers.toml"
    path.write_text(to_toml([(NamedSpec(spec, "back"), "")]))
    assert load_layers(str(path)) == [NamedSpec(spec, "back")]


WRONG = {
    "integers": ({"dtype": "u8:s8:u8"}, "gradients must be of layers of floats, all of one type (op=backward-data,"
                                        " dtype=u8:s8:u8)"),
    "weights alone": ({"dtype": "f32:s8:f32"}, "gradients must be of layers of floats"),
    "activation": ({"activation": "relu"}, "activation must be none for gradients"),
    "residual": ({"residual": True}, "residual must be false for gradients"),
    "outputs": ({"oh": 9}, "oh must be what the other fields give (oh=9, derived 8)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong(name):
    fields, message = WRONG[name]
    with pytest.raises(InputError) as caught:
        data(**fields)
    assert message in str(caught.value)


@pytest.mark.parametrize("seed", range(12))
def test_the_gradient_of_the_input_is_the_adjoint(seed):
    """⟨A x, dy⟩ = ⟨x, Aᵀ dy⟩; and the transposed layer that is computed is the same."""
    spec, rng = drawn(seed), np.random.default_rng(seed)
    back = spec.replace(op="backward-data")
    x, w, dy = (whole(rng, shape) for shape in (spec.input_shape, spec.weights_shape, spec.output_shape))
    dx = oracle.convolve(back, dy, w).y
    assert (oracle.convolve(spec.replace(bias=False), x, w).y * dy).sum() == (x * dx).sum()
    np.testing.assert_array_equal(dx, oracle.convolve(back.computed, dy, w).y)


KERNELS = {  # layer, target, algorithm
    "Winograd": ({"ic": 9, "oc": 12, "layout": "nhwc"}, "x86-64-v3", "winograd"),
    "phases": ({"ic": 9, "oc": 12, "ih": 11, "iw": 13, "sh": 2, "sw": 2, "n": 2}, "x86-64-v3", "direct"),
    "slices": ({"ic": 9, "oc": 12, "sh": 2, "sw": 2, "in_stride": 11, "out_stride": 17, "layout": "nhwc"}, "x86-64-v3",
               "direct"),
    "groups": ({"g": 2, "weights_layout": "ohwi", "flip": True, "sw": 2}, "x86-64-v3", "direct"),
    "depthwise": ({"g": 19, "ic": 19, "oc": 19, "ih": 9, "iw": 11, "sh": 2, "sw": 2, "layout": "nhwc"}, "x86-64-v3",
                  "depthwise"),
    "volume": ({"id": 5, "kd": 3, "sd": 2, "dtype": "f16"}, "x86-64-v3", "direct"),
    "rows": ({"ih": None, "kh": None, "iw": 20}, "scalar", "direct"),
    "definition": ({"sh": 2, "dw": 2, "bias": True}, "scalar", "reference"),
}


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", KERNELS)
@tools.needs(tools.any_c)
def test_kernels_of_inputs(name):
    fields, target, algorithm = KERNELS[name]
    report = verify(render(rank(data(**fields), target, algorithm)[0].plan).compile(opt="O1"))
    assert report.ok, str(report)


@tools.needs(tools.any_c)
def test_a_wrong_tap_is_seen():
    """The definition reads other weights than the kernel does, where the roles of channels are not changed."""
    kernel = generate(data(ic=6, oc=6, sh=2, sw=2), "scalar", records=False)
    other = kernel.plan.spec.replace(weights_layout="iohw")
    wrong = generate(other, "scalar", kernel.plan.algorithm, kernel.name, records=False)
    assert verify(kernel.compile(opt="O1"), ["exact"]).ok
    assert not verify(msgspec.structs.replace(kernel, source=wrong.source).compile(opt="O1"), ["exact"]).ok


# --- of weights ---


def weights(**fields) -> ConvSpec:
    return layer(op="backward-weights", **fields)


def test_what_a_gradient_of_weights_takes_and_gives(tmp_path):
    spec = weights(g=2, n=3, layout="nhwc")
    assert [(array.role, array.shape, array.when, array.written) for array in spec.arrays] == [
        ("input", (3, 8, 7, 6), "run", False), ("output_gradient", (3, 8, 7, 4), "run", False),
        ("weights_gradient", (3, 3, 3, 4), "run", True), ("bias_gradient", (4,), "run", True)]
    assert (spec.terms, spec.macs) == (3 * 8 * 7, layer(g=2, n=3).macs)
    assert spec_name(spec.replace(bias=False)) == "backward_weights_f32_nhwc_3x3s1p1_n3_g2_6x8x7_4_nobias"
    kernel = generate(spec, "scalar", records=False)
    assert "_pack(" not in kernel.source + kernel.header
    assert f"void {kernel.name}(const float *input, const float *output_gradient, float *weights_gradient," \
        " float *bias_gradient, void *workspace, int workers);" in kernel.header


@pytest.mark.parametrize("seed", range(12))
def test_the_gradient_of_weights_is_the_definition(seed):
    """Of each weight, what the sum of all outputs times dy changes by when it grows by 1; likewise of each bias."""
    spec, rng = drawn(seed), np.random.default_rng(seed)
    x, w, dy = (whole(rng, shape) for shape in (spec.input_shape, spec.weights_shape, spec.output_shape))
    of_weights, of_bias = oracle.gradients(spec.replace(op="backward-weights"), x, dy)
    for _ in range(20):
        other = w.copy()
        place = tuple(int(rng.integers(extent)) for extent in w.shape)
        other[place] += 1.0
        b = np.zeros(spec.oc)
        changed = (oracle.convolve(spec, x, other, b).y - oracle.convolve(spec, x, w, b).y) * dy
        assert changed.sum() == of_weights.y[place]
    b[0] = 1.0
    assert ((oracle.convolve(spec, x, w, b).y - oracle.convolve(spec, x, w, b * 0).y) * dy).sum() == of_bias.y[0]


OF_WEIGHTS = {  # layer, target
    "channels last": ({"ic": 20, "oc": 40, "n": 2, "layout": "nhwc"}, "x86-64-v3"),
    "strides": ({"ic": 5, "oc": 19, "sh": 2, "sw": 3, "n": 2}, "x86-64-v3"),
    "groups": ({"g": 2, "ic": 10, "oc": 18, "n": 3, "layout": "nhwc", "weights_layout": "ohwi"}, "x86-64-v3"),
    "depthwise": ({"g": 19, "ic": 19, "oc": 19, "n": 2, "sh": 2, "sw": 2, "layout": "nhwc"}, "x86-64-v3"),
    "depthwise, channels first": ({"g": 19, "ic": 19, "oc": 19, "kh": 5, "weights_layout": "hwoi"}, "x86-64-v3"),
    "one tap, slices": ({"ic": 9, "oc": 33, "kh": 1, "kw": 1, "padding": 0, "in_stride": 11, "out_stride": 35,
                         "bias": False}, "x86-64-v3"),
    "one tap, strides": ({"ic": 9, "oc": 8, "kh": 1, "kw": 1, "sh": 2, "sw": 2, "padding": 0, "flip": True},
                         "x86-64-v3"),
    "volume": ({"id": 4, "kd": 3, "ic": 3, "oc": 9, "weights_layout": "iohw"}, "x86-64-v3"),
    "a plane behind which is padding": ({"id": 2, "kd": 1, "sd": 3, "padding": [(0, 1), 1, 1]}, "x86-64-v3"),
    "a plane of padding": ({"id": 1, "kd": 1, "sd": 2, "padding": [(1, 0), 1, 1], "layout": "ndhwc"}, "x86-64-v3"),
    "long rows": ({"ic": 3, "oc": 64, "ih": 12, "iw": 300, "kh": 7, "kw": 7, "padding": 3, "sh": 2, "sw": 2, "dh": 2,
                   "weights_layout": "ihwo"}, "x86-64-v3"),
    "rows": ({"ih": None, "kh": None, "iw": 40, "kw": 5, "dw": 2, "flip": True}, "x86-64-v3"),
    "taps": ({"ic": 2, "oc": 3, "ih": None, "kh": None, "iw": 90, "kw": 40, "padding": 0}, "x86-64-v3"),
    "few outputs": ({"ic": 20, "oc": 3, "n": 2, "layout": "nhwc", "weights_layout": "hwio"}, "x86-64-v3"),
    "few outputs, parts of the inputs": ({"ic": 3000, "oc": 5, "ih": 3, "iw": 3, "layout": "nhwc"}, "x86-64-v3"),
    "few outputs of groups": ({"g": 2, "ic": 18, "oc": 6, "sh": 2, "layout": "nhwc"}, "x86-64-v3"),
    "few planes": ({"ic": 9, "oc": 3, "n": 2, "iw": 19, "kh": 2, "padding": [(1, 0), 1]}, "x86-64-v3"),
    "few planes of groups": ({"g": 2, "ic": 18, "oc": 10, "sh": 2, "iw": 33, "in_stride": 20}, "x86-64-v4"),
    "few planes, f16": ({"ic": 4, "oc": 1, "ih": 9, "iw": 21, "dtype": "f16"}, "x86-64-v3"),
    "lies, one tap": ({"ic": 16, "oc": 2, "kh": 1, "kw": 1, "padding": 0, "n": 3, "ih": 19, "iw": 16, "layout": "nhwc"},
                      "x86-64-v3"),
    "lies, one tap, strides": ({"ic": 16, "oc": 3, "kh": 1, "kw": 1, "sh": 2, "sw": 3, "padding": 0, "bias": False,
                                "in_stride": 24, "out_stride": 9, "layout": "nhwc", "ih": 9, "iw": 30}, "x86-64-v3"),
    "lies, depthwise": ({"g": 24, "ic": 24, "oc": 24, "padding": 0, "n": 5, "dh": 2, "sw": 2, "layout": "nhwc"},
                        "x86-64-v3"),
    "lies, dy alone": ({"g": 16, "ic": 16, "oc": 16, "n": 2, "out_stride": 20, "layout": "nhwc"}, "x86-64-v3"),
    "lies, groups": ({"g": 3, "ic": 48, "oc": 24, "kh": 1, "kw": 1, "padding": 0, "n": 2, "layout": "nhwc"},
                     "x86-64-v3"),
    "lies, volume": ({"ic": 8, "oc": 2, "id": 5, "kd": 2, "kh": 1, "sd": 2, "dd": 2, "n": 2, "padding": 0,
                      "layout": "ndhwc"}, "x86-64-v3"),
    "lies, few planes": ({"ic": 8, "oc": 2, "kh": 1, "kw": 1, "padding": 0, "n": 3, "ih": 9, "iw": 19, "sh": 2,
                          "in_stride": 11}, "x86-64-v3"),
    "lies, few planes of groups": ({"g": 2, "ic": 8, "oc": 6, "kh": 1, "kw": 3, "padding": 0, "n": 2, "ih": 4,
                                    "iw": 27}, "x86-64-v4"),
    "lies, planes": ({"ic": 37, "oc": 40, "kh": 1, "kw": 1, "padding": 0, "n": 3, "ih": 5, "iw": 7, "in_stride": 39},
                     "x86-64-v3"),
    "lies, planes of groups": ({"g": 2, "ic": 38, "oc": 48, "kh": 1, "kw": 1, "padding": 0, "n": 19, "ih": 9, "iw": 8},
                               "x86-64-v4"),
    "lies, planes, in squares": ({"g": 2, "ic": 42, "oc": 96, "kh": 1, "kw": 1, "padding": 0, "n": 2, "ih": 4, "iw": 5},
                                 "x86-64-v4"),
    "lies, planes of a volume": ({"ic": 23, "oc": 16, "id": 3, "kd": 1, "kh": 1, "kw": 1, "sd": 2, "padding": 0,
                                  "layout": "ncdhw", "bias": False}, "x86-64-v3"),
    "plain C": ({"ic": 3, "oc": 5, "n": 2}, "scalar"),
    "f16": ({"ic": 8, "oc": 16, "dtype": "f16", "layout": "nhwc"}, "x86-64-v3"),
    "bf16": ({"ic": 8, "oc": 16, "dtype": "bf16"}, "x86-64-v3"),
}


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", OF_WEIGHTS)
@tools.needs(tools.any_c)
def test_kernels_of_weights(name):
    """The best plan of each dimension in lanes, one of the middle, and those that read what lies there."""
    fields, target = OF_WEIGHTS[name]
    plans = [one.plan for one in rank(weights(**fields), target)]
    best = {plan.lanes: plan for plan in reversed(plans)}
    if name.startswith("few"):
        assert set(best) == {"oc", "ic"} | ({"ow"} if "planes" in name else set())
    lying = {found: plan for plan in reversed(plans) if any(found := (numbers(plan).x_lies, numbers(plan).dy_lies))}
    assert bool(lying) >= name.startswith("lies")
    for plan in dict.fromkeys([*best.values(), plans[len(plans) // 2], *lying.values()]):
        report = verify(render(plan).compile(opt="O1"))
        assert report.ok, f"{plan!r}: {report}"


@pytest.mark.parametrize("layout", ["ncw", "nwc"])
def test_long_filters_are_cut_evenly(layout):
    """65,536 taps are tiles of as many as there are registers for, not of one, of which planning alone takes long."""
    long = ConvSpec(ic=1, oc=1, iw=1 << 20, kw=1 << 16, layout=layout, op="backward-weights")
    for target, taps in (("x86-64-v3", 14), ("x86-64-v4", 30)):
        assert {numbers(ranked.plan).own.taps for ranked in rank(long, target)} == {taps}


@pytest.mark.parametrize("seed", range(6))
@tools.needs(tools.any_c)
def test_any_layer(seed):
    spec = drawn(seed).replace(op="backward-weights")
    report = verify(generate(spec, "x86-64-v3" if seed % 2 else "scalar", records=False).compile(opt="O1"))
    assert report.ok, f"{spec!r}: {report}"


@pytest.mark.parametrize("spec", [weights(ic=9, oc=19, n=2, sh=2), data(ic=9, oc=19, sh=2)], ids=spec_name)
@pytest.mark.skipif(emulated.lacking("aarch64") is not None, reason=str(emulated.lacking("aarch64")))
def test_another_machine(spec, monkeypatch):
    monkeypatch.setenv("CONVGEN_RUNNER_AARCH64", " ".join(emulated.emulator("aarch64")))
    report = verify(generate(spec, "aarch64", records=False).compile(opt="O1"))
    assert report.ok, str(report)


BUGS = {  # what is changed in the text of a kernel
    "pixels that two parts sum": ("step = split * 20 / 16;", "step = 0;"),
    "a part that is left out": ("split = 1; split < ", "split = 2; split < "),
    "sums of the run before": ("_mm256_storeu_ps(all + i, _mm256_setzero_ps())", "(void)all"),
    "padding": ("row < 0 || ", ""),
    "lanes of a square": ("r0_0 = _mm256_loadu_ps(from)", "r0_0 = _mm256_loadu_ps(from + 1)"),
}


@pytest.mark.parametrize("bug", BUGS)
@tools.needs(tools.any_c)
def test_planted_bugs_are_seen(bug):
    before, after = BUGS[bug]
    spec = weights(ic=9, oc=40, n=40, ih=20, iw=20)
    kernel = render(next(one.plan for one in rank(spec, "x86-64-v3") if one.plan.nr == 1))
    assert before in kernel.source
    wrong = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after))
    assert not verify(wrong.compile(opt="O1")).ok


OF_FEW = {  # dimension in lanes, layer, what is changed
    "the last pixel of a row": ("ow", {}, "_mm256_maskload_ps(dy_w, some_lanes(0, 3))",
                                "_mm256_maskload_ps(dy_w, some_lanes(0, 2))"),
    "a lane that is left out": ("ow", {}, "p < 8", "p < 7"),
    "a lane of the bias that is left out": ("ic", {}, "p < 8", "p < 7"),
    "padding behind a row of dy": ("ic", {"layout": "nhwc"}, "i = 19; i < 24", "i = 20; i < 24"),
}


@pytest.mark.parametrize(("before", "after"), [
    ("sums + o + 232,", "sums + o + 224,"), ("(from + 56)", "(from + 55)"),
    ("add_11x8_1(x + 910,", "add_11x8_1(x + 909,")], ids=["last square", "row of a square", "last channels"])
@tools.needs(tools.any_c)
def test_planted_bugs_of_one_tap_are_seen(before, after):
    spec = weights(ic=37, oc=8, kh=1, kw=1, padding=0, n=3, ih=5, iw=7)
    kernel = render(next(one.plan for one in rank(spec, "x86-64-v3") if one.plan.nr == 1 and one.plan.lanes == "oc"))
    assert before in kernel.source
    wrong = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after))
    assert not verify(wrong.compile(opt="O1")).ok


@pytest.mark.parametrize("bug", OF_FEW)
@tools.needs(tools.any_c)
def test_planted_bugs_of_few_outputs_are_seen(bug):
    lanes, fields, before, after = OF_FEW[bug]
    spec = weights(**{"ic": 9, "oc": 1, "n": 2, "ih": 6, "iw": 19} | fields)
    plans = [one.plan for one in rank(spec, "x86-64-v3")]
    kernel = render(next(plan for plan in plans if plan.lanes == lanes and plan.nr == 1 and plan.choices.taps == 3))
    assert before in kernel.source
    wrong = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after))
    assert not verify(wrong.compile(opt="O1")).ok


@pytest.mark.parametrize(("fields", "loops"), [
    ({"ic": 1, "oc": 1, "iw": 700, "kw": 300}, 1),
    ({"ic": 2, "oc": 3, "iw": 400, "kw": 64, "bias": False}, 1),
    ({"ic": 1, "oc": 1, "iw": 40, "kw": 7}, 0)], ids=str)
@tools.needs(tools.c, "cc")
def test_taps_of_long_kernels_are_a_loop(fields, loops):
    """And no call each: code does not grow with them. A planted step is seen."""
    kernel = generate(ConvSpec(op="backward-weights", **fields), "scalar", records=False)
    head = "(ptrdiff_t tile = 0;"
    assert kernel.source.count(head) == loops
    assert len(kernel.source) < 14_000
    report = verify(kernel.compile(opt="O1"))
    assert report.ok, report
    broken = msgspec.structs.replace(kernel, source=kernel.source.replace(head, "(ptrdiff_t tile = 1;"))
    assert verify(broken.compile(opt="O1"), ["exact"]).ok == (loops == 0)


@needs_nm
@pytest.mark.parametrize("target", ["scalar", "x86-64-v3", "x86-64-v4"])
@every_compiler
def test_what_is_emitted_is_strict_c(target, cc, tmp_path):
    names = ("channels last", "strides", "groups", "depthwise", "volume", "one tap, slices", "few outputs",
             "few planes", "few planes of groups", "lies, one tap", "lies, depthwise")
    kernels = [generate(weights(**OF_WEIGHTS[name][0]), target, records=False) for name in names]
    together(dict.fromkeys(kernels), tmp_path, cc, "-O2", "-ffreestanding")


def test_the_calls_of_a_gradient_of_weights():
    spec = weights()
    conv, rng = generate(spec, "scalar", records=False).compile(), np.random.default_rng(0)
    x, dy = (rng.standard_normal(array.shape, np.float32) for array in spec.arrays[:2])
    made = conv(x, dy)
    again = conv(x.astype(np.float64), dy, copy=True)
    out = type(made)(np.empty_like(made.weights), np.empty_like(made.bias))
    assert conv(x, dy, out) is out
    for one in (again, out, pickle.loads(pickle.dumps(conv))(x, dy)):
        np.testing.assert_array_equal(one.weights, made.weights)
        np.testing.assert_array_equal(one.bias, made.bias)
    for wrong, message in ((lambda: conv.pack(x), "weights must not be packed for their gradient"),
                           (lambda: conv(x, dy[:, 1:]), r"output_gradient must have shape \(1, 4, 8, 7\)"),
                           (lambda: conv(x, dy, out._replace(bias=None)), "bias_gradient must be given"),
                           (lambda: conv(x, dy, type(made)(x.ravel()[:216].reshape(4, 6, 3, 3), made.bias)),
                            "out must not overlap what is read")):
        with pytest.raises(InputError, match=message):
            wrong()


# --- the command line ---


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_directions_of_benchdnn(tmp_path):
    path = tmp_path / "batch"
    path.write_text("--dir=BWD_D ic3ih8oc4kh3\n--dir=FWD_B\nic3ih8oc4kh3 # a comment\n--dir=FWD_D ic3ih8oc4kh3\n")
    assert [(one.spec.operation, one.spec.bias) for one in load_layers(str(path))] == [
        ("backward-data", False), ("forward", True), ("forward", False)]


def test_the_command_of_a_kernel_makes_it_again(tmp_path):
    found = run("generate", "ic3ih8oc4kh3sh2ph1", "--dir", "BWD_D", "--target", "scalar", "-o", str(tmp_path))
    assert found.exit_code == 0, found.output
    (source,) = tmp_path.glob("*.c")
    assert source.stem == "backward_data_f32_nchw_3x3s2p1_3x8x8_4"
    command = next(line for line in source.read_text().splitlines() if "convgen generate" in line)
    again = run(*command.split("convgen ")[1].replace("-o .", f"-o {tmp_path} --check").split())
    assert again.exit_code == 0, again.output
    assert f"#define {source.stem}_BACKWARD_DATA 1" in source.with_suffix(".h").read_text()


@pytest.mark.parametrize(("options", "code", "message"), [
    (["--dir", "BWD"], 2, "dir must be one of FWD_B, FWD_D, FWD_I, BWD_D, BWD_W, BWD_WB (dir='BWD')"),
    (["--op", "backward-data", "--dtype", "s8"], 2, "dtype must be one of"),
    (["--op", "backward-data", "--dtype", "u8:s8:u8"], 2, "gradients must be of layers of floats"),
    (["--op", "backward-data", "--activation", "relu"], 2, "activation must be none for gradients"),
    (["--op", "backward-data", "--algorithm", "fourier"], 3, "algorithm fourier has no plan for this layer"),
])
def test_exit_codes(options, code, message):
    found = run("plan", "ic3ih8oc4kh3sh2", "--target", "x86-64-v3", *options)
    assert found.exit_code == code, found.output
    assert message in found.output


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@tools.needs(tools.any_c)
def test_packages_test_themselves(layout, tmp_path):
    path = tmp_path / "batch"
    path.write_text("--dir=BWD_D g2ic6ih8oc4kh3sh2ph1 ic16ih8oc24kh3ph1\n")
    found = run("package", str(path), "--layout", layout, "--target", "scalar", "-o", str(tmp_path / "package"))
    assert found.exit_code == 0, found.output
