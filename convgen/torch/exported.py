"""Graphs that torch.export made and PT2E quantised: a convolution between integers becomes one call of a Layer.

    dequantize → conv → [+ dequantize] → [relu, hardtanh …] → [quantize]

each value of which, but the first and the last, nobody else uses. Where nothing quantises it, or an activation that is
no clamp stands before that, a layer gives f32. PyTorch multiplies and adds what is dequantised in f32, and rounds at
the end; a layer sums integers, exactly, with the bias rounded to s_x·s_w, and rounds once (half to even, as PyTorch
does). So outputs of 8 bits are within one step of PyTorch's where s_x·s_w is below s_y, and nearly all
the same.

Nodes are known by the names of their operators, so that nothing of torchao need be there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import fx, nn

from ..errors import InputError, UnsupportedError
from ..layer.activation import Activation
from ..layer.element import F32, S8, S16, S32, U8, Element
from ..layer.fields import DERIVED
from ..layer.quantisation import CLAMPS
from ..layer.spec import ConvSpec
from ..plan import proof
from ..run.arrays import to_pack
from . import elements, fold
from .graph import FORM, free

Node = Any  # torch.fx.Node; mypy knows nothing of torch
Module = Any
Tensor = Any

BY_TENSOR, BY_CHANNEL, QUANTIZE = (f"quantized_decomposed::{name}" for name in (
    "dequantize_per_tensor", "dequantize_per_channel", "quantize_per_tensor"))
TRANSPOSED = ("aten::conv_transpose1d", "aten::conv_transpose2d", "aten::conv_transpose3d")
CONVOLUTIONS = ("aten::conv1d", "aten::conv2d", "aten::conv3d", "aten::convolution", *TRANSPOSED)
SUMS = ("aten::add", "aten::add_")
BYTES = {elements.dtype(element): element for element in (U8, S8)}
KINDS = {(rank, kind in fold.TRANSPOSED): kind for kind, rank in fold.CONVOLUTIONS.items()}


class Quantised(NamedTuple):
    """A value in integers, and what these stand for: scale·(q − zero), of weights for each output channel. reals: the
    node that has the one of the other; None where that is quantised only to be an output."""

    node: Node
    element: Element
    scale: Tensor
    zero: Tensor
    reals: Node = None


class Chain(NamedTuple):
    """nodes: in the order of the graph, the convolution first. y: None where outputs are of f32."""

    nodes: tuple[Node, ...]
    x: Quantised
    act: str = "none"
    residual: Quantised | None = None
    y: Quantised | None = None


def quantised(model: Module) -> bool:
    """Whether it is a graph in which something is dequantised."""
    return isinstance(model, fx.GraphModule) and any(_name(n) in (BY_TENSOR, BY_CHANNEL) for n in model.graph.nodes)


def replace(traced: Module, make: Callable[..., Module], last: bool) -> dict[str, str]:
    """Put Layers in place of convolutions. make: as Factory.integers. What is left of a quantised graph, by the names
    of nodes, and why."""
    left: dict[str, str] = {}
    if not quantised(traced):
        return left
    graph = traced.graph
    for node in list(graph.nodes):
        if last and _name(node) == "aten::view":
            node.target = torch.ops.aten.reshape.default  # what is contiguous, channels second, may no longer be
        if _name(node) not in CONVOLUTIONS:
            continue
        try:
            chain = _chain(traced, node)
            spec, arrays = _layer(traced, chain, last)
            path = free(traced, node.name)
            layer = make(path, _cut(traced, chain), arrays, chain.x.reals.meta[FORM].shape, spec)
        except (InputError, UnsupportedError) as error:
            left[node.name] = str(error)
            continue
        traced.add_submodule(path, layer)
        with graph.inserting_before(chain.nodes[-1]):
            call = graph.call_module(path, tuple(one.node for one in _sources(chain)))
        call.meta = copy.copy(chain.nodes[-1].meta)
        chain.nodes[-1].replace_all_uses_with(call)
        for old in reversed(chain.nodes):
            graph.erase_node(old)
    for node in reversed(list(graph.nodes)):
        if not node.users and (node.op == "get_attr" or _name(node) in (BY_TENSOR, BY_CHANNEL)):
            graph.erase_node(node)
    graph.lint()
    traced.recompile()
    return left


# --- nodes ---


def _name(node: Any) -> str:
    """Its operator's, without the overload; empty where it is none of PyTorch's."""
    target = node.target if isinstance(node, fx.Node) and node.op == "call_function" else None
    return str(target._schema.name) if isinstance(target, torch._ops.OpOverload) else ""


def _given(node: Node) -> dict[str, Any]:
    """Its arguments by name."""
    return {one.name: node.args[at] if at < len(node.args) else node.kwargs.get(one.name, one.default_value)
            for at, one in enumerate(node.target._schema.arguments)}


def _writes(node: Node) -> bool:
    """Whether it writes to what it is given."""
    return bool(_name(node)) and bool(node.target._schema.is_mutable)


def _only_user(node: Node) -> Node | None:
    users = list(node.users)
    return users[0] if len(users) == 1 else None


def _constant(traced: Module, value: Any) -> Any:
    """What a node computes from the model's own numbers; UnsupportedError where it needs others."""
    if not isinstance(value, fx.Node):
        return value
    if value.op == "get_attr":
        found = traced
        for part in value.target.split("."):
            found = getattr(found, part)
        return found
    if not _name(value) or _writes(value):
        raise UnsupportedError(f"weights, bias, scales and zero points must be constants ({value.name} is none)")
    args, kwargs = fx.node.map_arg((value.args, value.kwargs), lambda node: _constant(traced, node))
    return value.target(*args, **kwargs)


def _dequantised(traced: Module, node: Any, channels: int | None = None) -> Quantised | None:
    """What a node of reals was in 8 bits, if it was. channels: the axis of which each index may have a scale."""
    by_channel = channels is not None and _name(node) == BY_CHANNEL
    if not by_channel and _name(node) != BY_TENSOR:
        return None
    given = _given(node)
    if given["dtype"] not in BYTES or given.get("out_dtype") not in (None, torch.float32) \
            or given.get("axis", channels) != channels:
        return None
    return _quantised(traced, given, given["input"], node)


def _quantised(traced: Module, given: dict[str, Any], integers: Node, reals: Node | None) -> Quantised:
    """Of the arguments of such an operator."""
    scale, zero = (_constant(traced, given.get(f"{name}s", given.get(name))) for name in ("scale", "zero_point"))
    return Quantised(integers, BYTES[given["dtype"]], torch.as_tensor(scale, dtype=torch.float64).reshape(-1),
                     torch.as_tensor(0 if zero is None else zero, dtype=torch.int64).reshape(-1), reals)


# --- what follows a convolution ---


def _chain(traced: Module, conv: Node) -> Chain:
    """The longest that begins with it; UnsupportedError for one of other inputs than integers."""
    x = _dequantised(traced, _given(conv)["input"])
    if x is None:
        raise UnsupportedError("its input is not dequantised from 8 bits, by one scale")
    nodes, residual, y = [conv], None, None
    after = _only_user(conv)
    if after is not None and (residual := _added(traced, conv, after)) is not None:
        nodes.append(after)
        after = _only_user(after)
    act = _activation(after)
    if act != "none":
        nodes.append(after)
        after = _only_user(nodes[-1])
    if Activation.parse(act).name in CLAMPS and (y := _quantises(traced, after)) is not None:
        nodes.append(after)
    if residual is not None and (y is None or y.element is not residual.element):  # the sum is PyTorch's
        nodes, residual, y, act = [conv], None, None, "none"
    chain = Chain(tuple(nodes), x, act, residual, y)
    for one in _sources(chain):
        if any(_writes(user) for value in (one.node, one.reals) for user in value.users if user not in nodes):
            raise UnsupportedError(f"its input must not be written to ({one.node.name})")
    return chain


def _sources(chain: Chain) -> Iterator[Quantised]:
    """What a call is given."""
    yield chain.x
    if chain.residual is not None:
        yield chain.residual


def _added(traced: Module, value: Node, node: Node) -> Quantised | None:
    """What a node adds to a value, of its shape; None where it does something else."""
    if _name(node) not in SUMS:
        return None
    given = _given(node)
    first, second = given["self"], given["other"]
    other = second if first is value else first
    if given.get("alpha", 1) != 1 or other is value or (second is value and _writes(node)) \
            or not isinstance(other, fx.Node) or other.meta.get(FORM) != value.meta.get(FORM):
        return None
    return _dequantised(traced, other)


def _activation(node: Node | None) -> str:
    """A node's, as a spec has it; none where it has none that a layer of integers has."""
    name = _name(node).removeprefix("aten::").removesuffix("_")
    function = getattr(nn.functional, name, None) or getattr(torch, name, None)
    if node is None or function not in fold.FUNCTIONS or len(node.all_input_nodes) != 1:
        return "none"
    found = fold.activation(fold.FUNCTIONS[function](*node.args[1:], **node.kwargs).eval())
    return "none" if found is None or Activation.parse(found).slopes else found


def _quantises(traced: Module, node: Node | None) -> Quantised | None:
    """What a node makes of reals in 8 bits, over the whole range of their type; None where it does something else."""
    if node is None or _name(node) != QUANTIZE:
        return None
    given = _given(node)
    element = BYTES.get(given["dtype"])
    if element is None or (given["quant_min"], given["quant_max"]) != (element.smallest, element.largest):
        return None
    return _quantised(traced, given, node, None)


# --- the layer ---


def _layer(traced: Module, chain: Chain, last: bool) -> tuple[ConvSpec, dict[str, Tensor]]:
    """The layer, with what its weights promise, and what it takes once, by role. InputError and UnsupportedError where
    there is none."""
    given, x, y = _given(chain.nodes[0]), chain.x, chain.y
    given["transposed"] = given.get("transposed", _name(chain.nodes[0]) in TRANSPOSED)
    w = _dequantised(traced, given["weight"], channels=int(given["transposed"]))
    if w is None:
        raise UnsupportedError("its weights are not dequantised from 8 bits, by a scale for each output channel or one")
    arrays = _arrays(traced, chain, w, given)
    taps = arrays["weights"]
    types = x.element, BYTES.get(taps.dtype, S16), F32 if y is None else y.element
    spec = _extents(given, tuple(taps.shape), chain, last).replace(
        weights_layout=fold.WEIGHTS[given["transposed"]], dtype=":".join(element.name for element in types),
        input_zero=int(x.zero), **_outputs(chain))
    own = {role: array.numpy() for role, array in arrays.items()}
    spec = proof.kept(spec, own["weights"], own.get("bias"))
    to_pack(spec, {"bias": None, **own}, copy=False)  # checks them
    return spec.replace(weights_layout=DERIVED), arrays


def _outputs(chain: Chain) -> dict[str, Any]:
    """What a spec says of outputs in integers."""
    y, residual = chain.y, chain.residual
    if y is None:
        return {"activation": chain.act}
    fields: dict[str, Any] = {"activation": chain.act, "output_zero": int(y.zero)}
    if chain.act not in ("none", "relu"):
        fields["output_scale"] = y.scale.float().item()
    if residual is not None:
        fields |= {"residual": True, "residual_zero": int(residual.zero),
                   "residual_scale": (residual.scale / y.scale).float().item()}
    return fields


def _extents(given: dict[str, Any], weights: tuple[int, ...], chain: Chain, last: bool) -> ConvSpec:
    """The layer of such arguments, in f32."""
    rank, groups, transposed = len(weights) - 2, given["groups"], given["transposed"]
    ic, oc = (weights[0], weights[1] * groups) if transposed else (weights[1] * groups, weights[0])

    def each(value: Any) -> Any:
        return (value[0] if len(value) == 1 else tuple(value)) if isinstance(value, list | tuple) else value

    more = {"output_padding": each(given["output_padding"])} if transposed else {}
    conv = KINDS[rank, transposed](ic, oc, weights[2:], each(given["stride"]), each(given["padding"]),
                                   dilation=each(given["dilation"]), groups=groups, device="meta", dtype=torch.float32,
                                   **more)
    return fold.spec(conv, chain.x.reals.meta[FORM].shape, last, given["bias"] is not None, False, "none")


def _arrays(traced: Module, chain: Chain, w: Quantised, given: dict[str, Any]) -> dict[str, Tensor]:
    """Weights less their zero points, in the smaller type that holds them; bias, given in reals; scales. Those of a
    transposed layer are of the output channels of a group, and alike in all."""
    integers, axis, bias = _constant(traced, w.node), int(given["transposed"]), given["bias"]
    groups = given["groups"] if axis else 1
    channels = integers.shape[axis] * groups
    taps = integers.to(torch.int64) - w.zero.reshape(-1, *[1] * (integers.dim() - axis - 1))
    small = not taps.numel() or (S8.smallest <= int(taps.min()) and int(taps.max()) <= S8.largest)
    found = {"weights": taps.to(elements.dtype(S8 if small else S16)).contiguous()}
    unit = (chain.x.scale * (w.scale.repeat(groups) if len(w.scale) > 1 else w.scale)).expand(channels)
    if bias is not None:
        rounded = (_constant(traced, bias).detach().double() / unit).round()
        if not bool((rounded.abs() <= proof.MOST[S32.name]).all()):
            raise UnsupportedError("its bias / (x scale * w scale) must fit s32")
        found["bias"] = rounded.to(torch.int32)
    found["scale"] = (unit if chain.y is None else unit / chain.y.scale).to(torch.float32)
    return found


def _cut(traced: Module, chain: Chain) -> Module:
    """What PyTorch computes of the chain, as a graph of its own, of integers."""
    graph = fx.Graph()
    known: dict[Node, Node] = {}
    for name, one in zip(("x", "residual"), _sources(chain), strict=False):
        known[one.node] = graph.placeholder(name)
    wanted, open_ = set(known), [chain.nodes[-1]]
    while open_:
        node = open_.pop()
        if node not in wanted:
            wanted.add(node)
            open_ += node.all_input_nodes
    for node in traced.graph.nodes:
        if node in wanted and node not in known:
            known[node] = graph.node_copy(node, known.__getitem__)
    graph.output(known[chain.nodes[-1]])
    return fx.GraphModule(traced, graph)
