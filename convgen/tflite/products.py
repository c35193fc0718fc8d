"""FULLY_CONNECTED as a layer: a 1×1 one of one image, nwc, whose pixels are the rows of its input.

    y[…, o] = Σ_k w[o, k]·x[…, k] + b[o]

Integers become outputs as those of convolutions do; where there is one scale for all weights, it is multiplied with
the input's in f32 (kernel_util.cc, GetQuantizedConvolutionMultipler), and weights may have a zero point.
"""

from __future__ import annotations

import math

from ..errors import InputError, UnsupportedError
from ..layer.names import brief, show
from ..layer.spec import ConvSpec
from .graph import Graph
from .layers import Layer, activation, finished, read, real

PRODUCT = "FULLY_CONNECTED"


def product(graph: Graph, index: int, floats: bool = False) -> Layer:
    """Of the operator of that number. floats: as layers.layer has it. InputError for what is wrong, UnsupportedError
    for what is no layer."""
    operator = graph.operators[index]
    given = read(graph, operator, operator.inputs, floats)
    if operator.options is None:
        raise InputError(f"builtin_options must be those of {PRODUCT} (it has none, or others)")
    if operator.options["WeightsFormat"]:
        raise UnsupportedError(f"its weights must lie as they are (weights_format={operator.options['WeightsFormat']})")
    x, w, y = given.data
    if len(w.shape) != 2 or min(w.shape) < 1 or min(x.shape, default=0) < 1 or math.prod(x.shape) % w.shape[1]:
        raise InputError(f"weights must suit the input (weights {show(w.shape)}, input {show(x.shape)})")
    oc, ic = w.shape
    spec = ConvSpec(ic=ic, oc=oc, iw=math.prod(x.shape) // ic, kw=1, layout="nwc", weights_layout="oihw",
                    activation=activation(operator.options))
    if math.prod(y.shape) != spec.iw * oc or y.shape[-1] != oc:
        raise InputError(f"output must have {spec.iw} rows of {oc} ({brief(y.name)} has {show(y.shape)})")
    return real(finished(graph, given, spec, (index,), 0, single=True), given)
