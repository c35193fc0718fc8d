"""ONNX models in, and ONNX's own backend interface.

    proto       what the messages of a file say, in Python
    tensors     its tensors as arrays
    extents     what --batch and --set say of inputs and other values
    constants   the value of a node whose inputs are constants
    agree       whether the extents of a node's arrays can be
    spellings   operators of ONNX Runtime in ONNX's own
    blocks      those of channels in blocks, likewise
    behind      DequantizeLinear behind what only moves numbers
    shapes      the shapes of all values, and small constants, in a process of its own
    graph       nodes in order, shapes, constants
    file        a file as a graph
    forms       activations in pieces, as expressions in one normal form
    cut         what negative pads cut off an input
    fold        the nodes behind a Conv that its layer can do
    transposed  which outputs a ConvTranspose has
    quantised   convolutions that sum integers, in ONNX's ways of writing them, and what they are between
    products    products with a constant matrix, as layers
    layers      the convolutions of a graph as layers
    liveness    the memory that a graph takes from step to step
    models      load: the convolutions of a model as a network
    operators/  the operators between convolutions, as steps of a network
    network     find_model: all of a model as a network
    backend     ONNX's backend interface: convolutions by generated kernels, all else by ONNX's evaluator

Imports: errors, isolate, layer, machine, plan, api.
"""

from .models import load

__all__ = ["load"]
