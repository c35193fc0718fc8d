"""FULLY_CONNECTED as a layer: a 1×1 one of one image, nwc, whose pixels are the rows of its input.

    y[…, o] = Σ_k w[o, k]·x[…, k] + b[o]

Of integers the layer makes the sums, in s32. What becomes of them is another step, since LiteRT's reference kernel
rounds them as no convolution's are: v·s_x·s_w[o] / s_y once, to the nearest, ties away from zero, in f64
(reference/integer_ops/fully_connected.h). Weights of one scale may have a zero point, which is subtracted here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.names import brief, show
from ..layer.spec import ConvSpec
from .graph import Graph, element, quantisation
from .layers import Given, Layer, activation, check_bias, less_zero, numbered, read, real

PRODUCT = "FULLY_CONNECTED"
LARGEST = 2.0**24  # of scales


class Product(NamedTuple):
    """scale: of the sums of output channels, by which they become outputs; None where the layer makes these."""

    layer: Layer
    scale: NDArray[np.float64] | None


def product(graph: Graph, index: int, *, floats: bool = False) -> Product:
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
    found = numbered(graph, given, spec, index)
    if x.kind == "FLOAT32":
        return Product(found, None)
    if x.kind == "INT16":
        raise UnsupportedError("its data must be f32, s8 or u8 (it is s16)")
    check_bias(given.bias, given.data)
    return _summed(found, given)


def _summed(found: Layer, given: Given) -> Product:
    x, w, y = given.data
    ends, of = (quantisation(x, "input"), quantisation(y, "output")), quantisation(w, "weights", 0)
    if of.scale.size > 1 and of.zero.any():
        raise InputError(f"zero_point of weights must be 0 where each row has a scale (zero_point={show(of.zero)} of"
                         f" {brief(w.name)})")
    scale = ends[0].scale.astype(np.float64) * of.scale.astype(np.float64) / ends[1].scale.astype(np.float64)
    if scale.max() >= LARGEST:
        raise UnsupportedError(f"scale of input times that of weights through that of output must be below {LARGEST:g}"
                               f" ({scale.max():g})")
    weights = less_zero(found.weights, of)
    if given.floats:
        meant = found._replace(weights=weights, scale=scale)
        return Product(real(meant, given), None)
    spec = found.spec.replace(dtype=f"{element(x)}:s{8 * weights.itemsize}:s32", input_zero=int(ends[0].zero[0]),
                              activation="none")
    return Product(found._replace(spec=spec, weights=weights), np.broadcast_to(scale, (spec.oc,)).copy())
