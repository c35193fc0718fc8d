"""What commands are asked for: the layers (SPEC…, --layers, options that override a field) and which plans."""

from __future__ import annotations

import collections
import contextlib
import functools
import os
import shlex
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, cast

import click
from click.core import ParameterSource

from .. import api
from ..algorithms import MAX_ERROR
from ..benchmark import peaks
from ..emit.sizes import ENDINGS
from ..errors import ConvgenError, InputError, UnlockedError, UnsupportedError
from ..layer import descriptor
from ..layer.element import ELEMENTS
from ..layer.fields import LAYOUTS, OPS
from ..layer.formats import NamedSpec, amended, chained, load_layers, spec_name
from ..layer.magnitudes import read_range
from ..layer.names import check_name, show, symbol_of
from ..layer.outline import changes_of
from ..layer.rounding import RULES
from ..layer.spec import ConvSpec
from ..machine.devices import ready
from ..machine.family import ANY
from ..machine.find import find
from ..machine.target import Target
from ..plan.kernel import Kernel
from ..planner.objective import OBJECTIVES
from ..planner.size import check_max_code
from ..run import emulated
from ..tuning import lock
from ..tuning.choose import Chosen, Tuned, choose
from . import models
from .console import note, say
from .pool import each

Layers = dict[ConvSpec, tuple[str, ...]]  # each different layer once, with the names that the user gave it

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
set_option = click.option("--set", "dims", multiple=True, metavar="DIM=VALUE",
                          help="An extent of an ONNX model: of a symbol that it leaves open, of INPUT.AXIS, or of"
                          " VALUE.AXIS where it cannot be inferred; or the value of an INPUT that is one number.")
skip_option = click.option("--skip-unsupported", "skip", is_flag=True,
                           help="Go on without a convolution of a model that cannot be imported, and say why.")
threads_option = click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True,
                              help="Threads that share a layer's tasks; an OpenCL device uses all that it has.")


class Changes(TypedDict, total=False):
    """Fields of a spec that options override."""

    layout: str
    weights_layout: str
    activation: str
    bias: bool
    residual: bool
    n: int
    dtype: str
    input_zero: int
    weights_zero: int
    output_zero: int
    output_scale: float
    rounding: str
    largest_sum: int
    residual_zero: int
    residual_scale: float
    sum_zero: int
    sum_scale: float
    flip: bool
    in_stride: int
    out_stride: int
    op: str
    range: tuple[float, float]
    causal: bool
    stream: int


class Request(NamedTuple):
    """Which layers: where their specs come from, the fields that options override, and for a model the extents of
    dimensions that it leaves open. Which plans: for a target, as the user names it; of an algorithm, or None for any;
    within an expected error. Of those that tuning found: the lock that is named, None for the project's own, empty for
    none; whether nobody else may choose; and whether to take what this machine has on record. What to choose them for,
    and how much code they may have. skip: whether to go on without convolutions of a model that cannot be imported.
    run: the runner named by --run. then: layers that follow the one of the sources in a chain. threads: that share a
    layer's tasks, for whom plans are; None for any number. jobs: processes
    that plan, None for one a core."""

    sources: tuple[str, ...]
    changes: Changes
    dims: dict[str, int]
    target: str
    algorithm: str | None
    max_error: float
    lock: str | None = None
    locked: bool = False
    records: bool = True
    optimize: str | None = None
    max_code: int | None = None
    skip: bool = False
    run: str = ""
    then: tuple[str, ...] = ()
    threads: int | None = None
    jobs: int | None = 1

    @property
    def machine(self) -> Target:
        """The target, as plans are for it."""
        return find(self.target).planned_for(self.threads)

    def on(self, threads: int) -> Request:
        """The same for measurements with so many threads; one is no reason to plan otherwise than for all."""
        return self._replace(threads=threads if threads > 1 else None)

    def layers(self) -> Layers:
        return self.loaded()[0]

    def loaded(self) -> tuple[Layers, list[models.Found], int]:
        """The layers, the models that some of them are of, and how many there were with equal ones."""
        if not self.sources:
            raise click.UsageError("Missing argument 'SPEC...'.")
        found: Layers = {}
        read: list[models.Found] = []
        replaced: dict[tuple[str, object, object], list[str]] = {}
        loaded = [layer for source in self.sources for layer in self._load(source, read)]
        if self.then:
            return self._chain(loaded), read, 1
        for layer in loaded:
            spec = _override(layer.spec, self.changes)
            for own in _replaced(layer.spec, spec, self.changes):
                replaced.setdefault(own, []).append(called(layer.spec, [layer.name] if layer.name else ()))
            names = found.setdefault(spec, ())
            if layer.name is not None and layer.name not in names:
                found[spec] = (*names, layer.name)
        for (field, before, after), names_of in replaced.items():
            more = f" and {len(names_of) - 1} more" if len(names_of) > 1 else ""
            note(f"{field}: {after} replaces {before}, as {names_of[0]}{more} would have it")
        return found, read, len(loaded)

    def _chain(self, loaded: Sequence[NamedSpec]) -> Layers:
        """The chain that begins with the only layer of the sources. Options are for all its layers, but where one has a
        field of its own behind its descriptor."""
        if len(loaded) != 1 or loaded[0].spec.chained:
            raise InputError(f"then must follow one layer (then={show(self.then[0])}, layers={len(loaded)})")
        parts, many = [(loaded[0], {}), *map(amended, self.then)], 1 + len(self.then)
        made = []
        for at, (part, fields) in enumerate(parts):
            others = {field: value for field, value in self.changes.items() if field not in fields}
            made.append(NamedSpec(_override(part.spec, cast(Changes, changes_of(at, many, others))).replace(**fields),
                                  part.name))
        found = chained(made)
        return {found.spec: () if found.name is None else (found.name,)}

    def _load(self, source: str, read: list[models.Found]) -> list[NamedSpec]:
        """The layers of one source; what a model has besides is said on stderr."""
        if not models.is_model(source):
            own = self.changes
            return load_layers(source, own.get("op"), own.get("causal"), own.get("stream"))
        dtype = self.changes.get("dtype")  # of floats, it is that of quantised layers too, which are read otherwise
        found = models.find(source, batch=self.changes.get("n"), dims=self.dims, weights=False, skip=self.skip,
                            dtype=dtype if dtype in ELEMENTS else None)
        read.append(found)
        for line in models.told(found):
            note(line)
        return [NamedSpec(part.spec, use.name) for part in found.network.parts for use in part.uses]

    def kernels(self, layers: Layers, symbols: Sequence[str | None] = ()) -> list[Kernel]:
        """The kernel of each layer. symbols: what C calls each; without, it says the layer."""
        asked, target, tuned = self._replace(sources=()), self.machine, self.tuned()
        jobs = [(asked, target, tuned, spec, names, name)
                for (spec, names), name in zip(layers.items(), symbols or [None] * len(layers), strict=True)]
        return each(_kernel, jobs, len(jobs), "planning", self.jobs)

    def chosen(self, layers: Layers) -> list[Chosen]:
        """The plan of each layer, and who chose it."""
        target, tuned, found = self.machine, self.tuned(), list[Chosen]()
        for spec, names in layers.items():
            with _naming(names):
                found.append(choose(spec, target, self.algorithm, tuned, self.threads or 1, max_error=self.max_error,
                                    optimize=self.optimize, max_code=self.max_code))
        return found

    def tuned(self, told: bool = True) -> Tuned:
        """What is asked for a plan before the model is. told: whether to say on stderr what of the lock is of no
        use."""
        path = self.lock_file()
        found = lock.open_lock(path) if path else None
        for reason in found.left_out if found and told else ():
            say(f"{path}: left out: {reason}")
        return Tuned(found, self.records, self.locked)

    def lock_file(self) -> Path | None:
        """The lock that is asked."""
        return Path(self.lock) if self.lock else self.project() if self.lock is None else None

    def project(self) -> Path | None:
        """The lock of the project that the layers are of; InputError when they are of several."""
        found = dict.fromkeys(filter(None, map(lock.find, self.folders())))
        if len(found) > 1:
            raise InputError(f"lock must be one for all layers; name it by --lock FILE ({', '.join(map(str, found))})")
        return next(map(short, found), None)

    def lock_places(self) -> list[Path]:
        """Where the project's lock is looked for, if it is."""
        every = [short(path) for folder in self.folders() for path in lock.places(folder)] if self.lock is None else []
        return list(dict.fromkeys(every))

    def folders(self) -> list[Path]:
        """Those of the files of layers; for a descriptor, and standard input, the current one."""
        return [Path(source).parent if Path(source).is_file() else Path() for source in self.sources]


def _kernel(job: tuple[Request, Target, Tuned, ConvSpec, tuple[str, ...], str | None]) -> Kernel:
    """The kernel of a layer, in whichever process."""
    asked, target, tuned, spec, names, name = job
    with _naming(names):
        return api.generate(spec, target, asked.algorithm, name, max_error=asked.max_error, threads=asked.threads,
                            optimize=asked.optimize, max_code=asked.max_code, **tuned._asdict())


@contextlib.contextmanager
def _naming(names: Sequence[str]) -> Iterator[None]:
    """Put a layer's name in front of what is wrong with it."""
    try:
        yield
    except (UnlockedError, UnsupportedError) as error:
        raise type(error)(": ".join([*names[:1], str(error)])) from None


def short(path: Path) -> Path:
    """As it is called from the current folder, if that is in or below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def say_choosers(kernels: Iterable[Kernel], held: Path | None = None, fallback: Iterable[Kernel] = ()) -> None:
    """Say who chose the plans. held: the lock that was asked. fallback: kernels of a package in plain C that nobody
    asked for."""
    names = {"lock": f"lock {held}"} if held else {}

    def told(some: Iterable[Kernel]) -> str:
        counts = collections.Counter(kernel.chosen_by for kernel in some)
        return ", ".join(f"{count} by the {names.get(who, who)}" for who, count in sorted(counts.items()))

    rest = told(fallback)
    note(f"plans: {told(kernels)}" + f"; of the fallback in plain C, which need not be locked: {rest}" * bool(rest))


def symbols(layers: Sequence[tuple[ConvSpec, Sequence[str]]], given: Sequence[str]) -> list[str]:
    """What C calls each layer: as given, one name for each; else as its user does, or what says the layer."""
    chosen = [check_name(name) for name in given]
    if given and len(given) != len(layers):
        raise InputError(f"name must be given once for each layer (names={len(given)}, layers={len(layers)})")
    return chosen or [symbol_of(names[0]) if names else spec_name(spec) for spec, names in layers]


def check_apart(named: Iterable[tuple[str, str]], there: Iterable[tuple[str, Path]] = ()) -> None:
    """InputError for names, each of what is said beside it, that meet: in whatever case, since they name files too.
    there: names of the folder that they go to, and who has them; the same name means the same files."""
    named = list(named)
    own = {name for name, _ in named}
    kept = {name: str(path) for name, path in there if name not in own}
    owners = {name.lower(): path for name, path in kept.items()}
    derived = {name + end: name for name in (*kept, *own) for end in ENDINGS if end}
    for name, owner in named:
        if name.lower() in owners:
            raise InputError(f"name must differ from every other layer's by more than case (name={show(name)},"
                             f" of {owners[name.lower()]} and of {owner})")
        if name in derived:
            raise InputError(f"name must differ from what {derived[name]} defines for itself (name={name})")
        owners[name.lower()] = owner
    for name, path in kept.items():
        if derived.get(name) in own:
            raise InputError(f"name must not define for itself what is there already (name={derived[name]}, which"
                             f" defines {name}, of {path})")


def called(spec: ConvSpec, names: Sequence[str] = ()) -> str:
    """What the user calls a layer; without names, its part of a kernel's name."""
    return ", ".join(names) or spec_name(spec).removeprefix("conv_")


def _override(spec: ConvSpec, changes: Changes) -> ConvSpec:
    """The spec with some fields changed; nchw and nhwc fit a layer of any rank."""
    layout = changes.get("layout", "").lower()
    if layout in ("nchw", "nhwc"):
        changes = {**changes, "layout": LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")]}
    return spec.replace(**changes) if changes else spec


def given(option: str) -> bool:
    """Whether the user gave an option, be it with its default."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


def _replaced(spec: ConvSpec, changed: ConvSpec, changes: Changes) -> Iterator[tuple[str, object, object]]:
    """What options replace that a layer says itself: the field, and both values."""
    plain = ConvSpec(ic=1, oc=1, iw=1, kw=1, layout=LAYOUTS[spec.rank - 1])
    for field in changes:
        before, after = getattr(spec, field), getattr(changed, field)
        if before not in (after, getattr(plain, field)):
            yield field, before, after


def extents(texts: Sequence[str]) -> dict[str, int]:
    """What --set gave; InputError for what is not NAME=NUMBER."""
    found: dict[str, int] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or not number.isascii() or not number.isdigit() or len(number) > 20:
            raise InputError(f"set must be a dimension and its extent, as height=224 (set={show(text)})")
        if found.setdefault(name, int(number)) != int(number):
            raise InputError(f"set must give each dimension one extent ({name}={found[name]}, {name}={number})")
    return found


def words_of(option: str, text: str, known: Collection[str]) -> list[str]:
    """The words of a list with commas; InputError for one that is not known."""
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in known:
            raise InputError(f"{option} must be one of {', '.join(known)} ({option}={show(word)})")
    return list(dict.fromkeys(words))


def must_run_here(target: Target, specs: Iterable[ConvSpec] = (), device: str | None = None,
                  measured: bool = False) -> None:
    """UnsupportedError or MissingToolError unless this machine runs kernels of the layers for the target, on the OpenCL
    device of that name if one is given. measured: and takes the time that they take there."""
    if target.device is not None:
        ready(target, device)
    elif not emulated.runner(target) and not (
            (target.at_home or not measured)
            and target.runs_here() and all(target.runs_here(one) for one in {spec.arithmetic for spec in specs})):
        raise UnsupportedError(emulated.needed(target))


def check_runner(command: str) -> None:
    """InputError for what is no command here."""
    words = emulated.words("run", command)
    if not words or shutil.which(words[0]) is None:
        raise InputError(f"run must be a command that is here (run={show(command)})")


def use_runner(command: str, targets: Iterable[Target]) -> None:
    """Take a runner, if one is named, for the machines of targets, here and in processes that this one starts."""
    for target in targets if command else ():
        os.environ[f"CONVGEN_RUNNER_{emulated.machine(target)}"] = command


def run_by(target: Target) -> str:
    """The runner of what is built for a target, in words; empty where this machine runs it."""
    runner = emulated.runner(target)
    return f", run by {shlex.join(runner)}" if runner else ""


def others(targets: Sequence[Target]) -> list[Target]:
    """Those that a runner is for, of targets that a folder holds: where they are of several machines, this one runs
    what is its own."""
    own = [target for target in targets if target.at_home and target.row.family != ANY]
    return [target for target in targets if target not in own] or own


def check_threads(threads: int, target: Target) -> None:
    """InputError for a number of threads where the device decides, or a runner's program has one."""
    if threads != 1 and emulated.runner(target):
        raise InputError(f"threads must be 1 under a runner (threads={threads}, target={target.name})")
    if target.device is not None and threads != 1:
        raise InputError(f"threads must be left to an OpenCL device (threads={threads}, target={target.name})")


def clock(target: Target) -> float | None:
    """Cycles a second of this machine, measured; None for a named target, of which all is said that is the same
    everywhere, and where there is no compiler."""
    if target.name == "host":
        with contextlib.suppress(ConvgenError):
            return peaks.clock(target)
    return None


Command = Callable[..., None]

TUNED = ("lock", "locked", "records", "optimize")  # fields of a Request that say which plans, where there is a choice


def layer_options(*, takes: bool = True, run: bool = True, threads: bool = False) -> Callable[[Command], Command]:
    """SPEC…, --layers and all other options of a Request, which the command gets as one; takes: whether the command
    takes what tuning found: --lock, --records and what belongs to them, or plans for another objective; run: --run;
    threads: for how many plans are."""
    flag = functools.partial(click.option, default=None)
    overrides = {
        "layout": click.option("--layout", help="nchw or nhwc (of the layer's rank), ncw, nwc, ...; replaces what"
                               " a layer says itself, as all such options do. Of a whole network, auto: the faster."),
        "weights_layout": click.option("--weights-layout", help="oihw, hwio, ohwi, iohw, hwoi or ihwo."),
        "op": click.option("--op", help=f"{', '.join(OPS)}: what a descriptor is a layer of, or the gradient that is"
                           " computed."),
        "activation": click.option("--activation", help="relu, clip(0,6), silu, ...; none for none."),
        "bias": flag("--bias/--no-bias", help="A bias for each output channel."),
        "residual": flag("--residual/--no-residual", help="An array added to the output, before the activation."),
        "n": click.option("--batch", "n", type=int, help="Number of images."),
        "dtype": click.option("--dtype", help=f"{', '.join(ELEMENTS)}: the type of all arrays, with sums in f32; or"
                              " those of input, weights and output, as u8:s8:u8 or s8:s8:f32, with sums in s32, or"
                              " s16:s8:s16, with sums in s64; or f32:s8:f32, f32:f16:f32, with sums in f32."),
        "input_zero": click.option("--input-zero", type=int, help="Of integers, the input that stands for 0."),
        "weights_zero": click.option("--weights-zero", type=int, help="And the weight, of all channels."),
        "output_zero": click.option("--output-zero", type=int, help="And the output."),
        "output_scale": click.option("--output-scale", type=float, help="What an integer output is multiplied by to be"
                                     " a real number; for clip and relu6."),
        "rounding": click.option("--rounding", help=f"{', '.join(RULES)}: how sums of integers become outputs."),
        "largest_sum": click.option("--largest-sum", type=int, help="Of integers, what no sum exceeds in magnitude,"
                                    " which weights and bias then must keep."),
        "residual_zero": click.option("--residual-zero", type=int, help="Of integers, the residual that stands for 0."),
        "residual_scale": click.option("--residual-scale", type=float, help="What an integer residual is multiplied by"
                                       " to be added to an output."),
        "sum_zero": click.option("--sum-zero", type=int, help="Of integers, the sum before sigmoid and such that"
                                 " stands for 0."),
        "sum_scale": click.option("--sum-scale", type=float, help="What such a sum is multiplied by to be a real"
                                  " number."),
        "flip": flag("--flip/--no-flip", help="The textbook's convolution: the kernel flipped."),
        "causal": flag("--causal", is_flag=True, help="No output reads a later input: pads as that needs, of 1-D"
                       " layers."),
        "stream": click.option("--stream", type=int, metavar="BLOCK", help="A causal layer that is called for blocks of"
                               " 1 to BLOCK samples, and keeps the past in a state."),
        "in_stride": click.option("--in-stride", type=int, metavar="CHANNELS",
                                  help="The input is a slice of a tensor of so many channels."),
        "out_stride": click.option("--out-stride", type=int, metavar="CHANNELS",
                                   help="The output is, as in a concatenation."),
        "range": click.option("--range", metavar="X,W", help="The largest |input| and the largest |weight| that layers"
                              " of floats will meet: plans that overflow for some of them are left out, of Winograd"
                              " and Fourier first. A kernel's head says what it holds without."),
    }
    parts = [
        click.argument("specs", nargs=-1, metavar="SPEC..."),
        click.option("--layers", multiple=True, metavar="FILE",
                     help="A file of layers; SPEC may be one too."),
        *overrides.values(),
        click.option("--then", multiple=True, metavar="'DESCRIPTOR [FIELD=VALUE ...]'",
                     help="A layer that takes what the one before gives, in the same kernel: a chain, with as many as"
                     " are given. Options are for all of its layers, but for fields of its own, as activation=none. The"
                     " last may pool: op=max-pool, op=average-pool."),
        click.option("--dir", metavar="|".join(descriptor.DIRS), help="benchdnn's word for --op and --bias."),
        set_option,
        skip_option,
        click.option("--target", default="host", show_default=True,
                     help="The machine to plan for, one of convgen targets; an OpenCL device here, opencl for the first"
                     " GPU or else the first device, or opencl:PLATFORM[:DEVICE]; or a FILE.json that describes a"
                     " GPU, or a CPU as calibrate writes it."),
        click.option("--algorithm", help="direct, dot, depthwise, grouped, winograd, fourier, col2im, gradient,"
                     " implicit, implicit_gradient, tensor or reference, instead of the planner's choice."),
        click.option("--max-error", type=float, default=MAX_ERROR, metavar="E",
                     help="What fast algorithms may be expected to add to an output's error, relative to its sum"
                     " of |input||weight|. The default, 1e-6, admits Winograd's F(4x4, 3x3) and not F(6x6, 3x3);"
                     " 0 admits direct sums only, which inputs with sentinels, hot pixels or NaN need: Winograd's tiles"
                     " and Fourier's blocks spread them to neighbours. 1e-3 admits matrix instructions that round f32"
                     " to tf32."),
        click.option("--max-code", type=int, metavar="BYTES",
                     help="Code that a kernel may have, compiled for speed: by an estimate, which is rarely exceeded."
                     " If not given, 65536, in plain C 24576, unless a lock or a record holds a larger plan; no limit"
                     " for OpenCL."),
    ]
    if takes:
        parts += [
            click.option("--lock", metavar="FILE", help=f"Tuned plans to take, instead of those in {lock.NAME}, which"
                         " is looked for beside the file of layers (or here) and in the folders above."),
            click.option("--no-lock", "unlocked", is_flag=True, help="Take no plans of a lock."),
            click.option("--locked", is_flag=True, help="Refuse layers that the lock does not hold."),
            click.option("--records/--no-records", default=True,
                         help="Take plans that were measured on this machine, for targets that mean it: host, opencl."),
            click.option("--optimize", metavar="|".join(OBJECTIVES), help="Choose plans for speed; for a network:"
                         " speed where weights come from memory at each call, as those of a model's layers do; for"
                         " size: the least code, packed weights and workspace; or balanced: the smallest within 10 % of"
                         " the fastest that sums directly, without Winograd. If not given: network for models, else"
                         " speed; for Cortex-M balanced, without an FPU size."),
        ]
    if threads:
        parts.append(click.option("--threads", type=click.IntRange(1, 1024), help="Plan for so many threads that share"
                                  " a layer's tasks; if not given, for any number."))
    if run:
        parts.append(click.option("--run", metavar="COMMAND", help="What runs programs of the target's machine, as"
                                  " 'qemu-aarch64 -L /usr/aarch64-linux-gnu'; or set CONVGEN_RUNNER_AARCH64."))

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def collect(specs: tuple[str, ...], layers: tuple[str, ...], dims: tuple[str, ...], target: str,
                    algorithm: str | None, max_error: float, max_code: int | None, run: str | None = None,
                    **rest: Any) -> None:
            check_max_code(max_code)
            if run is not None:
                if target == "host" and not any(map(os.path.isdir, [*specs, rest.get("source") or ""])):
                    raise InputError("run must be for the target of another machine, or for a folder"
                                     f" (run={show(run)})")
                named = [] if target == "host" else [find(word.strip()) for word in target.split(",")]
                if any(one.device is not None for one in named):
                    raise InputError(f"run must be left to an OpenCL device (run={show(run)}, target={target})")
                check_runner(run)
                use_runner(run, named)
            if takes and rest["lock"] is not None and (rest["unlocked"] or not rest["lock"]):
                raise InputError(f"lock must name a file, and stand without no-lock (lock={show(rest['lock'])})")
            tuned = {option: rest.pop(option) for option in TUNED} if takes else {}
            if takes and rest.pop("unlocked"):
                tuned["lock"] = ""
            if tuned.get("optimize") not in (None, *OBJECTIVES):  # before there are layers
                raise InputError(f"optimize must be one of {', '.join(OBJECTIVES)}"
                                 f" (optimize={show(tuned['optimize'])})")
            given = {field: rest.pop(field) for field in overrides}
            if given["range"] is not None:
                given["range"] = read_range(given["range"])
            if (direction := rest.pop("dir")) is not None:
                given |= descriptor.direction(direction)
            changes = cast(Changes, {field: value for field, value in given.items() if value is not None})
            count = rest.pop("threads") if threads else None
            request = Request((*specs, *layers), changes, extents(dims), target, algorithm, max_error, run=run or "",
                              max_code=max_code, threads=count,
                              **tuned, skip=rest.pop("skip"), then=rest.pop("then"))
            if count is not None and find(target).device is not None:
                raise InputError(f"threads must be left to an OpenCL device (threads={count}, target={target})")
            command(request, **rest)

        decorated: Command = collect
        for part in reversed(parts):
            decorated = part(decorated)
        return decorated

    return decorate
