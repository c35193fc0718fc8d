"""Measured plans: the memory of this machine, for this machine. What a row of the database means, and which is taken.

An OpenCL device goes by what it says of itself, not by its number, which differs from machine to machine.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import shlex
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR, check_max_error, read
from ..errors import ConvgenError, InputError, MissingToolError
from ..layer.element import F32
from ..layer.names import show
from ..layer.outside import check_text, decode, plain
from ..layer.spec import ConvSpec
from ..machine import devices
from ..machine.find import find
from ..machine.host import caches, host, identity
from ..machine.target import NAMED, Target
from ..plan.plan import Plan
from ..plan.written import Written, written
from ..planner.bounds import overflows
from ..planner.size import sizes
from ..run import build, emulated
from .database import Place, Record, Records, records_file

OPT = "O3"  # how trials are built
PATIENCE = 2.0  # seconds for a process that keeps the records locked

# fields of a spec without a default, or with one that depends on others
ALWAYS = ("ic", "oc", "iw", "kw", "layout", "weights_layout")
PLAIN = ConvSpec(ic=1, oc=1, iw=1, kw=1)

DETECTED = ("host ", "opencl ")  # how targets begin that mean a device of this machine; their records are for it alone

class Choice(NamedTuple):
    """A plan, and where it was measured, in words for a comment; empty where it was not."""

    plan: Plan
    origin: str


# --- canonical texts ---


@functools.lru_cache(maxsize=256)
def spec_text(spec: ConvSpec) -> str:
    """The fields that are not at their defaults, so that a new field does not orphan old rows."""
    fields = {name: getattr(spec, name) for name in PLAIN.__struct_fields__
              if name in ALWAYS or getattr(spec, name) != getattr(PLAIN, name)}
    return msgspec.json.encode(fields, order="sorted").decode()


def plan_text(plan: Plan) -> str:
    """The decisions of a plan, likewise."""
    whole, plain = written(plan), Written(spec=plan.spec, target=plan.target, algorithm="")
    fields = {name: getattr(whole, name) for name in plain.__struct_fields__
              if name not in ("spec", "target") and getattr(whole, name) != getattr(plain, name)}
    if plan.target.row.sums is not F32:
        fields["arithmetic"] = _arithmetic(plan.target)
    return msgspec.json.encode(fields, order="sorted").decode()


def _arithmetic(target: Target) -> str:
    """What tells a target from the others of its machine that compute otherwise: the type of its sums; its row where
    several multiply integers."""
    return target.isa if target.row.kind == "products" else target.row.sums.name


def target_text(target: Target) -> str:
    """Name and ISA: constants of the cost model, which a target holds too, change no measurement. A device
    of OpenCL has no name but "opencl": which one it is, its fingerprint says."""
    return f"{target.name.partition(':')[0]} {target.isa}"


def target_of(text: str, device_text: str) -> Target | None:
    """The target of a row; None when it means a device that is not here, or one that no longer is."""
    name = text.partition(" ")[0]
    target = None
    if name in NAMED or (name == "host" and device_text == device()):
        target = find(name)
    elif name == "opencl":
        target = next((info.target for info in _devices() if fingerprint(info) == device_text), None)
    return target if target and target_text(target) == text else None


@functools.lru_cache(maxsize=256)
def read_spec(text: str) -> ConvSpec:
    """Who shows a trial asks several times. InputError when it is not a spec."""
    return decode(text, ConvSpec, "spec of a record")


# what plan_text writes
_Decisions = msgspec.defstruct("Decisions", [
    *((field.name, field.type, field.default) if field.default is not msgspec.NODEFAULT else (field.name, field.type)
      for field in msgspec.structs.fields(Written) if field.name not in ("spec", "target")),
    ("arithmetic", str, F32.name)], forbid_unknown_fields=True)


def read_decisions(text: str) -> dict[str, object]:
    """The fields of a plan, whatever they are for; InputError when they are none."""
    return msgspec.structs.asdict(decode(text, _Decisions, "plan of a record"))


def read_plan(text: str, spec: ConvSpec, target: Target) -> Plan:
    """InputError when it is not a plan, or one that is illegal for this spec and target."""
    fields = read_decisions(text)
    if (named := fields.pop("arithmetic")) != F32.name:
        own = next((one for one in target.others if _arithmetic(one) == named), None)
        if own is None:
            raise InputError(f"plan of a record: arithmetic must be of the target ({target.name}, {show(named)})")
        target = own
    whole = msgspec.structs.replace(Written(spec=spec, target=target, algorithm=""), **fields)
    check_algorithm(whole.algorithm)
    return read(whole, "plan of a record")


def check_texts(row: object) -> None:
    """InputError for a trial, or a line of a lock file, whose texts a comment cannot hold."""
    for name in ("target", "device", "compiler", "convgen", "printer"):
        check_text(name, getattr(row, name))


def check_algorithm(name: str) -> None:
    """InputError for an algorithm whose plans are not weighed against others."""
    tuned = [name for name, known in ALGORITHMS.items() if known.AUTOMATIC]
    if name not in tuned:
        raise InputError(f"algorithm of a record must be one of {', '.join(tuned)} (algorithm={show(name)})")


# --- fingerprints ---


def device() -> str:
    """This machine in one line, whatever the planner was told of it."""
    return identity()


def compiler(target: Target | None = None) -> str:
    """The compiler that builds the trials, and how. MissingToolError when there is none."""
    found = build.compiler(target or host())
    return plain(f"{found.version}, -{OPT}{' -fopenmp' * found.openmp}")


def fingerprint(info: devices.Info) -> str:
    """A device of OpenCL in one line; a CPU's caches count, for its name may be that of a whole family."""
    cache = f", {caches(info.target)}" if info.kind == "cpu" else ""
    return plain(f"{info.name}, {info.platform_name}, {info.units} units{cache}")


def runner(target: Target) -> devices.Info:
    """The device here that runs what is printed for an OpenCL target. InputError or MissingToolError when
    there is none: a target of a kind wants one of this kind."""
    return devices.serving(target, strict=True)[0]


def _devices() -> list[devices.Info]:
    """Those here; none without pyopencl."""
    with contextlib.suppress(MissingToolError):
        return [info for info, _ in devices.handles()]
    return []


def device_of(target: Target) -> str:
    """Fingerprint of what runs a target's kernels here. Errors as of `runner`."""
    if other := emulated.runner(target):
        return plain(f"{shlex.join(other)} on {device()}")
    return fingerprint(runner(target)) if target.device else device()


def compiler_of(target: Target) -> str:
    """Fingerprint of what builds them: the driver, for an OpenCL device."""
    if target.device is None:
        return compiler(target)
    info = runner(target)
    return plain(f"{info.platform_version}, driver {info.driver}")


def is_here(row: Record | Place) -> bool:
    """Whether it was measured on this very device."""
    if row.target.startswith("opencl"):
        return any(fingerprint(info) == row.device for info in _devices())
    return row.device == device()


def place(spec: ConvSpec, target: Target, threads: int) -> Place:
    """Where a trial runs that is made now. Errors as of `runner` and `compiler`."""
    return Place(spec_text(spec), target_text(target), device_of(target), compiler_of(target),
                 1 if target.device else threads)


# --- what they are for ---


def detected(target: Target) -> bool:
    """Whether the target means this machine, or a device of it: not the same everywhere."""
    return target_text(target).startswith(DETECTED)


def choice(spec: ConvSpec, target: Target, algorithm: str | None = None, threads: int = 1,
           max_error: float = MAX_ERROR, max_code: int | None = None) -> Choice | None:
    """The plan measured best, on this very device, of those within max_error and max_code; None when nothing fits, or
    there are no records. A named target has none: what is generated for it must not depend on who generates it.

    Records that cannot be used are no reason to stop: that is said once, as a warning.
    Those of as many threads (an OpenCL device sees to its own), of the compiler or driver that is used here, of what
    this convgen prints come first.
    """
    check_max_error(max_error)
    if not detected(target) or not records_file().exists():
        return None
    here = or_none(device_of, target)
    try:
        with Records(wait=PATIENCE) as records:
            rows = records.rows(spec=spec_text(spec), target=target_text(target), device=here, status="ok")
    except InputError as error:
        _say_without(str(error))
        return None
    used = or_none(compiler_of, target) if len({row.compiler for row in rows}) > 1 else ""
    threads = 1 if target.device else threads
    rows.sort(key=lambda row: (row.threads != threads, row.compiler != used, row.outdated, row.place, row.merit))
    return first(rows, spec, target, algorithm, threads, max_error, max_code)


@functools.cache  # once a process
def _say_without(reason: str) -> None:
    warnings.warn(f"plans are chosen without records: {reason}", RuntimeWarning, stacklevel=3)


def best(records: Records, place: Place, spec: ConvSpec, target: Target, algorithm: str | None = None,
         max_error: float = MAX_ERROR, max_code: int | None = None) -> Record | None:
    """The best trial of a place, of what this convgen prints if there is one."""
    rows = [row for row in records.rows(**msgspec.structs.asdict(place)) if row.status == "ok"]
    rows.sort(key=lambda row: (row.outdated, row.merit))
    return next((row for row, _ in admitted(rows, spec, target, algorithm, max_error, max_code)), None)


def first(rows: Iterable[Record], spec: ConvSpec, target: Target, algorithm: str | None, threads: int,
          max_error: float, max_code: int | None = None) -> Choice | None:
    """The first of the rows that fits; of a place that was measured with other threads, the one that so many should
    take the least time for."""
    for place, group in itertools.groupby(rows, lambda row: row.place):
        found = admitted(group, spec, target, algorithm, max_error, max_code)
        if place.threads != threads:
            found = iter(sorted(found, key=lambda one: (one[0].min_s or 0.0) * _busiest(one[1], threads)))
        for row, plan in found:
            return Choice(plan, _origin(row, target))
    return None


def admitted(rows: Iterable[Record], spec: ConvSpec, target: Target, algorithm: str | None,
             max_error: float, max_code: int | None = None) -> Iterator[tuple[Record, Plan]]:
    """The rows whose plans can still be printed, and are what is asked for; with these plans."""
    for row in rows:
        with contextlib.suppress(InputError):  # no longer legal, or nothing to print
            plan = read_plan(row.plan, spec, target)
            check_text("origin", _origin(row, target))
            if algorithm in (None, plan.algorithm) and not overflows(plan) and \
                    ALGORITHMS[plan.algorithm].numerics(plan).expected_error <= max_error and \
                    (max_code is None or sizes(plan).fast <= max_code):
                yield row, plan


def _origin(row: Record, target: Target) -> str:
    """Where a row was measured, in words."""
    count = "" if target.device else f"; {row.threads} thread{'s' * (row.threads > 1)}"
    return f"{row.device}; {row.compiler}{count}"


def _busiest(plan: Plan, threads: int) -> float:
    """The share of all tasks that the busiest thread gets."""
    tasks: int = ALGORITHMS[plan.algorithm].tasks(plan)
    return -(-tasks // threads) / tasks


def or_none(ask: Callable[[Target], str], target: Target) -> str | None:
    """Of what is not here, None."""
    with contextlib.suppress(InputError, MissingToolError):
        return ask(target)
    return None


def legal(row: Record) -> bool:
    """Whether the plan can be printed; a device elsewhere has the benefit of the doubt."""
    try:
        check_texts(row)
        spec = read_spec(row.spec)
        target = target_of(row.target, row.device)
        if target is not None:
            read_plan(row.plan, spec, target)
    except ConvgenError:
        return False
    return target is not None or row.target.startswith(DETECTED)
