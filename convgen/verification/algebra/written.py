"""Files that were written before, as subjects of proofs: their texts, of manifests the layer and the bound alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ...errors import ConvgenError, InputError
from ...layer.names import show
from ...layer.outside import decode
from ...layer.spec import ConvSpec
from ...plan.bound import Bound
from .contract import Embedded, Subject

MOST = 64 * 2**20  # bytes of a file


class _Plan(msgspec.Struct):
    spec: ConvSpec


class _Manifest(msgspec.Struct):
    """What is taken from NAME.json: no decision of the plan."""

    name: str
    bound: Bound
    plan: _Plan


class _Inside(msgspec.Struct):
    """The same of a file that has the weights of a kernel inside."""

    name: str
    kernel: str


def written(folder: Path) -> Iterator[tuple[str, Subject | Embedded | ConvgenError]]:
    """(name, subject) of each kernel that has a manifest and a file NAME.c or NAME.cl in a folder, and of each file
    with weights inside that tells of their sums; in the place of a subject that cannot be read, the InputError."""
    for path in sorted(folder.glob("*.json")):
        if not any(path.with_suffix(ending).exists() for ending in (".c", ".cl")):
            continue
        try:
            manifest = _read(path)
            if b'"plan": {' in manifest:
                yield path.stem, _kernel(path)
            elif b'"sums": {' in manifest and b'"kernel": "' in manifest:
                inside = decode(manifest, _Inside, f"manifest {path.name}")
                _check_name(inside.name, path)
                yield path.stem, Embedded(*_texts(path), _kernel(path.with_name(f"{inside.kernel}.json")))
        except ConvgenError as error:
            yield path.stem, error


def _kernel(path: Path) -> Subject:
    manifest = decode(_read(path), _Manifest, f"manifest {path.name}")
    _check_name(manifest.name, path)
    return Subject(*_texts(path), manifest.plan.spec, manifest.bound)


def _check_name(name: str, path: Path) -> None:
    if name != path.stem:
        raise InputError(f"name must be that of the file (name={show(name)}, file={path.name})")


def _texts(path: Path) -> tuple[str, str, str]:
    """Name, source and header of a manifest's kernel."""
    if path.with_suffix(".cl").exists():
        return path.stem, _text(path.with_suffix(".cl")), _text(path.with_name(f"{path.stem}_opencl.h"))
    return path.stem, _text(path.with_suffix(".c")), _text(path.with_suffix(".h"))


def _text(path: Path) -> str:
    try:
        return _read(path).decode()
    except UnicodeDecodeError:
        raise InputError(f"file must be text in UTF-8 ({path.name})") from None


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise InputError(f"file must be readable ({show(str(path))}: {error.strerror})") from None
    if len(data) > MOST:
        raise InputError(f"file must not exceed {MOST >> 20} MiB ({show(str(path))})")
    return data
