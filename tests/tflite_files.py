"""TFLite files, made of a few tensors and operators: what tests read, and what LiteRT's interpreter runs."""

from __future__ import annotations

import flatbuffers
import numpy as np
import tflite

from convgen.tflite import file

KINDS = {np.dtype(kind.lower()): getattr(tflite.TensorType, kind)
         for kind in ("INT8", "UINT8", "INT16", "INT32", "INT64", "FLOAT16", "FLOAT32")}
PLAIN = ("PAD", "TRANSPOSE", "SLICE", "SPLIT_V", "TILE", "QUANTIZE", "DEQUANTIZE")  # options without fields
OTHERS = {"SUM": "ReducerOptions", "MEAN": "ReducerOptions", "REDUCE_MAX": "ReducerOptions",
          "REDUCE_MIN": "ReducerOptions", **{kind: f"{kind.title()}Options" for kind in PLAIN if "_" not in kind},
          "SPLIT_V": "SplitVOptions", "SPLIT": "SplitOptions", "SQUEEZE": "SqueezeOptions", "RESHAPE": "ReshapeOptions"}
OPTIONS = {kind: table for kind, (table, _) in file.OPTIONS.items()} | OTHERS


class File:
    """A .tflite file in the making: `tensor` and `operator` give numbers, `done` its bytes."""

    def __init__(self):
        self._builder = flatbuffers.Builder(1 << 16)
        self._tensors, self._operators, self._codes = [], [], []
        self._buffers = [self._table("Buffer")]  # the first one is empty, for what is not constant

    def _table(self, kind, **fields):
        getattr(tflite, f"{kind}Start")(self._builder)
        for name, value in fields.items():
            if value is not None:
                getattr(tflite, f"{kind}Add{name}")(self._builder, value)
        return getattr(tflite, f"{kind}End")(self._builder)

    def _numbers(self, values, kind):
        return None if values is None else self._builder.CreateNumpyVector(np.asarray(values, kind))

    def _tables(self, offsets):
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return self._builder.EndVector()

    def tensor(self, shape, kind="float32", data=None, scale=None, zero=None, axis=0, name=None, **more):
        """`data` makes it a constant; `scale` and `zero` are lists."""
        kind = np.dtype(kind)
        buffer = 0
        if data is not None:
            raw = np.ascontiguousarray(data, kind).reshape(-1).view(np.uint8)
            self._buffers.append(self._table("Buffer", Data=self._numbers(raw, np.uint8)))
            buffer = len(self._buffers) - 1
        quantisation = None
        if scale is not None or zero is not None:
            quantisation = self._table("QuantizationParameters", Scale=self._numbers(scale, np.float32),
                                       ZeroPoint=self._numbers(zero, np.int64), QuantizedDimension=axis)
        text = self._builder.CreateString(name or f"t{len(self._tensors)}")
        self._tensors.append(self._table("Tensor", **{
            "Shape": self._numbers(shape, np.int32), "Type": KINDS[kind], "Buffer": buffer, "Name": text,
            "Quantization": quantisation, **more}))
        return len(self._tensors) - 1

    def operator(self, kind, inputs, outputs, **options):
        code = getattr(tflite.BuiltinOperator, kind)
        self._codes.append(self._table("OperatorCode", DeprecatedBuiltinCode=min(code, 127), BuiltinCode=code,
                                       Version=1))
        table = OPTIONS.get(kind)
        self._operators.append(self._table(
            "Operator", Inputs=self._numbers(inputs, np.int32), Outputs=self._numbers(outputs, np.int32),
            OpcodeIndex=len(self._codes) - 1, BuiltinOptions=table and self._table(table, **options),
            BuiltinOptionsType=table and getattr(tflite.BuiltinOptions, table)))

    def done(self, inputs, outputs):
        graph = self._table("SubGraph", Tensors=self._tables(self._tensors), Inputs=self._numbers(inputs, np.int32),
                            Outputs=self._numbers(outputs, np.int32), Operators=self._tables(self._operators))
        model = self._table("Model", Version=3, OperatorCodes=self._tables(self._codes),
                            Subgraphs=self._tables([graph]), Buffers=self._tables(self._buffers))
        self._builder.Finish(model, b"TFL3")
        return bytes(self._builder.Output())
