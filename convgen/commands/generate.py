"""convgen generate: kernels as files."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from ..errors import InputError, MissingToolError, UnsupportedError
from ..layer.names import check_name, show, to_identifier
from ..machine.find import find
from ..machine.target import Target
from ..packaging import output, weighted
from ..packaging.embed import Packer
from ..plan.kernel import Kernel
from ..plan.sizes import together
from ..planner.describe import sizes_lines
from ..run.build import compiler
from .console import put, say
from .package import WEIGHTS, is_model, place
from .package import write as write_package
from .request import Layers, Request, called, check_apart, layer_options, must_run_here, symbols
from .verify import case, check, finish


class Generate(click.Command):
    """Takes --bias FILE.npy for --bias-file FILE.npy, beside the flag --bias: no SPEC ends so."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for at, (word, following) in enumerate(itertools.zip_longest(args, args[1:], fillvalue="")):
            given = word if word.startswith("--bias=") else following if word == "--bias" else ""
            if given.lower().endswith(".npy"):
                args[at] = word.replace("--bias", "--bias-file", 1)
        return super().parse_args(ctx, args)


@click.command(cls=Generate)
@layer_options()
@click.option("-o", "--output", "folder", metavar="DIR", help="Folder to write to, as . for this one; - is stdout.")
@click.option("--name", "names", multiple=True, metavar="NAME",
              help="What C calls the kernel, if not as the layer is called; once for each. Or a model's library.")
@click.option("--weights", default=WEIGHTS[0], show_default=True, metavar="none|FILE|embed",
              help="Weights that go into the code: an .npy, or an .npz for many layers; embed: the model's.")
@click.option("--bias-file", metavar="FILE.npy", help="With the weights of an .npy, the bias; or --bias FILE.npy.")
@click.option("--slopes", "slopes_file", metavar="FILE.npy", help="Likewise the slopes of prelu.")
@click.option("--verify/--no-verify", default=None, help="Verify before writing; the default where that is possible.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def generate(request: Request, folder: str | None, names: tuple[str, ...], weights: str, bias_file: str | None,
             slopes_file: str | None, verify: bool | None, force: bool) -> None:
    """Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.

    NAME is what the layer is called (name = in a file, n"" in a descriptor); without, it says the layer and not the
    plan, so that it lasts.

    With weights of FILE, NAME.c has them inside, and NAME_layer.c is the kernel that takes them. The arrays of an .npz
    are LAYER.weights, LAYER.bias and LAYER.slopes, as the layers are called.

    For an OpenCL target: NAME.cl, C that runs it, and NAME.json. For a model, FILE.onnx: the library that convgen
    package writes.
    """
    paths = {role: path for role, path in (("weights", weights), ("bias", bias_file), ("slopes", slopes_file)) if path}
    inside = weights not in WEIGHTS
    for role in list(paths)[1:]:
        if not inside:
            raise InputError(f"{role} must come with weights, from an .npy ({role}={show(paths[role])})")
    if is_model(request):
        if len(names) > 1:
            raise InputError(f"name must be given once for a model (names={len(names)})")
        write_package(request, names[0] if names else None, weights, folder, verify, force)
        return
    if weights == "embed":
        raise InputError("weights must come from a model or a file of arrays (weights='embed')")
    layers = request.layers()
    folder = place(folder)
    if folder == "-" and (len(layers) > 1 or inside):
        raise InputError("output must be a folder for weights (output=-)" if inside else
                         f"output must be for a single layer (output=-, layers={len(layers)})")
    made = _with_weights(request, layers, names, paths) if inside else _kernels(request, layers, names)
    texts = {name: text for group in made.files for name, text in group.items()}
    if folder != "-":
        output.check_owner(Path(folder), made.kernels, force)
        output.changed(Path(folder), texts, force)  # tells of obstacles before the slow part
    _verify(made.kernels, find(request.target), verify)
    if folder == "-":
        put(output.single(made.kernels[0]).removesuffix("\n"))
        return
    output.write(Path(folder), texts, force)
    for line in sizes_lines(together(kernel.sizes for kernel in made.kernels)):
        say(line)
    for group in made.files:
        put(str(Path(folder) / next(iter(group))))


class Made(NamedTuple):
    """Kernels, and the files of each that a user asked for, its own first."""

    kernels: list[Kernel]
    files: list[dict[str, str]]


def _kernels(request: Request, layers: Layers, names: Sequence[str]) -> Made:
    """A kernel for each layer."""
    chosen = symbols(layers, names)
    check_apart((name, called(spec, own[:1])) for (spec, own), name in zip(layers.items(), chosen, strict=True))
    for own, name in zip(layers.values(), chosen, strict=True):
        if len(own) > 1:
            say(f"one layer, called {', '.join(own)}: one kernel, {name}")
    kernels = request.kernels(layers, chosen)
    return Made(kernels, [output.files(kernel, own) for kernel, own in zip(kernels, layers.values(), strict=True)])


def _with_weights(request: Request, layers: Layers, names: Sequence[str], paths: Mapping[str, str]) -> Made:
    """A kernel for each layer, and its weights for each of the layer's names."""
    if find(request.target).device is not None:
        raise UnsupportedError(f"weights must be for a CPU to go into the code (target={request.target})")
    first = symbols(layers, names)
    uses = []  # (symbol, label, number of the layer)
    for at, own in enumerate(layers.values()):
        if names and len(own) > 1:
            raise InputError(f"name must not be given for a layer that has several ({', '.join(own)})")
        uses += [(first[at] if names else to_identifier(label), label, at) for label in own or first[at : at + 1]]
    inner = [check_name(f"{name}_layer") for name in first]
    check_apart([*((symbol, label) for symbol, label, _ in uses), *((name, f"the layer {name}") for name in inner)])
    specs = list(layers)
    given = weighted.read(paths, [label for _, label, _ in uses])
    arrays = {label: weighted.check(label, specs[at], given[label]) for _, label, at in uses}
    kernels = request.kernels(layers, inner)
    pack = Packer(kernels)
    files = [weighted.files(weighted.Weighted(symbol, label, kernels[at], pack(kernels[at], arrays[label])))
             for symbol, label, at in uses]
    files += [output.files(kernel, own) for kernel, own in zip(kernels, layers.values(), strict=True)]
    return Made(kernels, files)


def _verify(kernels: Sequence[Kernel], target: Target, wanted: bool | None) -> None:
    """Check bits and bound, unless `wanted` is False; when it is None, only where that is possible."""
    if wanted is False:
        return
    try:
        must_run_here(target, [kernel.spec for kernel in kernels])
        if target.device is None:
            compiler(target)
    except (UnsupportedError, MissingToolError) as error:
        if wanted:
            raise
        say(f"not verified: {error}")
        return
    finish(check([case(kernel) for kernel in kernels], ["exact", "bound"]))
    say(f"verified {len(kernels)} kernel{'s' * (len(kernels) > 1)}: exact, bound")
