"""Whole layers on aarch64: planned here, built by a cross compiler, run under emulation, checked with
the oracle. The operations of the NEON row have their tests in test_isas.py, emulated too."""

from __future__ import annotations

import platform
import subprocess

import emulated
import numpy as np
import pytest
from scale_kernel import HERE
from test_emitted import CASES, WARNINGS, reads, save

from convgen import ConvSpec, planner
from convgen.algorithms import ALGORITHMS
from convgen.render import render
from convgen.target import NAMED
from convgen.verifier import run_mode

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


def kernels(target):
    """The layers of test_emitted.py that this target has such plans for, and those of MORE."""
    cases = {name: (fields, *rest) for name, (fields, _, *rest) in CASES.items() if name not in MORE} | MORE
    found = []
    for name, (fields, algorithm, wanted) in cases.items():
        plans = ALGORITHMS[algorithm].plans(ConvSpec(**fields), NAMED[target])
        plan = next(filter(wanted, plans), None)
        if plan:
            found.append(render(plan, name.replace("-", "_")))
    chosen = planner.best(ConvSpec(ic=20, ih=9, iw=10, oc=23, kh=3, kw=3, padding="half"), NAMED[target])
    return [*found, render(chosen, "chosen")]


class Emulated:
    """A kernel of a program for aarch64, as verifier.run_mode uses one."""

    def __init__(self, kernel, program):
        self.kernel, self.program = kernel, program

    def pack(self, w, b):
        self.packed = w.tobytes() + (b"" if b is None else b.tobytes())

    def __call__(self, x, residual=None, threads=1):
        data = x.tobytes() + self.packed + (b"" if residual is None else residual.tobytes())
        said = emulated.run(self.program, self.kernel.name, data=data)
        return np.frombuffer(said, np.float32).reshape(self.kernel.spec.output_shape)


RUN = """
static int run_@(void)
{
    const float *input = given(@_INPUT_BYTES), *weights = given(@_WEIGHTS_BYTES), *bias = given(@_BIAS_BYTES);
    const float *residual = given(RESIDUAL_BYTES);
    float *output = guarded(@_OUTPUT_BYTES, 4);
    void *packed = guarded(@_PACKED_BYTES, @_ALIGN), *workspace = guarded(@_WORKSPACE_BYTES(1), @_ALIGN);
    (void)residual;
    @_pack(weights, bias, packed);
    @(input, packed, RESIDUAL output, workspace);
    return fwrite(output, 1, @_OUTPUT_BYTES, stdout) == @_OUTPUT_BYTES ? 0 : 1;
}
"""


def run_source(kernel):
    residual = kernel.spec.residual
    text = RUN.replace("RESIDUAL_BYTES", "@_OUTPUT_BYTES" if residual else "0")
    return text.replace("RESIDUAL ", "residual, " * residual).replace("@", kernel.name)


def main_source(kernels):
    """main NAME: runs one of the kernels."""
    names = [kernel.name for kernel in kernels]
    return "\n".join([
        emulated.SUPPORT, "#include <string.h>", *(f'#include "{name}.h"' for name in names),
        *map(run_source, kernels),
        "int main(int argc, char **argv)", "{", "    if (argc != 2) return 1;",
        *(f'    if (!strcmp(argv[1], "{name}")) return run_{name}();' for name in names),
        "    return 1;", "}", ""])


@pytest.mark.skipif(bool(emulated.lacking()), reason=str(emulated.lacking()))
@pytest.mark.parametrize("cc", [
    pytest.param(cc, marks=[pytest.mark.sweep] * (cc != "gcc")) for cc in emulated.compilers() or ["gcc"]])
@pytest.mark.parametrize("target", ["aarch64", "scalar"])
def test_layers(target, cc, tmp_path):
    """All layers of a target in one program: integers give the oracle's bits, reals are within bounds."""
    made = kernels(target)
    for kernel in made:
        save(kernel, tmp_path)
    (tmp_path / "main.c").write_text(main_source(made))
    files = [f"{kernel.name}.c" for kernel in made]
    program = emulated.build(tmp_path, cc, "-O2", *WARNINGS, "main.c", *files)
    for kernel in made:
        for mode in ("exact", "bound"):
            check = run_mode(Emulated(kernel, program), mode)
            assert check.ok, f"{kernel.name}, {mode}: {check.detail}"


def test_every_kind_of_plan_is_here():
    plans = [kernel.plan for kernel in kernels("aarch64")]
    assert {(p.lanes, p.source) for p in plans} == {
        ("oc", "input"), ("oc", "edges"), ("oc", "copy"), ("ow", "input"), ("ow", "edges"), ("ow", "copy"),
        ("ow", "local"), ("ic", "edges"), ("ic", "input")}
    assert {p.algorithm for p in plans} == set(ALGORITHMS) - {"implicit", "tensor"}  # for OpenCL alone
    assert {p.spec.rank for p in plans} == {1, 2, 3}
    assert {p.spec.oc % 4 for p in plans if p.lanes == "oc"} == {0, 1, 2, 3}  # tails of every length
    assert len(kernels("scalar")) >= 12


@pytest.mark.skipif(platform.machine() in ("aarch64", "arm64") or not HERE, reason="needs another machine")
@pytest.mark.parametrize("cc", HERE)
def test_a_compiler_for_another_machine_is_told_so(cc, tmp_path):
    kernel = kernels("aarch64")[0]
    save(kernel, tmp_path)
    done = subprocess.run([cc, "-std=c99", "-c", f"{kernel.name}.c"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    first = next(line for line in done.stderr.splitlines() if "error:" in line)
    assert "this file needs a compiler that defines __aarch64__ and __ARM_NEON" in first
