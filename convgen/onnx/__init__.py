"""ONNX models in, and ONNX's own backend interface.

    file        a file as a graph: nodes in order, shapes, constants
    fold        the nodes behind a Conv that its layer can do
    liveness    the memory that a graph takes from step to step
    models      load: the convolutions of a model as a network
    backend     ONNX's backend interface: Conv by generated kernels, all else by ONNX's evaluator

Imports: errors, isolate, layer, machine, plan, api.
"""

from .models import load

__all__ = ["load"]
