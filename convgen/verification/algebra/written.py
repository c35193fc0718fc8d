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
from .contract import Subject

MOST = 64 * 2**20  # bytes of a file


class _Plan(msgspec.Struct):
    spec: ConvSpec


class _Manifest(msgspec.Struct):
    """What is taken from NAME.json: no decision of the plan."""

    name: str
    bound: Bound
    plan: _Plan


def written(folder: Path) -> Iterator[tuple[str, Subject | ConvgenError]]:
    """(name, subject) of each kernel that has a manifest and a file NAME.c in a folder; in the place of a subject that
    cannot be read, the InputError."""
    for path in sorted(folder.glob("*.json")):
        source, header = path.with_suffix(".c"), path.with_suffix(".h")
        if not source.exists() or b'"plan": {' not in _read(path):
            continue
        try:
            manifest = decode(_read(path), _Manifest, f"manifest {path.name}")
            if manifest.name != path.stem:
                raise InputError(f"name must be that of the file (name={show(manifest.name)}, file={path.name})")
            yield path.stem, Subject(path.stem, _text(source), _text(header), manifest.plan.spec, manifest.bound)
        except ConvgenError as error:
            yield path.stem, error


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
