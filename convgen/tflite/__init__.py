"""TensorFlow Lite models in.

    file        a .tflite file as tensors and operators
    graph       who makes and who reads a tensor, and what is constant
    layers      a convolution operator as a layer, with its weights, bias and scales
    fold        the operators behind one that its layer can do
    products    FULLY_CONNECTED as a layer
    models      load: the convolutions of a model as a network
    operators/  the operators between layers, as steps of a network
    network     find_model: all of a model as a network

Imports: errors, layer, onnx.
"""

from .models import load

__all__ = ["load"]
