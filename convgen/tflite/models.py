"""The convolutions of a TFLite model.

    network = load("model.tflite", batch=1)

Of the main graph: CONV_2D, DEPTHWISE_CONV_2D and CONV_3D, each with the activation that is fused into it, a PAD before
it and, in f32, an ADD and an activation behind it. Each convolution says which tensors of the model it reads, adds and
makes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..errors import InputError, UnsupportedError
from ..layer.element import ELEMENTS
from ..layer.fields import LAYOUTS
from ..layer.names import brief, show, to_identifier
from ..layer.network import DistinctLayer, Network, Use, Wiring
from ..layer.spec import ConvSpec
from ..onnx.models import Found, Left, Names
from .file import Operator, read
from .fold import fold
from .graph import Graph
from .layers import KINDS, Layer, Numbers, layer


def load(path: str | os.PathLike[str], *, batch: int | None = None, layout: str | None = None,
         dtype: str | None = None, skip: bool = False) -> Network:
    """The convolutions of the file, each different layer once, with weights, bias and scales as the layers need them.

    batch: images, in place of the model's. layout: "nhwc", TFLite's own, or "nchw", of each layer's rank; weights lie
    as in the file. dtype: of all layers, "f32", "f16" or "bf16", to which weights are rounded; else each has the
    model's own, integers where it is quantised. skip: go on without a convolution of which something is wrong or
    missing. InputError for a file that is wrong, UnsupportedError where no convolution can be generated.
    """
    return find(path, batch=batch, layout=layout, dtype=dtype, skip=skip).network


def find(path: str | os.PathLike[str], *, batch: int | None = None, dims: Mapping[str, int] = {},
         layout: str | None = None, dtype: str | None = None, weights: bool = True, skip: bool = False) -> Found:
    """The same with what was folded; without `weights` the layers' arrays are left out. dims: none, since a converter
    fixes all extents but the batch."""
    if layout is not None and layout.lower() not in ("nchw", "nhwc"):
        raise InputError(f"layout must be nchw or nhwc (layout={show(layout)})")
    if dtype is not None and dtype not in ELEMENTS:
        raise InputError(f"dtype must be one of {', '.join(ELEMENTS)} for a model (dtype={show(dtype)})")
    if batch is not None and batch < 1:
        raise InputError(f"batch must be at least 1 (batch={batch})")
    if dims:
        raise InputError(f"set must be left to ONNX models: the extents of a TFLite model are fixed"
                         f" (set={show(next(iter(dims)))})")
    graph = Graph(read(path))
    try:
        return _network(graph, batch, (layout or "nhwc").lower(), dtype, weights, skip)
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{brief(str(path))}: {error}") from None


def _network(graph: Graph, batch: int | None, layout: str, dtype: str | None, weights: bool, skip: bool) -> Found:
    taken: dict[int, str] = {}  # operator -> why it is in no layer, empty where it is in one
    made: list[tuple[ConvSpec, Layer, dict[str, Numbers | None]]] = []
    images = _images(graph) if batch is not None else 1
    for index in reversed(range(len(graph.operators))):  # so that of two summed layers the later one adds the other's
        operator = graph.operators[index]
        if operator.kind not in KINDS:
            continue
        try:
            found = fold(graph, layer(graph, index, floats=dtype is not None), taken)
            spec = _changed(found, layout, dtype, images, batch or 1)
            made.append((spec, found, found.arrays(spec.arithmetic.weights)))
        except (InputError, UnsupportedError) as error:
            if isinstance(error, InputError) and not skip:
                raise InputError(f"{operator.kind} {brief(_name(graph, operator))}: {error}") from None
            taken[index] = str(error)
            continue
        taken |= dict.fromkeys(found.taken, "")
    left = list(_left(graph, taken))
    skipped = tuple(one for one in left if "CONV" in one.op)
    if not made:
        raise UnsupportedError(_none(skipped))
    names, parts = Names(), dict[ConvSpec, list[Use]]()
    for spec, found, arrays in reversed(made):
        reads, adds, makes = (graph.tensors[one].name if one >= 0 else "" for one in
                              (found.reads, found.adds, found.makes))
        given = arrays if weights else dict.fromkeys(arrays)
        use = Use(names.unique(makes.partition(";")[0]), given["weights"], given.get("bias"), given.get("slopes"),
                  Wiring(reads, adds, makes), given.get("scale"))
        parts.setdefault(spec, []).append(use.folding(
            f"{brief(_name(graph, one))} {one.kind}" for one in map(graph.operators.__getitem__, found.taken)
            if one.kind not in KINDS))
    folded = Counter(graph.operators[index].kind for index, reason in taken.items() if not reason)
    layers = tuple(DistinctLayer(uses[0].name, spec, tuple(uses)) for spec, uses in parts.items())
    network = Network(to_identifier(graph.name), layers, tuple(one.line for one in left))
    return Found(network, {kind: count for kind, count in folded.items() if kind not in KINDS},
                 dict(Counter(one.op for one in left)), skipped)


def _changed(found: Layer, layout: str, dtype: str | None, images: int, batch: int) -> ConvSpec:
    """The layer's spec, with what options change."""
    spec = found.spec
    if spec.n % images:
        raise InputError(f"batch must be left as it is: the layer's is no multiple of the model's (n={spec.n},"
                         f" model={images})")
    return spec.replace(n=spec.n // images * batch, dtype=dtype or spec.dtype,
                        layout=LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")], weights_layout=spec.weights_layout)


def _images(graph: Graph) -> int:
    """How many images the model is for: of its inputs of three or more axes."""
    found = {graph.tensors[one].shape[0] for one in graph.inputs if len(graph.tensors[one].shape) > 2}
    if len(found) != 1 or min(found) < 1:
        raise InputError("batch must be left as it is: the inputs of the model do not agree in theirs"
                         f" ({', '.join(map(str, sorted(found))) or 'none'})")
    return found.pop()


def _left(graph: Graph, taken: Mapping[int, str]) -> Iterator[Left]:
    """What is in no layer; what only unpacks constants is left out."""
    for index, operator in enumerate(graph.operators):
        if taken.get(index) != "" and not graph.unpacks(index):
            yield Left(_name(graph, operator), operator.kind, taken.get(index) or _reason(operator))
    for operator in graph.inner:
        if "CONV" in operator.kind:
            yield Left("", operator.kind, "it is not in the main graph")


def _reason(operator: Operator) -> str:
    return "not supported yet" if "CONV" in operator.kind else "not a convolution"


def _name(graph: Graph, operator: Operator) -> str:
    """An operator has none; its first output has."""
    first = operator.outputs[0] if operator.outputs else -1
    return graph.tensors[first].name.partition(";")[0] if first >= 0 else ""


def _none(skipped: Sequence[Left]) -> str:
    """Why there is no layer."""
    if not skipped:
        return f"model must hold one of {', '.join(KINDS)} (it has none)"
    return f"model must hold a convolution that can be imported (it has {len(skipped)}; {skipped[0].line})"
