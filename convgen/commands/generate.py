"""convgen generate: kernels as files."""

from __future__ import annotations

import contextlib
import functools
import itertools
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from .. import api
from ..algorithms import MAX_ERROR
from ..errors import InputError, MissingToolError, NamedToolError, UnsupportedError
from ..layer.names import check_name, show, symbol_of
from ..machine.family import ANY
from ..machine.find import names_device
from ..packaging import output, weighted
from ..packaging.embed import Packer
from ..plan.kernel import Kernel
from ..plan.sizes import together
from ..planner.apart import apart, verdict
from ..planner.describe import amount, sizes_lines
from ..planner.rank import estimate
from ..run.build import compiler
from ..run.emulated import runner
from ..run.programs import within
from ..run.text import text_bytes
from ..verification import sampled
from ..verification.report import ALGEBRA
from .console import note, put, say
from .package import WEIGHTS, is_model
from .package import write as write_package
from .request import (
    Layers,
    Request,
    called,
    check_apart,
    layer_options,
    must_run_here,
    others,
    run_by,
    say_choosers,
    symbols,
    use_runner,
)
from .verify import Left, case, check, finish
from .writing import Inputs, Unit, Writing, inputs_of, verifying, writing_options

# that name the file of an array
OPTIONS = {"weights": "--weights", "bias": "--bias-file", "scale": "--scale", "slopes": "--slopes"}


MEASURED = 8  # kernels that are compiled to tell how much code they are
LEVELS = ("O3", "Os")


class Generate(click.Command):
    """Takes --bias FILE.npy for --bias-file FILE.npy, beside the flag --bias: no SPEC ends so."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for at, (word, following) in enumerate(itertools.zip_longest(args, args[1:], fillvalue="")):
            given = word if word.startswith("--bias=") else following if word == "--bias" else ""
            if given.lower().endswith(".npy"):
                args[at] = word.replace("--bias", "--bias-file", 1)
        return super().parse_args(ctx, args)


@click.command(cls=Generate)
@layer_options(threads=True)
@writing_options
@click.option("--name", "names", multiple=True, metavar="NAME",
              help="What C calls the kernel, if not as the layer is called; once for each. Or a model's library.")
@click.option("--weights", default=WEIGHTS[0], show_default=True, metavar="none|FILE|embed",
              help="Weights that go into the code: an .npy, or an .npz for many layers; embed: the model's.")
@click.option("--bias-file", metavar="FILE.npy", help="With the weights of an .npy, the bias; or --bias FILE.npy.")
@click.option("--scale", "scale_file", metavar="FILE.npy", help="Likewise the scales of outputs, or of weights.")
@click.option("--slopes", "slopes_file", metavar="FILE.npy", help="Likewise the slopes of prelu.")
@click.option("--prove", is_flag=True, help="Prove files before writing, for all inputs and for whatever machine, as"
              " verify --mode algebra does.")
@click.option("--jobs", type=click.IntRange(1, 1024), help="Processes that plan many layers; one a core, if not given.")
@click.option("--from", "source", metavar="DIR",
              help="Print the kernels again whose manifests are in DIR: there, if no other folder is given.")
def generate(request: Request, writing: Writing, names: tuple[str, ...], weights: str, bias_file: str | None,
             scale_file: str | None, slopes_file: str | None, prove: bool, jobs: int | None,
             source: str | None) -> None:
    """Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.

    NAME is what the layer is called (name = in a file, n"" in a descriptor); without, it says the layer and not the
    plan, so that it lasts.

    With weights of FILE, NAME.c has them inside, and NAME_layer.c is the kernel that takes them. The arrays of an .npz
    are LAYER.weights, LAYER.bias, LAYER.scale and LAYER.slopes, as the layers are called.

    For an OpenCL target: NAME.cl, C that runs it, and NAME.json; weights are in NAME_opencl.c. For a model,
    FILE.onnx or FILE.tflite: the library that convgen package --layers-only writes. With -o - a single kernel goes to
    stdout.
    """
    files = weights, bias_file, scale_file, slopes_file
    paths = {role: path for role, path in zip(OPTIONS, files, strict=True) if path}
    inside = weights not in WEIGHTS
    for role in list(paths)[1:]:
        if not inside:
            raise InputError(f"{role} must come with weights, from an .npy ({role}={show(paths[role])})")
    if weights == "blob":
        raise InputError("weights must be none, embed or a file of arrays (weights='blob')")
    if source is None and is_model(request):
        if prove:
            raise InputError("prove must be of layers; convgen check DIR proves those of a package that is written")
        if len(names) > 1:
            raise InputError(f"name must be given once for a model (names={len(names)})")
        write_package(request, names[0] if names else None, weights, writing)
        return
    if weights == "embed":
        raise InputError("weights must come from a model or a file of arrays (weights='embed')")
    broken: list[str] = []
    if source is not None:
        made, inputs = _again(request, names, weights, source, broken)
        use_runner(request.run, others([kernel.plan.target for kernel in made.kernels]))
    else:
        request = request._replace(jobs=jobs)
        layers, inputs = request.layers(), inputs_of(request)
        folder = writing.place()  # asks for one before the slow part
        if inside and writing.folder == "-":
            raise InputError("output must be a folder for weights (output=-)")
        kept = [] if writing.folder == "-" or writing.check or writing.force else output.names(folder)
        make = functools.partial(_with_weights, paths=paths) if inside else _kernels
        made = make(request, layers, names, kept)
        if writing.folder != "-":
            writing.guard(output.check_owner, folder, made.kernels, writing.force)
    if writing.folder == "-":
        writing.to_stdout(len(made.kernels))
        _prove(made.kernels, prove, writing.timeout)
        _verify(made.kernels, verifying(request, writing), writing.timeout)
        put(output.single(made.kernels[0]).removesuffix("\n"))
        return

    def verify(some: Sequence[int]) -> bool:
        kernels = [made.kernels[at] for at in dict.fromkeys(made.of[unit] for unit in some)]
        _prove(kernels, prove, writing.timeout)
        return _verify(kernels, verifying(request, writing), writing.timeout)

    if inside:
        inputs = inputs.plus(paths.values())
    writing.deliver(made.units, inputs, verify, source)
    for line in sizes_lines(together(kernel.sizes for kernel in made.kernels), inside=inside):
        note(line)
    if verifying(request, writing) is not False and not writing.check:
        with within(writing.timeout):
            _tell_code(made.kernels)
    for kernel in made.kernels:
        if kernel.plan.stages and "apart is faster" in (told := _beside(request, kernel)):
            note(f"{kernel.name}: {told}")
    say_choosers(made.kernels, request.lock_file() if source is None else None)
    if broken:
        raise click.exceptions.Exit(InputError.exit_code)


class Made(NamedTuple):
    """Kernels; the files that a user asked for; and the number of each one's kernel."""

    kernels: list[Kernel]
    units: list[Unit]
    of: list[int]


Kept = Sequence[tuple[str, Path]]  # names that the folder has, and whose they are


def _kernels(request: Request, layers: Layers, names: Sequence[str], kept: Kept) -> Made:
    """A kernel for each layer by its name: of the same plan, where only the names differ."""
    uses = [(spec, own) for spec, every in layers.items()
            for own in (every[at : at + 1] for at in range(max(1, len(every))))]
    chosen = symbols(uses, names)
    check_apart(((name, called(spec, own)) for (spec, own), name in zip(uses, chosen, strict=True)), kept)
    firsts = {spec: name for (spec, _), name in reversed(list(zip(uses, chosen, strict=True)))}
    found = dict(zip(layers, request.kernels(layers, [firsts[spec] for spec in layers]), strict=True))
    kernels = [_renamed(found[spec], name) for (spec, _), name in zip(uses, chosen, strict=True)]
    return _made(kernels, [own for _, own in uses])


def _renamed(kernel: Kernel, name: str) -> Kernel:
    return kernel if kernel.name == name else \
        api.render(kernel.plan, name, kernel.origin, kernel.optimize, kernel.chosen_by, kernel.max_code)


def _made(kernels: list[Kernel], layers: Sequence[tuple[str, ...]]) -> Made:
    """Kernels with files of their own. layers: what their layers are called."""
    return Made(kernels, [_unit(kernel, own) for kernel, own in zip(kernels, layers, strict=True)],
                list(range(len(kernels))))


def _unit(kernel: Kernel, own: tuple[str, ...]) -> Unit:
    return Unit(output.files(kernel, own), _about(kernel, own))


def _with_weights(request: Request, layers: Layers, names: Sequence[str], kept: Kept,
                  paths: Mapping[str, str]) -> Made:
    """A kernel for each layer, and its weights for each of the layer's names."""
    first = symbols(list(layers.items()), names)
    uses = []  # (symbol, label, number of the layer)
    for at, own in enumerate(layers.values()):
        if names and len(own) > 1:
            raise InputError(f"name must not be given for a layer that has several ({', '.join(own)})")
        uses += [(first[at] if names else symbol_of(label), label, at) for label in own or first[at : at + 1]]
    inner = [check_name(f"{name}_layer") for name in first]
    check_apart([*((symbol, label) for symbol, label, _ in uses), *((name, f"the layer {name}") for name in inner)],
                kept)
    specs = list(layers)
    given = weighted.read(paths, [label for _, label, _ in uses])
    arrays = {label: weighted.check(label, specs[at], given[label]) for _, label, at in uses}
    for at, spec in enumerate(specs):
        specs[at] = weighted.shared(spec, [weighted.kept(label, spec, arrays[label])
                                           for _, label, where in uses if where == at])
    kernels = request.kernels(dict(zip(specs, layers.values(), strict=True)), inner)
    pack = Packer(kernels)
    words = tuple(f"{OPTIONS[role]} {shlex.quote(Path(path).name)}" for role, path in paths.items())
    units = [Unit(weighted.files(weighted.Weighted(symbol, label, kernels[at], pack(kernels[at], arrays[label]),
                                                   arrays[label], words, several=len(uses) > 1)),
                  {**_about(kernels[at], (label,)), "name": symbol}) for symbol, label, at in uses]
    inside = _made(kernels, list(layers.values()))
    return Made(kernels, units + inside.units, [at for *_, at in uses] + inside.of)


def _again(request: Request, names: Sequence[str], weights: str, folder: str,
           broken: list[str]) -> tuple[Made, Inputs]:
    """What the manifests in a folder say, and these; what is wrong with others is said, and goes to `broken`."""
    if request._replace(run="") != Request((), {}, {}, "host", None, MAX_ERROR) or names or weights != WEIGHTS[0]:
        raise InputError(f"from must stand without layers and options about them (from={show(folder)})")
    found = list(output.stored(Path(folder), broken))
    for line in broken:
        say(line)
    if broken and not found:
        raise click.exceptions.Exit(InputError.exit_code)
    if not found:
        raise InputError(f"from must be a folder with manifests that convgen generate wrote (from={show(folder)})")
    return (_made([one.kernel for one in found], [one.layers for one in found]),
            Inputs([Path(folder) / f"{one.kernel.name}.json" for one in found]))


def _about(kernel: Kernel, names: Sequence[str]) -> dict[str, object]:
    """What --json says of it beside its files."""
    return {"name": kernel.name, "layers": names, "target": kernel.plan.target.name, "plan": kernel.plan.label,
            "chosen_by": kernel.chosen_by, "origin": kernel.origin, "flags": kernel.flags}


def _tell_code(kernels: Sequence[Kernel]) -> None:
    """Say how much code they are, where there is a compiler and there are few enough to be compiled for that."""
    targets = [kernel.plan.target for kernel in kernels]
    own = [runner(target) or target.at_home or target.row.family == ANY for target in targets]
    if len(kernels) > MEASURED or not all(own) or any(target.device for target in targets):
        return
    with contextlib.suppress(MissingToolError):
        tools = [compiler(target) for target in targets]
        told = list[str]()
        for opt in LEVELS:
            sizes = [text_bytes(kernel, tool, opt) for kernel, tool in zip(kernels, tools, strict=True)]
            told += [f"{amount(sum(size for size in sizes if size))}B at -{opt}"] * (None not in sizes)
        if told:
            note(f"machine code: {', '.join(told)} ({'; '.join(dict.fromkeys(tool.version for tool in tools))})")


def _beside(request: Request, kernel: Kernel) -> str:
    """A chain beside its layers apart, by what is predicted, in a line."""
    return verdict(estimate(kernel.plan), apart(kernel.plan, request.max_error, request.max_code))


def _prove(kernels: Sequence[Kernel], wanted: bool, timeout: float | None) -> None:
    """Prove kernels' texts where that is wanted."""
    verdicts = check(list(map(case, kernels)), [ALGEBRA], timeout=timeout) if wanted else []
    finish(verdicts)
    for one in verdicts:
        note(f"proven: {one.case.kernel.name}: {one.report.checks[0].detail}")


def _verify(kernels: Sequence[Kernel], wanted: bool | None, timeout: float | None) -> bool:
    """Check kernels as verify does, unless `wanted` is False; when it is None, only where that is possible.
    timeout: as of check."""
    if wanted is False:
        return False
    try:
        for kernel in kernels:
            must_run_here(kernel.plan.target, [kernel.spec])
            if kernel.plan.target.device is None:
                with within(timeout):
                    compiler(kernel.plan.target)
    except (UnsupportedError, MissingToolError) as error:
        if wanted or isinstance(error, NamedToolError):
            raise
        say(f"not verified: {error}")
        return False
    left: list[Left] = []  # portable ones are not for this machine's devices alone, which may be too small for them
    portable = [kernel.plan.target.device and not names_device(kernel.plan.target.name) for kernel in kernels]
    cases = [case(kernel, bool(wanted is None and own)) for kernel, own in zip(kernels, portable, strict=True)]
    verdicts = check(cases, None, timeout=timeout, left=left)
    finish(verdicts)
    if verdicts:
        ways = dict.fromkeys(one.way + run_by(one.case.kernel.plan.target) for one in verdicts)
        modes = dict.fromkeys(part.mode for one in verdicts for part in one.report.checks)
        many = "s" * (len(verdicts) > 1)
        note(f"verified {len(verdicts)} kernel{many}: {', '.join(modes)} ({', '.join(ways)})")
    for one in verdicts:
        if len(sampled.parts(one.case.kernel)) > 1:
            note(f"{one.case.kernel.name} is large: {one.report.checks[0].detail}")
    return not left
