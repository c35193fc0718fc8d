"""What prints kernels: its sources, and a digest of them, by which records know what they have measured."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError

# Of the package's modules, those that decide what a kernel's code is; the words of its comments are not code.
MODULES = ("algorithms/**/*.py", "emit/*.py", "machine/isa.py", "machine/noted.py", "machine/rows/*.py",
           "plan/program.py", "layer/activation.py")
APART = ("package", "page", "probe")  # folders of templates that print no kernels
LENGTH = 16  # hexadecimal digits


@functools.cache
def template_folder() -> Path:
    """Inside the wheel, or the repository's folder when editable."""
    here = Path(__file__).resolve().parents[1]
    folder = next((p for p in (here / "templates", here.parent / "templates") if p.is_dir()), None)
    if folder is None:
        raise InputError(f"the folder of templates must exist (looked beside {here})")
    return folder


@functools.cache
def digest() -> str:
    """The same for the same sources, wherever they lie."""
    return digest_of(Path(__file__).resolve().parents[1], template_folder())


def digest_of(package: Path, templates: Path) -> str:
    found = hashlib.sha256()
    for name, path in sorted(_sources(package, templates)):
        data = path.read_bytes()
        found.update(f"{name} {len(data)}\n".encode() + data)
    return found.hexdigest()[:LENGTH]


def _sources(package: Path, templates: Path) -> Iterator[tuple[str, Path]]:
    """(name, file) of each."""
    for pattern in MODULES:
        yield from ((path.relative_to(package).as_posix(), path) for path in package.glob(pattern))
    for path in templates.rglob("*.j2"):
        name = path.relative_to(templates)
        if name.parts[0] not in APART:
            yield f"templates/{name.as_posix()}", path


def files() -> list[Path]:
    """All that emitted files depend on: the package's own modules, and the templates."""
    package = Path(__file__).resolve().parents[1]
    return sorted({*package.rglob("*.py"), *template_folder().rglob("*.j2")})
