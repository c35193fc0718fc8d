"""Layers on the command line: SPEC…, --layers, and the options that override a field."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..errors import InputError
from ..layer.names import show
from .console import say

if TYPE_CHECKING:
    from ..layer.formats import Layer
    from ..layer.spec import ConvSpec


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
records_option = click.option("--records/--no-records", default=True,
                              help="Take the plan that tuning found, where it has seen the layer.")


set_option = click.option("--set", "dims", multiple=True, metavar="DIM=VALUE",
                          help="An extent that an ONNX model leaves open; INPUT.AXIS names one without a name.")


class Request(NamedTuple):
    """The layers asked for: where their specs come from, and the fields that options override. dims: for models."""

    sources: tuple[str, ...]
    changes: dict[str, Any]
    dims: dict[str, int]

    def specs(self) -> dict[ConvSpec, tuple[str, ...]]:
        """Each different layer once, with the names it goes by."""
        if not self.sources:
            raise click.UsageError("Missing argument 'SPEC...'.")
        found: dict[ConvSpec, tuple[str, ...]] = {}
        for layer in [layer for source in self.sources for layer in self._load(source)]:
            spec = _override(layer.spec, self.changes)
            names = found.setdefault(spec, ())
            if layer.name is not None and layer.name not in names:
                found[spec] = (*names, layer.name)
        return found

    def _load(self, source: str) -> list[Layer]:
        """The layers of one source; of an ONNX model, what is not among them is said on stderr."""
        from ..layer.formats import Layer, load_layers

        if not source.lower().endswith(".onnx"):
            return load_layers(source)
        from ..onnx import models as onnx_import

        found = onnx_import.find(source, batch=self.changes.get("n"), dims=self.dims, weights=False)
        say(onnx_import.summary(found))
        return [Layer(part.spec, use.name) for part in found.network.parts for use in part.uses]


def extents(texts: Sequence[str]) -> dict[str, int]:
    """What --set gave; InputError for what is not NAME=NUMBER."""
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or not number.isascii() or not number.isdigit() or len(number) > 20:
            raise InputError(f"set must be a dimension and its extent, as height=224 (set={show(text)})")
        found[name] = int(number)
    return found


def _override(spec: ConvSpec, changes: dict[str, Any]) -> ConvSpec:
    """The spec with some fields changed; nchw and nhwc fit a layer of any rank."""
    from ..layer.spec import LAYOUTS

    layout = changes.get("layout", "").lower()
    if layout in ("nchw", "nhwc"):
        changes = changes | {"layout": LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")]}
    return spec.replace(**changes) if changes else spec


def _max_error() -> float:
    """The default, when a command runs: --help imports nothing."""
    from ..algorithms import MAX_ERROR

    return MAX_ERROR


def layer_options(command: Callable[..., None]) -> Callable[..., None]:
    """SPEC…, --layers, the overrides and --set, handed to the command as one Request."""
    flag = functools.partial(click.option, default=None)
    overrides = {
        "layout": click.option("--layout", help="nchw or nhwc (of the layer's rank), ncw, nwc, ..."),
        "weights_layout": click.option("--weights-layout", help="oihw, hwio or ohwi."),
        "activation": click.option("--activation", help="relu, clip(0,6), silu, ...; none for none."),
        "bias": flag("--bias/--no-bias", help="A bias for each output channel."),
        "residual": flag("--residual/--no-residual", help="An array added to the output."),
        "n": click.option("--batch", "n", type=int, help="Number of images."),
        "dtype": click.option("--dtype", help="f32 or f16: the type of all arrays; sums are in f32."),
        "flip": flag("--flip/--no-flip", help="The textbook's convolution: the kernel flipped."),
    }

    @functools.wraps(command)
    def collect(specs: tuple[str, ...], layers: tuple[str, ...], dims: tuple[str, ...], **rest: Any) -> None:
        given = {field: rest.pop(field) for field in overrides}
        changes = {field: value for field, value in given.items() if value is not None}
        command(Request((*specs, *layers), changes, extents(dims)), **rest)

    parts = [
        click.argument("specs", nargs=-1, metavar="SPEC..."),
        click.option("--layers", multiple=True, metavar="FILE",
                     help="A file of layers; SPEC may be one too."),
        *overrides.values(),
        set_option,
        click.option("--target", "target_name", default="host", show_default=True,
                     help="The machine to plan for; see convgen targets."),
        click.option("--algorithm", help="direct, dot, depthwise, grouped, winograd, implicit, tensor or reference,"
                     " not the planner's choice."),
        click.option("--max-error", type=float, default=_max_error, metavar="E",
                     help="What fast algorithms may be expected to add to an output's error, relative to its sum"
                     " of |input||weight|. The default, 1e-6, admits Winograd's F(4x4, 3x3) and not F(6x6, 3x3);"
                     " 0 admits direct sums only; 1e-3 admits matrix instructions that round f32 to tf32."),
    ]
    for part in reversed(parts):
        collect = part(collect)
    return collect
