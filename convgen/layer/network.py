"""The convolution layers of a network: what an importer finds, and what a package is made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .spec import ConvSpec


class Use(NamedTuple):
    """One convolution of a network. name: a C identifier, unique in the network. weights: of spec.weights_shape;
    bias, slopes: (oc,), None where the spec has none; all with everything folded in, and None where they are not
    constant."""

    name: str
    weights: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None
    slopes: NDArray[np.float32] | None = None

    @property
    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The constant arrays by role."""
        given = {"weights": self.weights, "bias": self.bias, "slopes": self.slopes}
        return {role: array for role, array in given.items() if array is not None}


class DistinctLayer(NamedTuple):
    """A distinct layer, and the convolutions that it does. name: a C identifier, unique in the network."""

    name: str
    spec: ConvSpec
    uses: tuple[Use, ...]


class Network(NamedTuple):
    """parts: each distinct spec once. left: what is not among them, a line each (node, operation, reason)."""

    name: str
    parts: tuple[DistinctLayer, ...]
    left: tuple[str, ...] = ()
