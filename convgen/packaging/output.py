"""The files of a kernel: NAME.c and NAME.h, or for OpenCL NAME.cl, NAME_opencl.h and NAME_opencl.c, and NAME.json.
Written all or none, and found again.

The manifest NAME.json holds the plan, from which render prints the others again: files that
differ from that have drifted. Of files with weights inside it holds the hashes, and for which plan they are packed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import stat
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from ..algorithms import read
from ..emit.dialect import LANGUAGES
from ..emit.render import render
from ..errors import ConvgenError, InputError
from ..layer.names import layer_name, show
from ..layer.outside import check_text, contents, decode, leaves
from ..machine.find import check_target
from ..plan.bound import Bound
from ..plan.kernel import Chooser, Function, Kernel
from ..plan.proof import Known, Proof, proof
from ..plan.sizes import Sizes
from ..plan.written import Written, written
from ..planner.objective import objective_for
from ..planner.size import check_max_code
from ..run import scratch
from ..version import __version__
from . import undo

SOURCES = [language.files["source"][0] for language in LANGUAGES.values()]  # .c and .cl
INSIDE = ((".c", ".h"), ("_opencl.c", "_opencl.h"))  # of files with weights inside
CODE = (*SOURCES, ".h")
MARK, HEAD = b"written by convgen ", 1024  # in the first bytes of every file but manifests
STAGE = ".convgen-"  # begins the names of folders in which files lie until they are all there
MAX_BYTES = 64 * 2**20  # of a file that is read again
MOST_FIELDS = 4  # in which a layer differs, in a message
# in a manifest's `bytes`, beside the arrays: estimates, and what follows from them; and what Sizes calls them
TOTALS = {"code": "code", "code_fast": "fast", **{
    field: field for field in ("flash", "ram", "flash_packing", "ram_packing")}}


Content = str | bytes  # of a file


def encoded(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """NAME.json. layers: what the user calls the layer. bytes: of the arrays; of flash and RAM in all, by Sizes, where
    code is estimated. proof: where sums are integers. flags: of the build. sha256: of the other files. optimize,
    max_code, chosen_by, origin: of the plan, as Kernel has them, and so functions and extensions, of OpenCL."""

    convgen: str
    name: str
    layers: tuple[str, ...]
    bytes: dict[str, int]
    bound: Bound
    proof: Proof | None = None
    flags: tuple[str, ...]
    sha256: dict[str, str]
    plan: Written  # with spec and target
    optimize: str = ""
    max_code: int = 0
    chosen_by: Chooser = ""  # as in manifests of before, which do not tell
    origin: str = ""
    functions: tuple[Function, ...] = ()
    extensions: tuple[str, ...] = ()


class Inside(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """NAME.json of files with weights inside. weights: of which layer. kernel: the one that takes them. plan: the hash
    of its plan, since each plan reads weights in an order of its own. sums: of integers, what is proven of them.
    sha256: of the other files."""

    convgen: str
    name: str
    weights: str
    kernel: str
    plan: str
    sums: Known | None = None
    sha256: dict[str, str]


class Stored(NamedTuple):
    """A kernel as its manifest's plan gives it, what the user calls the layer, and how the files in the folder differ
    from that. version: of the convgen that wrote them. other: whether what another version wrote is still as that left
    it: nothing here can tell whether it computes the layer, and code that a manifest vouches for is not run."""

    kernel: Kernel
    layers: tuple[str, ...]
    drift: list[str]
    version: str = __version__
    other: bool = False


def files(kernel: Kernel, layers: tuple[str, ...] = ()) -> dict[str, str]:
    """Name and text of the files, the kernel's own first and the manifest last."""
    text = msgspec.json.format(msgspec.json.encode(_manifest(kernel, layers)), indent=2).decode()
    return {**kernel.files, f"{kernel.name}.json": text + "\n"}


def _manifest(kernel: Kernel, layers: tuple[str, ...]) -> Manifest:
    sizes = dict.fromkeys(("input", "weights", "bias", "residual", "output"), 0)
    sizes |= {array.role: array.bytes for array in kernel.spec.arrays}
    return Manifest(
        convgen=__version__,
        name=kernel.name,
        layers=layers,
        bytes=sizes
        | {"packed": kernel.packed_bytes, "workspace": kernel.workspace_bytes, "scratch": kernel.scratch_bytes}
        | ({"state": kernel.state_bytes} if kernel.spec.streamed else {})
        | totals(kernel.sizes),
        bound=kernel.bound,
        proof=proof(kernel.spec) if kernel.spec.arithmetic.exact and not kernel.spec.chained else None,
        flags=kernel.flags,
        sha256={file: _hash(text.encode()) for file, text in kernel.files.items()},
        plan=written(kernel.plan),
        optimize=kernel.optimize,
        max_code=kernel.max_code,
        chosen_by=kernel.chosen_by,
        origin=kernel.origin,
        functions=kernel.functions,
        extensions=kernel.extensions,
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def inside(name: str, label: str, kernel: Kernel, texts: Mapping[str, str], sums: Known | None = None) -> str:
    """The manifest of files with a layer's weights inside."""
    manifest = Inside(convgen=__version__, name=name, weights=label, kernel=kernel.name, plan=_plan_hash(kernel),
                      sums=sums, sha256={file: _hash(text.encode()) for file, text in texts.items()})
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2).decode() + "\n"


def _plan_hash(kernel: Kernel) -> str:
    return _hash(msgspec.json.encode(written(kernel.plan)))


def totals(sizes: Sizes) -> dict[str, int]:
    """Of code, compiled for size and for speed, and of flash and RAM with packed weights inside or with a program that
    packs them, where code is estimated."""
    return {name: getattr(sizes, field) for name, field in TOTALS.items()} if sizes.code else {}


def single(kernel: Kernel) -> str:
    """The kernel as one text that compiles by itself: with the header, where the source includes it."""
    return kernel.including(kernel.header)


# --- writing ---


def check_owner(folder: Path, kernels: Sequence[Kernel], force: bool) -> None:
    """InputError where the folder holds a kernel of the same name for another target, unless `force`; and where its
    files are others, which would be left without their manifest."""
    for kernel in kernels:
        path = folder / f"{kernel.name}.json"
        try:
            there = decode(_read(path), Manifest)
        except (OSError, ConvgenError):
            continue  # none, or another's: `refuse` tells
        others = sorted(there.sha256.keys() - kernel.files.keys())
        if others or (there.plan.target.name != kernel.plan.target.name and not force):
            held = f" in {show(', '.join(others))}" if others else ""
            way = "another folder or name" if others else "another folder or name, or --force"
            raise InputError(f"output must not hold {kernel.name} for another target: that for"
                             f" {kernel.plan.target.name} takes {way} ({_brief(path)} is for"
                             f" {show(there.plan.target.name)}{held})")


def names(folder: Path) -> list[tuple[str, Path]]:
    """What kernels in a folder are called, and the manifests that say so; none where it cannot be read."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob("*.json")):
            with contextlib.suppress(InputError):
                if (name := decode(_read(path), _Named).name) == path.stem:
                    found.append((name, path))
    return found


State = Literal["new", "changed", "same"]


def healed(folder: Path) -> Path:
    """The folder, in which files that belong together are all new, or all old: what a killed process left is done."""
    with contextlib.suppress(OSError):  # whoever reads or writes there will tell why it cannot
        scratch.sweep(folder, STAGE)
    return folder


def states(folder: Path, texts: Mapping[str, Content]) -> dict[str, State]:
    """Whether each file is there, and is what it should be. InputError for one that cannot be read."""
    healed(folder)
    found: dict[str, State] = {}
    for name, content in texts.items():
        try:
            state = (folder / name).stat()
            same = stat.S_ISREG(state.st_mode) and (folder / name).read_bytes() == encoded(content)
            found[name] = "same" if same else "changed"
        except FileNotFoundError:
            found[name] = "new"
        except OSError as error:
            raise _refused(folder / name, error) from None
    return found


def refuse(folder: Path, texts: Mapping[str, Content], states: Mapping[str, State], force: bool, update: bool,
           ways: tuple[str, str] = ("--force", "--update")) -> None:
    """InputError for the first file that differs, and what is another layer in it; unless it may be replaced: any by
    `force`, by `update` those that convgen wrote. ways: how the caller says the two."""
    changed = [name for name in texts if states[name] == "changed"]
    if force or not changed:
        return
    manifest = list(texts)[-1]
    if foreign := [name for name in changed if not by_convgen(folder / name)]:
        raise InputError(f"output must not exist and differ ({_brief(folder / foreign[0])}: not by convgen), or use"
                         f" {ways[0]}")
    if not update:
        other = _otherwise(folder / manifest, texts[manifest])
        raise InputError(f"output must not exist and differ ({_brief(folder / changed[0])}{other}), or use {ways[1]}")


class _Named(msgspec.Struct):
    """What all that a folder's names come from has in common."""

    convgen: str
    name: str


class _Listing(msgspec.Struct):
    """What all manifests have."""

    convgen: str
    name: str
    sha256: dict[str, str]


def by_convgen(path: Path) -> bool:
    """Whether a file begins as all do that convgen writes, or is a manifest."""
    if path.suffix == ".json" and _listing(path) is not None:
        return True
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return MARK in file.read(HEAD)
    return False


def _listing(path: Path) -> _Listing | None:
    """Of a manifest; None for another file."""
    with contextlib.suppress(InputError):
        return decode(_read(path), _Listing)
    return None


class Besides(NamedTuple):
    """What convgen wrote in a folder besides the files asked for. orphans: files that no manifest tells of. unasked:
    kernels."""

    orphans: list[str]
    unasked: list[str]

    def told(self, folder: Path) -> list[str]:
        """Each orphan, in a line."""
        return [f"{folder / name} is by convgen, but no manifest says what it should be" for name in self.orphans]


def besides(folder: Path, asked: Container[str] = ()) -> Besides:
    """asked: the names of files."""
    manifests = {path: found for path in sorted(folder.glob("*.json")) if (found := _listing(path))}
    listed = {name for found in manifests.values() for name in found.sha256}
    orphans = [path.name for path in sorted(folder.iterdir() if folder.is_dir() else ())
               if path.suffix in CODE and path.name not in listed and path.name not in asked and path.is_file()
               and not path.with_name(f"{path.stem.removesuffix('_opencl')}.json").exists() and by_convgen(path)]
    return Besides(orphans, [path.stem for path, found in manifests.items()
                             if path.name not in asked and path.stem == found.name])


def _otherwise(path: Path, text: Content) -> str:
    """In what the layer of a manifest differs from that of the text, or else its plan and what made it."""
    try:
        there, here = (msgspec.to_builtins(decode(data, Manifest)) for data in (_read(path), text))
    except InputError:
        return ""
    parts = [(made["plan"].pop("spec"), {**made["plan"], "convgen": made["convgen"]}) for made in (there, here)]
    for old, new in zip(*parts, strict=True):
        before = dict(leaves(old))
        told = [f"{field} is {show(before.get(field))} there, {show(value)} here"
                for field, value in leaves(new) if before.get(field) != value]
        if told:
            return f": {'; '.join(told[:MOST_FIELDS])}{'; ...' * (len(told) > MOST_FIELDS)}"
    return ""


def write(folder: Path, texts: Mapping[str, Content], force: bool = False) -> list[str]:
    """Write the files that are missing or differ into `folder`, all of them or none; a missing folder is made.

    Every text is on the disk before the first is renamed into its place; of a process that is killed between, the next
    that looks at the folder does the rest (`healed`). InputError when that does
    not work, and without `force` when one differs; what was already in place is then as it was before.
    """
    found = states(folder, texts)
    refuse(folder, texts, found, force, update=False, ways=("force=True", "force=True"))
    names = [name for name, state in found.items() if state != "same"]
    try:
        with undo.ending_in_order(), contextlib.ExitStack() as steps:
            undo.make(folder, steps)
            with scratch.folder(folder, STAGE) as stage:
                for name in names:
                    (stage / name).parent.mkdir(parents=True, exist_ok=True)
                    (stage / name).write_bytes(encoded(texts[name]))
                    undo.make((folder / name).parent, steps)
                with contextlib.ExitStack() as placed:
                    scratch.seal(stage, names)
                    try:
                        for name in names:
                            undo.place(stage / name, folder / name, placed)
                    except BaseException:
                        scratch.unseal(stage)
                        raise
                    placed.pop_all()
            steps.pop_all()
    except OSError as error:
        raise _refused(folder, error) from None
    return names


def touch(folder: Path, names: Iterable[str]) -> None:
    """Give files the time of now: they were made again, and are the same."""
    for name in names:
        try:
            os.utime(folder / name)
        except OSError as error:
            raise _refused(folder / name, error) from None


def check_place(field: str, path: Path) -> None:
    """InputError where a file cannot be written: not in a folder that is there, say."""
    problem = errno.EISDIR if path.is_dir() else 0 if path.parent.is_dir() else errno.ENOENT
    if not problem and not os.access(path if path.exists() else path.parent, os.W_OK):
        problem = errno.EACCES
    if problem:
        raise _refused(path, OSError(problem, os.strerror(problem)), field)


def save(path: Path, text: str, field: str) -> None:
    """Write one file, in the place of whatever is there."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _refused(path, error, field) from None


def _refused(path: Path, error: OSError, field: str = "output") -> InputError:
    return InputError(f"{field} must be writable ({_brief(path)}: {error.strerror or error})")


# --- reading ---


def stored(folder: Path, broken: list[str] | None = None) -> Iterator[Stored]:
    """Every kernel that has a manifest in `folder`, by name. Of one that cannot be read goes to `broken` what is wrong;
    without that it is an InputError."""
    for path in sorted(healed(folder).glob("*.json")):
        try:
            manifest = decode(_read(path), Manifest)
            kernel, _ = kernel_of(manifest)
        except ConvgenError as error:
            if _inside(path):
                continue
            if not any(path.with_name(path.stem + ending).exists() for ending in SOURCES) and not _ours(path):
                continue  # some other JSON file
            told = f"manifest must be as convgen wrote it ({_brief(path)}: {error}); generate --force writes it anew"
            if broken is None:
                raise InputError(told) from None
            broken.append(told)
            continue
        yield _compared(folder, manifest, kernel)


def drift_inside(folder: Path, kernels: Iterable[Kernel]) -> list[str]:
    """How files of the folder with weights inside differ from what was written. kernels: those that are there."""
    plans = {kernel.name: _plan_hash(kernel) for kernel in kernels}
    drift = []
    for path in sorted(folder.glob("*.json")):
        if (manifest := _inside(path)) is None:
            continue
        if not plans.get(manifest.kernel):
            drift.append(f"{path.name}: the kernel {show(manifest.kernel)} is missing, or has drifted")
        elif plans[manifest.kernel] != manifest.plan:
            drift.append(f"{next(iter(manifest.sha256))} has weights for another plan than that of {manifest.kernel}.c")
        for file, digest in manifest.sha256.items():
            if not (folder / file).exists():
                drift.append(f"{file} is missing")
            elif _hash(_read(folder / file)) != digest:
                drift.append(f"{file} differs from what {path.name} lists")
    return drift


def _inside(path: Path) -> Inside | None:
    """The manifest of files with weights inside; None for any other file."""
    try:
        manifest = decode(_read(path), Inside)
    except InputError:
        return None
    whole = manifest.name == path.stem and [*manifest.sha256] in [[path.stem + end for end in ends] for ends in INSIDE]
    return manifest if whole else None


def _ours(path: Path) -> bool:
    """Whether a file that is no manifest was one."""
    with contextlib.suppress(InputError):
        return b'"convgen"' in _read(path)
    return False


def _compared(folder: Path, manifest: Manifest, kernel: Kernel) -> Stored:
    """What lies in a folder beside what the manifest's plan gives; what another version of convgen wrote, beside what
    it noted."""
    drift = [line for name, text in files(kernel, manifest.layers).items()
             if (line := _difference(folder / name, text))]
    if manifest.convgen == __version__ or not drift or list(manifest.sha256) != list(kernel.files):
        return Stored(kernel, manifest.layers, drift, manifest.convgen)
    data = {name: _read(folder / name) if (folder / name).exists() else None for name in kernel.files}
    changed = [f"{name} is missing" if found is None else f"{name} differs from what {manifest.name}.json lists"
               for name, found in data.items() if found is None or _hash(found) != manifest.sha256[name]]
    if changed or _called(manifest) != _called(_manifest(kernel, manifest.layers)):
        return Stored(kernel, manifest.layers, changed or drift, manifest.convgen)
    return Stored(kernel, manifest.layers, [], manifest.convgen, other=True)


def _called(manifest: Manifest) -> tuple[object, ...]:
    """What a caller must know of: bytes of the arrays, and functions."""
    return {name: count for name, count in manifest.bytes.items() if name not in TOTALS}, manifest.functions


def kernel_of(manifest: Manifest) -> tuple[Kernel, tuple[str, ...]]:
    """What the plan of a manifest gives, and what the user calls the layer. Nothing else is taken from a manifest, and
    of the plan's texts none but those that convgen knows; InputError for any that it cannot have written."""
    texts = msgspec.to_builtins(manifest)
    for layer in texts.pop("layers"):
        layer_name(layer)
    for field, name in [*(("bytes", name) for name in manifest.bytes), *(("sha256", name) for name in manifest.sha256)]:
        check_text(field, name)
    for field, value in leaves(texts):
        if isinstance(value, str):
            check_text(field, value)
    check_target(manifest.plan.target)
    plan = read(manifest.plan)
    if manifest.optimize:
        objective_for(plan.target, manifest.optimize)
    check_max_code(manifest.max_code or None)
    return render(plan, manifest.name, manifest.origin, manifest.optimize, manifest.chosen_by,
                  manifest.max_code), manifest.layers


def _difference(path: Path, text: str) -> str:
    """How a file differs from `text`, in one line; empty when it does not."""
    if not path.exists():
        return f"{path.name} is missing"
    expected, found = text.encode().split(b"\n"), _read(path).split(b"\n")
    if blank := blanks(_read(path), text):
        return f"{path.name} differs from what its plan gives: {' and '.join(blank)}"
    lines = enumerate(itertools.zip_longest(expected, found), 1)
    at = next((number for number, (old, new) in lines if old != new), 0)
    return f"{path.name} differs from what its plan gives, first in line {at}" if at else ""


def blanks(found: bytes, text: str) -> list[str]:
    """Where a file differs from a text in what no line shows, and in that alone."""
    lines = found.replace(b"\r\n", b"\n")
    told = ["line endings differ (CRLF, not LF)"] if lines != found else []
    if not lines.endswith(b"\n"):
        lines += b"\n"
        told.append("no newline at the end")
    return told if lines == text.encode() else []


def _read(path: Path) -> bytes:
    return contents(path, "file", MAX_BYTES, _brief(path))


def _brief(path: Path) -> str:
    text = str(path)
    return text if text.isprintable() and len(text) <= 120 else show(text)
