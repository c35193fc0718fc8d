"""The verifier on a plain C kernel of our own, right and with planted faults, and end to end."""

from __future__ import annotations

import ctypes
import faulthandler
import math
import mmap
import os
import signal
import subprocess
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from convgen import api, isolate
from convgen.errors import InputError, UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED
from convgen.plan.bound import Bound
from convgen.plan.plan import Plan
from convgen.run import compilers, native
from convgen.verification import checks, compare, draws, guard, oracle
from convgen.verification import report as verifier

# A padded copy in the workspace, then one task for each output plane. The generator has no part in
# it. `fault` is a fault to commit; faults of the C kind below must all be seen.
SOURCE = r"""
#include <math.h>
#include <stddef.h>
#include <stdint.h>
int fault;
enum { NONE, WEIGHTS_SWAPPED, NO_BIAS, PAD_OFF_BY_ONE, TAIL, UNWRITTEN, LOW_PRECISION, OLD_WORKSPACE,
       TASK_STATE, NAN_LOST, NAN_SPREADS, READ_AFTER, READ_BEFORE, WRITE_AFTER, WRITE_BEFORE,
       WRITE_INPUT, WRITE_PACKED, PACK_AFTER, WORKSPACE_AFTER, NEEDS_ALIGNMENT,
       READ_BESIDE, WRITE_BESIDE, LATE_RESIDUAL, PHASES, TWICE };
enum { %(constants)s };
enum { PLANE = PD * PH * PW, OUTPUTS = N * OC * OD * OH * OW, INPUTS = N * IC * ID * IH * IW };

static float act(float v) { return %(act)s; }

void k_pack(const float *w, const float *b, void *packed) {
    float *p = packed;
    for (int o = 0; o < OC; o++)
    for (int c = 0; c < ICG; c++)
    for (int d = 0; d < KD; d++)
    for (int h = 0; h < KH; h++)
    for (int x = 0; x < KW; x++) {
        int from = fault == WEIGHTS_SWAPPED ? OC - 1 - o : o;
        *p++ = w[from * W_O + c * W_I + (FLIP ? KD - 1 - d : d) * W_D
                 + (FLIP ? KH - 1 - h : h) * W_H + (FLIP ? KW - 1 - x : x) * W_W];
    }
    for (int o = 0; o < OC; o++) *p++ = BIAS && fault != NO_BIAS ? b[o] : 0;
    if (fault == PACK_AFTER) *p = 0;
}

size_t k_tasks(int phase) { return phase == 1 ? N * OC : phase == 0 ? N * IC : fault == PHASES; }

void k_task(int phase, size_t task, int worker, const float *in, const void *packed,
            %(residual)s float *out, void *workspace) {
    (void)worker;
    static volatile size_t previous;
    float *copy = workspace;
    if (phase == 0) {
        const float *x = in + task / IC * X_N + task %% IC * X_C;
        float *to = copy + task * PLANE;
        if (fault != OLD_WORKSPACE) for (int i = 0; i < PLANE; i++) to[i] = 0;
        int shift = fault == PAD_OFF_BY_ONE && LEFT;
        for (int d = 0; d < ID; d++)
        for (int h = 0; h < IH; h++)
        for (int i = 0; i < IW; i++)
            to[((FRONT + d) * PH + TOP + h) * PW + LEFT + i - shift] = x[d * X_D + h * X_H + i * X_W];
        previous = 0;
        if (task == 0) {
            volatile float seen = 0;
            if (fault == READ_AFTER) seen = in[INPUTS];
            if (fault == READ_BEFORE) seen = in[-1];
            if (fault == WRITE_AFTER) out[OUTPUTS] = seen;
            if (fault == WRITE_BEFORE) out[-1] = seen;
            if (fault == WRITE_INPUT) *(volatile float *)in = in[0];
            if (fault == WRITE_PACKED) *(volatile float *)packed = *(const float *)packed;
            if (fault == WORKSPACE_AFTER) copy[N * IC * PLANE] = 0;
            if (fault == NEEDS_ALIGNMENT && (uintptr_t)in %% 32) __builtin_trap();
        }
        return;
    }
    size_t n = task / OC, o = task %% OC, g = o / OCG;
    for (int d = 0; d < OD; d++)
    for (int h = 0; h < OH; h++)
    for (int i = 0; i < OW; i++) {
        const float *w = (const float *)packed + o * ICG * KD * KH * KW;
        float v = ((const float *)packed)[OC * ICG * KD * KH * KW + o];
        for (int c = 0; c < ICG; c++)
        for (int kd = 0; kd < KD; kd++)
        for (int kh = 0; kh < KH; kh++)
        for (int kw = 0; kw < KW; kw++, w++) {
            if (fault == TAIL && i == OW - 1 && o == OC - 1 && kw == 0) continue;
            const float *x = copy + (n * IC + g * ICG + c) * PLANE;
            v += *w * x[((d * SD + kd * DD) * PH + h * SH + kh * DH) * PW + i * SW + kw * DW];
        }
        if (fault == NAN_SPREADS) v += 0.0f * copy[n * IC * PLANE + (FRONT * PH + TOP) * PW + LEFT];
        if (fault == LOW_PRECISION) v *= 1.0f + 0x1p-16f;
        if (fault == TASK_STATE && task < previous) v *= 1.0f + 0x1p-20f;
        size_t at = n * Y_N + o * Y_C + d * Y_D + h * Y_H + i * Y_W;
        v %(add)s;
        if (fault == NAN_LOST && v != v) v = 0;
        if (fault == UNWRITTEN && at == OUTPUTS - 1) continue;
        if (fault == READ_BESIDE) v += 0.0f * in[IC];
        if (fault == WRITE_BESIDE && at == 0) out[OC] = v;
        if (fault == LATE_RESIDUAL) {
            float before = %(residual_at)s;
            *(volatile float *)&out[at] = 0;
            v += %(residual_at)s - before;
        }
        out[at] = act(v);
    }
    previous = task;
    if (fault == TWICE && task == 0) k_task(1, 1, worker, in, packed, %(pass)s out, workspace);
}

void k(const float *in, const void *packed, %(residual)s float *out, void *workspace, int workers) {
    (void)workers;
    for (int phase = 0; phase < 2; phase++)
        for (size_t task = 0; task < k_tasks(phase); task++)
            k_task(phase, task, 0, in, packed, %(pass)s out, workspace);
}
"""
FAULTS = SOURCE.split("enum {")[1].split("}")[0].replace("\n", " ").replace(" ", "").split(",")

ACTS = {  # name -> C, lipschitz, absolute, relative: generous, this kernel calls libm
    "none": ("v", 1, 0, 0),
    "relu": ("v < 0 ? 0 : v", 1, 0, 0),
    "clip": ("v < -1.0f ? -1.0f : v > 0.5f ? 0.5f : v", 1, 0, 0),
    "leaky-relu": ("v < 0 ? 0.1f * v : v", 1, 0, 1),
    "silu": ("v / (1 + expf(-v))", 1.1, 0, 6),
}


def strides(layout: str, **extents: int) -> dict[str, int]:
    """Elements between neighbours along each letter; 0 for a letter that the layout lacks."""
    found, step = dict.fromkeys(extents, 0), 1
    for letter in reversed(layout):
        found[letter] = step
        step *= extents[letter]
    return found


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """ConvSpec -> a Conv over the C above; `plant(conv, fault)` sets its fault."""
    made: dict[ConvSpec, native.Conv] = {}

    def make(spec: ConvSpec) -> native.Conv:
        if spec in made:
            return made[spec]
        d, h, w = spec.axes
        text, *errors = ACTS[spec.act.name]
        letters = spec.weights_layout.replace("hw", "dhw"[3 - spec.rank:])
        tables = {
            "X": strides(spec.layout, n=spec.n, c=spec.input_channels, d=d.i, h=h.i, w=w.i),
            "Y": strides(spec.layout, n=spec.n, c=spec.output_channels, d=d.o, h=h.o, w=w.o),
            "W": strides(letters, o=spec.oc, i=spec.icg, d=d.k, h=h.k, w=w.k),
        }
        constants = {f"{array}_{axis.upper()}": step for array, found in tables.items()
                     for axis, step in found.items()}
        constants |= {"N": spec.n, "IC": spec.ic, "OC": spec.oc, "ICG": spec.icg, "OCG": spec.ocg,
                      "FLIP": int(spec.flip), "BIAS": int(spec.bias)}
        for axis, first in zip(spec.axes, ("FRONT", "TOP", "LEFT"), strict=True):
            name = axis.name.upper()
            constants |= {f"I{name}": axis.i, f"O{name}": axis.o, f"K{name}": axis.k, f"S{name}": axis.s,
                          f"D{name}": axis.d, f"P{name}": axis.padded, first: axis.before}
        folder = tmp_path_factory.mktemp("fake")
        code = SOURCE % {
            "constants": ", ".join(f"{name} = {value}" for name, value in constants.items()),
            "act": text,
            "residual": "const float *residual," if spec.residual else "",
            "pass": "residual," if spec.residual else "",
            "add": "+= residual[at]" if spec.residual else "+= 0",
            "residual_at": "((const volatile float *)residual)[at]" if spec.residual else "0",
        }
        (folder / "k.c").write_text(code)
        subprocess.run([*compilers.find_compiler().command, "-std=gnu99", "-O1", "-shared", "-fPIC",
                        "-ffp-contract=off", "k.c", "-o", "k.so", "-lm"], cwd=folder, check=True)
        kernel = SimpleNamespace(
            name="k", phases=(spec.n * spec.ic, spec.n * spec.oc), spec=spec,
            plan=Plan(spec=spec, target=NAMED["scalar"], algorithm="reference"),
            packed_bytes=4 * spec.oc * (spec.terms + 1),
            scratch_bytes=0,
            workspace_bytes=4 * spec.n * spec.ic * math.prod(a.padded for a in spec.axes),
            bound=Bound(spec.terms + 2, *errors), over_residual=spec.residual,
        )
        made[spec] = native.load(kernel, folder / "k.so")
        return made[spec]

    return make


def plant(conv: native.Conv, fault: str) -> None:
    library = ctypes.CDLL(str(conv.path))  # the same copy in memory that conv uses
    ctypes.c_int.in_dll(library, "fault").value = FAULTS.index(fault)


def modes(conv: native.Conv, seed: int = 0) -> dict[str, bool]:
    return {mode: verifier.run_mode(conv, mode, seed).ok for mode in verifier.MODES}


PLAIN = ConvSpec(ic=3, oc=5, ih=7, iw=8, kh=3, kw=3, padding="half", layout="nhwc")

RIGHT = [
    PLAIN,
    PLAIN.replace(activation="silu", residual=True, n=2),
    PLAIN.replace(activation="leaky-relu(0.1)", layout="nchw", bias=False),
    PLAIN.replace(activation="clip(-1,0.5)", weights_layout="ohwi", flip=True),
    ConvSpec(n=2, g=2, ic=6, oc=4, ih=9, iw=11, kh=3, kw=2, sh=2, sw=3, dh=2, top=1, left=2, right=1,
             activation="relu", residual=True),
    ConvSpec(g=4, ic=4, oc=8, iw=13, kw=4, left=3, layout="nwc", activation="silu"),
    ConvSpec(ic=2, oc=3, id=4, ih=5, iw=6, kd=2, kh=3, kw=1, padding="same-upper", layout="ncdhw"),
    ConvSpec(ic=1, oc=1, iw=1, kw=1, bias=False),
    ConvSpec(ic=300, oc=2, ih=3, iw=3, kh=3, kw=3, flip=True),
    PLAIN.replace(in_stride=7, out_stride=6, n=2, residual=True),
    PLAIN.replace(in_stride=7, out_stride=6, n=2, layout="nchw"),
]


@pytest.mark.parametrize("spec", RIGHT, ids=range(len(RIGHT)))
def test_a_right_kernel_passes(build, spec):
    conv = build(spec)
    plant(conv, "NONE")
    for mode in verifier.MODES:
        for seed in range(3):
            check = verifier.run_mode(conv, mode, seed)
            assert check.ok, check.detail
            assert check.figure is None or check.figure <= 1
    assert 0 < verifier.run_mode(conv, "bound").figure < 1


@pytest.mark.parametrize(("fault", "caught"), [
    ("WEIGHTS_SWAPPED", {"exact", "bound", "properties"}),
    ("NO_BIAS", {"exact", "bound"}),
    ("PAD_OFF_BY_ONE", {"exact", "bound", "properties"}),
    ("TAIL", {"exact", "bound", "properties"}),
    ("LOW_PRECISION", {"exact", "bound", "properties"}),
    ("UNWRITTEN", {"exact", "bound", "guard"}),
    ("TASK_STATE", {"properties"}),
    ("PHASES", {"properties"}),
    ("TWICE", {"properties"}),
    ("NAN_LOST", {"properties"}),
    ("NAN_SPREADS", {"properties"}),
])
def test_each_mode_sees_its_faults(build, fault, caught):
    conv = build(PLAIN)
    plant(conv, fault)
    # a fault that its place decides (a NaN far from what loses it) may need another seed
    seen = {mode for seed in range(4) for mode, ok in modes(conv, seed).items() if not ok}
    assert caught <= seen
    assert seen - caught <= ({"properties"} if fault == "UNWRITTEN" else set())


@pytest.mark.parametrize(("fault", "changes", "caught"), [
    ("READ_BESIDE", {"in_stride": 4}, {"exact", "bound", "properties"}),
    ("WRITE_BESIDE", {"out_stride": 6}, set(verifier.MODES)),
    ("LATE_RESIDUAL", {"residual": True}, {"exact"}),
])
def test_slices_and_shared_arrays_have_faults_of_their_own(build, fault, changes, caught):
    conv = build(PLAIN.replace(**changes))
    plant(conv, "NONE")
    assert all(modes(conv).values())
    plant(conv, fault)
    assert {mode for mode, ok in modes(conv).items() if not ok} == caught


class Altered:
    """The oracle as a callable, its result changed by `change(y, threads, order)`."""

    def __init__(self, spec, change):
        self.kernel = SimpleNamespace(spec=spec, bound=Bound(spec.terms + 2), over_residual=False,
                                      plan=Plan(spec=spec, target=NAMED["scalar"], algorithm="reference"))
        self._change = change

    def pack(self, weights, bias=None):
        self._w, self._b = weights, bias

    def __call__(self, x, residual=None, threads=None, order=None):
        y = oracle.convolve(self.kernel.spec, x, self._w, self._b, residual).y.astype(np.float32)
        return self._change(y, threads, order)

    def run_in_order(self, x, seed, residual=None):
        return self(x, residual, order=seed)


def slope(extent: int, axes_behind: int) -> np.ndarray:
    """0, 1, 2, … along one axis."""
    return np.arange(extent, dtype=np.float32).reshape(-1, *[1] * axes_behind)


def holds(conv) -> list[str]:
    parts = (checks._linearity_and_shift, checks.same_bits, checks._specials)
    return [word for part in parts for word in part(conv, np.random.default_rng(0))]


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize(("change", "told"), [
    (lambda y, threads, order: np.where(y > 1, y + 1, y), "additivity"),
    (lambda y, threads, order: y + slope(8, 1), "input moved by 1 along iw"),
    (lambda y, threads, order: y + slope(7, 2), "input moved by 1 along ih"),
    (lambda y, threads, order: -y if threads == 3 else y, "3 threads"),
    (lambda y, threads, order: y if order is None else -y, "tasks in another order"),
    (lambda y, threads, order: np.nan_to_num(y), "nan in x"),
    (lambda y, threads, order: np.where(np.isinf(y), np.nan, y), "inf in x"),
    (lambda y, threads, order: y * np.nan if np.isnan(y).any() else y, "that do not read it"),
])
def test_each_property(change, told, residual):
    with pytest.raises(compare.Wrong, match=told):
        holds(Altered(PLAIN.replace(residual=residual), change))


def test_all_properties_hold_for_the_oracle():
    assert holds(Altered(PLAIN, lambda y, threads, order: y)) == [
        "additivity", "shift along ih", "shift along iw", "threads", "task order", "NaN", "Inf"]


def fate(conv: native.Conv) -> str:
    """How mode guard ends in a process of its own: "ok", "wrong" or the signal's name."""
    pid = os.fork()
    if pid == 0:
        code = 2
        try:
            faulthandler.disable()  # pytest's, which would print a traceback
            code = 0 if verifier.run_mode(conv, "guard").ok else 1
        finally:
            os._exit(code)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return ("ok", "wrong", "error")[os.WEXITSTATUS(status)]


@pytest.mark.parametrize(("fault", "end"), [
    ("NONE", "ok"),
    ("READ_AFTER", "SIGSEGV"),
    ("READ_BEFORE", "SIGSEGV"),
    ("WRITE_AFTER", "SIGSEGV"),
    ("WRITE_BEFORE", "wrong"),  # the canary of the first place sees it
    ("WRITE_INPUT", "SIGSEGV"),
    ("WRITE_PACKED", "SIGSEGV"),
    ("PACK_AFTER", "wrong"),  # packed_bytes is no multiple of 64 here: into the canary
    ("WORKSPACE_AFTER", "wrong"),
    ("NEEDS_ALIGNMENT", "SIGILL"),
    ("OLD_WORKSPACE", "wrong"),
    ("UNWRITTEN", "wrong"),
])
def test_guard_sees_stray_accesses(build, fault, end):
    conv = build(PLAIN)
    plant(conv, fault)
    assert fate(conv) == end
    plant(conv, "NONE")


def test_every_fault_has_a_test():
    marks = [test.pytestmark for test in (test_each_mode_sees_its_faults, test_guard_sees_stray_accesses,
                                          test_slices_and_shared_arrays_have_faults_of_their_own)]
    assert {case[0] for (mark,) in marks for case in mark.args[1]} == set(FAULTS)


def test_detail_names_the_first_wrong_element(build):
    conv = build(PLAIN)
    plant(conv, "TAIL")
    check = verifier.run_mode(conv, "exact")
    plant(conv, "NONE")
    assert check.detail.startswith("integers: 7 of 280 outputs wrong, first y[0, 0, 7, 4] is ")
    assert ", expected " in check.detail


def test_no_kernel_runs_where_a_wrong_one_ran():
    """It may have written into memory of others, which crash then."""
    kernel = api.generate(ConvSpec(ic=1, oc=1, ih=4, kh=1), "scalar", "reference", records=False)
    conv = kernel.compile()
    planted = msgspec.structs.replace(kernel, source=kernel.source.replace("bias[oc]", "2.0f * bias[oc]")).compile()
    pid = isolate.call("test_isolate:whoami", None, 20)
    assert verifier.verify(conv, ["exact"]).ok
    assert isolate.call("test_isolate:whoami", None, 20) == pid
    assert not verifier.verify(planted, ["exact"]).ok
    assert isolate.call("test_isolate:whoami", None, 20) != pid


@pytest.mark.parametrize("place", guard.PLACES)
@pytest.mark.parametrize("size", [4, 60, 64, 4092, 4096, 4100])
def test_fence_places(place, size):
    fence = guard.Fence(size, 4, place)
    address, page = fence.address, mmap.PAGESIZE
    assert fence.bytes.ctypes.data == address
    assert fence.bytes.size == size
    assert (fence.bytes == 0xFF).all()
    off = {"before an unmapped page": (address + size) % page, "after an unmapped page": address % page,
           "unaligned": address % 64 - 4}
    assert off[place] == 0
    fence.bytes[:] = 1
    assert fence.intact()
    (max(fence._beside, key=len))[0] = 1
    assert not fence.intact()


@pytest.mark.parametrize("terms", [1, 9, 4608, 25088, 2**22])
def test_integers_cannot_round(terms):
    spec = ConvSpec(ic=terms, oc=2, iw=2, kw=1, residual=True, activation="relu6")
    arrays = draws.integers(spec, np.random.default_rng(0))
    s = oracle.convolve(spec, **arrays).s
    least = {role: np.abs(array).min() for role, array in arrays.items()}
    unit = min(least["weights"] * least["input"], least["bias"])
    assert s.max() / unit < 2**24
    assert min(least.values()) > 0


def test_too_many_terms_for_integers():
    spec = ConvSpec(ic=2**24, oc=1, iw=1, kw=1)
    with pytest.raises(UnsupportedError, match="terms=16777216"):
        draws.integers(spec, np.random.default_rng(0))


@pytest.mark.parametrize("activation", ["relu6", "clip(100,200)", "clip(-1e-3,1e-3)", "sigmoid"])
@pytest.mark.parametrize("terms", [1, 27, 2304])
def test_data_reaches_where_the_activation_bends(activation, terms):
    """Not everything is saturated, for either kind of data."""
    spec = ConvSpec(ic=terms, oc=20, iw=20, kw=1, activation=activation)
    for draw in (draws.integers, draws.normals):
        result = oracle.convolve(spec, **draw(spec, np.random.default_rng(0)))
        assert len(np.unique(result.y)) > 10
        assert np.count_nonzero(np.abs(np.diff(np.sort(result.y.ravel()))) > 0) > 10


def test_report_text():
    report = verifier.Report("k", (verifier.Check("exact", True, None, "280 outputs equal"),
                                   verifier.Check("bound", False, 3.5, "normal data: …")))
    assert not report.ok
    assert str(report).splitlines() == [
        "k: FAILED",
        "  exact       ok              280 outputs equal",
        "  bound       FAILED   3.500  normal data: …",
    ]
    assert msgspec.json.decode(msgspec.json.encode(report), type=verifier.Report) == report


# --- through another process, with kernels of the generator ---


@pytest.fixture(scope="module")
def kernel():
    return api.generate(PLAIN, target="scalar")


def test_verify(kernel):
    report = verifier.verify(kernel.compile())
    assert report.ok, str(report)
    assert [check.mode for check in report.checks] == list(verifier.MODES)
    assert not report.crashed


@pytest.mark.parametrize(("poison", "timeout", "mode", "told"), [
    ("*(volatile int *)0 = 0;", 60, "crash", "SIGSEGV"),
    ("for (volatile int i = 0;; i++) { }", 1, "timeout", "1 s"),
])
def test_a_kernel_that_crashes_or_hangs(kernel, poison, timeout, mode, told):
    head, brace, rest = kernel.source.rpartition(f"void {kernel.name}(")
    opening = rest.index("{") + 1
    source = head + brace + rest[:opening] + poison + rest[opening:]
    conv = msgspec.structs.replace(kernel, source=source).compile()
    report = verifier.verify(conv, ["bound"], timeout=timeout)
    assert report.crashed
    assert not report.ok
    (check,) = report.checks
    assert check.mode == mode
    assert told in check.detail
    assert "stage bound" in check.detail
    assert verifier.verify(kernel.compile(), ["exact"]).ok  # the next run is none the worse


def test_unknown_mode(build):
    with pytest.raises(InputError, match="mode must be one of exact, bound, properties, guard"):
        verifier.verify(build(PLAIN), ["exakt"])
