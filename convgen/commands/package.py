"""The command that packages layers, or all of a model, as one library; and its self-test."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..errors import CrashError, InputError, MissingToolError, UnsupportedError, VerificationError
from ..layer.names import show
from .console import progress, put, say
from .request import Request, layer_options, records_option

if TYPE_CHECKING:
    from ..layer.network import Network
    from ..packaging.bundle import Convolution, Job, Layer, Package

MODEL = ".onnx"
WEIGHTS = ("none", "embed")
TIMEOUT = 600.0  # seconds for a self-test
IN_PROCESSES = 12  # kernels that take longer to plan than processes to start

weights_option = click.option("--weights", default=WEIGHTS[0], show_default=True, metavar="|".join(WEIGHTS),
                              help="Whether the model's weights go into the library.")

class Order(NamedTuple):
    """What to package, and how. options: of api.generate."""

    request: Request
    target: str
    name: str | None
    weights: str
    algorithm: str | None
    options: dict[str, Any]


@click.command()
@layer_options
@records_option
@click.option("-o", "--output", "folder", default=".", metavar="DIR", help="Where to write, not the current folder.")
@click.option("--name", help="What to call the library, if not as the file that it is made of.")
@weights_option
@click.option("--verify/--no-verify", default=None, help="Build and self-test first; usual where it is possible.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def package(request: Request, folder: str, name: str | None, weights: str, verify: bool | None, force: bool,
            records: bool, target_name: str, algorithm: str | None, max_error: float) -> None:
    """Write a library of all layers, or of a model's (FILE.onnx), with what other projects need to build it.

    It has kernels for each of the targets (--target x86-64-v3,x86-64-v4) and in plain C, and takes the best that the
    CPU can run. CMake, Meson, pkg-config and make build it; a self-test in C is part of it.
    """
    options = {"max_error": max_error, "records": records}
    write(Order(request, target_name, name, weights, algorithm, options), folder, verify, force)


def is_model(request: Request) -> bool:
    """Whether layers are to come from a model."""
    return any(source.lower().endswith(MODEL) for source in request.sources)


def write(order: Order, folder: str, verify: bool | None, force: bool) -> None:
    """Make the package, test it, write it; nothing if anything fails."""
    from ..packaging import files as package
    from ..packaging import output

    if folder in ("", "-"):
        raise InputError(f"output must name a folder for a package (output={folder!r})")
    if order.weights not in WEIGHTS:
        raise InputError(f"weights must be {' or '.join(WEIGHTS)} (weights={show(order.weights)})")
    made = make(order)
    texts = package.files(made)
    output.changed(Path(folder), texts, force)  # tells of obstacles before the slow part
    _verify(made, texts, verify)
    output.write(Path(folder), texts, force)
    put(str(Path(folder) / "include" / f"{made.name}.h"))


def make(order: Order) -> Package:
    """The package, planned."""
    from ..layer.names import check_name
    from ..packaging import bundle

    if order.name is not None:
        check_name(order.name)
    targets = bundle.targets(order.target)
    wanted = tuple(word.strip() for word in order.target.split(","))
    found = network(order.request)
    embedded = order.weights == "embed"
    if embedded and all(use.weights is None for part in found.parts for use in part.uses):
        raise InputError("weights must come from a model to be embedded (weights=embed)")
    name = order.name or found.name
    symbols = bundle.symbols(found, name, [target.isa for target in targets], embedded)
    jobs = [bundle.Job(symbol, part, targets, wanted, order.algorithm, order.options)
            for symbol, part in zip(symbols.parts, found.parts, strict=True)]
    layers = _layers(jobs)
    left = found.left
    if embedded:
        left += tuple(f"{use.name}: weights that are not constant" for part in found.parts for use in part.uses
                      if use.weights is None)
    return bundle.Package(name, targets, layers, _convolutions(layers, symbols.uses) if embedded else (), left)


def network(request: Request) -> Network:
    """The layers asked for, as a network; of a model, all of it, and on stderr what is not."""
    from ..layer.formats import spec_name
    from ..layer.names import to_identifier
    from ..layer.network import Network, Part, Use

    if is_model(request):
        return _model(request)
    parts = []
    for spec, names in request.specs().items():
        known = [to_identifier(name) for name in names]
        parts.append(Part(known[0] if known else spec_name(spec), spec, tuple(Use(name) for name in known)))
    files = [source for source in request.sources if Path(source).is_file()]
    return Network(to_identifier(Path(files[0]).stem) if len(files) == 1 else "conv", tuple(parts))


def _model(request: Request) -> Network:
    from ..layer.names import to_identifier
    from ..onnx.models import find, summary

    if len(request.sources) > 1:
        raise InputError(f"model must be the only source (sources={len(request.sources)})")
    changes = dict(request.changes)
    batch, layout = changes.pop("n", None), changes.pop("layout", None)
    for field, value in changes.items():
        raise InputError(f"{field} must not be overridden for a model ({field}={value!r})")
    found = find(request.sources[0], batch=batch, dims=request.dims, layout=layout)
    say(summary(found))
    return found.network._replace(name=to_identifier(found.network.name))


def _layers(jobs: Sequence[Job]) -> tuple[Layer, ...]:
    """Every job done, in several processes where that is worth while."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from ..machine.host import cores
    from ..packaging.bundle import layer

    found = []
    with progress(len(jobs), "planning") as step:
        if cores() == 1 or sum(len(job.targets) for job in jobs) < IN_PROCESSES:
            for job in jobs:
                found.append(layer(job))
                step()
            return tuple(found)
        # without its weights a job is small; and spawned, since threads may be running here
        small = [job._replace(part=job.part._replace(uses=())) for job in jobs]
        with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
            for job, done in zip(jobs, pool.map(layer, small), strict=True):
                found.append(done._replace(part=job.part))
                step()
    return tuple(found)


def _convolutions(layers: Sequence[Layer], symbols: dict[str, str]) -> tuple[Convolution, ...]:
    """Those of constant weights, packed."""
    from ..packaging.bundle import Convolution
    from ..packaging.embed import Packer

    pack = Packer([kernel for layer in layers for kernel in layer.kernels])
    return tuple(
        Convolution(symbols[use.name], use, layer,
                    tuple(pack(kernel, use.arrays) for kernel in layer.kernels))
        for layer in layers for use in layer.part.uses if use.weights is not None)


# --- the self-test ---


def _verify(made: Package, texts: dict[str, str], wanted: bool | None) -> None:
    """Build the package and run its self-test, unless `wanted` is False; if it is None, only where that is possible."""
    if wanted is False:
        return
    from ..run.compilers import find_compiler

    try:
        _need(made)
        find_compiler()
    except (UnsupportedError, MissingToolError) as error:
        if wanted:
            raise
        say(f"not verified: {error}")
        return
    lines = selftest(made.name, texts)
    tested = [isa for isa in made.isas if any(line.startswith(f"ok {isa}: ") for line in lines)]
    say(f"self-test passed: {len(made.layers)} layers, {', '.join(tested)}")


def _need(made: Package) -> None:
    """UnsupportedError unless this machine can run some of it."""
    import platform

    from ..machine.cpus import MACHINES, family

    here = MACHINES.get(platform.machine().lower())
    for target in made.targets:
        if family(target.row) not in ("", here):
            raise UnsupportedError(f"target must be one that this machine can run (target={target.name})")


def selftest(name: str, texts: dict[str, str]) -> list[str]:
    """What the self-test says. VerificationError when it fails, CrashError when it crashes or hangs."""
    import tempfile

    from ..run.compilers import program

    with tempfile.TemporaryDirectory(prefix="convgen-") as work:
        for path, text in texts.items():
            place = Path(work) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")
        sources = [path for path in texts if path.endswith(".c")]
        built = program(Path(work), sources, f"{name}_selftest", ("-O3", "-Iinclude", "-Isrc"))
        try:
            done = subprocess.run([built], capture_output=True, text=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise CrashError(f"self-test did not finish in {TIMEOUT:g} s") from None
    lines = done.stdout.splitlines()
    if done.returncode < 0:
        raise CrashError(f"self-test died of signal {-done.returncode}, after: {lines[-1] if lines else 'nothing'}")
    if done.returncode:
        wrong = [line for line in lines if line.startswith("FAILED")]
        raise VerificationError(f"self-test: {wrong[0] if wrong else f'exit status {done.returncode}'}")
    return lines
