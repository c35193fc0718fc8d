"""The elements of kernels' arrays as PyTorch's types, and back."""

from __future__ import annotations

from typing import Any

import torch

from ..layer.element import ELEMENTS, Element

Dtype = Any  # torch.dtype; mypy knows nothing of torch
Tensor = Any

KNOWN: dict[Dtype, Element] = {  # those that PyTorch has
    getattr(torch, element.numpy): element for element in ELEMENTS.values() if hasattr(torch, element.numpy)}


def dtype(element: Element) -> Dtype:
    """PyTorch's type of such numbers, which has NumPy's name."""
    return getattr(torch, element.numpy)


def rounded(values: Tensor, dtype: Dtype) -> Tensor:
    """Numbers, of float64 at best, each as the nearest of a type that is known."""
    element = KNOWN[dtype]
    if element.rounds:  # a cast would go through f32, and round twice
        values = torch.from_numpy(element.nearest(values.double().numpy()))
    return values.to(dtype)
