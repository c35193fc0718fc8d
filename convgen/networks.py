"""A model as one function of Python: read, planned, built, its weights packed.

    net = convgen.load_network("mobilenet.onnx", threads=2)
    scores = net(image)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence

from .algorithms import MAX_ERROR
from .api import generate
from .layer.formats import spec_name
from .layer.spec import ConvSpec
from .layer.steps import Model
from .machine.find import find
from .machine.target import Target
from .onnx import network as onnx
from .packaging.network.chains import Cycles
from .packaging.network.library import check, load
from .packaging.network.orders import Arranged
from .packaging.network.passes import laid_out
from .packaging.network.program import distinct
from .packaging.weighted import promised
from .plan.kernel import Kernel
from .run.networks import Network
from .tflite import network as tflite
from .tuning.choose import Tuned, predicted

READERS = {".onnx": onnx.find_model, ".tflite": tflite.find_model}  # by how the file's name ends
LAYOUT = "nhwc"  # of the layers, unless another is asked for: most kernels are the fastest there


def find_model(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
               layout: str | None = None, dtype: str | None = None, cut: Collection[str] = (),
               stop_at: Collection[str] = ()) -> Model:
    """The steps of a file's network, up to its outputs, to the values named in `cut`, or before operators; one with
    another ending is taken for ONNX's."""
    ending = next((one for one in READERS if os.fspath(path).lower().endswith(one)), ".onnx")
    return READERS[ending](path, batch=batch, dims=dims, layout=layout, dtype=dtype, cut=cut, stop_at=stop_at)


def load_network(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
                 layout: str = LAYOUT, dtype: str | None = None, target: str | Target = "host", threads: int = 1,
                 max_error: float = MAX_ERROR, cut: Sequence[str] = (), chains: bool = True,
                 cc: str | None = None) -> Network:
    """All of a model between inputs and outputs, of TFLite where the file's name says so, else of ONNX.

    batch, dims: extents that it leaves open, of all inputs' first axis and by name. layout, dtype: of its layers. cut:
    values at which it ends, in place of its outputs. target, max_error: as of generate. threads: that share a call.
    chains: whether convolutions that follow each other become one kernel where that is predicted to take no longer;
    net.watch then does not see the values between them. cc: the compiler. InputError for a model that is wrong,
    UnsupportedError for operators that convgen does not have, or a target that this machine does not run;
    MissingToolError without a compiler.
    """
    wanted = find(target)
    check(wanted)

    def ask(specs: Sequence[ConvSpec]) -> list[Cycles]:
        return [predicted(spec, [wanted], tuned=Tuned(), max_error=max_error, optimize="network")
                for spec in specs]

    laid = laid_out(find_model(path, batch=batch, dims=dims, layout=layout, dtype=dtype, cut=cut),
                    ask if chains else None)
    return loaded(laid, wanted, lambda specs, symbols: [
        generate(spec, wanted, name=symbol, max_error=max_error, optimize="network")
        for spec, symbol in zip(specs, symbols, strict=True)], threads, cc)


def loaded(laid: Arranged, target: Target, kernels: Callable[[Sequence[ConvSpec], Sequence[str]], list[Kernel]],
           threads: int = 1, cc: str | None = None) -> Network:
    """The same of a model that is laid out. kernels: plans layers, by the names given."""
    layers = {part.spec: promised(part) for part in distinct(laid.model).parts}
    specs = list(dict.fromkeys(layers.values()))
    made = dict(zip(specs, kernels(specs, _symbols(specs)), strict=True))
    return load(laid, target, {spec: made[layer] for spec, layer in layers.items()}, threads, cc)


def _symbols(specs: Sequence[ConvSpec]) -> list[str]:
    """What says each layer, with a number where that meets another's: the same in every network, whose objects are in
    the cache."""
    taken: dict[str, int] = {}
    found = []
    for base in map(spec_name, specs):
        taken[base] = taken.get(base, 0) + 1
        found.append(base if taken[base] == 1 else f"{base}_{taken[base]}")
    return found
