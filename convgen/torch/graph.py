"""Models that torch.fx can trace: the graph says what follows a convolution, and what is added to it.

    conv → [BatchNorm] → [+ residual] → [activation]        one call of a Layer

each value of which, but the last, nobody else uses. With a residual the call stands where the sum stood, so nothing
between may work in place.
"""

from __future__ import annotations

import copy
import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import fx, nn

from . import elements, fold
from .layer import Layer

Node = Any  # torch.fx.Node; mypy knows nothing of torch
Module = Any

FORM = "convgen form"  # in a node's meta
SUMS = (operator.add, torch.add, "add", "add_")  # += is traced as +


class Form(NamedTuple):
    """What a tensor of the example is like."""

    shape: tuple[int, ...]
    dtype: Any


class Chain(NamedTuple):
    """nodes: in the order of the graph, the convolution first. place: what the call is put before."""

    nodes: tuple[Node, ...]
    place: Node
    norm: Module = None
    residual: Node = None
    act: Module = None


class _Run(fx.Interpreter):  # type: ignore[misc]  # torch is not installed everywhere: Interpreter is Any
    """Runs a graph, and notes the forms of tensors whose type kernels have."""

    def run_node(self, n: Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, torch.Tensor) and result.dtype in elements.KNOWN:
            n.meta[FORM] = Form(tuple(result.shape), result.dtype)
        return result


def trace(model: Module, args: Sequence[Any]) -> Module:
    """The model as a graph that knows its tensors' forms for the example. Any exception: it cannot be one."""
    bound = inspect.signature(model.forward).bind(*args)
    absent = {name: parameter.default for name, parameter in bound.signature.parameters.items()
              if name not in bound.arguments and parameter.default is not parameter.empty}
    tracer = fx.Tracer()
    if not all(fold.plain(module) or tracer.is_leaf_module(module, path) for path, module in model.named_modules()):
        raise ValueError("hooks must be on leaves of the graph, which calls nothing else as a module")
    graph = tracer.trace(model, concrete_args=absent or None)
    traced = fx.GraphModule(model, graph, type(model).__name__)
    expected = _tensors(model(*copy.deepcopy(args)))
    found = _tensors(_Run(traced).run(*copy.deepcopy(args)))
    if len(expected) != len(found) or not all(map(_alike, expected, found)):
        raise ValueError("the model must do the same each time")  # as it was traced, and as it is run
    return traced


def noted(traced: Module, args: Sequence[Any]) -> Module:
    """A graph as it is, its tensors' forms noted."""
    _Run(traced).run(*args)
    return traced


def _tensors(result: Any) -> list[Any]:
    """Those that a model returns, in tuples, lists and dictionaries."""
    found: list[Any] = []
    fx.node.map_aggregate(result, lambda leaf: found.append(leaf) if isinstance(leaf, torch.Tensor) else None)
    return found


def _alike(one: Any, other: Any) -> bool:
    """Whether two results are the same but for how sums are rounded."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if not one.is_floating_point():
        return bool(torch.equal(one, other))
    scale = one.abs().nan_to_num().max().item() if one.numel() else 0.0
    share = max(1e-3, 8 * torch.finfo(one.dtype).eps)  # of f16 and bf16 a few roundings are more
    return bool(torch.allclose(one, other, rtol=share, atol=share * scale, equal_nan=True))


def replace(traced: Module, make: Callable[..., Module | None], last: bool) -> None:
    """Put Layers in place of convolutions. make(path, conv, norm, act, shapes, residual) gives a Layer, or
    None where there is no kernel."""
    graph = traced.graph
    for node in list(graph.nodes):
        if node.op == "call_module" and type(traced.get_submodule(node.target)) is nn.Identity:
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
        elif last and node.op == "call_method" and node.target == "view" and _sizes(node.args[1:]):
            node.target = "reshape"  # what is contiguous, channels second, may no longer be
    calls = [node for node in graph.nodes if node.op == "call_module"]
    sites = {target: [n for n in calls if n.target == target] for target in {n.target for n in calls}}
    gone: set[str] = set()
    for node in reversed(calls):  # of two that are added, the later takes the sum: nothing is between
        conv = traced.get_submodule(node.target)
        if not fold.is_convolution(conv) or len(node.args) != 1 or node.kwargs:
            continue
        form = _form(node.args[0])
        if form is None or form.dtype is not conv.weight.dtype:
            continue
        chain = _follow(node, traced)
        path = node.target
        if len(sites[path]) > 1 or any(n.op == "get_attr" and n.target.startswith(f"{path}.") for n in graph.nodes):
            path = free(traced, f"{path}_{sites[path].index(node)}")
        layer = make(path, conv, chain.norm, chain.act, [form.shape], chain.residual is not None)
        if layer is None:
            continue
        traced.add_submodule(path, layer)
        with graph.inserting_before(chain.place):
            added = () if chain.residual is None else (chain.residual,)
            call = graph.call_module(path, (node.args[0], *added))
        call.meta = chain.nodes[-1].meta
        gone |= {old.target for old in chain.nodes if old.op == "call_module"} - {path}
        chain.nodes[-1].replace_all_uses_with(call)
        for old in reversed(chain.nodes):
            graph.erase_node(old)
    used = {f"{node.target}." for node in graph.nodes if node.op in ("call_module", "get_attr")}
    for path in gone:
        if not any(name.startswith(f"{path}.") for name in used):
            traced.delete_submodule(path)
    graph.lint()
    traced.recompile()


def free(traced: Module, path: str) -> str:
    """The path, or one like it that nothing has."""
    taken = {name for name, _ in traced.named_modules()} | {name for name, _ in traced.named_parameters()}
    while path in taken:
        path += "_"
    return path


def _follow(node: Node, traced: Module) -> Chain:
    """The longest chain that begins with a convolution."""
    chain = Chain((node,), node)
    conv = traced.get_submodule(node.target)
    after = _only_user(chain)
    if after is not None and after.op == "call_module" and fold.is_norm(traced.get_submodule(after.target), conv):
        chain = chain._replace(nodes=(*chain.nodes, after), norm=traced.get_submodule(after.target))
        after = _only_user(chain)
    if after is not None:
        residual = _added(chain.nodes[-1], after)
        if residual is not None and not any(map(_in_place(traced), _between(node, after, chain))):
            chain = chain._replace(nodes=(*chain.nodes, after), place=after, residual=residual)
            after = _only_user(chain)
    if after is not None:
        act = _activation(after, traced)
        if act is not None:
            chain = chain._replace(nodes=(*chain.nodes, after), act=act)
    return chain


def _only_user(chain: Chain) -> Node | None:
    users = list(chain.nodes[-1].users)
    return users[0] if len(users) == 1 else None


def _added(value: Node, node: Node) -> Node | None:
    """What `node` adds to `value`, of its shape and type; None where it is no such sum."""
    if node.target not in SUMS or node.op not in ("call_function", "call_method") or node.kwargs or len(node.args) != 2:
        return None
    first, second = node.args
    if second is value and node.target == "add_":
        return None  # somebody may see the sum in what it is added to
    other = second if first is value else first
    fits = isinstance(other, fx.Node) and other is not value and _form(other) == _form(value) is not None
    return other if fits else None


def _between(first: Node, last: Node, chain: Chain) -> list[Node]:
    nodes = list(first.graph.nodes)
    return [n for n in nodes[nodes.index(first) : nodes.index(last)] if n not in chain.nodes]


def _in_place(traced: Module) -> Callable[[Node], bool]:
    """Whether a node may write to what others read."""

    def writes(node: Node) -> bool:
        if node.op == "call_module":
            module = traced.get_submodule(node.target)
            return bool(getattr(module, "inplace", False)) or not (
                isinstance(module, Layer) or type(module).__module__.startswith("torch.nn."))
        if node.op == "call_method":
            return bool(node.target.endswith("_"))
        if node.op == "call_function":
            name: str = getattr(node.target, "__name__", "_")
            return name.endswith("_") or "out" in node.kwargs or bool(node.kwargs.get("inplace")) or \
                any(value is True for value in node.args)  # inplace, or something harmless
        return False

    return writes


def _activation(node: Node, traced: Module) -> Module | None:
    """The node as a module whose activation kernels know."""
    if node.op == "call_module":
        module = traced.get_submodule(node.target)
    elif node.op in ("call_function", "call_method") and node.target in fold.FUNCTIONS:
        rest = {name: value for name, value in node.kwargs.items() if name != "input"}
        if any(isinstance(value, fx.Node) for value in (*node.args[1:], *rest.values())):
            return None
        module = fold.FUNCTIONS[node.target](*node.args[1:], **rest).eval()
    else:
        return None
    return module if fold.activation(module) is not None else None


def _form(node: Any) -> Form | None:
    """Of the tensor that a node is in the example; None where it is something else, or of a type no kernel has."""
    form: Form | None = node.meta.get(FORM) if isinstance(node, fx.Node) else None
    return form


def _sizes(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | fx.Node | tuple | list) for value in values)
