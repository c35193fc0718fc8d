"""What follows a convolution in f32 and its layer can do: an ADD, as its residual, and an activation, as long as nobody
else reads what lies between. Quantised operators behind one have roundings of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .graph import Graph
from .layers import ACTIVATIONS, FUSED, Layer

# operator -> the layer's activation, with the options that it takes
FUNCTIONS = {
    "RELU": "relu", "RELU6": "relu6", "RELU_N1_TO_1": "clip(-1,1)", "RELU_0_TO_1": "clip(0,1)", "TANH": "tanh",
    "LOGISTIC": "sigmoid", "ELU": "elu", "HARD_SWISH": "hard-swish", "LEAKY_RELU": "leaky-relu({Alpha:.9g})",
}  # fmt: skip


def fold(graph: Graph, found: Layer, taken: Mapping[int, str]) -> Layer:
    """The layer with all that it takes in. taken: what others have, ""."""
    while (more := _step(graph, found, taken)) is not None:
        found = more
    return found


def _step(graph: Graph, found: Layer, taken: Mapping[int, str]) -> Layer | None:
    readers = graph.readers.get(found.makes, [])
    if found.spec.arithmetic.exact or found.spec.activation != "none" or found.makes in graph.kept \
            or len(readers) != 1 or taken.get(readers[0]) == "":
        return None
    operator = graph.operators[readers[0]]
    options, changes, adds = operator.options or {}, dict[str, Any](), found.adds
    if len(operator.outputs) != 1 or -1 in (*operator.inputs, *operator.outputs) \
            or any(graph.tensors[one].kind != "FLOAT32" for one in (*operator.inputs, *operator.outputs)):
        return None
    if operator.kind == "ADD" and len(operator.inputs) == 2 and not found.spec.residual:
        adds = operator.inputs[operator.inputs[0] == found.makes]
        activation = options.get("FusedActivationFunction", -1)
        if adds == found.makes or activation not in range(FUSED) or graph.tensors[adds].data is not None \
                or graph.tensors[adds].shape != graph.tensors[operator.outputs[0]].shape:
            return None
        changes = {"residual": True, "activation": ACTIVATIONS[activation]}
    elif operator.kind in FUNCTIONS and len(operator.inputs) == 1 \
            and ("{" not in FUNCTIONS[operator.kind] or options):
        changes = {"activation": FUNCTIONS[operator.kind].format(**options)}
    else:
        return None
    if graph.tensors[operator.outputs[0]].shape != graph.tensors[found.makes].shape:
        return None
    return found._replace(spec=found.spec.replace(**changes), adds=adds, makes=operator.outputs[0],
                          taken=(*found.taken, readers[0]))
