"""Layers that sum integers in OpenCL C: the bits of the rule, whatever the vectors, on the devices that are here."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
import tools
from exact_layers import LAYERS, check, layer

from convgen import ConvSpec, generate
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import UnsupportedError
from convgen.layer.element import S8
from convgen.layer.rounding import multiplier
from convgen.machine.isa import DOTS
from convgen.machine.target import NAMED
from convgen.packaging import embed
from convgen.planner import rank
from convgen.verification import exactness
from convgen.verification.report import run_mode

ROWS = ("cl4", "cl8", "cl16")
needs_device = tools.needs_device


def target(row, kind="cpu"):
    return msgspec.structs.replace(NAMED[f"opencl-{kind}"], isa=row)


def plans(spec, machine, algorithm="direct"):
    """One plan for each row of products, lanes and source of the input: the middle one of these."""
    found = {}
    for one in machine.summing(spec.arithmetic):
        for plan in ALGORITHMS[algorithm].plans(spec, one):
            found.setdefault((plan.target.isa, plan.lanes, plan.choices.source), []).append(plan)
    return [few[len(few) // 2] for few in found.values()]


@pytest.mark.sampled(every=3)
@needs_device
@pytest.mark.parametrize("name", LAYERS)
def test_the_plain_loop_nest_gives_the_rules_bits(name):
    check(generate(layer(name), "opencl-cpu", "reference", records=False).compile())


@pytest.mark.sampled(every=2)
@needs_device
@pytest.mark.parametrize(("row", "name"), [
    *zip(ROWS * 3, [name for name in LAYERS if name not in ("depthwise",)], strict=False),
    ("cl8", "residual, channels first"), ("cl4", "table")])
def test_tiles_give_the_rules_bits(row, name):
    made = plans(layer(name), target(row))
    assert {plan.target.isa for plan in made} >= {f"{row}_s16"}
    for plan in made:
        check(render(plan).compile())


@needs_device
@pytest.mark.parametrize("name", [name for name in LAYERS if name.startswith("long")])
def test_long_sums_are_of_single_numbers(name):
    """Whatever the device's vectors."""
    for machine in ("opencl-cpu", "opencl-gpu"):
        made = [plan for algorithm in ALGORITHMS if algorithm != "reference"
                for plan in plans(layer(name), NAMED[machine], algorithm)]
        assert {plan.target.isa for plan in made} == {"cl1_long_s8"}
        for plan in made:
            check(render(plan).compile())


@needs_device
def test_plans_for_gpus_give_the_rules_bits():
    """A tile is a work-item's, and work-items share NAME_pack."""
    for name in ("half even", "tflite"):
        for plan in plans(layer(name), NAMED["opencl-gpu"]):
            check(render(plan).compile())


@pytest.mark.sampled(every=3)
@needs_device
@pytest.mark.parametrize("name", [
    *(name for name in LAYERS if layer(name).arithmetic.weights is S8 and layer(name).arithmetic.input.bytes == 1
      and not layer(name).transposed),
    "groups of words"])
def test_tiles_that_work_groups_share_give_the_rules_bits(name):
    spec = ConvSpec(dtype="s8:s8:u8", g=2, n=3, ic=16, oc=14, ih=5, iw=7, kh=2, kw=3, left=2, input_zero=-7, bias=False,
                    layout="nhwc", rounding="tflite-single") if name not in LAYERS else layer(name)
    (target,) = [one for one in NAMED["opencl-gpu"].summing(spec.arithmetic) if one.row.deep == 4]
    made = list(ALGORITHMS["implicit"].plans(spec, target))
    for plan in (made[0], made[len(made) // 2]):
        check(render(plan).compile())


@needs_device
@pytest.mark.parametrize("layout", ["nwc", "ncw"])
@pytest.mark.parametrize("algorithm", ["implicit", "direct"])
def test_no_byte_beside_the_arrays_is_touched(algorithm, layout):
    """Channels that do not fill a word end where the input does, on a multiple of what devices align arrays to."""
    spec = ConvSpec(dtype="u8:s8:u8", ic=6, oc=5, iw=64, kw=1, layout=layout, residual=True, residual_scale=0.5)
    (machine,) = [one for one in NAMED["opencl-gpu"].summing(spec.arithmetic) if one.row.deep == 4]
    plan = next(iter(ALGORITHMS[algorithm].plans(spec, machine)))
    outcome = run_mode(render(plan).compile(device=tools.devices()[0].key), "guard")
    assert outcome.ok, outcome.detail


def test_what_products_a_device_gets():
    """Weights of 16 bits cannot be multiplied as bytes; what multiplies four bytes at once, only some devices have."""
    def rows(name, **device):
        machine = target("cl8")
        machine = msgspec.structs.replace(machine, device=msgspec.structs.replace(machine.device, **device))
        return [one.isa for one in machine.summing(layer(name).arithmetic)]

    assert rows("half even") == ["cl8_s8", "cl8_s16"]
    assert rows("half even", dots=True) == ["cl8_s8", "cl8_dot_s8", "cl8_s16"]
    assert rows("half even", capability=60) == ["cl8_s8", "cl8_s16"]
    assert rows("half even", capability=61) == ["cl8_s8", "cl8_dp4a_s8", "cl8_s16"]
    assert rows("once", dots=True) == ["cl8_s16"]


@needs_device
@pytest.mark.parametrize("row", ROWS)
def test_products_in_plain_opencl_c(row):
    """As devices compute them that have no instruction for it."""
    for name in ("half even", "once"):
        kernel = render(plans(layer(name), target(row))[0])
        assert "#if defined(__clang__)" in kernel.source
        plain = kernel.source.replace("#if defined(__clang__)", "#if 0 && defined(__clang__)")
        check(msgspec.structs.replace(kernel, source=plain).compile())


def with_dots(**device):
    machine = target("cl4", "gpu")
    return msgspec.structs.replace(machine, device=msgspec.structs.replace(machine.device, **device))


@pytest.mark.parametrize(("device", "row"), [({"dots": True}, "cl4_dot_s8"), ({"capability": 80}, "cl4_dp4a_s8")])
def test_a_gpu_multiplies_four_bytes_at_once_where_it_can(device, row):
    kernel = render(rank.best(layer("half even"), with_dots(**device), "direct"))
    assert kernel.plan.target.isa == row
    assert kernel.extensions == ("cl_khr_integer_dot_product",) * ("dots" in device)
    assert kernel.flags == ("-cl-std=CL3.0" if "dots" in device else "-cl-std=CL1.2",)
    assert kernel.capability == (0 if "dots" in device else 61)


@needs_device
def test_a_device_without_dot_products_is_told():
    kernel = render(rank.best(layer("half even"), with_dots(dots=True), "direct"))
    with pytest.raises(UnsupportedError, match="kernel has dot products of bytes, the device has not"):
        kernel.compile(device=tools.devices()[0].key)


@needs_device
@pytest.mark.parametrize("device", [{"dots": True}, {"capability": 61}])
def test_dot_products_give_the_rules_bits(device):
    """Of devices, in plain OpenCL C here."""
    for name in ("half even", "tflite", "slices"):
        kernel = render(rank.best(layer(name), with_dots(**device), "direct"))
        plain = kernel.source.replace(f"#pragma OPENCL EXTENSION {DOTS} : enable", tools.DOTS)
        check(msgspec.structs.replace(kernel, source=plain, extensions=(), flags=("-cl-std=CL1.2",)).compile())


def test_no_device_needs_doubles():
    """Of f64 scales it gets the bits."""
    kernel = generate(layer("tflite"), "opencl-gpu", "direct", records=False)
    assert "double" not in kernel.source
    assert "const __global ulong *scale" in kernel.source
    assert "const cl_double *scale" in kernel.header
    assert not kernel.extensions


@pytest.mark.sampled
@needs_device
@pytest.mark.parametrize("algorithm", ["reference", "direct"])
@pytest.mark.parametrize("exponent", [-126, -64, -33, -32, -31, -30, -1, 0, 29, 30, 31, 40, 127])
def test_scales_of_any_size(algorithm, exponent):
    """Of each sign of a sum, up to the ends of what f32 holds."""
    spec = ConvSpec(dtype="s8:s8:s8", ic=4, oc=8, iw=9, kw=1, rounding="tflite", layout="nwc")
    rng = np.random.default_rng(1)
    arrays = exactness.drawn(spec, rng)
    arrays["scale"] = np.ldexp(rng.uniform(1, 1.99, spec.oc), exponent)
    conv = generate(spec, "opencl-cpu", algorithm, records=False).compile()
    conv.pack(arrays["weights"], arrays["bias"], arrays["scale"])
    np.testing.assert_array_equal(conv(arrays["input"]), exactness.right(spec, arrays))


@pytest.mark.parametrize("name", ["scalar", "opencl-cpu"])
def test_scales_become_the_integers_nearest_to_them(name, monkeypatch):
    """Halves away from zero; up to 2^30, beyond which all is cut anyway."""
    monkeypatch.setattr(embed, "check_sums", lambda kernel: None)
    rng = np.random.default_rng(3)
    mantissas = [1.0, 2 - 2.0**-52, 2 - 2.0**-31, 1 + 2.0**-31, 1 + 2.0**-32, 1 + 2.0**-30 - 2.0**-52,
                 *rng.uniform(1, 2, 94)]
    scale = np.ldexp(mantissas, rng.integers(-32, 29, 100))
    spec = ConvSpec(dtype="s8:s8:s8", ic=1, oc=100, iw=1, kw=1, rounding="tflite", bias=False)
    kernel = generate(spec, name, "reference", records=False)
    packed = embed.Packer([kernel])(kernel, {"weights": np.ones(spec.weights_shape, np.int8), "scale": scale})
    words = np.frombuffer(packed, np.int32)[-200:]
    assert [*zip(words[:100].tolist(), words[100:].tolist(), strict=True)] == [multiplier(one) for one in scale]


def test_what_host_code_takes():
    """Each array in its own type."""
    header = generate(layer("once"), "opencl-cpu", "direct", name="k", records=False).header
    taken = re.search(r"k_opencl_pack_host\(([^;]*)\);", header)[1]
    assert re.findall(r"const (\w+) \*(\w+)", taken) == [("cl_short", "weights"), ("cl_int", "bias"),
                                                         ("cl_double", "scale")]
    assert "#define k_opencl_SCALE_BYTES 136" in header
    assert "weights, bias and scales in the order" in header


@needs_device
@pytest.mark.parametrize("name", ["half even", "tflite", "groups"])
def test_packed_in_c_as_on_the_device(name, monkeypatch):
    """Weights in code are packed by NAME_pack of OpenCL C, which C reads."""
    monkeypatch.setattr(embed, "check_sums", lambda kernel: None)
    spec = layer(name)
    kernel = generate(spec, "opencl-cpu", "direct", records=False)
    arrays = exactness.drawn(spec, np.random.default_rng(2))
    given = {role: array for role, array in arrays.items() if role != "input"}
    conv = kernel.compile()
    conv.restore(embed.Packer([kernel])(kernel, given))
    np.testing.assert_array_equal(conv(arrays["input"]), exactness.right(spec, arrays))


def test_what_cannot_be_summed_is_refused():
    for change in ({"residual": True, "dtype": "u8:s8:s32"}, {"ic": 70_000}):
        spec = ConvSpec(**{"dtype": "u8:s8:u8", "ic": 4, "oc": 4, "ih": 4, "kh": 1, **change})
        with pytest.raises(UnsupportedError):
            generate(spec, "opencl-gpu", records=False)
