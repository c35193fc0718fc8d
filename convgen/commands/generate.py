"""convgen generate: kernels as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import InputError, MissingToolError, UnsupportedError
from ..layer.names import check_name, show
from ..machine.find import find
from ..machine.target import Target
from ..packaging import output
from ..plan.kernel import Kernel
from ..run.compilers import find_compiler
from .console import put, say
from .package import is_model, weights_option
from .package import write as write_package
from .request import Request, layer_options, must_run_here, say_choosers
from .verify import case, check, finish


@click.command()
@layer_options()
@click.option("-o", "--output", "folder", default=".", metavar="DIR",
              help="Folder to write to, if not the current one; - is stdout.")
@click.option("--name", help="Name of the kernel, if there is a single one; or of a model's library.")
@weights_option
@click.option("--verify/--no-verify", default=None, help="Verify before writing; the default where that is possible.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def generate(request: Request, folder: str, name: str | None, weights: str, verify: bool | None, force: bool) -> None:
    """Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.

    For an OpenCL target: NAME.cl, C that runs it, and NAME.json. For a model, FILE.onnx: the library that convgen
    package writes.
    """
    if is_model(request):
        write_package(request, name, weights, folder, verify, force)
        return
    if weights != "none":
        raise InputError(f"weights must come from a model (weights={show(weights)})")
    target = find(request.target)
    if not folder:
        raise InputError("output must name a folder, or be - (output='')")
    if name is not None:
        check_name(name)
    layers = request.layers()
    for option, alone in (("name", name is not None), ("output", folder == "-")):
        if alone and len(layers) > 1:
            raise InputError(f"{option} must be for a single layer (layers={len(layers)})")
    kernels = request.kernels(layers, name)
    files = [output.files(kernel, names) for kernel, names in zip(kernels, layers.values(), strict=True)]
    texts = {name: text for group in files for name, text in group.items()}
    if folder != "-":
        output.changed(Path(folder), texts, force)  # tells of obstacles before the slow part
    _verify(kernels, target, verify)
    if folder == "-":
        put(output.single(kernels[0]).removesuffix("\n"))
        return
    output.write(Path(folder), texts, force)
    say_choosers(kernels)
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
