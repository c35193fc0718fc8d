"""convgen import: the layers of a model."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from ..errors import InputError
from ..layer.element import ELEMENTS
from ..layer.formats import NamedSpec, to_toml
from ..packaging import output as files
from . import models
from .console import put, put_json, say
from .request import extents, json_option, set_option, skip_option


@click.command("import")
@click.argument("model", metavar="MODEL")
@click.option("-o", "--output", metavar="FILE", help="Where to write the layers, as TOML; stdout, if not given.")
@click.option("--batch", type=int, help="Number of images, in place of the model's.")
@set_option
@click.option("--layout", help="nchw or nhwc, of each layer's rank, in place of the model's own: ONNX's is nchw,"
              " TFLite's nhwc.")
@click.option("--dtype", help=f"{', '.join(ELEMENTS)}: of all layers, in place of the model's.")
@skip_option
@click.option("--force", is_flag=True, help="Replace a file that differs.")
@json_option
def import_model(model: str, output: str | None, batch: int | None, dims: tuple[str, ...], layout: str | None,
                 dtype: str | None, skip: bool, force: bool, as_json: bool) -> None:
    """List the convolutions of a model, each different one once, as a file of layers.

    MODEL is an ONNX file, or a TensorFlow Lite one, FILE.tflite. What can be is folded into the layers: a Pad of zeros
    before, BatchNormalization, bias, residual sum and activation behind. What is left is counted on stderr, and listed
    with --json.
    """
    if output == "":
        raise InputError("output must name a file (output='')")
    found = models.find(model, batch=batch, dims=extents(dims), layout=layout, dtype=dtype, weights=False,
                        skip=skip)
    if output is not None and output != "-":
        path = Path(output)
        files.write(path.parent, {path.name: _toml(found)}, force)
    elif not as_json:
        put(_toml(found).removesuffix("\n"))
    if as_json:
        _put_document(found)
    for line in models.told(found):
        say(line)


def _toml(found: models.Found) -> str:
    return to_toml((NamedSpec(part.spec, part.name), _remark([use.name for use in part.uses]))
                   for part in found.network.parts)


def _remark(uses: list[str]) -> str:
    return f"used {len(uses)} times: {', '.join(uses)}" if len(uses) > 1 else "used once"


def _put_document(found: models.Found) -> None:
    network = found.network
    put_json({
        "network": network.name,
        "layers": [{"name": part.name, "count": len(part.uses), "uses": [use.name for use in part.uses],
                    "wiring": part.wiring, "spec": msgspec.to_builtins(part.spec)} for part in network.parts],
        "folded": found.folded,
        "left": network.left,
    })  # fmt: skip
