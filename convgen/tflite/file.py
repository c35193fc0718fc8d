"""A .tflite file as tensors and operators. A model may come from anybody: nothing that the file claims is believed.

    model = read("model.tflite")

The file is a FlatBuffer (TFLite's schema.fbs): tables of offsets, which the package tflite follows without looking
where they lead. What leads out of the file is an error, and so is a small file that says much by offsets to the same
place.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingToolError
from ..layer.names import brief
from ..onnx.tensors import reason, regular

MAX_FILE = 2**31 - 1  # bytes: as far as a FlatBuffer's offsets reach
SHARED = 4  # bytes read for each of the file: a writer may put what is equal in one place
WRONG = (struct.error, ValueError, TypeError, IndexError, OverflowError, AttributeError, AssertionError)

# operator -> its table of options, and the fields of that
OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CONV_2D": ("Conv2DOptions", ("Padding", "StrideH", "StrideW", "DilationHFactor", "DilationWFactor",
                                  "FusedActivationFunction", "QuantizedBiasType")),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", ("Padding", "StrideH", "StrideW", "DilationHFactor",
                                                     "DilationWFactor", "FusedActivationFunction")),
    "CONV_3D": ("Conv3DOptions", ("Padding", "StrideD", "StrideH", "StrideW", "DilationDFactor", "DilationHFactor",
                                  "DilationWFactor", "FusedActivationFunction")),
    "TRANSPOSE_CONV": ("TransposeConvOptions", ("Padding", "StrideH", "StrideW", "FusedActivationFunction")),
    "FULLY_CONNECTED": ("FullyConnectedOptions", ("FusedActivationFunction", "WeightsFormat", "KeepNumDims")),
    **{f"{kind}_POOL_2D": ("Pool2DOptions", ("Padding", "StrideH", "StrideW", "FilterHeight", "FilterWidth",
                                             "FusedActivationFunction")) for kind in ("MAX", "AVERAGE")},
    "ADD": ("AddOptions", ("FusedActivationFunction",)),
    "SUB": ("SubOptions", ("FusedActivationFunction",)),
    "MUL": ("MulOptions", ("FusedActivationFunction",)),
    "DIV": ("DivOptions", ("FusedActivationFunction",)),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", "FusedActivationFunction")),
    "LEAKY_RELU": ("LeakyReluOptions", ("Alpha",)),
    "SOFTMAX": ("SoftmaxOptions", ("Beta",)),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), ("ReducerOptions", ("KeepDims",))),
    **{f"RESIZE_{kind}": (f"Resize{name}Options", ("AlignCorners", "HalfPixelCenters"))
       for kind, name in (("BILINEAR", "Bilinear"), ("NEAREST_NEIGHBOR", "NearestNeighbor"))},
    "STRIDED_SLICE": ("StridedSliceOptions", ("BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask")),
    "GATHER": ("GatherOptions", ("Axis", "BatchDims")),
    "PACK": ("PackOptions", ("Axis",)),
    "UNPACK": ("UnpackOptions", ("Axis",)),
    "MIRROR_PAD": ("MirrorPadOptions", ("Mode",)),
    "DEPTH_TO_SPACE": ("DepthToSpaceOptions", ("BlockSize",)),
    "SPACE_TO_DEPTH": ("SpaceToDepthOptions", ("BlockSize",)),
}


class Tensor(NamedTuple):
    """kind: the schema's name of its type, as INT8. open: axes whose extent the file leaves open. data: its bytes, None
    for what is not constant. scale, zero: of its quantisation, one or one for each index along `axis`, or none. sparse:
    whether the bytes are of a format of their own."""

    name: str
    kind: str
    shape: tuple[int, ...]
    open: tuple[int, ...]
    data: NDArray[np.uint8] | None
    scale: NDArray[np.float32]
    zero: NDArray[np.int64]
    axis: int
    sparse: bool


class Operator(NamedTuple):
    """inputs, outputs: numbers of tensors, -1 for what is left out. options: the fields that OPTIONS tells, as the file
    has them; None where it has none."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any] | None


class Model(NamedTuple):
    """The main graph of a file. inner: the operators of the others. data: bytes of the constants of all."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    inner: tuple[Operator, ...]


def read(path: str | os.PathLike[str]) -> Model:
    """InputError for what is no TFLite file, MissingToolError without the package tflite."""
    library = _library()
    path = Path(path)
    where = brief(str(path))
    data = _bytes(path)
    if data[4:8] != b"TFL3":
        raise InputError(f"model must be a TFLite file ({where}: it does not say TFL3)")
    try:
        return _Reader(library, data).model(path.stem)
    except WRONG as error:
        said = " ".join(str(error).split())[:80]
        raise InputError(f"model must be a TFLite file ({where}: {said or type(error).__name__})") from None
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _library() -> Any:
    try:
        import tflite  # slow
    except ImportError:
        raise MissingToolError("reading TFLite files needs the package tflite (pip install 'convgen[tflite]')"
                               ) from None
    return tflite


def _bytes(path: Path) -> bytes:
    try:
        with regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE:
                raise InputError(f"model must not exceed 2 GiB ({brief(str(path))}: {size} bytes)")
            data: bytes = file.read(size)
            return data
    except (OSError, ValueError) as error:
        raise InputError(f"model must be readable ({brief(str(path))}: {reason(error)})") from None


class _Reader:
    """The tables of a file."""

    def __init__(self, library: Any, data: bytes) -> None:
        self._library, self._data, self._left = library, data, SHARED * len(data)
        self._file: Any = library.Model.GetRootAs(data, 0)

    def model(self, name: str) -> Model:
        kinds = self._names("TensorType")
        codes = [self._code(code) for code in self._each(self._file.OperatorCodesLength, self._file.OperatorCodes)]
        buffers = [self._buffer(buffer) for buffer in self._each(self._file.BuffersLength, self._file.Buffers)]
        graphs = list(self._each(self._file.SubgraphsLength, self._file.Subgraphs))
        if not graphs:
            raise InputError("model must have a graph (it has none)")
        main, *others = graphs
        tensors = tuple(self._tensor(tensor, kinds, buffers)
                        for tensor in self._each(main.TensorsLength, main.Tensors))
        inputs, outputs = self._numbers(main.InputsAsNumpy()), self._numbers(main.OutputsAsNumpy())
        operators = tuple(self._operator(one, codes, len(tensors))
                          for one in self._each(main.OperatorsLength, main.Operators))
        for one in (*inputs, *outputs):
            _index("an input or output of the graph", one, len(tensors))
        inner = tuple(self._operator(one, codes, graph.TensorsLength())
                      for graph in others for one in self._each(graph.OperatorsLength, graph.Operators))
        return Model(name, tensors, operators, inputs, outputs, inner)

    def _spend(self, count: int) -> None:
        """So many bytes of the file are read, perhaps not for the first time."""
        self._left -= count
        if self._left < 0:
            raise InputError(f"model must not say more than {SHARED} times what the file holds (its offsets lead to the"
                             " same places)")

    def _each(self, length: Callable[[], int], item: Callable[[int], Any]) -> Iterator[Any]:
        count = length()
        self._spend(4 * count)
        return map(item, range(count))

    def _numbers(self, found: Any) -> tuple[int, ...]:
        """A vector of integers; NumPy's, or 0 where there is none."""
        array = self._array(found)
        return tuple(array.tolist())

    def _array(self, found: Any) -> NDArray[Any]:
        if isinstance(found, int):
            return np.zeros(0, np.int32)
        array: NDArray[Any] = found
        self._spend(array.nbytes)
        return array

    def _names(self, what: str) -> dict[int, str]:
        return {number: name for name, number in vars(getattr(self._library, what)).items() if isinstance(number, int)}

    def _code(self, code: Any) -> str:
        """The older of the two fields ends at 127, of which the newer one tells more."""
        number = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
        if number == self._library.BuiltinOperator.CUSTOM:
            return self._text(code.CustomCode()) or "CUSTOM"
        name: str = self._library.BUILTIN_OPCODE2NAME.get(number, f"operator {number}")
        return name

    def _buffer(self, buffer: Any) -> NDArray[np.uint8] | None:
        """Its bytes; those of large models lie behind the tables."""
        start, count = buffer.Offset(), buffer.Size()
        if start > 1:  # 1 is said before the place is known
            if start + count > len(self._data):
                raise InputError(f"buffers must lie in the file (offset={start}, size={count}, of {len(self._data)})")
            self._spend(count)
            return np.frombuffer(self._data, np.uint8, count, start)
        found = self._array(buffer.DataAsNumpy())
        return found if found.size else None

    def _tensor(self, tensor: Any, kinds: dict[int, str], buffers: list[NDArray[np.uint8] | None]) -> Tensor:
        name = self._text(tensor.Name())
        _index(f"buffer of {brief(name)}", tensor.Buffer(), len(buffers))
        quantisation = tensor.Quantization()
        scale, zero, axis = np.zeros(0, np.float32), np.zeros(0, np.int64), 0
        if quantisation is not None:
            scale = self._array(quantisation.ScaleAsNumpy()).astype(np.float32)
            zero = self._array(quantisation.ZeroPointAsNumpy()).astype(np.int64)
            axis = quantisation.QuantizedDimension()
        said = self._numbers(tensor.ShapeSignatureAsNumpy())
        return Tensor(name, kinds.get(tensor.Type(), f"type {tensor.Type()}"), self._numbers(tensor.ShapeAsNumpy()),
                      tuple(at for at, extent in enumerate(said) if extent < 0), buffers[tensor.Buffer()],
                      scale, zero, axis, tensor.Sparsity() is not None)

    def _operator(self, operator: Any, codes: list[str], tensors: int) -> Operator:
        _index("opcode_index of an operator", operator.OpcodeIndex(), len(codes))
        kind = codes[operator.OpcodeIndex()]
        inputs, outputs = self._numbers(operator.InputsAsNumpy()), self._numbers(operator.OutputsAsNumpy())
        for one in (*inputs, *outputs):
            if one != -1:
                _index(f"a tensor of {brief(kind)}", one, tensors)
        return Operator(kind, inputs, outputs, self._options(operator, kind))

    def _options(self, operator: Any, kind: str) -> dict[str, Any] | None:
        table, fields = OPTIONS.get(kind, ("", ()))
        found = operator.BuiltinOptions()
        if not table or found is None \
                or operator.BuiltinOptionsType() != getattr(self._library.BuiltinOptions, table):
            return None
        options = getattr(self._library, table)()
        options.Init(found.Bytes, found.Pos)
        return {field: getattr(options, field)() for field in fields}

    def _text(self, found: bytes | None) -> str:
        self._spend(len(found or b""))
        return (found or b"").decode("utf-8", "replace")


def _index(what: str, number: int, count: int) -> None:
    if not 0 <= number < count:
        raise InputError(f"{what} must be among those that the file has ({number}, of {count})")
