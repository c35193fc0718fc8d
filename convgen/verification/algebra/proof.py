"""Prove a kernel's file: compile its text as C++, where a float is an element of a finite field, run it, compare.

The text is not changed. `include/` holds what it is compiled against: numbers of the field (field.h), arrays whose
every access is checked (memory.h), vectors (vectors.h) and instructions by their names (immintrin.h and so on), and the
convolution that it must be (run.h). contract.py says which layer that is. SOUNDNESS.md says what a proof is worth.
"""

from __future__ import annotations

import functools
import math
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import CrashError, MissingToolError, UnsupportedError
from ...layer.element import BF16, F16, F32
from ...run import programs, scratch
from ...run.compilers import Compiler, find_compiler
from . import activations, integers, intervals, opencl
from .contract import Embedded, Subject, known, misstated, program, source

INCLUDE = Path(__file__).resolve().parent / "include"
FLAGS = ("-x", "c++", "-std=c++20", "-O1", "-g1", "-w", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
         "-fno-omit-frame-pointer")  # by which base.h finds the line of the kernel
TRAPS = ("-fsanitize-undefined-trap-on-error", "-fsanitize=bounds", "-fsanitize=return", "-fsanitize=shift-exponent")
WATCHED = (*TRAPS, "-fsanitize=signed-integer-overflow", "-fsanitize=thread", "-ffp-contract=off",
           "-ftrivial-auto-var-init=pattern", "-Og")  # and one of integers: hooks.h has what the thread sanitizer calls
SMALL = 3e5  # multiply-adds of layers that run in no time, whatever a compiler makes of them
QUICK = 2.5e7  # multiply-adds that are run whole, unless all are asked for
SEARCHED = 2e6  # of layers in which the term of a wrong output is looked for, which runs them some dozen times


Way = Callable[[Subject, Path, int, bool, float], list[str]]


class Proof(NamedTuple):
    """What a run has found. outputs: compared; tasks: run, of `all_tasks`. roundings, amplification: the largest that
    any output carried. runs: of integers, with other data each. sums: between what they lie for all inputs, in words.
    activations: what was found of their functions, in words. finding: what refutes the file; empty where nothing does.
    """

    outputs: int = 0
    tasks: int = 0
    all_tasks: int = 0
    roundings: int = 0
    amplification: float = 0.0
    finding: str = ""
    runs: int = 0
    sums: str = ""
    activations: str = ""

    def told(self, subject: Subject) -> str:
        """In words; roundings and amplification where an activation adds none."""
        made = next(array.count for array in subject.spec.arrays if array.written)
        some = f"{self.outputs} of {made}" if self.outputs < made else f"{self.outputs}"
        if subject.spec.arithmetic.exact:
            told = f"{made} outputs equal the rule in {self.runs} runs, no sum leaves its type"
            return "; ".join([told, *filter(None, (self.activations, self.sums))])
        some_tasks = f", {self.tasks} of {self.all_tasks} tasks" * (self.tasks < self.all_tasks)
        told = f"{some} outputs over GF(2^61 - 1){some_tasks}, "
        if subject.spec.chained or not known(subject.spec.act):
            return f"{told}within the bound" + f"; {self.activations}" * bool(self.activations)
        told += f"roundings {self.roundings} of {subject.bound.roundings}"
        if subject.bound.norms is True:
            return told
        return f"{told}, amplification {self.amplification:.4g} of {subject.bound.amplification:.4g}"


def refusal(subject: Subject) -> str | None:
    """Why a file cannot be read yet, or None."""
    spec, of = subject.spec, subject.spec.arithmetic
    if subject.opencl and (reason := opencl.refusal(subject)):
        return reason
    floats = of.sum is F32 and {of.input, of.output} <= {F32, F16, BF16}
    if not of.exact and not floats:
        return f"algebra reads layers of f32, f16, bf16 and integers, whose sums are in f32 (dtype={spec.dtype})"
    return None


def prove(subject: Subject, seed: int = 0, *, full: bool = False, timeout: float = 120.0) -> Proof:
    """Prove a kernel's file. full: all tasks and outputs, however large the layer is.

    UnsupportedError for what cannot be read yet; MissingToolError without a compiler for C++; CrashError when the run
    ends otherwise than it should, or not in `timeout` seconds.
    """
    if reason := refusal(subject):
        raise UnsupportedError(reason)
    if told := (opencl.misstated if subject.opencl else misstated)(subject):
        return Proof(finding=told)
    way = _integers if subject.spec.arithmetic.exact else _floats
    found, fields = _verdict(subject, way, seed, full, timeout)
    if found.finding or not fields:
        return found
    outputs, tasks, all_tasks, roundings, runs = map(int, fields[:5])
    found = Proof(outputs, tasks, all_tasks, roundings, float(fields[5]) / subject.spec.terms, runs=runs)
    of = measured(subject, timeout)
    if of.finding:
        return of
    found = found._replace(activations=of.activations)
    if not intervals.reads(subject):
        return found
    try:
        summed = sums(subject, seed, timeout=timeout)
    except UnsupportedError as error:
        summed = Proof(sums=f"sums for all inputs are not known ({str(error).partition(': ')[2]})")
    return summed if summed.finding else found._replace(sums=summed.sums)


def measured(subject: Subject, timeout: float = 120.0) -> Proof:
    """What the functions of a file give of numbers, of activations that a run does not judge: in words, or what refutes
    one. Errors: those of prove."""
    told: list[str] = []
    x, slopes = activations.numbers()
    for act, prefix in activations.functions(subject):
        with scratch.temporary() as work:
            x.tofile(work / "x")
            slopes.tofile(work / "s")
            sources = {"proof.cpp": (activations.program(subject, prefix), ("-ffp-contract=off", "-fwrapv"))}
            _build(work, sources, (INCLUDE / "integers", INCLUDE), timeout)
            status, _ = _run([str(work / "proof")], work, timeout)
            y = np.fromfile(work / "y", np.float32)
            wrong = activations.finding(act, x, slopes, y) if not status and y.size == x.size else \
                f"wrong: activate of {act} must end"
            if wrong:
                return Proof(finding=wrong)
            told.append(f"{act} within its error on {x.size} numbers")
    return Proof(activations="; ".join(dict.fromkeys(told)))


def sums(subject: Subject, seed: int = 0, *, timeout: float = 120.0) -> Proof:
    """Between what the sums of a file of integers lie, for all inputs; or what refutes that they keep to what its head
    says. Of one that `intervals.reads`; errors: those of prove."""
    most = intervals.most(subject)
    if most >= 2**63:
        return Proof(finding=f"wrong: the head admits sums that 64 bits do not hold, {most}")
    return _within(most, "for all inputs", subject, _intervals, seed, timeout)


def embedded_sums(embedded: Embedded, seed: int = 0, *, timeout: float = 120.0) -> Proof:
    """The same of a file that has these weights inside: for all inputs, of what the file's own bytes make of them.

    UnsupportedError where `intervals.reads` its kernel not, else errors as those of prove."""
    subject = embedded.kernel
    if not subject.spec.arithmetic.exact or not intervals.reads(subject):
        raise UnsupportedError(f"algebra reads no weights of such a kernel ({subject.name})")
    claimed = intervals.embedded_claim(embedded.source)
    most = max(-claimed[0], claimed[1]) * (2 if subject.spec.input_zero else 1)
    way = functools.partial(_embedded, embedded=embedded, claimed=claimed)
    return _within(most, "with these weights, for all inputs,", subject, way, seed, timeout)


def _within(most: int, which: str, subject: Subject, way: Way, seed: int, timeout: float) -> Proof:
    """Between what sums lie, in words, or that they leave `most` in magnitude. which: sums."""
    found, fields = _verdict(subject, way, seed, full=True, timeout=timeout)
    if found.finding:
        return found
    least, largest = map(int, fields)
    if max(-least, largest) > most:
        return Proof(finding=f"wrong: for some input a sum leaves what the head claims, {most}: {least} ... {largest}")
    return Proof(sums=f"{which} sums lie in {least} ... {largest}, of {most}")


def _verdict(subject: Subject, way: Way, seed: int, full: bool, timeout: float) -> tuple[Proof, list[str]]:
    """What a program that `way` builds says: what refutes the file, or the figures of its proof."""
    subject = activations.stood_in(subject)
    read = subject._replace(source=source(subject))
    with scratch.temporary() as work:
        (work / f"{subject.name}.c").write_text(opencl.text(read) if read.opencl else read.source, encoding="utf-8")
        (work / f"{subject.name}.h").write_text(subject.header, encoding="utf-8")
        status, said = _run([str(work / "proof"), *way(subject, work, seed, full, timeout)], work, timeout)
        word, *fields = (said.splitlines() or [""])[-1].split("\t")
        if word == "proved":
            return Proof(), fields
        if word == "refuted":
            return Proof(finding=_finding(subject, work, fields)), []
        if word == "unread":
            raise UnsupportedError(f"algebra cannot read this file: it {fields[0]}")
        raise CrashError(f"the proof must end in a verdict (status {status}: {said[-200:]!r})")


def _floats(subject: Subject, work: Path, seed: int, full: bool, timeout: float) -> list[str]:
    """Build the program that runs a kernel over the field; its arguments."""
    macs = subject.spec.macs
    times = macs * (1 if subject.spec.activation == "none" else 3)  # comparisons are answered in three ways
    share = 1000 if full else max(1, min(1000, math.floor(1000 * QUICK / times)))
    text = opencl.program(subject) if subject.opencl else program(subject)
    _build(work, {"proof.cpp": (text, (*TRAPS, *_level(subject)))}, (INCLUDE,), timeout)
    return [str(seed), str(share), str(int(macs <= SEARCHED))]


def _integers(subject: Subject, work: Path, seed: int, full: bool, timeout: float) -> list[str]:
    """The same, of one that sums integers."""
    spec = subject.spec
    names = integers.write(spec, work / "data", seed, few=not full and spec.macs > QUICK / 5)
    texts = integers.program(subject, names)
    flags = {"kernel.cpp": WATCHED, "proof.cpp": _level(subject)}
    sources = {name: (text, flags[name]) for name, text in texts.items()}
    _build(work, sources, (INCLUDE / "integers", INCLUDE), timeout)
    return [str(seed)]


def _intervals(subject: Subject, work: Path, seed: int, full: bool, timeout: float) -> list[str]:
    """The same, whose integers have intervals."""
    (work / f"{subject.name}.c").write_text(intervals.text(subject.source), encoding="utf-8")
    count, *must = intervals.write(subject, work / "data", seed)
    sources = {name: (text, _level(subject, "-Og")) for name, text in intervals.program(subject, count).items()}
    _build(work, sources, (INCLUDE / "intervals", INCLUDE / "integers", INCLUDE), timeout)
    return [*(str(sum) for sum in must), "0"]


def _embedded(subject: Subject, work: Path, seed: int, full: bool, timeout: float, embedded: Embedded,
              claimed: tuple[int, int]) -> list[str]:
    """The same, packed by a file that has the weights inside. Of the channel that its head names, sums go as far as it
    says in the direction of the bias, and without it in the other."""
    (work / f"{subject.name}.c").write_text(intervals.text(subject.source), encoding="utf-8")
    for ending, text in ((".c", embedded.source), (".h", embedded.header)):
        (work / f"{embedded.name}{ending}").write_text(text, encoding="utf-8")
    intervals.write_inputs(subject, work / "data", seed)
    sources = {name: (text, _level(subject, "-Og")) for name, text in intervals.program(subject, 1, embedded).items()}
    _build(work, sources, (INCLUDE / "intervals", INCLUDE / "integers", INCLUDE), timeout)
    return [*map(str, claimed), "1"]


def _level(subject: Subject, least: str = "-O0") -> tuple[str, ...]:
    """Of small layers, compilers take several times as long as what they make. least: what takes them the least time,
    -Og where headers have much that is left out."""
    return (least,) if subject.spec.macs <= SMALL else ()


def _run(command: Sequence[str], folder: Path, timeout: float) -> tuple[int, str]:
    status, said = programs.run(command, folder, timeout)
    if status == -1 and programs.LATE in said:
        raise CrashError(f"{Path(command[0]).name} must end in time (timeout={timeout:g} s)")
    return status, said


def _build(work: Path, sources: Mapping[str, tuple[str, Sequence[str]]], include: Sequence[Path],
           timeout: float) -> None:
    """sources: texts and flags of their own. UnsupportedError with the compiler's own words for a text that the headers
    have no meaning for."""
    compiler = find_compiler()
    places = [word for folder in include for word in ("-I", str(folder))]
    for name, (text, flags) in sources.items():
        (work / name).write_text(text, encoding="utf-8")
        _compile(compiler, [*FLAGS, *flags, *places, "-iquote", str(work), "-c", name], work, timeout)
    _compile(compiler, [*(str(Path(name).with_suffix(".o")) for name in sources), "-lm", "-o", "proof"], work, timeout)


def _compile(compiler: Compiler, words: Sequence[str], work: Path, timeout: float) -> None:
    status, said = _run([*compiler.command, *words], work, timeout)
    if status:
        line = next((line for line in said.splitlines() if "error" in line), said[-200:])
        if "cc1plus" in line:
            raise MissingToolError(f"algebra needs a compiler of C++ ({compiler}: {line}); install g++ or clang")
        raise UnsupportedError(f"algebra cannot read this file: {re.sub(r'^[^ ]*/', '', line)}")


# --- what refutes a file ---


def _finding(subject: Subject, work: Path, fields: Sequence[str]) -> str:
    """In words: the array and index, phase and task, line, and the term where that was looked for."""
    what, name, place, phase, task, line, *term = fields
    told = f"{what}: {_element(subject, name, int(place))}" if name != "-" else what
    steps = [f"phase {phase}"] * (int(phase) >= 0) + [f"task {task}"] * (int(phase) >= 0 and int(task) >= 0)
    told += f" ({', '.join(steps)})" if steps else f" ({subject.name}_pack)"
    if found := _line(subject, work, line):
        told += f", {found}"
    if term:
        *factors, got, want = term
        names = [_element(subject, factors[i], int(factors[i + 1])) for i in (0, 2) if factors[i] != "-"]
        told += f"; {' * '.join(names)} counts {got} times, expected {want}"
    return told


def _element(subject: Subject, role: str, place: int) -> str:
    """An element by its index, where it is one of a layer's arrays."""
    array = next((array for array in subject.spec.arrays if array.role == role), None)
    if array is None or not 0 <= place < array.span:
        return f"{role}[{place}]"
    index = [place // stride % extent for stride, extent in zip(array.strides, array.tensor, strict=True)]
    return f"{role}[{', '.join(map(str, index))}]"


def _line(subject: Subject, work: Path, addresses: str) -> str:
    """The line of the file that the first of these addresses of the program were compiled from; empty where nothing
    here tells."""
    tool = shutil.which("addr2line") or shutil.which("llvm-addr2line")
    if not tool or not addresses:
        return ""
    _, said = _run([tool, "-i", "-e", "proof", *(hex(int(one) - 1) for one in addresses.split())], work, 60.0)
    found = re.search(rf"{re.escape(subject.name)}\.c:(\d+)", said)
    return f"{subject.name}.c:{found[1]}" if found else ""
