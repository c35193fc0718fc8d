"""Chains: layers that follow each other in one kernel, of all types, against the oracle of each layer in turn."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import emulated
import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from test_emitted import every_compiler, needs_nm, public, together
from test_integer_rows import conv

import convgen
from convgen import api
from convgen.algorithms.chain import view as chain_view
from convgen.algorithms.chain.bands import strips
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.chain import Chain
from convgen.layer.formats import NamedSpec, amended_text, load_layers, to_toml
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.packaging import output
from convgen.planner.rank import rank
from convgen.verification import draws, joined
from convgen.verification.report import modes_of, run_mode

DEPTHWISE = "g{c}ic{c}ih{h}oc{c}oh{o}kh3sh{s}ph1"
ZEROS = {"u8:s8:u8": 3, "s8:s8:s8": -5}


def pair(c: int, h: int, oc: int, s: int = 1, dtype: str = "f32", activation: str = "relu6",
         **last: object) -> ConvSpec:
    """Depthwise, then pointwise."""
    o = -(-h // s)
    zero = {"input_zero": ZEROS[dtype], "output_zero": ZEROS[dtype]} if dtype in ZEROS else {}
    shared = {"layout": "nhwc", "dtype": dtype, **zero}
    act = "none" if dtype in ZEROS else activation
    return Chain([ConvSpec.parse(DEPTHWISE.format(c=c, h=h, o=o, s=s), activation=act, **shared),
                  ConvSpec.parse(f"ic{c}ih{o}oc{oc}kh1", **{**shared, **last})])


def block(ic: int, c: int, h: int, oc: int, s: int = 1, dtype: str = "f32", **last: object) -> ConvSpec:
    """Pointwise, depthwise, pointwise."""
    two = pair(c, h, oc, s, dtype, **last)
    first = two.parts[0].replace(g=1, ic=ic, kh=1, kw=1, sh=1, sw=1, top=0, bottom=0, left=0, right=0)
    return Chain([first, *two.parts])


def pooling(c: int, h: int, oc: int, k: int, s: int, pad: int, op: str, dtype: str = "f32",
            **fields: object) -> ConvSpec:
    """3 × 3, then a pooling."""
    shared = {"layout": "nhwc", "dtype": dtype, **fields}
    return Chain([ConvSpec.parse(f"ic{c}ih{h}oc{oc}kh3ph1", activation="relu", **shared),
                  ConvSpec(op=op, g=oc, ic=oc, oc=oc, ih=h, kh=k, sh=s, padding=pad, **shared)])


def dense(dtype: str, **fields: object) -> ConvSpec:
    """3 × 3, then pointwise: rows that are copied with their padding, and such as may lie where products take them."""
    zero = {"input_zero": ZEROS[dtype], "output_zero": ZEROS[dtype]} if dtype in ZEROS else {}
    shared = {"layout": "nhwc", "dtype": dtype, **zero, **fields}
    return Chain([ConvSpec.parse("ic5ih9iw11oc13ow11kh3kw3ph1pw1", **shared),
                  ConvSpec.parse("ic13ih9iw11oc7oh9ow11kh1kw1ph0pw0", **shared)])


CASES = [
    (pair(32, 14, 16), "host"), (pair(17, 13, 5), "host"), (pair(33, 15, 20, 2, residual=True), "host"),
    (block(16, 32, 14, 16, residual=True), "host"), (block(7, 19, 11, 9, 2), "host"),
    (block(8, 16, 10, 8).replace(n=3), "host"), (block(8, 24, 9, 8), "scalar"), (block(7, 19, 11, 9), "x86-64-v3"),
    (pair(20, 9, 8, activation="silu"), "host"), (pair(20, 9, 8, activation="prelu", bias=False), "host"),
    (Chain([ConvSpec.parse("ic3ih19oc16kh3sh2ph1", layout="nhwc", activation="relu"),
            *pair(16, 10, 24).parts]), "host"),
    *((make, "host") for dtype in ("f16", "bf16", "f32:f16:f32") for make in (pair(24, 9, 12, dtype=dtype),)),
    *((pair(32, 9, 12, dtype=dtype), "host") for dtype in ZEROS),
    *((block(8, 32, 9, 12, 2, dtype=dtype), "host") for dtype in ZEROS),
    *((dense("u8:s8:u8"), target) for target in ("x86-64-v3", "x86-64-v4", "scalar")),
    *((block(7, 19, 11, 9, 2, dtype="s8:s8:s8", residual=True, residual_scale=0.5), target)
      for target in ("x86-64-v3", "x86-64-v4-vnni", "scalar")),
    (dense("u8:u8:u8", input_zero=3, output_zero=3, weights_zero=120), "x86-64-v3"),
    (dense("s16:s8:s16", rounding="tflite"), "x86-64-v3"),
    *((pooling(8, 17, 20, *pool), "host") for pool in (
        (3, 2, 1, "max-pool"), (2, 2, 0, "max-pool"), (3, 1, 1, "average-pool"), (17, 1, 0, "average-pool"))),
    (pooling(5, 14, 16, 3, 2, 1, "average-pool", dtype="bf16", n=2), "host"),
    (pooling(5, 14, 33, 3, 2, 1, "max-pool", dtype="f16"), "host"),
    *((pooling(5, 9, 21, *pool, dtype=dtype, input_zero=ZEROS[dtype], output_zero=ZEROS[dtype]), target)
      for dtype, target, *pools in (
          ("u8:s8:u8", "x86-64-v3", (3, 2, 1, "max-pool"), (9, 1, 0, "average-pool")),
          ("s8:s8:s8", "scalar", (3, 2, 1, "max-pool"), (3, 2, 1, "average-pool"))) for pool in pools),
    (pooling(8, 9, 16, 2, 2, 0, "max-pool", dtype="s16:s8:s16", rounding="tflite", n=2), "host"),
    (pooling(5, 12, 3, 3, 3, 0, "max-pool"), "scalar"), (pooling(5, 12, 19, 3, 3, 0, "average-pool"), "x86-64-v3"),
    (pooling(5, 12, 19, 3, 3, 0, "average-pool").replace(out_stride=24), "x86-64-v3"),
]


def cases():
    """The first of each type of arrays with each last operation always runs."""
    met = set()
    for spec, target in CASES:
        kind = spec.dtype, spec.parts[-1].op
        yield pytest.param(spec, target, marks=[pytest.mark.sweep] * (kind in met))
        met.add(kind)


@pytest.mark.parametrize(("spec", "target"), [*cases()],
                         ids=lambda value: value if isinstance(value, str) else value.dtype)
def test_chains_are_right(spec, target):
    """Every mode of verify, and of the best plan with single rows, whose last band reads nothing new."""
    if not find(target).runs_here():
        pytest.skip(f"this CPU lacks the instructions of {target}")
    ranked = rank(spec, target)
    single = next((one.plan for one in ranked if one.plan.choices.band == 1), ranked[0].plan)
    for plan in dict.fromkeys((ranked[0].plan, single)):
        conv = api.render(plan).compile()
        for mode in modes_of(spec):
            found = run_mode(conv, mode)
            assert found.ok, found
            assert "not possible" not in found.detail or spec.parts[0].activation == "silu"


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("machine", "target"), [
    pytest.param(machine, target, marks=tools.needs(emulated.lacking, machine), id=target)
    for machine, target in (("aarch64", "aarch64"), ("aarch64", "aarch64-dotprod"), ("cortex-m4", "cortex-m4"),
                            ("wasm32", "wasm32"))])
def test_chains_of_integers_elsewhere(machine, target):
    for spec in (dense("s8:s8:s8"), pair(19, 11, 9, 2, dtype="u8:s8:u8")):
        plan = rank(spec, target)[0].plan
        found = run_mode(conv(plan, machine), "exact")
        assert found.ok, found


@needs_nm
@every_compiler
def test_chains_of_integers_are_strict_c(cc, tmp_path):
    chains = {"dense": dense("u8:s8:u8"), "words": dense("s16:s8:s16", rounding="tflite"),
              "block": block(7, 19, 11, 9, 2, dtype="s8:s8:s8")}
    kernels = [api.render(rank(spec, target)[0].plan, f"{name}_{target.rpartition('-')[2]}")
               for name, spec in chains.items() for target in ("x86-64-v3", "scalar")]
    defined, needed = together(kernels, tmp_path, cc, "-O2", "-ffreestanding")
    assert (defined, needed <= {"_GLOBAL_OFFSET_TABLE_"}) == (public(kernels), True)


@pytest.mark.parametrize("target", ["x86-64-v3", "scalar"])
def test_a_copy_is_made_of_rows(target):
    """In the memory of a worker, behind the maps, by a function for each padding and number of rows."""
    kernel = convgen.generate(dense("u8:s8:u8"), target, records=False)
    copies = set(re.findall(r"^static void (copy_\w+)\(", kernel.source, re.MULTILINE))
    assert len(copies) > 1
    maps = sum(chain_view.buffer_bytes(kernel.plan))
    assert kernel.scratch_bytes == maps + chain_view.copy_bytes(kernel.plan) > maps


def test_rows_between_layers_are_computed_once_in_a_strip():
    for one in (block(8, 16, 14, 8), block(8, 16, 15, 8, 2)):
        for height in (1, 2, 3, 14):
            for strip in (1, 2, 100):
                for bands in strips(one, height, strip):
                    for stage, layer in enumerate(one.parts):
                        made = [part.makes for band in bands for part in band.parts if part.stage == stage]
                        assert all(a.end <= b.begin for a, b in itertools.pairwise(made))
                        assert made[-1].end <= layer.oh
                    assert bands[-1].rows.end - bands[0].rows.begin <= height * strip


@pytest.mark.parametrize(("layers", "message"), [
    ([ConvSpec.parse("ic8ih9oc8kh1", layout="nhwc")], "layers must be at least two"),
    ([ConvSpec.parse("ic8ih9oc8kh1"), ConvSpec.parse("ic9ih9oc8kh1")], r"layers\[1\]: ic must be oc of .*ic=9, oc=8"),
    ([ConvSpec.parse("ic8ih9oc8kh1"), ConvSpec.parse("ic8ih8oc8kh1")], r"ih must be oh of .*ih=8, oh=9"),
    ([ConvSpec.parse("ic8ih9oc8kh1", residual=True), ConvSpec.parse("ic8ih9oc8kh1")], r"layers\[0\]: residual must be"),
    ([ConvSpec.parse("ic8ih9oc8kh1", layout="nhwc"), ConvSpec.parse("ic8ih9oc8kh1")], "layout must be layout of"),
    (["ic8ih9oc8kh1", "ic8ih9oc8kh1"], "layers must be ConvSpecs"),
    ([ConvSpec.parse("g8ic8ih9oc8kh2", op="max-pool"), ConvSpec.parse("ic8ih8oc8kh1")], "op must be forward but in"),
])
def test_what_does_not_follow_is_an_error(layers, message):
    with pytest.raises(InputError, match=message):
        Chain(layers)


@pytest.mark.parametrize(("spec", "target"), [
    (pair(8, 9, 8).replace(layout="nchw"), "host"), (pair(8, 9, 8), "opencl-cpu"),
    (Chain([ConvSpec.parse("ic8ih9oc8kh1", layout="nhwc"),
            ConvSpec.parse("g8ic8ih9oc8kh2dh1", layout="nhwc", op="max-pool")]), "host"),
    (pooling(8, 256, 8, 256, 1, 0, "average-pool", dtype="s16:s8:s16", rounding="tflite"), "host")])
def test_what_is_not_supported_says_so(spec, target):
    with pytest.raises(UnsupportedError, match=r"chains|pooling must (be without dilation|have sums in 32 bits)"):
        convgen.generate(spec, target)


@pytest.mark.parametrize(("fields", "message"), [
    ({"activation": "relu"}, "activation must be 'none' for pooling"), ({"oc": 16}, "g, ic and oc must be the same"),
    ({"residual": True}, "residual must be False for pooling"),
    ({"dtype": "u8:s8:s8"}, "output must be as the input is for pooling"),
    ({"dtype": "u8:s8:u8", "input_zero": 3}, "output must be as the input is .*input_zero=3, output_zero=0")])
def test_what_pooling_has_not_is_an_error(fields, message):
    with pytest.raises(InputError, match=message):
        ConvSpec(**{"op": "max-pool", "g": 8, "ic": 8, "oc": 8, "ih": 9, "kh": 2, **fields})
    with pytest.raises(UnsupportedError, match="pooling must be the last layer of a chain"):
        convgen.generate(ConvSpec(op="max-pool", g=8, ic=8, oc=8, ih=9, kh=2))


@pytest.mark.parametrize("spec", [block(8, 16, 10, 8, residual=True),
                                  Chain([*pair(8, 10, 16).parts, pooling(3, 10, 16, 3, 2, 1, "max-pool").parts[1]])])
def test_manifests_files_and_commands_give_the_same_chain(spec, tmp_path):
    kernel = convgen.generate(spec, "x86-64-v3")
    kernel.save(tmp_path)
    (again,) = output.stored(tmp_path, [])
    assert (again.kernel.plan, again.drift) == (kernel.plan, [])
    (tmp_path / "layers.toml").write_text(to_toml([(NamedSpec(spec, "block"), "")]))
    (read,) = load_layers(str(tmp_path / "layers.toml"))
    assert (read.spec, read.name) == (spec, "block")
    assert msgspec.convert(msgspec.to_builtins(spec), ConvSpec) == spec
    command = next(line for line in kernel.source.splitlines() if " Command " in line)
    assert command.count("--then") == 2


def test_a_kernel_that_reaches_beyond_its_input_has_a_command():
    """It fits by its pads alone, which the layer behind keeps."""
    first = ConvSpec(ic=3, ih=3, iw=9, oc=8, kh=1, kw=1, layout="nhwc")
    second = ConvSpec(g=8, ic=8, ih=3, iw=9, oc=8, kh=5, kw=5, padding="half", layout="nhwc", activation="relu")
    assert amended_text(first, second) == f"{second.descriptor} activation=relu"


def test_then_on_the_command_line(tmp_path):
    found = CliRunner().invoke(main, ["generate", "g8ic8ih9oc8kh3ph1", "--then", "ic8ih9oc4kh1 activation=none",
                                      "--layout", "nhwc", "--activation", "relu", "--target", "x86-64-v3", "--name",
                                      "two", "-o", str(tmp_path), "--no-verify"])
    assert found.exit_code == 0, found.output
    assert "void two_pack(const float *weights0, const float *bias0, const float *weights1" in \
        (tmp_path / "two.h").read_text()
    told = CliRunner().invoke(main, ["plan", "ic8ih9oc8kh1", "--layout", "nhwc", "--then", "ic8ih9oc8kh1", "--explain"])
    assert "apart" in told.output
    told = CliRunner().invoke(main, ["plan", "ic8ih9oc8kh1", "--layout", "nhwc", "--activation", "relu", "--explain",
                                     "--then", "g8ic8ih9oc8kh3sh2 op=max-pool activation=none"])
    assert "apart" in told.output
    assert "max-pool, kernel 3x3, stride 2x2" in told.output
    wrong = CliRunner().invoke(main, ["plan", "ic8ih9oc8kh1", "--then", "ic9ih9oc8kh1"])
    assert wrong.exit_code == 2


def test_what_chains_have_not_yet_is_unsupported(tmp_path):
    path = tmp_path / "layers.toml"
    path.write_text(to_toml([(NamedSpec(pair(8, 9, 8), "two"), "")]))
    found = CliRunner().invoke(main, ["tune", "--effort", "measure", str(path), "--target", "host"])
    assert found.exit_code == 3, found.output


def test_a_list_for_every_layer_is_packed():
    spec = pair(8, 9, 4)
    conv = convgen.generate(spec).compile()
    parts = joined.apart(spec, draws.normals(spec, np.random.default_rng(0)))
    with pytest.raises(InputError, match="weights must be a list of 2"):
        conv.pack(parts[0]["weights"])
    with pytest.raises(InputError, match=r"layers\[1\]: weights must have shape"):
        conv.pack([parts[0]["weights"]] * 2, [part["bias"] for part in parts])


def test_blocks_of_mobilenet_hold_little_between_their_layers():
    """All 17 pairs have a plan whose buffers hold a third of the map between, or the fewest rows there are."""
    blocks = load_layers(str(Path(__file__).parent / "chains.toml"))
    assert len(blocks) == 17
    for spec in dict.fromkeys(one.spec for one in blocks if one.spec.ih <= 28):
        kernel = convgen.generate(spec, "x86-64-v3")
        assert kernel.scratch_bytes <= 0.35 * spec.parts[0].bytes
