"""ONNX models in, and ONNX's own backend interface."""

from .models import load

__all__ = ["load"]
