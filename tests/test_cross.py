"""Whole layers on other machines: planned here, built without a C library by a cross compiler, run emulated or in an
engine, checked with the oracle. The operations of the rows have their tests in test_isas.py, run the same way."""

from __future__ import annotations

import functools
import platform
import re
import subprocess

import emulated
import numpy as np
import pytest
import tools
from test_emitted import CASES, WARNINGS, reads, save, symbols

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.plan.written import written
from convgen.planner import rank as planner
from convgen.run.arrays import room, spanned
from convgen.verification.report import run_mode

# Cases that ask for more lanes than these targets have, and their like.
MORE = {
    "grouped": (
        {"g": 7, "ic": 14, "ih": 6, "iw": 9, "oc": 14, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
         "activation": "relu"}, "grouped", reads("oc", "edges")),
    "grouped-multiplier": (
        {"g": 5, "ic": 5, "ih": 6, "iw": 7, "oc": 10, "kh": 2, "kw": 3, "layout": "nhwc", "residual": True},
        "grouped", reads("oc", "input")),
    "tiny": ({"ic": 1, "iw": 3, "oc": 1, "kw": 2, "layout": "nwc"}, "direct", lambda plan: True),
}


@functools.cache
def plans(target):
    """Of the layers of test_emitted.py that this target has such plans for, and of those of MORE, by name; the last is
    the planner's choice."""
    cases = {name: (fields, *rest) for name, (fields, _, *rest) in CASES.items() if name not in MORE} | MORE
    found = {}
    for name, (fields, algorithm, wanted) in cases.items():
        plan = next(filter(wanted, ALGORITHMS[algorithm].plans(ConvSpec(**fields), NAMED[target])), None)
        if plan:
            found[name.replace("-", "_")] = plan
    chosen = planner.best(ConvSpec(ic=20, ih=9, iw=10, oc=23, kh=3, kw=3, padding="half"), NAMED[target])
    return {**found, **dict(words(target)), "chosen": chosen}


def kernels(target):
    """All of them."""
    return [render(plan, name) for name, plan in plans(target).items()]


def words(target):
    """Layers of f16 and bf16: dense ones that read the input as it is and widened, depthwise, Winograd's."""
    dense = {"ic": 9, "ih": 6, "iw": 7, "oc": 10, "kh": 3, "kw": 3, "padding": "half", "residual": True}
    wanted = {
        "direct": (dense | {"layout": "nhwc"}, reads("oc", "edges")),
        "widened": (dense | {"layout": "nhwc", "activation": "silu"}, reads("oc", "widened")),
        "transposed": (dense, reads("oc", "copy")),
        "pointwise": (dense | {"kh": 1, "kw": 1, "layout": "nhwc"}, reads("oc", "near")),
        "depthwise": (dense | {"g": 9, "oc": 9}, reads("ow", "edges")),
        "winograd": (dense | {"oc": 12}, lambda plan: True),
    }
    for dtype in ("f16", "bf16"):
        for name, (fields, suits) in wanted.items():
            algorithm = name if name in ALGORITHMS else "direct"
            found = ALGORITHMS[algorithm].plans(ConvSpec(**fields, dtype=dtype), NAMED[target])
            plan = next(filter(suits, found), None)
            if plan:
                yield f"{name}_{dtype}", plan


def kinds(target):
    """Those that bring an algorithm, an operation, a way to read the input or elements that none before them has."""
    found, met = [], set()
    for name, plan in plans(target).items():
        brings = {plan.algorithm, plan.spec.op, plan.spec.dtype, (plan.lanes, written(plan).source)}
        if brings - met:
            found.append(render(plan, name))
            met |= brings
    return found


def few(target):
    """One of each algorithm but the plain nest, and the planner's choice; with tails and activations."""
    first = {plan.algorithm: (name, plan) for name, plan in reversed(plans(target).items())
             if plan.spec.act.name != "none" and plan.algorithm != "reference"}
    return [render(plan, name) for name, plan in (*first.values(), ("chosen", plans(target)["chosen"]))]


# --- layers ---


class InModule:
    """A kernel of a WebAssembly module, as verifier.run_mode uses one."""

    def __init__(self, kernel, module):
        self.kernel, self.module = kernel, module

    def pack(self, weights, bias=None, scale=None, slopes=None):
        given = [weights, 0 if bias is None else bias, *(array for array in (scale, slopes) if array is not None)]
        packed = np.zeros(self.kernel.packed_bytes, np.uint8)
        self.packed = self.module(f"{self.kernel.name}_pack", [*given, packed], {len(given)})[-1]

    def __call__(self, x, residual=None, threads=1, out=None):
        kernel, spec = self.kernel, self.kernel.spec
        y = room(spec.array("output")) if out is None else out
        workspace = np.zeros(kernel.workspace_bytes + kernel.scratch_bytes, np.uint8)
        (output,) = spans(spec, output=y)
        inputs = [*spans(spec, input=x), self.packed, *([output] if y is residual else spans(spec, residual=residual))]
        output[...] = self.module(kernel.name, [*inputs, output, workspace, 1], {1, len(inputs) + 1})[-2]
        return y


def spans(spec, **arrays):
    """Arrays of a layer, by role, as they lie in memory; those that are there."""
    return [spanned(array, spec.array(role)) for role, array in arrays.items() if array is not None]


def built(machine, cc, opt, made, folder):
    """The kernels as things to call: programs, or in one module."""
    if emulated.MACHINES[machine].emulator:
        return [emulated.conv(kernel, machine, cc, opt.removeprefix("-"), *WARNINGS) for kernel in made]
    for kernel in made:
        save(kernel, folder)
    files, flags = [f"{kernel.name}.c" for kernel in made], {flag for kernel in made for flag in kernel.flags}
    names = [kernel.name + end for kernel in made for end in ("", "_pack")]
    module = emulated.module(folder, cc, names, opt, *WARNINGS, *flags, *files)
    return [InModule(kernel, module) for kernel in made]


def settings():
    """(machine, target, compiler, optimisation, which kernels): one of each kind of a machine's own row by one
    compiler, a few of the scalar row, without optimisation: clang takes ten times as long with it. The sweep has all of
    them, other compilers and levels. Of targets that differ in integers alone, whose kernels here are the same, the
    first."""
    for name, machine in emulated.MACHINES.items():
        lacks = emulated.lacking(name)
        skip = pytest.mark.skipif(bool(lacks), reason=str(lacks))
        first, *others = emulated.compilers(name) or machine.compilers
        seen = set()
        for target in machine.targets:
            row = NAMED[target].row
            alike = (floats := repr((row.ops, row.helpers))) in seen
            seen.add(floats)
            usual, always = (few, few) if target == "scalar" else (kernels, kinds)
            cases = [(first, "-O2", kernels), (first, "-O2", few), (first, "-O0", usual), (first, "-O0", always),
                     *((cc, "-O2", usual) for cc in others), *((cc, "-O0", few) for cc in (first, *others))]
            for cc, opt, which in dict.fromkeys(cases):
                rare = [] if cc == first and (opt, which) == ("-O0", always) and not alike else [pytest.mark.sweep]
                yield pytest.param(name, target, cc, opt, which, marks=[*rare, skip],
                                   id=f"{name}-{target}-{cc}{opt}-{'all' if which is kernels else which.__name__}")


@pytest.mark.parametrize(("machine", "target", "cc", "opt", "which"), [*settings()])
def test_layers(machine, target, cc, opt, which, tmp_path):
    """Integers give the oracle's bits, reals are within bounds, no byte outside is touched."""
    guard = ["guard"] * bool(emulated.MACHINES[machine].emulator)  # a module has checks of its own
    for kernel in built(machine, cc, opt, which(target), tmp_path):
        for mode in ("exact", "bound", *guard):
            check = run_mode(kernel, mode)
            assert check.ok, f"{kernel.kernel.name}, {mode}: {check.detail}"


@pytest.mark.parametrize("target", ["aarch64", "wasm32"])
def test_every_kind_of_plan_is_here(target):
    found = [*plans(target).values()]
    assert {(p.lanes, written(p).source) for p in found} == {
        ("oc", "input"), ("oc", "edges"), ("oc", "copy"), ("ow", "input"), ("ow", "edges"), ("ow", "copy"),
        ("ow", "local"), ("ic", "edges"), ("ic", "input"), ("oc", "widened"), ("oc", "near")}
    others = {"implicit", "tensor", "modular", "matrix", "gradient", "implicit_gradient", "chain",
              "pooling"}  # not here
    assert {p.algorithm for p in found} == set(ALGORITHMS) - others
    assert {p.spec.rank for p in found} == {1, 2, 3}
    assert {p.spec.oc % 4 for p in found if p.lanes == "oc"} == {0, 1, 2, 3}  # tails of every length


def test_the_scalar_kernels_are_of_every_kind():
    assert len(plans("scalar")) >= 12
    assert {kernel.plan.algorithm for kernel in few("scalar")} >= {"direct", "depthwise", "winograd"}
    assert len({kernel.spec.act.name for kernel in few("scalar")}) >= 4


# --- no operating system ---

# Layers as microcontrollers have them.
SMALL = {
    "conv": {"ic": 8, "ih": 12, "iw": 12, "oc": 16, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
             "activation": "relu"},
    "depthwise": {"g": 24, "ic": 24, "ih": 12, "iw": 12, "oc": 24, "kh": 3, "kw": 3, "padding": "half",
                  "layout": "nhwc", "activation": "relu6"},
    "pointwise": {"ic": 32, "ih": 12, "iw": 12, "oc": 30, "kh": 1, "kw": 1, "layout": "nhwc", "residual": True,
                  "activation": "silu"},
    "filtering": {"ic": 4, "iw": 128, "oc": 8, "kw": 9, "padding": "half", "layout": "ncw", "activation": "tanh"},
}

STATIC = """
#include "@.h"

/* All the memory there is, in sizes that the header states. */
#define FLOATS(bytes) ((bytes) / sizeof(float))
#define ALIGNED __attribute__((aligned(@_ALIGN)))
static float input[FLOATS(@_INPUT_BYTES)], weights[FLOATS(@_WEIGHTS_BYTES)], bias[FLOATS(@_BIAS_BYTES)];
static float residual[FLOATS(RESIDUAL_BYTES) + 1], output[FLOATS(@_OUTPUT_BYTES)];
static ALIGNED float packed[FLOATS(@_PACKED_BYTES)], workspace[FLOATS(@_WORKSPACE_BYTES(1))];

void _start(void)
{
    take(input, @_INPUT_BYTES);
    take(weights, @_WEIGHTS_BYTES);
    take(bias, @_BIAS * @_BIAS_BYTES);
    take(residual, RESIDUAL_BYTES);
    @_pack(weights, bias, packed);
    @(input, packed, RESIDUAL output, workspace, 1);
    give(output, @_OUTPUT_BYTES);
    leave(0);
}
"""


def filled(text, kernel):
    residual = kernel.spec.residual
    text = text.replace("RESIDUAL_BYTES", "@_RESIDUAL_BYTES" if residual else "0")
    return text.replace("RESIDUAL ", "residual, " * residual).replace("@", kernel.name)


MACHINE = "cortex-m4"


def small(name, max_error=0.0):
    spec = ConvSpec(**SMALL[name])
    return render(planner.best(spec, NAMED["scalar"], max_error=max_error), name)


def needed(kernel, cc, folder, *flags):
    """Symbols that the object file of a kernel needs."""
    save(kernel, folder)
    command = [*emulated.MACHINES[MACHINE].compilers[cc], "-std=c99", "-Os", *emulated.OBJECT, *WARNINGS, *flags]
    subprocess.run([*command, "-c", f"{kernel.name}.c"], cwd=folder, check=True)
    return symbols(subprocess.run(["nm", "-u", f"{kernel.name}.o"], cwd=folder, capture_output=True, text=True,
                                  check=True).stdout)


microcontroller = pytest.mark.parametrize("cc", [
    pytest.param(cc, marks=[pytest.mark.sweep] * (cc != (emulated.compilers(MACHINE) or ["zig"])[0]))
    for cc in emulated.compilers(MACHINE) or ["zig"]])


def programs():
    """Whether such programs can be built, run and looked into."""
    def looked(tool):
        return tools.binutils(tool, *emulated.MACHINES[MACHINE].compilers[emulated.compilers(MACHINE)[0]])

    return emulated.lacking(MACHINE) or looked("nm") or looked("size")


@tools.needs(programs)
@microcontroller
@pytest.mark.parametrize("name", SMALL)
def test_a_microcontroller_needs_the_kernel_and_static_arrays(name, cc, tmp_path):
    """A Cortex-M4 with an FPU: no other symbol, no other memory, the right results, little code."""
    kernel = small(name)
    assert needed(kernel, cc, tmp_path) == set()
    (tmp_path / "main.c").write_text(emulated.product.system() + filled(STATIC, kernel))
    unused = "-Wno-unused-function"  # it leaves pages alone
    program = emulated.build(tmp_path, MACHINE, cc, "-Os", *WARNINGS, unused, "main.c", f"{name}.c")
    conv = emulated.conv(kernel, MACHINE, cc, "Os", *WARNINGS)
    for mode in ("exact", "bound", "guard"):
        check = run_mode(conv, mode)
        assert check.ok, f"{mode}: {check.detail}"
    said = subprocess.run(["size", program], capture_output=True, text=True, check=True).stdout
    text, data, bss = map(int, said.splitlines()[1].split()[:3])
    arrays = [int(size) for size in re.findall(r"_BYTES (\d+)", kernel.header)]
    arrays += [max(kernel.workspace_bytes + kernel.scratch_bytes, 4)]
    assert text < 32 << 10
    assert data == 0
    assert sum(arrays) <= bss <= sum(arrays) + 2 * 64 + 32  # alignment, and what has no element


@tools.needs(programs)
@microcontroller
def test_what_cores_without_an_fpu_need(cc, tmp_path):
    """The compiler's own arithmetic, which comes with it; in double precision for Winograd's packing alone."""
    bare = ("-mcpu=cortex-m0", "-mfloat-abi=soft") if cc == "gcc" else ("-mcpu=cortex_m0", "-mfloat-abi=soft")
    soft = needed(small("conv"), cc, tmp_path, *bare)
    assert soft
    assert all(re.fullmatch(r"__aeabi_([fl]\w+|u?idiv(mod)?)", name) for name in soft), soft
    double = needed(small("conv", max_error=1e-6), cc, tmp_path)
    assert small("conv", max_error=1e-6).plan.algorithm == "winograd"
    assert double
    assert all(re.fullmatch(r"__aeabi_(d\w+|f2d)", name) for name in double), double


# --- the wrong machine ---


@pytest.mark.skipif(platform.machine() in ("aarch64", "arm64"), reason="needs another machine")
@pytest.mark.parametrize("cc", tools.CC)
@pytest.mark.parametrize(("target", "wants"), [
    ("aarch64", "__aarch64__ and __ARM_NEON"), ("wasm32", "__wasm_simd128__, as with -msimd128")])
def test_a_compiler_for_another_machine_is_told_so(target, wants, cc, tmp_path):
    kernel = render(next(ALGORITHMS["direct"].plans(ConvSpec(ic=4, ih=5, oc=4, kh=3), NAMED[target])), "k")
    save(kernel, tmp_path)
    done = subprocess.run([cc, "-std=c99", "-c", f"{kernel.name}.c"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    first = next(line for line in done.stderr.splitlines() if "error:" in line)
    assert f"this file needs a compiler that defines {wants}" in first
