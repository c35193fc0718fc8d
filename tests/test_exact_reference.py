"""The plain loop nest of layers that sum integers: the readable definition, on every machine that C is built for."""

import subprocess

import pytest
import tools
from exact_layers import LAYERS, check, layer

from convgen import ConvSpec, generate
from convgen.errors import UnsupportedError

FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffreestanding")


@pytest.mark.sampled(every=3)
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("name", LAYERS)
def test_it_gives_the_rules_bits(name):
    check(generate(layer(name), "scalar", "reference", records=False).compile(opt="O1"))


@pytest.mark.parametrize("target", ["x86-64-v3", "aarch64", "wasm32", "cortex-m0"])
def test_it_is_the_same_text_for_every_target(target):
    def body(target):
        source = generate(layer("tflite"), target, "reference", name="k", records=False).source
        return source[source.index("#include"):]

    assert body(target) == body("scalar"), "no target needs products of its own for it"


@pytest.mark.parametrize("cc", tools.CC)
@pytest.mark.parametrize("name", ["half even", "tflite", "once", "f32"])
def test_no_compiler_warns(name, cc, tmp_path):
    kernel = generate(layer(name), "scalar", "reference", name="k", records=False)
    (tmp_path / "k.c").write_text(kernel.source)
    (tmp_path / "k.h").write_text(kernel.header)
    done = subprocess.run([cc, "-O2", *FLAGS, "-c", "k.c"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize(("activation", "scale", "ends"), [
    ("clip(300,301)", 0.1, (255, 255)), ("clip(-400,-300)", 0.1, (0, 0)), ("clip(-1e38,1e38)", 2e-38, (0, 255)),
    ("clip(1e38,2e38)", 2e-38, (255, 255)), ("relu6", 1.2e-38, (7, 255)), ("clip(-1e-38,1e-38)", 3e38, (7, 7)),
])
def test_the_ends_of_a_clamp_may_lie_outside_the_type(activation, scale, ends):
    """Even so far that their quotient by the scale is no f32: outputs saturate there."""
    spec = ConvSpec(ic=4, oc=5, ih=3, kh=1, dtype="u8:s8:u8", activation=activation, output_scale=scale, output_zero=7)
    assert spec.limits == ends
    check(generate(spec, "scalar", "reference", records=False).compile(opt="O1"))


def test_it_says_that_it_is_exact():
    kernel = generate(layer("half even"), "scalar", "reference", records=False)
    assert "v = bias + sum w (x - 131) is exact in s32" in kernel.source
    assert kernel.bound.roundings == 0


ADDED = {"residual": True, "residual_scale": 0.5}


@pytest.mark.parametrize(("change", "says"), [
    ({"ic": 70_000}, "s32"),
    ({**ADDED, "rounding": "tflite"}, r"rounding must be half-even with a residual \(rounding=tflite\)"),
    ({"residual": True, "dtype": "u8:s8:s32"}, r"a residual must not be added to sums in s32 \(residual=True\)"),
], ids=str)
@pytest.mark.parametrize("algorithm", ["reference", "direct"])
def test_what_it_cannot_sum_is_refused(change, says, algorithm):
    fields = {"dtype": "u8:s8:u8", "ic": 4, "oc": 4, "ih": 4, "kh": 1, **change}
    with pytest.raises(UnsupportedError, match=says):
        generate(ConvSpec(**fields), "scalar", algorithm, records=False)
