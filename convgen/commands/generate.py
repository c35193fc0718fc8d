"""convgen generate: kernels as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import InputError, MissingToolError, UnsupportedError
from ..layer.names import show
from ..machine.find import find
from ..machine.target import Target
from ..packaging import output
from ..plan.kernel import Kernel
from ..run.compilers import find_compiler
from .console import put, say
from .package import is_model, weights_option
from .package import write as write_package
from .request import Request, layer_options, must_run_here, symbols
from .verify import case, check, finish


@click.command()
@layer_options()
@click.option("-o", "--output", "folder", default=".", metavar="DIR",
              help="Folder to write to, if not the current one; - is stdout.")
@click.option("--name", "names", multiple=True, metavar="NAME",
              help="What C calls the kernel, if not as the layer is called; once for each. Or a model's library.")
@weights_option
@click.option("--verify/--no-verify", default=None, help="Verify before writing; the default where that is possible.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def generate(request: Request, folder: str, names: tuple[str, ...], weights: str, verify: bool | None,
             force: bool) -> None:
    """Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.

    NAME is what the layer is called (name = in a file, n"" in a descriptor); without, it says the layer and not the
    plan, so that it lasts.

    For an OpenCL target: NAME.cl, C that runs it, and NAME.json. For a model, FILE.onnx: the library that convgen
    package writes.
    """
    if is_model(request):
        if len(names) > 1:
            raise InputError(f"name must be given once for a model (names={len(names)})")
        write_package(request, names[0] if names else None, weights, folder, verify, force)
        return
    if weights != "none":
        raise InputError(f"weights must come from a model (weights={show(weights)})")
    target = find(request.target)
    if not folder:
        raise InputError("output must name a folder, or be - (output='')")
    layers = request.layers()
    if folder == "-" and len(layers) > 1:
        raise InputError(f"output must be for a single layer (output=-, layers={len(layers)})")
    chosen = symbols(layers, names)
    for own, name in zip(layers.values(), chosen, strict=True):
        if len(own) > 1:
            say(f"one layer, called {', '.join(own)}: one kernel, {name}")
    kernels = request.kernels(layers, chosen)
    files = [output.files(kernel, own) for kernel, own in zip(kernels, layers.values(), strict=True)]
    texts = {name: text for group in files for name, text in group.items()}
    if folder != "-":
        output.check_owner(Path(folder), kernels, force)
        output.changed(Path(folder), texts, force)  # tells of obstacles before the slow part
    _verify(kernels, target, verify)
    if folder == "-":
        put(output.single(kernels[0]).removesuffix("\n"))
        return
    output.write(Path(folder), texts, force)
    for group in files:
        put(str(Path(folder) / next(iter(group))))


def _verify(kernels: Sequence[Kernel], target: Target, wanted: bool | None) -> None:
    """Check bits and bound, unless `wanted` is False; when it is None, only where that is possible."""
    if wanted is False:
        return
    try:
        must_run_here(target, [kernel.spec for kernel in kernels])
        if target.device is None:
            find_compiler()
    except (UnsupportedError, MissingToolError) as error:
        if wanted:
            raise
        say(f"not verified: {error}")
        return
    finish(check([case(kernel) for kernel in kernels], ["exact", "bound"]))
    say(f"verified {len(kernels)} kernel{'s' * (len(kernels) > 1)}: exact, bound")
