"""Targets: the host is recognised by what archspec and the operating system say."""

from __future__ import annotations

import archspec.cpu
import pytest

from convgen.machine import cpus, host, target


@pytest.mark.parametrize(("cpu", "name"), [
    ("x86_64", "scalar"), ("x86_64_v3", "x86-64-v3"), ("x86_64_v4", "x86-64-v4"), ("zen2", "x86-64-v3"),
    ("aarch64", "aarch64"), ("neoverse_n1", "aarch64"), ("m1", "aarch64"), ("power9le", "scalar"),
])
@pytest.mark.parametrize("known", [False, True])
def test_host(monkeypatch: pytest.MonkeyPatch, cpu: str, name: str, known: bool) -> None:
    """The rates of the named target with the same instructions, with the caches that are known."""
    monkeypatch.setattr(archspec.cpu, "host", lambda: archspec.cpu.TARGETS[cpu])
    monkeypatch.setattr(target, "cpu_features", cpus.cpu_features.__wrapped__)
    monkeypatch.setattr(host, "_sysfs_caches", lambda: (48, 2048, 0, 12, 16, 16) if known else None)
    like, found = target.NAMED[name], host.host.__wrapped__()
    assert (found.name, found.isa, found.load_rate) == ("host", like.isa, like.load_rate)
    if known:
        assert [(c.size, c.ways) for c in found.caches] == [(48 << 10, 12), (2048 << 10, 16)]
        assert [c.rate for c in found.caches] == [c.rate for c in like.caches[:2]]
    else:
        assert found.caches == like.caches
