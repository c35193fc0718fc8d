"""The convolution layers of a network: what an importer finds, and what a package is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from .outline import numbered
from .spec import ConvSpec


class Wiring(NamedTuple):
    """The values of a model that a convolution reads (or a slice of one, as NumPy writes it), adds as its residual, if
    it has one, and makes. folded: what else of the model it does, "name operator" each."""

    reads: str
    adds: str
    makes: str
    folded: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """In words."""
        adds = f", adds {self.adds}" if self.adds else ""
        folded = f"; with {', '.join(self.folded)}" if self.folded else ""
        return f"reads {self.reads}{adds}, makes {self.makes}{folded}"


class Use(NamedTuple):
    """One convolution of a network. name: a C identifier, unique in the network. weights: of spec.weights_shape;
    bias, slopes, scale: (oc,), None where the spec has none; all of the spec's elements, with everything folded in, and
    None where they are not constant. wiring: where a model says it. links: of a chain, those of its layers, which have
    the arrays."""

    name: str
    weights: NDArray[Any] | None = None
    bias: NDArray[Any] | None = None
    slopes: NDArray[Any] | None = None
    wiring: Wiring | None = None
    scale: NDArray[Any] | None = None
    links: tuple[Use, ...] = ()

    def folding(self, nodes: Iterable[str]) -> Use:
        """The same, with what it does besides, as Wiring has it."""
        return self._replace(wiring=self.wiring and self.wiring._replace(folded=tuple(nodes)))

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The constant arrays by role, those of a chain by its roles."""
        if self.links:
            return {numbered(role, at): array for at, link in enumerate(self.links)
                    for role, array in link.arrays.items()}
        given = {"weights": self.weights, "bias": self.bias, "slopes": self.slopes, "scale": self.scale}
        return {role: array for role, array in given.items() if array is not None}


def joined(links: Sequence[Use]) -> Use:
    """The use of a chain of these layers."""
    wired = [link.wiring for link in links if link.wiring is not None]
    whole = Wiring(wired[0].reads, wired[-1].adds, wired[-1].makes,
                   tuple(node for one in wired for node in one.folded)) if len(wired) == len(links) else None
    return Use("_then_".join(link.name for link in links), wiring=whole, links=tuple(links))


class DistinctLayer(NamedTuple):
    """A distinct layer, and the convolutions that it does. name: a C identifier, unique in the network."""

    name: str
    spec: ConvSpec
    uses: tuple[Use, ...]

    def constant(self, use: Use) -> bool:
        """Whether all arrays that are packed are constant."""
        return all(array.role in use.arrays for array in self.spec.arrays if array.when == "pack")

    @property
    def wiring(self) -> dict[str, dict[str, str | tuple[str, ...]]]:
        """By use, where a model says it."""
        return {use.name: use.wiring._asdict() for use in self.uses if use.wiring is not None}


class Network(NamedTuple):
    """parts: each distinct spec once. left: what is not among them, a line each (node, operation, reason)."""

    name: str
    parts: tuple[DistinctLayer, ...]
    left: tuple[str, ...] = ()
