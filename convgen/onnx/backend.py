"""An ONNX backend, as onnx.backend.base has it: Conv, ConvTranspose, QLinearConv and ConvInteger by generated kernels,
all else by ONNX's own evaluator.

    from convgen.onnx import backend

    prepared = backend.prepare(onnx.load("model.onnx"))  # target=, threads=
    outputs = prepared.run([x])                          # kernels are made by the first run

A kernel is generated once for each different layer of this process, and compiled unless the cache has it: the first
run tells of each, by logging ("convgen", INFO), or else in a line on stderr where that is a terminal. A Conv that is
not of f32, f16 or bf16, or of f16 on a CPU that does not convert it, or of more than three spatial axes, is left to the
evaluator too; so is one of integers, where the target has no kernel for it. Those that a kernel computes are exact:
QLinearConv is ONNX Runtime's, bit for bit. Operators of ONNX Runtime that spellings.py knows are run as those of ONNX
that they mean.
"""

from __future__ import annotations

import functools
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from ..api import generate
from ..errors import InputError, MissingToolError, UnsupportedError
from ..layer.element import ARITHMETICS, F32, S8, S16, S32, U8, Element
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.target import Target
from . import transposed
from .constants import NEWEST_WILL_DO, implementation, lacks
from .cut import Ends, slices
from .graph import FLOATS, Node
from .layers import CONVOLUTIONS, layer
from .proto import own_names
from .quantised import BYTES, check_scale, check_zero, scales, weights
from .spellings import RUNTIME, respelled

try:
    import onnx
    from onnx import helper
    from onnx.backend import base
    from onnx.reference import ReferenceEvaluator
    from onnx.reference.op_run import OpRun
    from onnx.reference.ops.op_conv import Conv as Evaluated
    from onnx.reference.ops.op_conv_integer import ConvInteger as EvaluatedInteger
    from onnx.reference.ops.op_conv_transpose import ConvTranspose as EvaluatedTransposed
    from onnx.reference.ops.op_qlinear_conv import QLinearConv as EvaluatedQuantised
except ImportError:
    raise MissingToolError("the ONNX backend needs the package onnx (pip install 'convgen[onnx]')") from None

# What onnx brings has no types here: Any, as a base class too.


log = logging.getLogger("convgen")


class Progress:
    """How far the first run of a model has come. convs: how many convolutions it has, functions and branches aside."""

    def __init__(self, convs: int) -> None:
        self._convs, self._seen, self._shown = convs, set[int](), False

    def making(self, node: int, spec: ConvSpec) -> None:
        """The kernel of a layer comes next, for a node."""
        self._seen.add(node)
        told = f"kernel for Conv {len(self._seen)} of {max(self._convs, len(self._seen))}: {spec!r}"
        log.info(told)
        if not log.isEnabledFor(logging.INFO) and sys.stderr is not None and sys.stderr.isatty():
            self._show(f"convgen: {told}"[: shutil.get_terminal_size().columns - 1])

    def done(self) -> None:
        """The run is over: the line on the terminal goes."""
        if self._shown:
            self._show("")

    def _show(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
        self._shown = bool(line)


@functools.cache
def _compiled(spec: ConvSpec, target: Target, algorithm: str | None, threads: int) -> Any:
    """The layer's kernel, compiled; nobody packs weights for this one."""
    return generate(spec, target, algorithm, threads=threads).compile()


class Kernels:
    """An operator by kernels; the evaluator makes one for each node, of a subclass that says how they are made."""

    op_domain = ""
    op = "Conv"  # what it does, be it of integers
    target: Target
    algorithm: str | None
    threads: int
    progress: Progress

    def __init__(self, *arguments: Any, **rest: Any) -> None:
        super().__init__(*arguments, **rest)
        self._lock = threading.Lock()
        self._conv: Any = None  # for the shapes of the last run
        self._packed: tuple[Any, ...] = ()  # the arrays in it, kept so that they can be told from others

    def layer(self, x: Any, w: Any, bias: Any, attributes: Mapping[str, Any]) -> tuple[ConvSpec, Ends] | None:
        """What it does with arrays of these shapes, in f32, and what it cuts off the input first; None for what no
        layer does. One of no images is that of one."""
        given = {name: tuple(value) if isinstance(value, list) else value
                 for name, value in attributes.items() if value is not None}
        node = Node("", self.op, "", ("X", "W", "" if bias is None else "B"), ("Y",), given)
        try:
            return layer(node, (x.shape[0] or 1 if x.ndim else 1, *x.shape[1:]), w.shape, F32)
        except UnsupportedError:
            return None

    def compute(self, spec: ConvSpec, x: Any, cut: Ends, taken: tuple[Any, ...],
                arrays: Callable[[], Mapping[str, Any]]) -> Any:
        """taken: what is packed now; arrays: what that is to a layer, by role, called when it is another than last."""
        if not x.shape[0]:  # a layer has at least one image
            return np.empty((0, *spec.output_shape[1:]), spec.arithmetic.output.dtype)
        x = x[(..., *slices(cut))]
        with self._lock:
            if self._conv is None or self._conv.kernel.spec != spec:
                self.progress.making(id(self), spec)
                shared = _compiled(spec, self.target, self.algorithm, self.threads)
                self._conv, self._packed = shared.kernel.load(shared.where), ()
            if not _same(self._packed, taken):
                self._packed = ()
                self._conv.pack(**{role: np.ascontiguousarray(array) for role, array in arrays().items()
                                   if array is not None})
                self._packed = taken
            return self._conv(np.ascontiguousarray(x), threads=None if self.target.device else self.threads)


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


class Floats(Kernels):
    """Those of floats. Names and order are ONNX's."""

    def _run(self, X: Any, W: Any, B: Any = None, **attributes: Any) -> tuple[Any]:
        found = None
        element = next((one for one in FLOATS.values() if one.numpy == X.dtype.name), None)
        if element is not None and all(array is None or array.dtype == X.dtype for array in (W, B)) \
                and not (element.rounds and self.target.device is None
                         and not self.target.runs_here(ARITHMETICS[element.name])):
            found = self.layer(X, W, B, attributes)
        if element is None or found is None:
            evaluated: Any = super()
            result: tuple[Any] = evaluated._run(X, W, B, **attributes)
            return result
        spec, cut = found
        return (self.compute(spec.replace(dtype=element.name), X, cut, (W, B), lambda: {"weights": W, "bias": B}),)


class Conv(Floats, Evaluated):  # type: ignore[misc]
    """y = w ∗ x + b"""


class ConvTranspose(Floats, EvaluatedTransposed):  # type: ignore[misc]
    """y = wᵀ ∗ x + b"""

    op = transposed.OPERATOR


class Integers(Kernels):
    """Those that sum integers."""

    def __init__(self, *arguments: Any, **rest: Any) -> None:
        super().__init__(*arguments, **rest)
        self._shifted: tuple[Any, ...] = (None, None, None)  # weights, their zero points, and what is left of them

    def of_integers(self, x: Any, x_zero: Any, w: Any, w_zero: Any, bias: Any, output: Element, y_zero: int,
                    scale: tuple[Any, Any, Any] | None, attributes: Mapping[str, Any]) -> Any:
        """The outputs; None where no kernel computes them. scale: None for the sums."""
        given = {element.dtype: element for element in BYTES.values()}
        found = self.layer(x, w, bias, attributes) if x.dtype in given and w.dtype in given else None
        if found is None:
            return None
        spec, cut = found
        zero = 0 if x_zero is None else check_zero("x_zero_point", "x_zero_point", x_zero, given[x.dtype], None)[0]
        zeros = np.zeros(1, np.int64) if w_zero is None else \
            check_zero("w_zero_point", "w_zero_point", w_zero, given[w.dtype], spec.oc)
        shifted = self._less(w, w_zero, zeros)
        dtypes = (given[x.dtype].name, (S8 if shifted.dtype == S8.dtype else S16).name, output.name)
        spec = spec.replace(dtype=":".join(dtypes), input_zero=int(zero), output_zero=y_zero)
        try:
            return self.compute(spec, x, cut, (shifted, bias, *(scale or ())),
                                lambda: {"weights": shifted, "bias": bias} | (
                                    {"scale": scales(*scale, spec.oc)} if scale else {}))
        except UnsupportedError:
            return None

    def _less(self, w: Any, w_zero: Any, zeros: Any) -> Any:
        """The weights without their zero points, computed when they are others than last."""
        with self._lock:
            if not _same(self._shifted[:2], (w, w_zero)):
                self._shifted = (w, w_zero, weights(w, zeros))
            return self._shifted[2]


class ConvInteger(Integers, EvaluatedInteger):  # type: ignore[misc]
    """y = (w − z_w) ∗ (x − z_x). Names and order are ONNX's."""

    def _run(self, X: Any, W: Any, x_zero_point: Any = None, w_zero_point: Any = None, **attributes: Any) -> tuple[Any]:
        y = self.of_integers(X, x_zero_point, W, w_zero_point, None, S32, 0, None, attributes)
        if y is None:
            (y,) = super()._run(X, W, x_zero_point, w_zero_point, **attributes)
        return (y,)


class QLinearConv(Integers, EvaluatedQuantised):  # type: ignore[misc]
    """y = round(((w − z_w) ∗ (x − z_x) + b)·s_x·s_w / s_y) + z_y. Names and order are ONNX's."""

    def _run(self, x: Any, x_scale: Any, x_zero_point: Any, w: Any, w_scale: Any, w_zero_point: Any,
             y_scale: Any, y_zero_point: Any, B: Any = None, **attributes: Any) -> tuple[Any]:
        kind = (x if y_zero_point is None else y_zero_point).dtype
        for field, array, channels in (("x_scale", x_scale, None), ("w_scale", w_scale, w.shape[0]),
                                       ("y_scale", y_scale, None)):
            check_scale(field, field, array, channels)
        output = U8 if kind == U8.dtype else S8
        zero = 0
        if y_zero_point is not None:
            zero = int(check_zero("y_zero_point", "y_zero_point", y_zero_point, output, None)[0])
        y = self.of_integers(x, x_zero_point, w, w_zero_point, B, output, zero, (x_scale, w_scale, y_scale), attributes)
        if y is None:
            (y,) = super()._run(x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B,
                                **attributes)
        return (y,)


class BatchNormalization(OpRun):  # type: ignore[misc]
    """Of opsets 7 to 13 with one output: inference, which the evaluator mixes with the batch's own mean."""

    op_domain = ""

    def _run(self, x: Any, scale: Any, bias: Any, mean: Any, var: Any, epsilon: float = 1e-5, **_: Any) -> tuple[Any]:
        """(x − mean)·γ/√(var + ε) + β, channel by channel."""
        gamma, beta, mu, sigma = (values.reshape(-1, *[1] * (x.ndim - 2)) for values in (scale, bias, mean, var))
        return (((x - mu) * (gamma / np.sqrt(sigma + epsilon)) + beta).astype(x.dtype),)


class Softmax(OpRun):  # type: ignore[misc]
    """Before opset 13: over all axes from `axis` on, 1 if it is not given. The evaluator has the newer one only."""

    op_domain = ""

    def _run(self, x: Any, **_: Any) -> tuple[Any]:
        axis = next((one.i for one in self.onnx_node.attribute if one.name == "axis"), 1) % x.ndim
        axes = tuple(range(axis, x.ndim))
        powers = np.exp(x - x.max(axis=axes, keepdims=True))
        return ((powers / powers.sum(axis=axes, keepdims=True)).astype(x.dtype),)


class Pad(OpRun):  # type: ignore[misc]
    """Of all opsets. Negative pads cut off, which the evaluator does not do."""

    op_domain = ""

    def _run(self, x: Any, pads: Any = None, value: Any = None, axes: Any = None, *, mode: str | None = None,
             paddings: Any = None) -> tuple[Any]:
        given = [int(pad) for pad in (paddings if pads is None else pads)]
        count = len(given) // 2
        ends = [(0, 0)] * x.ndim
        for place, axis in enumerate(range(x.ndim) if axes is None else axes):
            ends[int(axis)] = (given[place], given[count + place])
        x = x[tuple(slice(max(-before, 0), extent - max(-after, 0))
                    for (before, after), extent in zip(ends, x.shape, strict=True))]
        widths = [(max(before, 0), max(after, 0)) for before, after in ends]
        if mode in (None, "constant"):
            return (np.pad(x, widths, constant_values=0 if value is None else np.asarray(value).item()),)
        return (np.pad(x, widths, cast(Any, mode)),)


class Prepared(base.BackendRep):  # type: ignore[misc]
    """A model that can be run again and again, also by several threads at once."""

    def __init__(self, model: Any, target: Target, algorithm: str | None, threads: int) -> None:
        opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
        self._progress = Progress(sum(node.op_type in CONVOLUTIONS for node in model.graph.node))
        made = {"target": target, "algorithm": algorithm, "threads": threads, "progress": self._progress}
        operators = [type(one.__name__, (one,), made) for one in (Conv, ConvTranspose, ConvInteger, QLinearConv)]
        operators += [Pad, *[BatchNormalization] * (7 <= opset < 14), *[Softmax] * (opset < 13)]
        operators += [_older(op, opset) for op in NEWEST_WILL_DO if lacks(op, opset) and onnx.defs.has(op, opset)]

        class Evaluator(ReferenceEvaluator):  # type: ignore[misc]
            """One that hands these operators on to the evaluators of functions."""

            def __init__(self, *arguments: Any, **rest: Any) -> None:
                super().__init__(*arguments, **rest | {"new_ops": operators})

        self._evaluator = Evaluator(_respelled(model))
        constants = {tensor.name for tensor in model.graph.initializer}
        self._inputs = [value.name for value in model.graph.input if value.name not in constants]
        self._outputs = [value.name for value in model.graph.output]

    def run(self, inputs: Any, **_: Any) -> Any:
        """inputs: an array, arrays in the model's order, or by name. The outputs, by index or by name."""
        if isinstance(inputs, Mapping):
            feeds = dict(inputs)
        else:
            arrays = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
            if len(arrays) != len(self._inputs):
                raise InputError(f"inputs must be {len(self._inputs)} arrays (got {len(arrays)})")
            feeds = dict(zip(self._inputs, arrays, strict=True))
        try:
            outputs = self._evaluator.run(None, feeds)
        finally:
            self._progress.done()
        return base.namedtupledict("Outputs", self._outputs)(*outputs)


def _older(op: str, opset: int) -> Any:
    """An operator whose version of an opset the evaluator lacks: its newest, with the attributes of that version."""
    return type(op, (implementation(op, opset),), {"op_domain": "", "op_schema": onnx.defs.get_schema(op, opset)})


def _with_shapes(model: Any) -> Any:
    """For the checker, which wants each input and output to have a shape; without one it is any."""
    def bare(values: Any) -> list[Any]:
        return [value.type.tensor_type for value in values
                if value.type.HasField("tensor_type") and not value.type.tensor_type.HasField("shape")]

    if not bare((*model.graph.input, *model.graph.output)):
        return model
    filled = onnx.ModelProto()
    filled.CopyFrom(model)
    for tensor in bare((*filled.graph.input, *filled.graph.output)):
        tensor.shape.SetInParent()
    return filled


def _respelled(model: Any) -> Any:
    """With ONNX's own operators in place of ONNX Runtime's, as far as these are known."""
    if all(node.domain != RUNTIME for node in model.graph.node):
        return model
    taken = own_names(model.graph) | {value.name for value in model.graph.input}
    nodes = [inner for node in model.graph.node for inner in respelled(node, taken) or [node]]
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    changed.graph.ClearField("node")
    changed.graph.node.extend(nodes)
    return changed


class Backend(base.Backend):  # type: ignore[misc]
    """Classmethods, as ONNX's test runner expects them."""

    @classmethod
    def prepare(cls, model: Any, device: str = "CPU", *, target: str | Target = "host",
                algorithm: str | None = None, threads: int = 1, **_: Any) -> Prepared:
        """target, algorithm: of the kernels. InputError for a device that is none, or a model that is not valid."""
        if not cls.supports_device(device):
            raise InputError(f"device must be CPU (device={show(device)})")
        try:
            onnx.checker.check_model(_with_shapes(model))
        except onnx.checker.ValidationError as error:
            raise InputError(f"model must be valid ({' '.join(str(error).split())[:200]})") from None
        return Prepared(model, find(target) if isinstance(target, str) else target, algorithm, threads)

    @classmethod
    def run_node(cls, node: Any, inputs: Any, device: str = "CPU", outputs_info: Sequence[Any] | None = None,
                 **rest: Any) -> Any:
        """One operator on arrays; outputs_info is not needed."""
        arrays = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
        names = list(dict.fromkeys(name for name in node.input if name))
        if len(arrays) != len(names):
            raise InputError(f"inputs must be {len(names)} arrays (got {len(arrays)})")
        values = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                  for name, array in zip(names, arrays, strict=True)]
        outputs = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
        opset = rest.pop("opset_version", onnx.defs.onnx_opset_version())
        model = onnx.shape_inference.infer_shapes(helper.make_model(
            helper.make_graph([node], "node", values, outputs), opset_imports=[helper.make_opsetid("", opset)]))
        return cls.prepare(model, device, **rest).run(arrays)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        return device.partition(":")[0] == "CPU"


# the module is a backend, too
is_compatible = Backend.is_compatible
prepare = Backend.prepare
run_model = Backend.run_model
run_node = Backend.run_node
supports_device = Backend.supports_device
