"""What is published: the source distribution, and the wheel that is built of it, have all that convgen needs to run."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from convgen.version import __version__

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys, hatchling.build as b; b.build_sdist(sys.argv[1]) if sys.argv[2:] else b.build_wheel(sys.argv[1])"
NAMED = {  # what other programs look for, and templates of each command
    "convgen/py.typed", "convgen/cmake/convgenConfig.cmake", "convgen/cmake/convgenConfigVersion.cmake",
    "convgen/templates/common/file.c.j2", "convgen/templates/opencl/file.cl.j2",
    "convgen/templates/package/meson.build.j2",
    "convgen/templates/page/page.html.j2", "convgen/templates/page/style.css.j2", "convgen/templates/page/script.js.j2",
    "convgen/templates/page/charts.css.j2", f"convgen-{__version__}.dist-info/entry_points.txt",
    f"convgen-{__version__}.dist-info/licenses/LICENSE",
}  # fmt: skip


def run(*command, **more):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=200, check=False, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def sources(*folders):
    """Files of folders, by their paths from the root, without what Python and editors leave there."""
    return {path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")}


@pytest.fixture(scope="module")
def hatchling(tmp_path_factory):
    """An environment with the build backend that pyproject.toml names."""
    folder = tmp_path_factory.mktemp("backend")
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, "hatchling>=1.21"],
                          capture_output=True, text=True, timeout=200, check=False)
    if done.returncode:
        pytest.skip("needs hatchling, which pip cannot get here")
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def sdist(hatchling, tmp_path_factory):
    """The source distribution."""
    out = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-c", BUILD, out, "sdist", cwd=ROOT, env=hatchling)
    (path,) = out.iterdir()
    assert path.name == f"convgen-{__version__}.tar.gz"
    return path


@pytest.fixture(scope="module")
def wheel(hatchling, sdist, tmp_path_factory):
    """The wheel that somebody builds of the source distribution."""
    out, work = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(work, filter="data")
    run(sys.executable, "-c", BUILD, out, cwd=work / f"convgen-{__version__}", env=hatchling)
    (path,) = out.iterdir()
    assert path.name == f"convgen-{__version__}-py3-none-any.whl"
    return path


def test_the_source_distribution_has_what_it_is_built_and_tested_of(sdist):
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = sources("convgen", "templates", "tests", "generated") | {"README.md", "LICENSE", "pyproject.toml"}
    assert not wanted - held


def test_the_wheel_has_every_file_that_it_runs_with(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        entries = archive.read(f"convgen-{__version__}.dist-info/entry_points.txt").decode()
    own = sources("convgen") | {f"convgen/{name}" for name in sources("templates")}
    assert not (own | NAMED) - held
    assert not {name for name in held - own if not name.startswith(f"convgen-{__version__}.dist-info/")}
    assert "convgen = convgen.commands.main:main" in entries


def test_what_is_installed_of_the_wheel_generates_packages_and_reports(wheel, tmp_path):
    """Away from this repository, whose templates lie beside the package."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "CONVGEN_CACHE": str(tmp_path / "cache")}

    def convgen(*words):
        program = "import convgen; from convgen.commands.main import main; print(convgen.__file__); main()"
        where, _, said = run(sys.executable, "-P", "-c", program, *words, cwd=tmp_path, env=env).partition("\n")
        assert where == str(tmp_path / "site" / "convgen" / "__init__.py")
        return said

    layer = ("ic3ih5oc4kh3", "--target", "scalar")
    assert convgen("generate", *layer, "--name", "k", "--no-verify", "-o", "out") == "out/k.c\n"
    convgen("package", *layer, "--name", "net", "--no-verify", "-o", "net")
    assert (tmp_path / "net" / "meson.build").exists()
    convgen("report", *layer, "-o", "page.html")
    assert "<style>" in (tmp_path / "page.html").read_text()
    assert convgen("--cmake-dir").strip() == str(tmp_path / "site" / "convgen" / "cmake")
