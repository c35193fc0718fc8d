"""Verify a compiled kernel: run the modes in a process of their own, and report.

exact       small integers: the oracle's bits; of layers that sum integers, whole ranges, and sums where rounding steps
bound       random reals, and the largest: every output within the error bound of the plan
properties  impulses, additivity, shift, threads and task order, of streams how they are cut, NaN and Inf; no oracle
guard       arrays among unmapped pages
overflow    of layers that sum integers: each channel's sum as far from 0 as it can be
algebra     where asked for: the file's text over a finite field, or of integers on a model; runs no instruction
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from .. import isolate, notebook
from ..errors import CrashError, InputError, LateError
from ..layer.names import kind
from ..run.build import AnyConv, load
from ..run.conv import Conv
from . import chains, checks, compare, gradients, guard, streams, whole
from .algebra.contract import Embedded, Subject
from .algebra.proof import embedded_sums, prove

if TYPE_CHECKING:
    from ..layer.spec import ConvSpec
    from ..plan.kernel import Kernel

Mode = Callable[[AnyConv, np.random.Generator], checks.Outcome]
MODES: dict[str, Mode] = {
    "exact": checks.exact,
    "bound": checks.bound,
    "properties": checks.properties,
    "guard": guard.guard,
}
EXACT = {"exact": whole.exact, "bound": whole.bound, "properties": whole.properties, "guard": guard.guard,
         "overflow": whole.overflow}  # of layers that sum integers, which have no error

ALGEBRA = "algebra"
NAMES = (*EXACT, ALGEBRA)  # of all modes


def known_of(spec: ConvSpec) -> Mapping[str, Mode]:
    """The modes that run a layer's kernels."""
    if spec.op == "backward-weights":
        return gradients.MODES
    if spec.chained:
        return chains.EXACT if spec.arithmetic.exact else chains.MODES
    if spec.streamed:
        return streams.EXACT if spec.arithmetic.exact else streams.MODES
    return EXACT if spec.arithmetic.exact else MODES


def modes_of(spec: ConvSpec) -> list[str]:
    """The modes that say something of a layer's kernels, which run unless others are asked for."""
    if spec.chained:
        return list(known_of(spec))
    return [mode for mode in EXACT if mode != "bound"] if spec.arithmetic.exact else list(MODES)


class Check(msgspec.Struct, frozen=True):
    """One mode's verdict.

    figure: the largest error as a share of what the mode allows, or None when bits were compared.
    detail: what was compared; or the first wrong element: its index in the layout, got, expected.
    """

    mode: str
    ok: bool
    figure: float | None
    detail: str


class Report(msgspec.Struct, frozen=True):
    """The verdict on a kernel. `crashed`: its process died or had to be stopped."""

    kernel: str
    checks: tuple[Check, ...]
    crashed: bool = False

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    def __repr__(self) -> str:
        failed = ", ".join(check.mode for check in self.checks if not check.ok)
        return f"<convgen.Report {self.kernel}: {f'FAILED {failed}' if failed else 'ok'}>"

    def _repr_html_(self) -> str:
        rows = [(check.mode, "ok" if check.ok else "FAILED", "" if check.figure is None else f"{check.figure:.3f}",
                 check.detail) for check in self.checks]
        return notebook.table(f"{self.kernel}: {'ok' if self.ok else 'FAILED'}", rows,
                              ("mode", "", "share of the bound", "what was compared"))

    def __str__(self) -> str:
        lines = [f"{self.kernel}: {'ok' if self.ok else 'FAILED'}"]
        for check in self.checks:
            figure = "" if check.figure is None else f"{check.figure:.3f}"
            verdict = "ok" if check.ok else "FAILED"
            lines.append(f"  {check.mode:10}  {verdict:6}  {figure:>6}  {check.detail}")
        return "\n".join(lines)


def verify(
    conv: Conv, modes: Iterable[str] | None = None, seed: int = 0, timeout: float = 120.0
) -> Report:
    """Check a compiled kernel for at most `timeout` seconds, in all modes unless some are asked for; the same seed
    draws the same data.

    A crash or a hang is a failed check of the report. Raises InputError for an unknown mode, and for a kernel or a
    spec, which must be compiled first.
    """
    if not isinstance(conv, Conv):
        name = type(conv).__name__
        way = {"Kernel": "verify(kernel.compile())", "ConvSpec": "verify(generate(spec).compile())"}.get(name)
        raise InputError(f"conv must be a compiled kernel ({kind(conv)})" + (f"; use {way}" if way else ""))
    return verify_at(conv.kernel, conv.where, modes, seed, timeout)


def verify_at(
    kernel: Kernel, where: str, modes: Iterable[str] | None, seed: int = 0, timeout: float = 120.0
) -> Report:
    """The same of a kernel that is not loaded here; where: see opencl.built."""
    modes = modes_of(kernel.spec) if modes is None else list(modes)
    known = (*known_of(kernel.spec), ALGEBRA)
    for mode in modes:
        if mode not in known:
            layer = f", dtype={kernel.spec.dtype}" * (mode in EXACT)
            raise InputError(f"mode must be one of {', '.join(known)} (mode={mode!r}{layer})")
    run = [mode for mode in modes if mode != ALGEBRA]
    payload = {"kernel": msgspec.to_builtins(kernel), "where": where, "modes": run, "seed": seed}
    try:
        answer: Any = isolate.call("convgen.verification.report:run_modes", payload, timeout) if run else {"checks": []}
        found = msgspec.convert(answer["checks"], list[Check])
        if ALGEBRA in modes:
            texts = kernel.source, kernel.header
            found.append(proven(Subject(kernel.name, *texts, kernel.spec, kernel.bound), seed, timeout))
    except LateError as error:
        told = f"{error}; more seconds by --timeout, or timeout=, may be enough"
        return Report(kernel.name, (Check("timeout", False, None, told),), crashed=True)
    except CrashError as error:
        return Report(kernel.name, (Check("crash", False, None, str(error)),), crashed=True)
    return Report(kernel.name, tuple(found))


def proven(subject: Subject | Embedded, seed: int = 0, timeout: float = 120.0, *, full: bool = False) -> Check:
    """The verdict of algebra, of a file by its text; of one with weights inside, on their sums. Errors: those of
    prove."""
    if isinstance(subject, Embedded):
        proof = embedded_sums(subject, seed, timeout=timeout)
        return Check(ALGEBRA, not proof.finding, None, proof.finding or proof.sums)
    proof = prove(subject, seed, full=full, timeout=timeout)
    return Check(ALGEBRA, not proof.finding, None, proof.finding or proof.told(subject))


def run_modes(payload: dict[str, Any]) -> dict[str, Any]:
    """What `verify` runs in the other process: {kernel, path, modes, seed} -> {checks}."""
    from ..plan.kernel import Kernel  # late: it brings jinja2, which checking an array does not need

    conv = load(msgspec.convert(payload["kernel"], Kernel), payload["where"])
    found = []
    for mode in payload["modes"]:
        isolate.stage(mode)
        found.append(run_mode(conv, mode, payload["seed"]))
    if not all(check.ok for check in found):
        isolate.retire()
    return {"checks": msgspec.to_builtins(found)}


def run_mode(conv: AnyConv, mode: str, seed: int = 0) -> Check:
    """One mode, in this process; its data does not depend on the other modes."""
    rng = np.random.default_rng([seed, list(EXACT).index(mode)])
    modes = known_of(conv.kernel.spec)
    try:
        figure, detail = modes[mode](conv, rng)
    except compare.Wrong as wrong:
        return Check(mode, False, wrong.figure, str(wrong))
    return Check(mode, True, figure, detail)
