"""convgen package: layers, or all of a model, as one library; and its self-test."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import click

from ..api import generate
from ..errors import (
    CrashError,
    InputError,
    LateError,
    MissingToolError,
    NamedToolError,
    UnsupportedError,
    VerificationError,
)
from ..layer.formats import spec_name
from ..layer.names import check_name, show, symbol_of, to_identifier
from ..layer.network import DistinctLayer, Network, Use
from ..machine import devices
from ..machine.family import ANY
from ..machine.target import Target
from ..packaging import bundle, weighted
from ..packaging import files as packages
from ..packaging import selftest as selftests
from ..packaging.bundle import NOWHERE, Convolution, Job, Package, PackagedLayer, Storage
from ..packaging.embed import Packer
from ..packaging.network.orders import Arranged
from ..packaging.network.program import distinct
from ..packaging.output import Content, encoded
from ..planner.describe import sizes_lines
from ..run import emulated, scratch
from ..run.build import compiler
from ..run.compilers import CompileError, Compiler, check_opt, opencl_flags, program
from ..run.programs import within
from . import models, whole
from .console import note, say
from .pool import each, together
from .request import Request, layer_options, run_by, say_choosers
from .whole import Asked, network_options
from .writing import Unit, Writing, inputs_of, verifying, writing_options

WEIGHTS = ("none", "embed", "blob")  # blob: in a file beside the library
ARRAYS = (".npz", ".npy")
TIMEOUT = 600.0  # seconds for a self-test
SKIPPED = 77  # exit status of one that finds no device

ALONE = Asked(alone=True)

weights_option = click.option("--weights", metavar="none|FILE|embed|blob",
                              help="Weights that go into the library: an .npz of the layers', or embed: the model's,"
                              " which a whole network has unasked; blob: the model's, in a file beside it.")


@click.command()
@layer_options()
@writing_options
@click.option("--name", help="Name of the library, if not that of the file that it is made of.")
@weights_option
@network_options
def package(request: Request, writing: Writing, name: str | None, weights: str | None, asked: Asked) -> None:
    """Write a library of layers, or of a whole model as one function, with what is needed to build it.

    It has kernels for each of the targets (--target x86-64-v3,x86-64-v4) and in plain C, and takes the best that the
    CPU can run. CMake, Meson, pkg-config and make build it; a self-test in C is part of it.

    For an OpenCL target (--target opencl): each layer's kernels with C that runs them, which the self-test does too.
    """
    asked.check(is_model(request))
    network = is_model(request) and not asked.alone
    if network and weights == "none":
        raise InputError(f"weights must be in the library of a network (weights={weights}); {whole.ALONE}")
    write(request, name, weights or ("embed" if network else "none"), writing, asked)


def is_model(request: Request) -> bool:
    """Whether a model is asked for."""
    return any(map(models.is_model, request.sources))


def write(request: Request, name: str | None, weights: str, writing: Writing, asked: Asked = ALONE) -> None:
    """Make the package, test it, write it; nothing if anything fails."""
    if writing.folder == "-":
        raise InputError("output must name a folder for a package (output='-')")
    if weights not in WEIGHTS and (is_model(request) or not weights.lower().endswith(ARRAYS)):
        ways = ", embed or blob for a model" if is_model(request) else f" or embed or a file, {' or '.join(ARRAYS)}"
        raise InputError(f"weights must be none{ways} (weights={show(weights)})")
    if asked.section and weights != "embed":
        raise InputError(f"section must be of weights in the code (section={asked.section}, weights={weights})")
    writing.place()  # asks for a folder before the slow part
    with together():
        made = make(request, name, weights, asked)
    kernels = [kernel for layer in made.layers for kernel in layer.kernels]
    about: dict[str, object] = {"name": made.name, "layers": [layer.part.name for layer in made.layers],
             "kernels": [{"name": kernel.name, "chosen_by": kernel.chosen_by, "origin": kernel.origin}
                         for kernel in kernels]}
    texts = packages.files(made)
    inputs = inputs_of(request).plus([] if weights in WEIGHTS else [weights])
    wanted = verifying(request, writing)
    writing.deliver([Unit(texts, about)], inputs,
                    lambda _: wanted is not False and _verify(made, texts, wanted, writing.timeout))
    for line in selftests.left_out(made):
        note(f"the self-test leaves out {line}")
    if made.report is None:
        for line in sizes_lines(made.sizes, inside=bool(made.convolutions)):
            note(line)
    else:
        whole.tell(made.report, asked.report and not writing.as_json)
    named = bundle.wanted(request.target)
    mine, rest = ([kernel for kernel in kernels if (kernel.plan.target.name in named) is asked]
                  for asked in (True, False))
    if kernels:
        say_choosers(mine, request.lock_file(), rest)


def make(request: Request, name: str | None, weights: str, asked: Asked) -> Package:
    """The package, planned. weights: none; embed, the model's; or the file of the layers'."""
    if name is not None:
        check_name(name)
    targets = bundle.targets(request.target)
    embedded = weights != WEIGHTS[0]
    if weights == "blob" and targets[0].device is not None:
        raise UnsupportedError(f"weights must be in the code of an OpenCL device's library (weights=blob,"
                               f" target={targets[0].name})")
    if is_model(request):
        request = whole.cold(request)
    if is_model(request) and not asked.alone:
        all_of = whole.network(request, asked, targets)
        return assembled(request, distinct(all_of.model), name, targets, embedded, asked.storage(weights), all_of)
    found = network(request, None if weights in WEIGHTS else weights)
    return assembled(request, found, name, targets, embedded, asked.storage(weights))


def assembled(request: Request, found: Network, name: str | None, targets: tuple[Target, ...], embedded: bool,
              storage: Storage = NOWHERE, all_of: Arranged | None = None) -> Package:
    """Of the layers of a network. all_of: that network, where the package has it as one function."""
    wanted = bundle.wanted(request.target)
    loose = [use.name for part in found.parts for use in part.uses if not part.constant(use)] if embedded else []
    if loose and len(loose) == sum(len(part.uses) for part in found.parts):
        _nothing_to_embed(request, "blob" if storage.blob else "embed", loose)
    if embedded:
        found = found._replace(parts=tuple(part._replace(spec=weighted.promised(part)) for part in found.parts))
    name = name or found.name
    inside = [bundle.OPENCL if target.device else target.isa for target in targets]
    symbols = bundle.symbols(found, name, inside, embedded)
    options = {"max_error": request.max_error, "optimize": request.optimize, "max_code": request.max_code,
               **request.tuned()._asdict()}
    jobs = [Job(symbol, part, targets, wanted, request.algorithm, generate, options)
            for symbol, part in zip(symbols.parts, found.parts, strict=True)]
    layers = _layers(jobs)
    left = found.left + tuple(f"{name}: weights or bias that are not constant" for name in loose)
    return Package(name, targets, layers, _convolutions(layers, symbols.uses) if embedded else (), left, all_of,
                   storage)


def _nothing_to_embed(request: Request, weights: str, names: Sequence[str]) -> NoReturn:
    if not is_model(request):
        raise InputError(f"weights must come from a model to be embedded (weights={weights})")
    raise UnsupportedError("weights and bias must be constants of the model to be embedded"
                           f" (weights={weights}; the model computes or is given those of"
                           f" {', '.join(names[:8])}{', …' * (len(names) > 8)})")


def network(request: Request, weights: str | None = None) -> Network:
    """The layers asked for, as a network, with their weights from a file, if one is named; of a model, all of it, and
    on stderr what is not."""
    if is_model(request):
        return _model(request)
    layers = [(spec, names or (spec_name(spec),) * bool(weights)) for spec, names in request.layers().items()]
    labels, owners = [label for _, names in layers for label in names], dict[str, str]()
    for label in labels if weights else ():
        if (other := owners.setdefault(to_identifier(label), label)) != label:
            raise InputError(f"name must differ from every other layer's in C ({show(other)}, {show(label)})")
    given = weighted.read({"weights": weights}, labels) if weights else {}
    parts = []
    for spec, names in layers:
        uses = tuple(_use(label, weighted.check(label, spec, given[label]) if weights else {}) for label in names)
        parts.append(DistinctLayer(uses[0].name if uses else spec_name(spec), spec, uses))
    files = [source for source in request.sources if Path(source).is_file()]
    return Network(to_identifier(Path(files[0]).stem) if len(files) == 1 else "conv", tuple(parts))


def _use(label: str, arrays: weighted.Arrays) -> Use:
    return Use(symbol_of(label), arrays.get("weights"), arrays.get("bias"), arrays.get("slopes"),
               scale=arrays.get("scale"))


def _model(request: Request) -> Network:
    whole.check_model(request)
    found = models.find(request.sources[0], batch=request.changes.get("n"), dims=request.dims,
                        layout=request.changes.get("layout"), dtype=request.changes.get("dtype"), skip=request.skip)
    for line in models.told(found):
        note(line)
    return found.network._replace(name=to_identifier(found.network.name))


def _layers(jobs: Sequence[Job]) -> tuple[PackagedLayer, ...]:
    """Every layer planned, in several processes where that saves time."""
    # jobs travel without their weights, which are large
    small = [job._replace(part=job.part._replace(uses=())) for job in jobs]
    made = each(bundle.layer, small, sum(len(job.targets) for job in jobs), "planning",
                about=lambda job: hash(job.part.spec))
    return tuple(done._replace(part=job.part) for job, done in zip(jobs, made, strict=True))


def _convolutions(layers: Sequence[PackagedLayer], symbols: dict[str, str]) -> tuple[Convolution, ...]:
    """The convolutions whose weights are constant, packed."""
    pack = Packer([kernel for layer in layers for kernel in layer.kernels])
    return tuple(
        Convolution(symbols[use.name], use, layer,
                    tuple(pack(kernel, use.arrays) for kernel in layer.kernels))
        for layer in layers for use in layer.part.uses if layer.part.constant(use))


# --- the self-test ---


def _verify(made: Package, texts: dict[str, Content], wanted: bool | None, timeout: float | None) -> bool:
    """Build the package and run its self-test; if `wanted` is None, only where that is possible."""
    target = owner(made.targets)
    try:
        lines = selftest(made.name, texts, target, timeout=timeout)
    except CompileError:
        raise
    except (UnsupportedError, MissingToolError) as error:
        if wanted or isinstance(error, NamedToolError):
            raise
        say(f"not verified: {error}")
        return False
    cc = Path(_builder(target).command[0]).name
    note(f"{passed(len(made.layers), lines)} ({cc}{run_by(target)})")
    return True


def verify_package(folder: str, found: packages.Found, cc: str | None, opt: str, device: str | None = None,
                   timeout: float | None = None) -> str:
    """Build what a folder holds, and run its self-test, for OpenCL on that device if one is named; what came of it, in
    a line."""
    lines = selftest(found.listed.name, found.texts, owner(found.targets), cc, opt, device, timeout)
    return f"{folder}: {passed(len(found.listed.layers), lines)}"


def owner(targets: Sequence[Target]) -> Target:
    """The target whose machine runs a package; plain C runs on any."""
    return next((one for one in targets if one.row.family != ANY), targets[0])


def _builder(target: Target, cc: str | None = None) -> Compiler:
    """What builds a package's self-test here. UnsupportedError for a machine that is neither this one nor has a runner,
    MissingToolError without a compiler."""
    if runner := emulated.runner(target):
        return emulated.tools(target.isa, runner, cc, hosted=True).compiler
    if target.row.requires and not target.at_home:
        raise UnsupportedError(emulated.needed(target))
    return compiler(target, cc)


def passed(layers: int, lines: Sequence[str]) -> str:
    """What the lines of a self-test say, in one: with which instruction sets it ran, or on which device."""
    isas = dict.fromkeys(line.removeprefix("ok ").partition(":")[0] for line in lines if line.startswith("ok "))
    return f"self-test passed: {layers} layers, {', '.join(isas)}"


def _built(work: Path, sources: Sequence[str], name: str, target: Target, cc: str | None, opt: str) -> Path:
    built_by, more = _builder(target, cc), tuple[str, ...]()
    if emulated.runner(target):
        more = emulated.HOSTED
    elif target.device is not None:
        more = opencl_flags(built_by)
    return program(work, sources, name, built_by, (f"-{check_opt(opt)}", "-Iinclude", "-Isrc"), more)


def selftest(name: str, texts: Mapping[str, Content], target: Target, cc: str | None = None, opt: str = "O3",
             device: str | None = None, timeout: float | None = None) -> list[str]:
    """The lines that the self-test prints. VerificationError when it fails, CrashError when it crashes, LateError when
    it does not end in `timeout` seconds, or TIMEOUT; so many are for building it, too, if they are given."""
    words = []
    if target.device is not None:
        words = [devices.own_name(target, device)]
    with scratch.temporary() as work:
        for path, text in texts.items():
            place = work / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(encoded(text))
        words += [str(work / path) for path in texts if path.endswith(packages.WEIGHTS)]
        with within(timeout):
            built = _built(work, [path for path in texts if path.endswith(".c")], f"{name}_selftest", target, cc, opt)
        try:
            done = subprocess.run([*emulated.runner(target), built, *words], capture_output=True, text=True,
                                  timeout=TIMEOUT if timeout is None else timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise LateError(f"self-test did not finish in {error.timeout:g} s (--timeout)") from None
    lines = done.stdout.splitlines()
    if done.returncode < 0:
        raise CrashError(f"self-test died of signal {-done.returncode}, after: {lines[-1] if lines else 'nothing'}")
    if done.returncode == SKIPPED:
        raise MissingToolError("self-test needs an OpenCL device that the system's loader knows"
                               f" ({lines[-1].removeprefix('skip: ') if lines else f'exit status {SKIPPED}'})")
    if done.returncode:
        wrong = [line for line in lines if line.startswith("FAILED")]
        raise VerificationError(f"self-test: {wrong[0] if wrong else f'exit status {done.returncode}'}")
    return lines
