"""What the self-test of a package needs, as its templates print it: each layer as numbers, what must come out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np

from ..layer.array import WRITTEN, Role, elements
from ..layer.call import Parameter, enqueued, packing, running
from ..layer.element import F32, Element, c_float
from ..layer.spec import Axis, ConvSpec
from ..layer.stream import tried
from ..machine.rows.words import NUMBERS
from ..verification import golden, oracle, sampled, whole
from ..verification.golden import Golden
from .bundle import Convolution, Package, PackagedLayer, memory
from .network.expected import Given, expected
from .selfchain import Chained, of_convolution, of_layer

FEW = 8  # outputs of a convolution that are looked at
MOST_VALUES = 2**28  # inputs and outputs of a layer that is tested, or values of a network: some gigabytes
ROLES = [role for role in get_args(Role) if role not in golden.STANDS]  # the arrays of a layer's data

ENQUEUED = {"stream": "&stream", "samples": "a->samples"}  # arguments of NAME_enqueue that are no buffers

STREAMS = ("INPUT", "WEIGHTS", "COLUMNS", "SIGNS", "BIAS", "RESIDUAL", "PLACES", "SUM", "SLOPES", "SCALE")

def selftest_view(context: dict[str, Any], package: Package) -> None:
    """Add to the context of a package's templates what the self-test prints."""
    layers = [layer for layer in package.layers if not layer.spec.chained and tested(layer)]
    convolutions = [one for one in package.convolutions if not one.layer.spec.chained and known(one.layer)]
    acts = list(dict.fromkeys(layer.spec.act for layer in layers))
    goldens = list(dict.fromkeys(made for layer in layers for made in layer.goldens if made is not None))
    vectors = list(dict.fromkeys(taps for made in goldens for taps in (made.recipe.rows, made.recipe.columns) if taps))
    names = {made: f"golden{at}" for at, made in enumerate(goldens)}
    functions = {act: f"activation{at}" for at, act in enumerate(acts)}
    network = _network(package)
    some = [F32] * bool(layers or network or any(known(layer) for layer in package.layers))
    found = dict.fromkeys([*some, *elements(array for layer in package.layers if tested(layer)
                                            for array in layer.spec.arrays),
                           *(one.element for arrays in network.values() for one in arrays if isinstance(one, Given))])
    views, made_of = ([view for view, one in zip(context[what], every, strict=True) if one in tested]
                      for what, every, tested in (("layers", package.layers, layers),
                                                  ("convolutions", package.convolutions, convolutions)))
    for view, layer in zip(views, layers, strict=True):
        view |= _layer(layer)
        view["activate"] = functions[layer.spec.act]
        view["stated"] = [
            [str(kernel.bound.roundings), repr(kernel.bound.amplification), f"&{names[made]}" if made else "NULL"]
            for kernel, made in zip(layer.kernels, layer.goldens, strict=True)]
    index = {layer.symbol: at for at, layer in enumerate(layers)}
    for view, convolution in zip(made_of, convolutions, strict=True):
        view |= _convolution(convolution)
        view["index"] = index[convolution.layer.symbol]
    context |= network | {
        "network_tested": bool(network),
        "streams_tested": any(view["cut"] for view in views),
        "tested": views, "tested_convolutions": made_of, "chains": _chains(package),
        "kind": device.kind.upper() if (device := package.targets[0].device) else "",
        "gradients": any(layer.spec.op == "backward-weights" for layer in package.layers),
        "samples": golden.SAMPLES,
        "few": FEW,
        "roles": ROLES,
        "given": [role for role in ROLES if role not in WRITTEN],
        "written": [role for role in ROLES if role in WRITTEN],
        "elements": [_element(element) for element in found],
        "conversions": [text for element in found if element in NUMBERS for text in NUMBERS[element].values()],
        "streams": [f"{stream} = {getattr(golden, stream)}" for stream in STREAMS],
        "activations": [{"function": functions[act], "value": act.expression, "slopes": act.slopes} for act in acts],
        "vectors": [{"name": f"taps{at}", "numbers": [tap for vector in taps for tap in vector]}
                    for at, taps in enumerate(vectors)],
        "goldens": [_golden(made, names[made], vectors) for made in goldens],
    }


def tested(layer: PackagedLayer) -> bool:
    """Whether the self-test runs a layer: it has memory for its arrays."""
    return sampled.values(layer.tried) <= MOST_VALUES


def known(layer: PackagedLayer) -> bool:
    """Whether the oracle computes what a layer must give."""
    return not sampled.large(layer.tried)


def left_out(package: Package) -> list[str]:
    """What the self-test leaves out, in words: what would take the oracle too long, or too much memory."""
    untested = [layer.symbol for layer in package.layers if not tested(layer)]
    unknown = [layer.symbol for layer in package.layers if tested(layer) and not known(layer)]
    found = [f"layers of more than {MOST_VALUES} inputs and outputs ({', '.join(untested)})"] * bool(untested)
    found += [f"what large layers give with their own weights ({', '.join(unknown)})"] * bool(unknown)
    return found + ["the network as a whole"] * (package.network is not None and not _network_known(package))


def _network_known(package: Package) -> bool:
    assert package.network is not None
    sizes = sum(math.prod(value.shape) for value in package.network.model.values.values())
    return sizes <= MOST_VALUES and all(map(known, package.layers))


def _network(package: Package) -> dict[str, Any]:
    """What the test of the whole network prints; nothing where it is not tested."""
    if package.network is None or package.whole is None or not _network_known(package):
        return {}
    inputs, outputs = expected(package.network.model)
    memory = [] if package.storage.workers else ["aligned(memory)"]
    arguments = [one.name for one in inputs]
    return {"network_inputs": inputs, "network_outputs": outputs,
            "network_call": ", ".join([*arguments, *(one.name for one in outputs), *memory, "1"]),
            "network_again": ", ".join([*arguments, *(f"{one.name}_again" for one in outputs), *memory, "WORKERS"])}


def _chains(package: Package) -> list[Chained]:
    """Those of random weights, then those with their own."""
    layers = [layer for layer in package.layers if layer.spec.chained and known(layer)]
    convolutions = [one for one in package.convolutions if one.layer.spec.chained and known(one.layer)]
    return [*(of_layer(layer, memory(layer)[:3], f"chain{at}") for at, layer in enumerate(layers)),
            *(of_convolution(one, memory(one.layer)[:3], f"chain{at}")
              for at, one in enumerate(convolutions, len(layers)))]


def _element(element: Element) -> dict[str, str]:
    """How a float becomes one, and one a float: v, and x. bits: of x; of the float, where x is no integer."""
    name, word = element.name, element in NUMBERS
    widen = f"f32_from_{name}(x)" if word else "(float)x"
    return {"name": name, "c": element.c, "plain": str(int(element is F32)), "widen": widen,
            "narrow": f"{name}_from_f32(v)" if word else f"({element.c})v",
            "bits": "(uint32_t)(int32_t)x" if element.whole else f"float_bits({widen})",
            "roundoff": repr(element.roundoff if element.rounds else 0.0),
            "underflow": repr(element.underflow if element.rounds else 0.0)}


def _golden(made: Golden, name: str, vectors: list[tuple[tuple[int, ...], ...]]) -> dict[str, Any]:
    one = made.recipe
    taps = [f"taps{vectors.index(taps)}" if taps else "NULL" for taps in (one.rows, one.columns)]
    return {
        "name": name,
        "outputs": [repr(y) for y in made.outputs],
        "fields": [*(str(number) for number in (one.top_x, one.top_w, one.added, one.sparse, one.low_w)),
                   c_float(one.scale), c_float(one.unit), str(len(one.rows)), str(len(one.columns)), *taps,
                   f"UINT64_C(0x{made.total:016x})", f"outputs_of_{name}" if made.outputs else "NULL"],
    }  # fmt: skip


def _layer(layer: PackagedLayer) -> dict[str, Any]:
    spec = layer.tried.computed
    laid = _laid_gradient(spec) if spec.op == "backward-weights" else _laid(spec)
    arrays = {_role(array.role): array for array in spec.arrays}
    return {
        **laid._asdict(),
        "exact": int(spec.arithmetic.exact),
        "inputs": [str(number) for number in (*golden.inputs_of(spec), spec.input_zero)]
        if spec.arithmetic.exact else ["0", "1", "0"],
        "residuals": golden.residuals_of(spec) if spec.arithmetic.exact and spec.residual else (0, 1),
        "weights_zero": spec.weight_zero,
        "of": [arrays.get(role, spec.arrays[0]).element.name for role in ROLES],
        "elements": [arrays[role].count if role in arrays else 0 for role in ROLES],
        "runs": [arrays[role].runs if role in arrays else (1, 1) for role in ROLES],
        "activation_error": [repr(number) for number in spec.act.error],
        "scale": c_float(2.0 ** -round(math.log2(math.sqrt(spec.terms) / 3))),  # sums reach where activations bend
        "weights": _given(one for one in packing(spec) if one.name != "packed"),
        **_calls(layer.spec),
    }  # fmt: skip


class Laid(NamedTuple):
    """A layer as a forward one, as struct layer of the self-test has it. counts: n, g, ic/g, oc/g; strides: xn, xg, xc,
    wg, wo, wi, w0, yn, yg, yc; axes: i, o, k, s, d, before, over, x, w, y of each."""

    counts: list[int]
    strides: list[int]
    axes: list[list[int]]


def _laid(spec: ConvSpec) -> Laid:
    xs, ys = (_strides(spec, shape) for shape in (spec.input_shape, spec.output_shape))
    ws, first = _strides_of_weights(spec)
    # an axis that the layout does not show has stride 0, and would be divided by
    return Laid([spec.n, spec.g, spec.icg, spec.ocg],
                [xs[0], spec.icg * xs[1], xs[1], *ws[:3], first, ys[0], spec.ocg * ys[1], ys[1]],
                [[axis.i, axis.o, axis.k, *_reading(spec, axis), xs[at], ws[at + 1], max(1, ys[at])]
                 for at, axis in enumerate(spec.axes, 2)])


def _laid_gradient(spec: ConvSpec) -> Laid:
    """Images are what it sums, with pixels of dy as taps; its outputs are weights, whose input channels are images, and
    whose taps, perhaps reversed, are pixels."""
    xs, ys = (_strides(spec, shape) for shape in (spec.input_shape, spec.output_shape))
    ws, _ = _strides_of_weights(spec)
    axes = [[axis.i, axis.k, axis.o, -axis.d if spec.flip else axis.d, axis.s,
             axis.before - (axis.k - 1) * axis.d * spec.flip, 1, xs[at], ys[at], max(1, abs(ws[at + 1]))]
            for at, axis in enumerate(spec.axes, 2)]
    return Laid([spec.icg, spec.g, spec.n, spec.ocg],
                [xs[1], spec.icg * xs[1], xs[0], spec.ocg * ys[1], ys[1], ys[0], 0, ws[2], max(1, ws[0]), ws[1]], axes)


def _strides(spec: ConvSpec, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers from one index to the next of an input or output, [n, c, d, h, w]."""
    return oracle.channels_first(spec, np.empty(shape, np.int8)).strides


def _strides_of_weights(spec: ConvSpec) -> tuple[tuple[int, ...], int]:
    """The same of weights, [g, oc/g, ic/g, kd, kh, kw], and where the first one lies."""
    w = np.empty(spec.weights_shape, np.int8)
    logical = oracle.grouped_weights(spec, w)
    return logical.strides, logical.__array_interface__["data"][0] - w.__array_interface__["data"][0]


def _reading(spec: ConvSpec, axis: Axis) -> tuple[int, int, int, int]:
    """s, d, before, over: output o reads by tap k the input (o·s + k·d − before) / over, where that divides it."""
    if spec.transposed:
        return 1, -axis.d, -axis.before, axis.s
    return axis.s, axis.d, axis.before, 1


def _calls(spec: ConvSpec, *without: str) -> dict[str, Any]:
    """given: what NAME takes but these; on a device, enqueued: what NAME_enqueue takes, of which `buffers` are these
    arrays; of a stream `cut`: how it is cut into blocks."""
    given = _given(one for one in running(spec) if one.name not in without)
    return {"given": given, "cut": _cut(spec) if spec.streamed else None,
            "buffers": [(one.name, _role(one.name)) for one in running(spec) if one.array],
            "enqueued": ", ".join(ENQUEUED.get(name, name) for name in enqueued(spec, ""))}


class Copied(NamedTuple):
    """Samples of a stream's array: rows, bytes of a sample in each and from one to the next, samples of a block, and
    all that the test has."""

    rows: int
    bytes: int
    pitch: int
    block: int
    all: int


def _cut(spec: ConvSpec) -> dict[str, Copied]:
    """Of a stream the arrays that go and come block by block."""
    found: dict[str, Copied] = {}
    for one, every in zip(spec.arrays, tried(spec).arrays, strict=True):
        if one.when == "run":
            rows, channels = (1, one.shape[2]) if spec.channels_last else (one.shape[1], 1)
            at, size = one.layout.index("w"), one.element.bytes
            found[one.role] = Copied(rows, channels * size, one.strides[at] * size, one.shape[at], every.shape[at])
    return found


def _given(taken: Iterable[Parameter]) -> str:
    """Arguments; the caller's arrays as the layer's element has them."""
    roles = [(_role(one.name), one.type.strip()) for one in taken]
    return ", ".join(f"({type})a->stored.{role}" if role in ROLES else f"a->{role}" for role, type in roles)


def _role(name: str) -> str:
    """Of the self-test's arrays, that which a parameter is."""
    return golden.STANDS.get(name, name)


def _convolution(convolution: Convolution) -> dict[str, Any]:
    """With what the oracle makes of its weights and random input."""
    spec, use = convolution.layer.tried, convolution.use
    assert use.weights is not None
    if spec.arithmetic.exact:
        return _convolution_of_integers(convolution)
    streams = {"input": golden.INPUT, **golden.ADDED}
    drawn = {array.role: golden.reals(streams[array.role], array.shape).astype(array.element.dtype)
             for array in spec.arrays if array.when == "run" and not array.written}
    places = golden.places(math.prod(spec.output_shape), FEW)
    found = _looked_at(spec, use.arrays | drawn, places)
    added = [float(np.abs(array).max()) for role, array in use.arrays.items() if role in golden.ADDED]
    return {
        "slope": repr(1.0 if use.slopes is None else max(1.0, float(np.abs(use.slopes).max()))),
        "added": repr(sum(added, 0.0) + spec.residual),
        "top": repr(float(np.abs(oracle.real_weights(spec, use.weights, use.scale)).max())),
        "total": "0",
        "known": [[str(at), *map(repr, numbers)] for at, numbers in zip(places, found, strict=True)],
        **_calls(convolution.layer.spec, "packed"),
    }


def _looked_at(spec: ConvSpec, arrays: dict[str, Any], places: Sequence[int]) -> list[tuple[float, float, float]]:
    """Of these outputs the sum, that of magnitudes and the output, by the oracle; which computes others too where it
    need not."""
    if spec.operation == "forward":
        spec, arrays, where = sampled.pixels(spec, arrays, places)
    else:
        where = [np.unravel_index(at, spec.output_shape) for at in places]
    y, v, s = oracle.convolve(spec, **arrays)
    return [(float(v[at]), float(s[at]), float(y[at])) for at in where]


def _convolution_of_integers(convolution: Convolution) -> dict[str, Any]:
    """Likewise: the checksum of all outputs; or some, where an activation may round otherwise elsewhere."""
    spec, arrays = convolution.layer.tried, convolution.use.arrays
    drawn = golden.drawn_integers(spec)
    v = oracle.convolve(spec, **arrays, **drawn).v
    y, allowed = whole.outputs(spec, v, {**arrays, **drawn})
    real = v if "scale" not in arrays else v.astype(np.float32) * oracle.by_channel(spec, arrays["scale"])
    known = [(at, float(real.flat[at]), 0.0, float(y.flat[at])) for at in golden.places(y.size, FEW)]
    return {
        "slope": "1.0", "added": "0.0", "top": "0.0",
        "total": "0" if np.any(allowed) else f"UINT64_C(0x{golden.checksum(y):016x})",
        "known": [list(map(repr, numbers)) for numbers in known],
        **_calls(convolution.layer.spec, "packed"),
    }  # fmt: skip
