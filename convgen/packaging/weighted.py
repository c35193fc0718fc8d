"""A kernel with its weights inside: NAME.c and NAME.h, which call a kernel that takes them, NAME_layer; or, with names
that end in _opencl, the same for OpenCL; and NAME.json, by which `verify` knows whether they have drifted.

The weights come from NumPy's files: one .npy for each array of a single layer, or an .npz whose arrays are called
LAYER.weights, LAYER.bias, LAYER.scale and LAYER.slopes; without LAYER where there is one.
"""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..algorithms import promises
from ..emit.sizes import sizes
from ..emit.texts import templates, tidy
from ..errors import InputError, UnsupportedError
from ..layer.call import enqueued, functions, packing, running
from ..layer.chain import Chain
from ..layer.names import show
from ..layer.network import DistinctLayer
from ..layer.spec import ConvSpec
from ..layer.stream import block_lines
from ..plan import proof
from ..plan.kernel import Kernel
from ..planner.describe import command, describe, known_lines, overlap, slices
from ..run.arrays import check_given, scales
from ..version import __version__
from .embed import Stored
from .output import inside

MOST_BYTES = 2**32  # of the arrays of an .npz, which is compressed
ROLES = ("weights", "bias", "scale", "slopes")
Arrays = dict[str, NDArray[Any]]  # by role


class Weighted(NamedTuple):
    """symbol: what C calls it. label: what the user does. packed: as the kernel reads it. arrays: what that is made of.
    given: the options that name these, none in a package; several: whether their file has those of other layers too."""

    symbol: str
    label: str
    kernel: Kernel
    packed: bytes
    arrays: Arrays
    given: tuple[str, ...] = ()
    several: bool = False

    @property
    def sums(self) -> proof.Known | None:
        """What is proven of its sums, where they are of integers."""
        exact = self.kernel.spec.arithmetic.exact
        return proof.known(self.kernel.spec, self.arrays["weights"], self.arrays.get("bias")) if exact else None


# --- what is given ---


def read(paths: Mapping[str, str], labels: Iterable[str]) -> dict[str, Arrays]:
    """The arrays of each layer of those labels, from the files of roles: of an .npz, all. InputError for files that are
    none, and for arrays that belong to no layer."""
    labels = list(labels)
    if Path(paths["weights"]).suffix.lower() == ".npz":
        if len(paths) > 1:
            raise InputError(f"bias, scale and slopes must be in the file of the weights ({show(paths['weights'])})")
        return _shared(paths["weights"], _load(paths["weights"]), labels)
    if len(labels) > 1:
        raise InputError(f"weights must be an .npz for more than one layer (layers={len(labels)})")
    arrays = {}
    for role, path in paths.items():
        found = _load(path)
        if list(found) != [""]:
            raise InputError(f"{role} must be one array, an .npy ({role}={show(path)})")
        arrays[role] = found[""]
    return {labels[0]: arrays}


def _load(path: str) -> Arrays:
    """The arrays of a file by name; the only one of an .npy has none."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        # mapped, so that a file must hold what its head claims
        found = np.load(path, allow_pickle=False, mmap_mode="r")
        if isinstance(found, np.ndarray):
            return {"": np.array(found)}
        with found:
            size = sum(info.file_size for info in found.zip.infolist()) if found.zip else 0
            if size > MOST_BYTES:
                raise OSError(errno.EFBIG, f"it unfolds to more than {MOST_BYTES >> 30} GiB")
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or "it is something else"
        raise InputError(f"weights must be a file that NumPy saved, .npy or .npz ({show(path)}: {reason})") from None


def _shared(path: str, found: Arrays, labels: list[str]) -> dict[str, Arrays]:
    """Arrays of a file by layer and role."""
    arrays: dict[str, Arrays] = {label: {} for label in labels}
    for key, array in found.items():
        label, _, role = key.rpartition(".")
        if not label and len(labels) == 1:
            label = labels[0]
        if label not in arrays or role not in ROLES:
            wanted = f"{labels[0]}.weights" + ", …" * (len(labels) > 1)
            raise InputError(f"arrays must be called as the layers, {wanted} ({show(key)} in {show(path)})")
        arrays[label][role] = array
    return arrays


def check(label: str, spec: ConvSpec, arrays: Arrays) -> Arrays:
    """The arrays as packing takes them. InputError for one that the layer has not, or of another shape or type, and for
    scales that are none."""
    if spec.chained:
        raise UnsupportedError(f"weights must not go into the code of a chain yet (layers={len(spec.parts)})")
    wanted = {one.name: one.array for one in packing(spec) if one.array is not None}
    found = {}
    for role in dict.fromkeys((*wanted, *arrays)):
        try:
            given = scales(arrays.get(role), wanted) if role == "scale" else arrays.get(role)
            array = None if given is None else np.ascontiguousarray(given)
            check_given(role, array, wanted.get(role))
        except InputError as error:
            text = str(error).removesuffix(", or copy=True")  # which the command line does not have
            raise InputError(f"{label}: {text}") from None
        if array is not None:
            found[role] = array
    return found


def shared(spec: ConvSpec, kept: Sequence[ConvSpec]) -> ConvSpec:
    """The layer with what all of its arrays promise, of which each gave one of `kept`: the largest; nothing where it
    need not promise anything and one of them does not."""
    needed = spec.arithmetic.exact and proof.refusal(spec) is not None
    if not needed and not all(one.promise for one in kept):
        return spec
    return max(kept, key=lambda one: one.promise, default=spec)


def kept(label: str, spec: ConvSpec, arrays: Arrays) -> ConvSpec:
    """The layer, with what its arrays promise of sums of integers, if it must or there are plans for that. An error
    where they overflow."""
    if not spec.arithmetic.exact or spec.pooled:
        return spec
    try:
        return proof.kept(spec, arrays["weights"], arrays.get("bias"), promises(spec))
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{label}: {error}") from None


def promised(part: DistinctLayer) -> ConvSpec:
    """The layer, with what its constant weights promise of its sums, if they do; of a chain, its layers with that."""
    if part.spec.chained:
        links = [tuple(use.links[at] for use in part.uses if use.links) for at in range(len(part.spec.parts))]
        return Chain(promised(DistinctLayer(part.name, layer, uses))
                     for layer, uses in zip(part.spec.parts, links, strict=True))
    specs = [kept(use.name, part.spec, use.arrays) if part.constant(use) else part.spec for use in part.uses]
    return shared(part.spec, specs)


# --- what is written ---


# By dialect: what follows NAME in the names of the files, and their templates.
FILES = {
    "c": {".c": "package/weighted.c.j2", ".h": "package/weighted.h.j2"},
    "opencl": {"_opencl.c": "opencl/weighted.c.j2", "_opencl.h": "opencl/weighted.h.j2"},
}


def files(one: Weighted) -> dict[str, str]:
    """NAME.c, NAME.h and their manifest NAME.json; those of the kernel are apart."""
    made = texts(one, one.symbol)
    return {**made, f"{one.symbol}.json": inside(one.symbol, one.label, one.kernel, made, one.sums)}


def texts(one: Weighted, owner: str) -> dict[str, str]:
    """NAME.c and NAME.h. owner: whose macro names the section of the weights."""
    kernel, spec = one.kernel, one.kernel.spec
    taken = {parameter.name: parameter.array for parameter in running(spec) if parameter.name != "packed"}
    all_sizes = sizes(spec, kernel.packed_bytes, kernel.workspace_bytes, kernel.scratch_bytes, kernel.state_bytes,
                      over_residual=kernel.over_residual)
    again = command("generate", kernel.plan, one.symbol, kernel.optimize, kernel.chosen_by, one.label, one.given,
                    kernel.max_code)
    stored = Stored(owner, "", {f"{one.symbol}_weights": one.packed})
    context = {
        "name": one.symbol, "layer": kernel.name, "label": one.label, "version": __version__,
        "command": again if one.given else "",
        "several": one.several,
        "lines": [f" {line}" for line in (*describe(spec), *slices(spec))], **stored.context,
        "proof": known_lines(spec, one.sums) if one.sums else [],
        "sizes": all_sizes._replace(arrays=tuple(pair for pair in all_sizes.arrays if pair[0].lower() in taken)),
        "functions": [call.inside(f"{one.symbol}_packed()") for call in functions(spec) if call.part != "pack"],
        "call_parameters": [str(parameter) for parameter in running(spec) if parameter.name != "packed"],
        "taken": enqueued(spec, f"{one.symbol}_opencl"), "streamed": spec.streamed,
        "overlap": overlap(spec, kernel.over_residual),
        "block": block_lines(spec),
    }  # fmt: skip
    made = {one.symbol + ending: tidy(templates().get_template(template).render(context))
             for ending, template in FILES[kernel.plan.target.row.dialect].items()}
    return {name: stored.filled(text) if name.endswith(".c") else text for name, text in made.items()}
