"""What a library of layers consists of: targets, names, kernels, weights. package.py makes its files."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..algorithms import MAX_ERROR
from ..emit.sizes import ENDINGS
from ..errors import InputError, UnlockedError, UnsupportedError
from ..layer.names import MAX_IDENTIFIER, PRIVATE, check_name, show
from ..layer.network import DistinctLayer, Network, Use
from ..layer.spec import ConvSpec
from ..layer.stream import tried
from ..machine.family import ANY
from ..machine.find import find
from ..machine.target import NAMED, Target
from ..plan.kernel import Kernel
from ..plan.proof import Known, known
from ..plan.sizes import Sizes, together
from ..verification import sampled
from ..verification.golden import Golden, golden, recipe
from .blob import Blob, blob
from .embed import check_sums
from .network.orders import Arranged
from .network.program import Scratch, Whole, whole
from .network.report import Report, report

FALLBACK = "scalar"  # the target that every package for CPUs has, but where one is asked for that runs anywhere
OPENCL = "opencl"  # in the names of host code


class PackagedLayer(NamedTuple):
    """A layer of a package. symbol: what C calls it. kernels: one for each target, in the package's order; goldens:
    data on which none of their steps rounds, None where there is none."""

    symbol: str
    part: DistinctLayer
    kernels: tuple[Kernel, ...]
    goldens: tuple[Golden | None, ...]

    @property
    def spec(self) -> ConvSpec:
        return self.part.spec

    @property
    def tried(self) -> ConvSpec:
        """As the self-test sees it."""
        return tried(self.spec)


class Convolution(NamedTuple):
    """A convolution with its weights inside. packed: as each of the layer's kernels reads them."""

    symbol: str
    use: Use
    layer: PackagedLayer
    packed: tuple[bytes, ...]

    def array(self, isa: str) -> str:
        """What C calls its weights."""
        return f"{self.symbol}_{isa}"

    def shared(self, isas: Sequence[str]) -> list[str]:
        """For each instruction set the first whose kernel reads its weights in the same order."""
        first: dict[bytes, str] = {}
        return [first.setdefault(packed, isa) for packed, isa in zip(self.packed, isas, strict=True)]

    def arrays(self, isas: Sequence[str]) -> dict[str, bytes]:
        """Its weights in each different order, by the instruction set that has it first."""
        return dict(zip(self.shared(isas), self.packed, strict=True))

    @property
    def sums(self) -> Known | None:
        """What is proven of its sums, where they are of integers; of a chain nothing, whose layers promise it."""
        spec, use = self.layer.spec, self.use
        exact = spec.arithmetic.exact and not spec.chained
        return known(spec, use.arrays["weights"], use.bias) if exact else None


@dataclass(frozen=True)
class Storage:
    """Where a library has its memory. section: what the linker calls that of the weights, if not its own choice. blob:
    weights are in a file beside it. workers: of the network, where the library has the array that it computes in,
    which then is for so many; 0 where callers have it."""

    section: str = ""
    blob: bool = False
    workers: int = 0


NOWHERE = Storage()  # asked for


@dataclass(frozen=True)
class Package:
    """targets: of CPUs, or one OpenCL device. left: what of a network is not in it, a line each. network:
    all of it, where the package has it as one function."""

    name: str
    targets: tuple[Target, ...]
    layers: tuple[PackagedLayer, ...]
    convolutions: tuple[Convolution, ...] = ()
    left: tuple[str, ...] = ()
    network: Arranged | None = None
    storage: Storage = NOWHERE

    @property
    def isas(self) -> list[str]:
        return [target.isa for target in self.targets]

    @property
    def opencl(self) -> bool:
        return self.targets[0].device is not None

    @functools.cached_property
    def whole(self) -> Whole | None:
        """The network as calls."""
        if self.network is None:
            return None
        symbols = {one.use.name: one.symbol for one in self.convolutions}
        return whole(self.network, self.name, symbols, {one.use.name: _scratch(one.layer) for one in self.convolutions})

    @functools.cached_property
    def constants(self) -> dict[str, bytes]:
        """All that the library knows of a model, by what C calls it: weights as kernels read them, and other arrays."""
        found = {convolution.array(isa): data for convolution in self.convolutions
                 for isa, data in convolution.arrays(self.isas).items()}
        if self.network is not None and self.whole is not None:
            found |= {name: self.network.model.constants[one.value].tobytes()
                      for name, one in zip(self.own_constants, self.whole.constants, strict=True)}
        return found

    @property
    def own_constants(self) -> list[str]:
        """Those of the network that are no weights of its convolutions, in the order in which it counts them."""
        return [f"{self.name}_{one.name}{PRIVATE}" for one in self.whole.constants] if self.whole else []

    @functools.cached_property
    def blob(self) -> Blob | None:
        return blob(self.constants) if self.storage.blob else None

    def address(self, constant: str) -> str:
        """Of one of the constants, in C."""
        return f"&{constant}" if self.blob is None else f"{self.name}_weights({self.blob.offsets[constant]})"

    @functools.cached_property
    def report(self) -> Report | None:
        """What the network takes."""
        if self.network is None or self.whole is None:
            return None
        model = self.network.model
        return report(model, self.whole, {one.use.name: len(one.packed[-1]) for one in self.convolutions},
                      {one.value: model.constants[one.value].nbytes for one in self.whole.constants},
                      sum(map(len, self.constants.values())), self.sizes.code)

    @property
    def sizes(self) -> Sizes:
        """The code of all kernels; weights and memory as those take that need the most."""
        each = [together(layer.kernels[at].sizes for layer in self.layers) for at in range(len(self.targets))]
        packed = max((one.packed for one in each), default=0)
        return together(each)._replace(packed=packed, weights=each[0].weights)


class Memory(NamedTuple):
    """Bytes of packed weights, of workspace, of it for each worker, and of a stream's state."""

    packed: int
    workspace: int
    scratch: int
    state: int


def memory(layer: PackagedLayer) -> Memory:
    """What fits all kernels of a layer."""
    each = [(one.packed_bytes, one.workspace_bytes, one.scratch_bytes, one.state_bytes) for one in layer.kernels]
    return Memory(*map(max, zip(*each, strict=True)))


def _scratch(layer: PackagedLayer) -> Scratch:
    own = memory(layer)
    return Scratch(own.workspace, own.scratch, all(kernel.over_residual for kernel in layer.kernels))


# --- its layers ---


class Job(NamedTuple):
    """A layer to plan. wanted: the targets that were asked for; the others are a fallback. generate: api's, and
    options for it."""

    symbol: str
    part: DistinctLayer
    targets: tuple[Target, ...]
    wanted: tuple[str, ...]
    algorithm: str | None
    generate: Callable[..., Kernel]
    options: dict[str, Any]

    def kernel(self, target: Target) -> Kernel:
        """A fallback takes whatever algorithm there is; and direct sums only, since sizes are the largest of all. It
        has no more code than if nobody had asked."""
        name = self.symbol if target.device else f"{self.symbol}_{target.isa}"
        if target.name in self.wanted:
            return self.generate(self.part.spec, target, self.algorithm, name, **self.options)
        least = min(self.options.get("max_error", MAX_ERROR), 0.0)
        most = self.options.get("max_code")
        mine: dict[str, Any] = {"max_error": least, "locked": False,
                                "max_code": most if most is not None and most < target.row.most_code else None}
        return self.generate(self.part.spec, target, None, name, **self.options | mine)


def layer(job: Job) -> PackagedLayer:
    """Plan it for each target, print its kernels, and compute what they must give."""
    spec = job.part.spec
    try:
        kernels = tuple(job.kernel(target) for target in job.targets)
    except (UnlockedError, UnsupportedError) as error:
        raise type(error)(f"{job.part.name}: {error}") from None
    for kernel in kernels:
        check_sums(kernel)
    seen = tried(spec)
    if spec.chained or sampled.large(seen):  # whose test draws its own data, or none
        return PackagedLayer(job.symbol, job.part, kernels, (None,) * len(kernels))
    recipes = [recipe(kernel.plan) for kernel in kernels]
    made = {one: golden(seen, one) for one in recipes if one is not None}
    goldens = tuple(made[one] if one is not None else None for one in recipes)
    return PackagedLayer(job.symbol, job.part, kernels, goldens)


# --- targets and names ---


def targets(names: str) -> tuple[Target, ...]:
    """The targets of a list with commas, and plain C, the best last; all for one architecture, else InputError. Or one
    OpenCL device's alone: nothing chooses among kernels there."""
    found: dict[str, Target] = {FALLBACK: NAMED[FALLBACK]}
    owner: Target | None = None
    asked = [find(name.strip()) for name in names.split(",")]
    if any(target.device for target in asked):
        if len(asked) > 1:
            raise UnsupportedError(f"package must be for one OpenCL target, or for CPUs (target={show(names)})")
        return tuple(asked)
    for target in asked:
        if owner is not None and target.row.family not in (ANY, owner.row.family):
            raise InputError(f"targets must be of one architecture ({owner.name}: {owner.row.family.name},"
                             f" {target.name}: {target.row.family.name})")
        if found.get(target.isa, target) != target and target.isa != FALLBACK:
            raise InputError(f"targets must have instruction sets of their own ({found[target.isa].name} and"
                             f" {target.name}: {target.isa})")
        found[target.isa] = target
        owner = target if target.row.family != ANY else owner
    if any(not target.row.requires for target in asked) and FALLBACK not in names:
        del found[FALLBACK]  # one that runs anywhere is asked for
    return tuple(sorted(found.values(), key=lambda target: (target.row.lanes, len(target.row.features))))


def wanted(names: str) -> tuple[str, ...]:
    """The names of the targets in the list: others are a fallback."""
    return tuple(find(name.strip()).name for name in names.split(","))


# what host code has besides
HOST = ("_create", "_log", "_pack_host", "_enqueue", "_release", "_h", "_stream", "_outputs")


class Symbols(NamedTuple):
    """What C calls each part, in their order, and each use."""

    parts: tuple[str, ...]
    uses: dict[str, str]


def symbols(network: Network, name: str, isas: Sequence[str], embedded: bool) -> Symbols:
    """NAME_PART and NAME_USE; NAME_layer_PART where the convolutions have weights, since a part may be called as its
    use. A number follows where a name would meet another, in whatever case: it names a file too. isas: what is in the
    names of kernels; OPENCL, of host code."""
    check_name(name)
    taken = {f"{name}_{own}".lower() for own in (
        "isa", "isa_name", "force", "isas", "api", "abi", "align", "h", "kernels", "kernels_h", "dispatch", "selftest",
        "shared", "build", "openmp", "section", "run", "workspace_bytes", "hooks", "steps", "step_name", "on_begin",
        "on_end", "workers", "arena", "set_weights", "weights",
        *(f"weights_{what}" for what in ("bytes", "unaligned", "short", "foreign", "order", "other", "damaged")),
        *(f"run_{isa}" for isa in isas), *(f"isa_{isa}" for isa in isas))}
    ends = [*map(str.lower, ENDINGS), "_packed"]
    if OPENCL in isas:
        ends = ["", *(f"_{OPENCL}{end}" for end in (*ends, *HOST))]
    else:
        ends += [f"_{isa}{end}" for isa in isas for end in ("", "_pack", "_tasks", "_task", "_reset", "_phases")]
    longest = MAX_IDENTIFIER - max(map(len, ends))

    def choose(label: str) -> str:
        base = f"{name}_{label}"
        if len(base) > longest - 4:
            base = f"{base[: longest - 13]}_{hashlib.sha256(label.encode()).hexdigest()[:8]}"
        number, symbol = 1, base
        while any(symbol.lower() + end in taken for end in ends):
            number += 1
            symbol = f"{base}_{number}"
        taken.update(symbol.lower() + end for end in ends)
        return symbol

    uses = {use.name: choose(use.name) for part in network.parts for use in part.uses} if embedded else {}
    return Symbols(tuple(choose("layer_" * embedded + part.name) for part in network.parts), uses)
