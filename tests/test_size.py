"""Small machines and small code: what a plan takes, the objectives, the targets of Cortex-M."""

import itertools
import json
import re
import shlex
import subprocess

import emulated
import msgspec
import numpy as np
import pytest
import tools
from test_emitted import WARNINGS, save, symbols
from tools import command as run

from convgen import Chain, ConvSpec, api, generate
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.winograd.numbers import filtering
from convgen.api import render
from convgen.errors import InputError, UnsupportedError
from convgen.machine.target import NAMED
from convgen.packaging import bundle, output
from convgen.plan.choices import WinogradChoices
from convgen.planner import cost
from convgen.planner.bands import candidates
from convgen.planner.objective import OBJECTIVES, SLOWER, choose
from convgen.planner.rank import rank
from convgen.planner.size import sizes
from convgen.run import emulated as product
from convgen.verification.report import run_mode

pytestmark = pytest.mark.optimised

# Layers as microcontrollers have them.
LAYERS = {
    "conv": {"ic": 8, "ih": 12, "iw": 12, "oc": 16, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
             "activation": "relu"},
    "planes": {"ic": 8, "ih": 12, "iw": 12, "oc": 16, "kh": 3, "kw": 3, "padding": "half"},
    "depthwise": {"g": 24, "ic": 24, "ih": 12, "iw": 12, "oc": 24, "kh": 3, "kw": 3, "padding": "half",
                  "layout": "nhwc", "activation": "relu6"},
    "pointwise": {"ic": 32, "ih": 12, "iw": 12, "oc": 30, "kh": 1, "kw": 1, "layout": "nhwc", "residual": True},
    "filtering": {"ic": 4, "iw": 128, "oc": 8, "kw": 9, "padding": "half", "layout": "ncw", "activation": "relu"},
}
CORES = ("cortex-m4", "cortex-m7", "cortex-m0")
SMALL = {"oc": 4, "ic": 3, "ih": 5, "kh": 3, "iw": 5, "kw": 3, "padding": "half"}
each_case = pytest.mark.parametrize(("layer", "target"), [
    *((layer, "cortex-m4") for layer in LAYERS), ("conv", "x86-64-v3"), ("depthwise", "x86-64-v3")])
each_core = pytest.mark.parametrize("core", CORES)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    for name in ("", *(f"_{product.machine(NAMED[core])}" for core in (*CORES, "scalar"))):
        monkeypatch.setenv(f"CONVGEN_RUNNER{name}", "")


# --- which plan ---


@pytest.mark.sampled
@each_case
def test_objectives(layer, target):
    """The fastest; the smallest of all; the smallest of those that are nearly as fast."""
    ranked = rank(ConvSpec(**LAYERS[layer]), target)
    speed, network, size, balanced = (choose(ranked, objective) for objective in OBJECTIVES)
    assert OBJECTIVES == ("speed", "network", "size", "balanced")
    assert speed.cycles <= network.cycles
    assert cost.cold(network) <= cost.cold(speed)
    assert speed is ranked[0]
    sums = [cost.estimate(one.plan) for one in ranked if one.plan.algorithm != "winograd"]
    enough = (1 + SLOWER) * min(one.cycles for one in sums)
    near = [one for one in sums if one.cycles <= enough]
    assert balanced.cycles <= enough
    assert balanced.plan.algorithm != "winograd"
    assert sizes(size.plan).own <= min(sizes(one.plan).own for one in ranked[::7])
    assert sizes(balanced.plan).own <= min(sizes(one.plan).own for one in near[:50])
    assert sizes(size.plan).own <= sizes(balanced.plan).own <= sizes(speed.plan).own


def test_a_depthwise_layer_is_a_tenth_for_size():
    kernels = [generate(ConvSpec(**LAYERS["depthwise"]), "cortex-m4", optimize=objective) for objective in OBJECTIVES]
    speed, network, size, balanced = (kernel.sizes.code for kernel in kernels)
    assert 8 * size < speed
    assert size < balanced == network < speed / 2  # what suits the target, unless that is speed


@each_core
def test_what_suits_a_core(core):
    spec = ConvSpec(**LAYERS["conv"])
    objective = NAMED[core].row.objective
    assert objective == ("size" if core == "cortex-m0" else "balanced")
    chosen = generate(spec, core, records=False)
    assert chosen.plan == choose(rank(spec, core), objective).plan
    assert chosen.optimize == ""
    assert generate(spec, core, optimize=objective).source == chosen.source
    assert chosen.plan.algorithm == "direct"
    assert rank(spec, "cortex-m4")[0].plan.algorithm == "winograd"


def test_objectives_that_are_refused():
    with pytest.raises(InputError, match=r"optimize must be one of speed, network, size, balanced \(optimize='fast'\)"):
        generate(ConvSpec(**SMALL), "scalar", optimize="fast")
    with pytest.raises(UnsupportedError, match="optimize must be speed for an OpenCL device"):
        generate(ConvSpec(**SMALL), "opencl-cpu", optimize="size")
    assert "optimize must be one of" in run("plan", "ic3ih5oc4kh3", "--optimize", "fast", code=2).stderr
    assert run("plan", "ic3ih5oc4kh3", "--optimize", "size", "--target", "opencl-cpu", code=3).stderr


# --- how large ---


def measured(kernel, folder, command, level="-Os"):
    """Bytes of code and constants of an object file."""
    save(kernel, folder)
    subprocess.run([*command, *kernel.flags, "-std=c99", level, *emulated.OBJECT, "-c", f"{kernel.name}.c"], cwd=folder,
                   check=True)
    said = subprocess.run(["size", f"{kernel.name}.o"], cwd=folder, capture_output=True, text=True, check=True).stdout
    return int(said.splitlines()[1].split()[0])


def plans(layer, target):
    """Of every kind: what each objective takes, the best of each algorithm, the plain nest."""
    spec = ConvSpec(**LAYERS[layer])
    ranked = rank(spec, target)
    found = {choose(ranked, objective).plan for objective in OBJECTIVES}
    found |= {next(one.plan for one in ranked if one.plan.algorithm == name)
              for name in {one.plan.algorithm for one in ranked}}
    return [*sorted(found, key=str), next(ALGORITHMS["reference"].plans(spec, NAMED[target]))]


def cortex(*, core="cortex-m4"):
    return NAMED[core].row.family.compilers[0].split()


def no_tools(target):
    command = cortex() if target == "cortex-m4" else ["gcc"]
    return tools.trouble(*command, "--version") or tools.binutils("size", *command)


@pytest.mark.sampled
@each_case
def test_estimates_beside_object_files(layer, target, tmp_path):
    """Within a factor of two, and in the right order wherever estimates differ by half."""
    tools.require(no_tools(target))
    command = cortex() if target == "cortex-m4" else ["gcc", "-fno-asynchronous-unwind-tables"]
    pairs = []
    for number, plan in enumerate(plans(layer, target)):
        kernel = render(plan, f"k{number}")
        assert kernel.sizes == sizes(plan)
        pairs.append((kernel.code_bytes, measured(kernel, tmp_path, command), plan.label))
    for estimated, true, label in pairs:
        assert 0.5 < estimated / true < 2, (label, estimated, true)
    for one, other in ((a, b) for a in pairs for b in pairs if a[0] > 1.5 * b[0]):
        assert one[1] > other[1], (one, other)


INTEGERS = {"dtype": "u8:s8:u8", "g": 24, "ic": 24, "oc": 24, "kh": 3, "kw": 3, "padding": "half", "input_zero": 3}
PLANES = {
    "short rows": {"ih": 14, "iw": 14}, "rows": {"ih": 28, "iw": 28}, "sparse": {"ih": 30, "iw": 66, "sh": 2, "sw": 2},
    "dilated": {"ih": 30, "iw": 40, "dh": 2, "dw": 2}, "five": {"ih": 20, "iw": 20, "kh": 5, "kw": 5},
    "tflite": {"ih": 28, "iw": 28, "rounding": "tflite"},
    "s32": {"ih": 28, "iw": 28, "dtype": "u8:s8:s32", "output_zero": 0},
}


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4-vnni"])
@pytest.mark.parametrize("name", PLANES)
def test_estimates_of_depthwise_layers_of_integers(name, target, tmp_path):
    """Channels first, from a copy of each channel."""
    tools.require(no_tools(target))
    spec = ConvSpec(**{**INTEGERS, **PLANES[name]})
    plan = next(plan for machine in NAMED[target].summing(spec.arithmetic)
                for plan in ALGORITHMS["depthwise"].plans(spec, machine) if plan.choices.source == "local")
    kernel = render(plan, "k")
    true = measured(kernel, tmp_path, ["gcc", "-fno-asynchronous-unwind-tables"])
    assert 0.65 < kernel.code_bytes / true < 1.4, (kernel.code_bytes, true)


@pytest.mark.sampled
@pytest.mark.parametrize(("layer", "target"), [
    ("conv", "x86-64-v3"), ("planes", "scalar"), ("depthwise", "x86-64-v4"), ("pointwise", "scalar")])
def test_estimates_of_code_compiled_for_speed(layer, target, tmp_path):
    """Rarely exceeded, and not by half; what compilers make of loops is often less."""
    tools.require(no_tools(target))
    for number, plan in enumerate(plans(layer, target)[:-1]):
        kernel = render(plan, f"k{number}")
        assert kernel.fast_bytes == sizes(plan).fast >= kernel.code_bytes
        true = measured(kernel, tmp_path, ["gcc", "-fno-asynchronous-unwind-tables"], "-O3")
        assert 0.1 < true / kernel.fast_bytes < 1.5, (plan.label, kernel.fast_bytes, true)


# Of Winograd's algorithm: channels that do not fill the last vector; planes whose channels and pixels change places.
TRANSFORMED = {
    "last channels": ({"ic": 44, "oc": 44, "ih": 56, "iw": 56, "layout": "nhwc"}, "x86-64-v3"),
    "planes": ({"ic": 80, "oc": 80, "ih": 56, "iw": 56}, "x86-64-v4"),
    "phases": ({"ic": 44, "oc": 44, "ih": 28, "iw": 28, "layout": "nhwc", "op": "transposed", "sh": 2, "sw": 2},
               "x86-64-v3"),
    "phases of planes": ({"ic": 80, "oc": 80, "ih": 28, "iw": 28, "op": "transposed", "sh": 2, "sw": 2}, "x86-64-v4"),
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_estimates_of_transforms(name, tmp_path):
    tools.require(no_tools("x86-64-v3"))
    fields, target = TRANSFORMED[name]
    kernel = generate(ConvSpec(**fields, kh=3, kw=3, padding="half"), target, "winograd", name="k")
    command = ["gcc", "-fno-asynchronous-unwind-tables"]
    small, fast = (measured(kernel, tmp_path, command, level) for level in ("-Os", "-O3"))
    assert 0.6 < kernel.code_bytes / small < 1.6, (kernel.code_bytes, small)
    assert fast < 1.5 * kernel.fast_bytes, (kernel.fast_bytes, fast)
    assert 0.8 < kernel.lines / kernel.source.count("\n") < 1.25


# Layers whose fastest plans are large, and for which target.
LARGE = {
    "long": ({"ic": 8, "oc": 8, "ih": 172, "iw": 264, "kh": 3, "kw": 39, "padding": "same-upper", "layout": "nhwc"},
             "scalar"),
    "patches": ({"g": 96, "ic": 96, "oc": 96, "ih": 56, "iw": 56, "kh": 7, "kw": 7, "padding": "half",
                 "layout": "nhwc"}, "x86-64-v3"),
    "wide": ({"g": 72, "ic": 72, "oc": 72, "ih": 18, "iw": 18, "kh": 5, "kw": 5, "padding": "half", "layout": "nhwc"},
             "x86-64-v4"),
    "taps": ({"ic": 1, "oc": 1, "iw": 2 << 16, "kw": 1 << 16, "layout": "ncw"}, "scalar"),  # passes compiled again
    "last channels": ({"g": 8, "ic": 640, "oc": 2560, "ih": 7, "iw": 7, "kh": 3, "kw": 3, "padding": "half"}, "scalar"),
}


@pytest.mark.parametrize("name", LARGE)
def test_no_plan_is_larger_than_its_row_has_unasked(name, tmp_path):
    """The fastest is, and costs less; the one that is taken has no more, measured."""
    tools.require(no_tools("scalar"))
    fields, target = LARGE[name]
    spec, most = ConvSpec(**fields), NAMED[target].row.most_code
    fastest, chosen = (rank(spec, target, max_code=limit)[0] for limit in (10**9, None))
    assert sizes(chosen.plan).fast <= most < sizes(fastest.plan).fast
    assert chosen.cycles >= fastest.cycles
    assert measured(render(chosen.plan, "k"), tmp_path, ["gcc", "-fno-asynchronous-unwind-tables"], "-O3") <= most


# Layers whose fastest plans have little enough code, in files of more than 3,000 lines: vectors that take every second
# pixel, and tiles of a dense layer, each another at an edge.
LONG = {
    "every second pixel": ({"g": 120, "ic": 120, "oc": 120, "ih": 56, "iw": 56, "kh": 7, "kw": 7, "sh": 2, "sw": 2,
                            "padding": "half"}, "x86-64-v3"),
    "edges": ({"ic": 512, "oc": 512, "ih": 18, "iw": 18, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": "half"},
              "x86-64-v4"),
    "edges of few channels": ({"ic": 256, "oc": 60, "ih": 56, "iw": 56, "kh": 3, "kw": 3, "sh": 2, "sw": 2,
                               "padding": "half"}, "x86-64-v4"),
}


@pytest.mark.parametrize("name", LONG)
def test_no_file_is_longer_than_people_read(name, tmp_path):
    """Unasked; the plan that is taken costs hardly more. What a vector of every second pixel takes is counted."""
    tools.require(no_tools("scalar"))
    fields, target = LONG[name]
    spec = ConvSpec(**fields)
    fastest, chosen = (rank(spec, target, max_code=limit)[0] for limit in (64 << 10, None))
    long, short = (render(one.plan, "k") for one in (fastest, chosen))
    for kernel in (long, short):
        assert kernel.lines == sizes(kernel.plan).lines
        assert 0.95 < kernel.lines / kernel.source.count("\n") < 1.05
    assert short.source.count("\n") <= 3000 < long.source.count("\n")
    assert chosen.cycles < 1.1 * fastest.cycles
    true = measured(long, tmp_path, ["gcc", "-fno-asynchronous-unwind-tables"], "-O3")
    assert true <= 1.02 * long.fast_bytes


def test_a_file_that_is_too_long_is_told():
    told = run("plan", "g120ic120ih56oc120oh28kh7sh2ph3", "--target", "x86-64-v3", "--explain").stdout
    assert re.search(r"depthwise_avx2_\w+ is left out: its file may have 3\d\d\d lines \(limit 2850\);",
                     re.sub(r"\s+", " ", told))


@pytest.mark.parametrize("kw", [512, 4096])
def test_long_filters_of_streams_fit_plain_c(kw, tmp_path):
    """Passes are written out, and no loop becomes vectors: counted as if, they all went, for sums of all taps."""
    tools.require(no_tools("scalar"))
    kernel = generate(ConvSpec(ic=1, oc=1, kw=kw, causal=True, stream=64), "scalar", name="k", records=False)
    assert kernel.plan.algorithm == "fourier"
    assert measured(kernel, tmp_path, ["gcc", "-fno-asynchronous-unwind-tables"], "-O3") <= kernel.fast_bytes


# Depthwise layers of integers, channels last, whose tiles at the edges take more code than a row has: (channels, pixels
# of a row, of the kernel, from one window to the next).
WIDE_KERNELS = {"efficientnet": (240, 28, 5, 1), "convnext": (396, 7, 7, 1), "sparse": (288, 14, 9, 2),
                "many": (1408, 14, 9, 1), "short": (16, 7, 7, 1)}


@pytest.mark.sampled
@pytest.mark.parametrize("dtype", ["s8:s8:s8", pytest.param("u8:s8:u8", marks=pytest.mark.sweep)])
@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4", "x86-64-v4-vnni"])
@pytest.mark.parametrize("name", WIDE_KERNELS)
def test_the_limit_is_no_cliff(name, target, dtype):
    """The plan that is taken costs at most 1.6 times the fastest: the same algorithm has smaller variants."""
    channels, pixels, kernel, stride = WIDE_KERNELS[name]
    spec = ConvSpec(g=channels, ic=channels, oc=channels, ih=pixels, iw=pixels, kh=kernel, kw=kernel, sh=stride,
                    sw=stride, padding="half", layout="nhwc", dtype=dtype)
    fastest, chosen = (rank(spec, target, max_code=limit)[0] for limit in (10**9, None))
    assert chosen.plan.algorithm == "depthwise"
    assert chosen.cycles <= 1.6 * fastest.cycles


def test_the_limit_leaves_out_what_is_faster_and_larger_only():
    spec = ConvSpec(**LARGE["wide"][0])
    every, within = (rank(spec, "x86-64-v4", max_code=limit) for limit in (10**9, None))
    left = {one.plan for one in every} - {one.plan for one in within}
    assert left
    assert all(one.cycles <= within[0].cycles and sizes(one.plan).fast > 64 << 10 for one in every if one.plan in left)


def test_a_limit_that_is_asked_for():
    spec = ConvSpec(**LARGE["patches"][0])
    with pytest.raises(UnsupportedError, match=r"max_code must be at least \d+, which the smallest plan,") as refused:
        rank(spec, "x86-64-v3", max_code=1)
    least = int(re.search(r"at least (\d+)", str(refused.value))[1])
    smallest = generate(spec, "x86-64-v3", name="k", max_code=least, records=False)
    assert smallest.sizes.fast == least
    assert f"--max-code {least}" in smallest.source
    lifted = api.plan(spec, "x86-64-v3", max_code=1 << 20, records=False).plan
    assert sizes(lifted).fast > 64 << 10
    for layer, objective in itertools.product(("conv", "planes"), ("speed", "balanced")):
        small = ConvSpec(**LAYERS[layer])
        limit = sizes(choose(rank(small, "x86-64-v3"), objective).plan).fast - 1
        assert sizes(choose(rank(small, "x86-64-v3", max_code=limit), objective, limit).plan).fast <= limit
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(InputError, match="max_code must be a number of bytes of at least 1"):
            generate(spec, "x86-64-v3", max_code=wrong)


def test_commands_take_the_limit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["g96ic96ih56oc96kh7ph3", "--layout", "nhwc", "--target", "x86-64-v3"]
    assert "max_code must be at least" in run("plan", *words, "--max-code", 99, code=3).stderr
    assert "max_code must be a number of bytes of at least 1 (max_code=0)" in \
        run("generate", *words, "--max-code", 0, "-o", "-", code=2).stderr
    told = re.sub(r"\s+", " ", run("plan", *words, "--explain").stdout)
    assert re.search(r"depthwise_avx2_\w+ is left out: its code, compiled for speed, may take [\d.]+ kB"
                     r" \(limit 65.5 kB\);", told)
    run("generate", *words, "--max-code", 20_000, "--name", "k", "-o", "out", "--no-verify")
    assert json.loads((tmp_path / "out/k.json").read_text())["max_code"] == 20_000
    command = re.search(r"Command   convgen (.*)", (tmp_path / "out/k.c").read_text())[1]
    assert run(*command.split(), "--no-verify", "-o", "-").stdout == \
        run("generate", *words, "--max-code", 20_000, "--name", "k", "--no-verify", "-o", "-").stdout
    assert run("verify", "out", "--mode", "exact").stdout.splitlines()[1].startswith("k ")


def test_what_a_compiler_makes_of_it_is_told(tmp_path):
    tools.require(no_tools("scalar"))
    said = run("generate", "ic3ih5oc4kh3", "--target", "scalar", "--name", "k", "-o", tmp_path).stderr
    large, small = re.search(r"machine code: ([\d.]+) k?B at -O3, ([\d.]+) k?B at -Os \(.+\)\n", said).groups()
    assert float(large) > 0 < float(small)


def test_totals():
    """Flash holds code and packed weights, RAM the arrays of a run and workspace."""
    kernel = generate(ConvSpec(**LAYERS["pointwise"]), "cortex-m4", name="k")
    manifest = json.loads(output.files(kernel)["k.json"])["bytes"]
    assert manifest["flash"] == kernel.code_bytes + kernel.packed_bytes == manifest["code"] + manifest["packed"]
    assert manifest["ram"] == (manifest["input"] + manifest["residual"] + manifest["output"] + manifest["workspace"]
                               + manifest["scratch"])
    assert manifest["residual"] == manifest["output"]
    # a program that packs when it starts has the weights in flash as they are given, and packed in RAM
    assert manifest["flash_packing"] == manifest["code"] + manifest["weights"] + manifest["bias"]
    assert manifest["ram_packing"] == manifest["ram"] + manifest["packed"]
    assert not {"flash", "ram"} & set(json.loads(
        output.files(generate(ConvSpec(**SMALL), "opencl-cpu", name="k"))["k.json"])["bytes"])  # nobody counts it


# --- on the command line ---


def test_commands_tell_totals_and_repeat_themselves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["ic8ih12oc16oh12kh3ph1", "--layout", "nhwc", "--target", "scalar"]
    said = run("generate", *words, "--optimize", "size", "--name", "k", "-o", "out", "--no-verify")
    line, inside = re.findall(r"convgen: (.*flash \S+ k?B: about \S+ k?B of code.*)", said.stderr)
    assert re.fullmatch(r"flash .* of code \(-Os\), \S+ k?B of weights; RAM .* of workspace, \S+ k?B of packed weights",
                        line)
    assert re.fullmatch(r"with weights inside \(--weights\): flash .* of packed weights; RAM .* of workspace", inside)
    np.save(tmp_path / "w.npy", np.zeros((3, 3, 8, 16), np.float32))
    np.save(tmp_path / "b.npy", np.zeros(16, np.float32))
    held = run("generate", *words, "--optimize", "size", "--name", "w", "-o", "held", "--no-verify",
               "--weights", "w.npy", "--bias-file", "b.npy").stderr
    assert re.findall("convgen: (.*flash.*)", held) == [inside.partition(": ")[2]]
    text = (tmp_path / "out/k.c").read_text()
    command = re.search(r"Command   convgen (.*)", text)[1]
    assert "--optimize size" in command
    assert run(*command.split(), "--no-verify", "-o", "-").stdout == \
        run("generate", *words, "--optimize", "size", "--name", "k", "--no-verify", "-o", "-").stdout
    assert run("verify", "out", "--mode", "exact").stdout.splitlines()[1].startswith("k ")
    manifest = json.loads((tmp_path / "out/k.json").read_text())
    assert manifest["optimize"] == "size"
    (tmp_path / "out/k.json").write_text(json.dumps(manifest | {"optimize": "no */"}))
    assert "k.json" in run("verify", "out", code=2).stderr
    planned = run("plan", *words, "--optimize", "size")
    assert f"{line}\n{inside}" in planned.stdout
    layer = json.loads(run("plan", *words, "--optimize", "size", "--json").stdout)["layers"][0]
    assert layer["bytes"]["flash"] == manifest["bytes"]["flash"]
    told = run("plan", *words, "--optimize", "balanced", "--explain").stdout
    assert "chosen for size within 10% of the fastest that sums directly" in told


def test_a_failure_names_the_objective(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    tools.require(tools.any_c())
    make = api.generate
    monkeypatch.setattr(api, "generate", lambda *args, **kwargs: (
        lambda kernel: msgspec.structs.replace(kernel, source=kernel.source.replace("acc0_0 = ", "acc0_0 = 1.0f + "))
    )(make(*args, **kwargs)))
    words = ["ic3ih5oc4kh3ph1", "--target", "scalar", "--optimize", "size", "--mode", "exact"]
    assert "--optimize size --mode exact" in run("verify", *words, code=1).stderr


# --- Cortex-M ---


def for_core(core):
    return tools.trouble(*cortex(core=core), "--version") or tools.binutils("nm", *cortex(core=core))


@pytest.mark.sampled(every=2)
@each_core
@pytest.mark.parametrize("objective", ["speed", None])
def test_a_core_compiles_it_and_needs_nothing_else(core, objective, tmp_path):
    """But the compiler's own arithmetic, where there is no FPU; never doubles, which even Winograd's packing avoids."""
    tools.require(for_core(core))
    for layer in ("planes", "depthwise", "filtering"):
        kernel = generate(ConvSpec(**LAYERS[layer]), core, name=layer, optimize=objective)
        save(kernel, tmp_path)
        subprocess.run([*cortex(core=core), "-std=c99", "-Os", *emulated.OBJECT, *WARNINGS, "-c", f"{layer}.c"],
                       cwd=tmp_path, check=True)
        needed = symbols(subprocess.run(["nm", "-u", f"{layer}.o"], cwd=tmp_path, capture_output=True, text=True,
                                        check=True).stdout)
        allowed = r"__aeabi_([fl]\w+|u?i\w+)" if core == "cortex-m0" else r"(?!)"
        assert all(re.fullmatch(allowed, name) for name in needed), (layer, needed)


PACKED = [(3, 3, 2), (3, 3, 4), (3, 3, 6), (5, 5, 2), (5, 5, 4), (1, 7, 2), (3, 1, 4), (3, 5, 4)]


@pytest.mark.parametrize("contraction", ["off", "fast"])
@pytest.mark.parametrize(("kh", "kw", "m"), PACKED)
def test_packing_without_doubles_rounds_once(kh, kw, m, contraction):
    """To the nearest float, or hardly further from the exact value, whether or not a compiler makes FMAs."""
    tools.require(tools.any_c())
    spec = ConvSpec(ic=5, oc=7, ih=12, iw=12, kh=kh, kw=kw, bias=False, layout="nhwc")
    plan = next(one for one in ALGORITHMS["winograd"].plans(spec, NAMED["cortex-m4"])
                if one.own(WinogradChoices).m == m and one.nr == 1)
    kernel = render(plan)
    assert "double" not in kernel.source
    source = kernel.source.replace("fp-contract=fast", f"fp-contract={contraction}")
    conv = msgspec.structs.replace(kernel, source=source).compile()
    rng = np.random.default_rng(kh + kw + m)
    weights = rng.standard_normal(spec.weights_shape) * 2.0 ** rng.integers(-8, 8, spec.weights_shape)
    weights = weights.astype(np.float32)
    conv.pack(weights)
    h, w = (filtering(k, m) for k in (kh, kw))
    g_h, g_w = (np.array(f.g, float) for f in (h, w))
    exact = np.einsum(f"ph,qw,{spec.weights_layout}->pqoi", g_h, g_w, weights.astype(np.float64))
    terms = np.einsum(f"ph,qw,{spec.weights_layout}->pqoi", abs(g_h), abs(g_w), abs(weights.astype(np.float64)))
    packed = np.sort(np.frombuffer(bytes(conv._ffi.buffer(conv._packed)), np.float32)[: exact.size])
    order = np.argsort(exact, axis=None)
    error = abs(packed - exact.ravel()[order])
    assert (error <= 0.5001 * 2.0**-23 * abs(exact.ravel()[order]) + 2.0**-33 * terms.ravel()[order]).all()


def test_transforms_that_halves_cannot_sum_are_not_planned():
    spec = ConvSpec(**{**LAYERS["planes"], "kh": 4, "kw": 4})
    assert list(ALGORITHMS["winograd"].plans(spec, NAMED["scalar"]))
    assert not list(ALGORITHMS["winograd"].plans(spec, NAMED["cortex-m4"]))


@each_core
def test_a_file_says_how_it_is_built_and_refuses_to_be_built_without_its_fpu(core, tmp_path):
    kernel = generate(ConvSpec(**SMALL), core, name="k")
    (line,) = re.findall(r"^ \* Build     (.*)$", kernel.source, re.MULTILINE)
    assert line == f"{shlex.join(cortex(core=core))} -Os -ffreestanding -c k.c"
    tools.require(for_core(core))
    save(kernel, tmp_path)
    subprocess.run([*line.split(), *WARNINGS], cwd=tmp_path, check=True)
    soft = [word for word in line.split() if "float-abi" not in word]
    done = subprocess.run([*soft, "-mfloat-abi=soft"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == (core != "cortex-m0")
    assert ("build this file for the FPU (arm-none-eabi-gcc -mcpu=" in done.stderr) == (core != "cortex-m0")


@each_core
def test_a_core_computes_it(core):
    """Its own instructions, on larger cores that have them too; without an emulator, as C for this machine."""
    runner = emulated.emulator("cortex-m4") if not for_core(core) else None
    if not runner:
        tools.require(tools.any_c())
    for layer, fields in LAYERS.items():
        kernel = generate(ConvSpec(**fields), core, name=layer)
        conv = product.compile(kernel, opt="Os", runner=runner) if runner else kernel.compile()
        for mode in ("exact", "bound", "guard"):
            check = run_mode(conv, mode)
            assert check.ok, f"{layer}, {mode}: {check.detail}"


@pytest.mark.parametrize("algorithm", ["direct", "winograd", "reference"])
def test_a_kernel_without_packing(algorithm, tmp_path):
    """For weights that are packed beforehand; nothing is left over, and nothing lacks but NAME_pack."""
    tools.require(tools.c("gcc") or tools.binutils("nm"))
    save(generate(ConvSpec(**LAYERS["planes"]), "scalar", algorithm, "k"), tmp_path)
    found = []
    for flags in ((), ("-Dk_NO_PACK",)):
        subprocess.run(["gcc", "-std=c99", "-Os", *WARNINGS, *flags, "-c", "k.c"], cwd=tmp_path, check=True)
        found.append(set(symbols(subprocess.check_output(["nm", "-g", "--defined-only", "k.o"], cwd=tmp_path,
                                                         text=True))))
    assert found[0] - found[1] == {"k_pack"}


def test_a_header_says_whether_there_is_a_workspace():
    said = {name: "workspace may be NULL" in generate(ConvSpec(**LAYERS["planes"]), "cortex-m4", name, "k").header
            for name in ("direct", "winograd")}
    assert said == {"direct": True, "winograd": False}


def test_a_core_is_verified_where_it_is_written(tmp_path):
    tools.require(tools.any_c())
    for core in CORES:
        said = run("generate", "ic3ih5oc4kh3", "--target", core, "-o", tmp_path / core).stderr
        assert re.search(r"verified 1 kernel: exact, bound, properties, guard \(\S+ -O3\)\n", said)


def test_of_bands_of_a_chain_one_strip_is_sized():
    """Others have the same code, but for a count."""
    fields = {"layout": "nhwc", "dtype": "u8:s8:u8", "ih": 28, "iw": 28}
    chain = Chain([ConvSpec(ic=32, oc=16, kh=1, kw=1, **fields),
                   ConvSpec(ic=16, oc=16, kh=3, kw=3, padding="half", **fields)])
    plans = [plan for target in NAMED["x86-64-v3"].summing(chain.arithmetic) for plan in candidates(chain, target)]
    assert 2 * len({plan.coded for plan in plans}) <= len(plans)


@tools.needs(for_core, "cortex-m4")
def test_a_package_for_a_core_has_its_kernels_alone(tmp_path):
    """Plain C is what a package falls back to; these are that already. It needs no operating system."""
    assert [target.name for target in bundle.targets("cortex-m4")] == ["cortex-m4"]
    assert [target.name for target in bundle.targets("aarch64")] == ["scalar", "aarch64"]
    said = run("package", 'ic3ih5oc4kh3n"a"', "--target", "cortex-m4", "--name", "net", "-o", tmp_path / "net")
    assert "1 layers, cortex_m4" in said.stderr
    assert "flash" in said.stderr
    manifest = json.loads((tmp_path / "net/manifest.json").read_text())
    assert manifest["bytes"]["flash"] == manifest["bytes"]["code"] + 4 * (3 * 4 * 9 + 4)
    assert "self-test passed: 1 layers, cortex_m4 (" in said.stderr
    lines = subprocess.run(["make", "-n", f"CC={cortex()[0]}"], cwd=tmp_path / "net", capture_output=True, text=True,
                           check=True).stdout
    assert "-fPIC" not in lines
    sources = sorted(path.name for path in (tmp_path / "net/src").glob("*.c"))
    assert sources == ["net_a_cortex_m4.c", "net_dispatch.c"]
    for source in sources:
        subprocess.run([*cortex(), "-std=c99", "-Os", "-ffreestanding", "-Iinclude", "-Isrc", "-c", f"src/{source}"],
                       cwd=tmp_path / "net", check=True)
