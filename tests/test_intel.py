"""Kernels on Intel's OpenCL runtime for CPUs, a second implementation that nobody here wrote.

Its wheel intel-opencl-rt has no entry among the system's drivers, so the kernels run in a process of their own that
is shown the way to it. This file is also that program: test_intel.py CASE...
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from test_oclgrind import CASES, kernel_of

from convgen.verification.report import run_mode

MODES = ("exact", "bound", "guard")


def main(*names):
    """Print what verify makes of each case, a line each."""
    for name in names:
        conv = kernel_of(name).compile(device="opencl:intel")
        checks = [run_mode(conv, mode) for mode in MODES]
        wrong = [check.detail for check in checks if not check.ok]
        print(json.dumps([name, conv.info.platform_name, wrong]), flush=True)


def driver():
    """The runtime's library; None where its wheel is not installed."""
    try:
        files = metadata.files("intel-opencl-rt") or []
    except metadata.PackageNotFoundError:
        return None
    return next((path for file in files if file.name == "libintelocl.so" and (path := Path(file.locate())).exists()),
                None)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Case -> the platform that ran it, what was wrong."""
    library = driver()
    if library is None:
        pytest.skip("needs the wheel intel-opencl-rt")
    vendors = tmp_path_factory.mktemp("vendors")
    (vendors / "intel.icd").write_text(f"{library.resolve()}\n")
    environment = {"OCL_ICD_VENDORS": str(vendors), "LD_LIBRARY_PATH": str(library.parent)}
    done = subprocess.run([sys.executable, __file__, *CASES], env={**os.environ, **environment}, text=True,
                          capture_output=True, timeout=900, check=False)
    results = {name: rest for name, *rest in map(json.loads, done.stdout.splitlines())}
    results["log"] = done.stderr[-2000:]
    return results


@pytest.mark.sweep
@pytest.mark.parametrize("name", CASES)
def test_verified_on_intels_runtime(found, name):
    assert name in found, found["log"]
    platform, wrong = found[name]
    assert "Intel" in platform
    assert not wrong


if __name__ == "__main__":
    main(*sys.argv[1:])
