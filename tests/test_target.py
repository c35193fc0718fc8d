"""Targets: the host is recognised by what archspec and the operating system say."""

from __future__ import annotations

import json

import archspec.cpu
import archspec.cpu.detect
import pytest

import convgen
from convgen import ConvSpec
from convgen.errors import InputError
from convgen.machine import cpus, host, target
from convgen.machine.find import check_target, find


@pytest.mark.parametrize(("cpu", "name"), [
    ("x86_64", "scalar"), ("x86_64_v3", "x86-64-v3"), ("x86_64_v4", "x86-64-v4"), ("zen2", "x86-64-v3"),
    ("zen4", "x86-64-v4-bf16"), ("sapphirerapids", "x86-64-v4-amx"), ("cascadelake", "x86-64-v4-vnni"),
    ("aarch64", "aarch64"), ("neoverse_n1", "aarch64-dotprod"), ("m1", "aarch64-dotprod"), ("m2", "aarch64-i8mm"),
    ("power9le", "scalar"),
])
@pytest.mark.parametrize("known", [False, True])
def test_host(monkeypatch: pytest.MonkeyPatch, cpu: str, name: str, known: bool) -> None:
    """The rates of the named target with the same instructions, with the caches that are known."""
    monkeypatch.setattr(archspec.cpu, "host", lambda: archspec.cpu.TARGETS[cpu])
    monkeypatch.setattr(archspec.cpu.detect, "detected_info", lambda: archspec.cpu.TARGETS["x86"])
    monkeypatch.setattr(target, "cpu_features", cpus.cpu_features.__wrapped__)
    monkeypatch.setattr(host, "_sysfs_caches", lambda: (48, 2048, 0, 12, 16, 16) if known else None)
    monkeypatch.setattr(host, "_told", lambda field: "")
    like, found = target.NAMED[name], host.detected.__wrapped__()
    assert (found.name, found.isa, found.load_rate) == ("host", like.isa, like.load_rate)
    if known:
        assert [(c.size, c.ways) for c in found.caches] == [(48 << 10, 12), (2048 << 10, 16)]
        assert [c.rate for c in found.caches] == [c.rate for c in like.caches[:2]]
    else:
        assert found.caches == like.caches
    monkeypatch.setattr(host, "_told", lambda field: host.INTEL)
    server = target.NAMED[host.SERVER]
    far = host.detected.__wrapped__()
    assert far.memory_rate == (server if like.row.lanes == server.row.lanes else like).memory_rate
    if known and like.row.lanes == server.row.lanes:
        assert [c.rate for c in far.caches] == [c.rate for c in server.caches[:2]]


@pytest.mark.parametrize(("cores", "share"), [(2, 32), (8, 128), (64, 480)])
def test_the_last_cache_is_what_the_cores_may_have_of_it(tmp_path, monkeypatch, cores, share):
    """Two cores of a socket are told of the caches of all, and these are not theirs."""
    sizes = [(1, "Data", "48K"), (1, "Instruction", "64K"), (2, "Unified", "2048K"), (3, "Unified", "491520K")]
    for index, (level, kind, size) in enumerate(sizes):
        folder = tmp_path / f"index{index}"
        folder.mkdir()
        for name, text in (("level", level), ("type", kind), ("size", size), ("ways_of_associativity", 16)):
            (folder / name).write_text(f"{text}\n")
    monkeypatch.setattr(host, "SYSFS", tmp_path)
    monkeypatch.setattr(host.os, "cpu_count", lambda: cores)
    assert host._sysfs_caches() == (48, 2048, share << 10, 16, 16, 16)


def test_what_a_virtual_machine_hides_does_not_hide_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Zen 4 without one of its features is no Zen 4 to archspec."""
    zen4 = archspec.cpu.TARGETS["zen4"]
    info = archspec.cpu.Microarchitecture("", [], zen4.vendor, zen4.features - {"pku"}, {})
    monkeypatch.setattr(archspec.cpu.detect, "detected_info", lambda: info)
    assert archspec.cpu.host().name != "zen4"
    assert "avx512_bf16" in cpus.cpu_features.__wrapped__()


# --- a GPU that a file describes ---

PHONE = {"kind": "gpu", "units": 6, "local_bytes": 32768, "group": 32, "half": True}


def write(folder, document, name="phone.json"):
    (folder / name).write_text(json.dumps(document))
    return str(folder / name)


@pytest.mark.parametrize("document", [PHONE, {"devices": [{**PHONE, "name": "Adreno", "target": "opencl:0:0"}]}],
                         ids=["object", "list"])
def test_a_file_describes_a_gpu(tmp_path, document):
    """Whose plans keep to its limits, and may compute in halfs where it does."""
    phone = find(write(tmp_path, document))
    assert phone.name == "phone.json", "no folder goes into files"
    assert (phone.device.group, phone.device.half) == (32, True)
    check_target(phone)
    dense = ConvSpec(ic=64, oc=256, ih=56, iw=56, kw=1, layout="nhwc")
    assert max(convgen.generate(dense, "opencl-gpu").items) > 32 >= max(convgen.generate(dense, phone).items)
    layer = ConvSpec(ic=64, oc=64, g=64, ih=14, iw=14, kh=3, kw=3, layout="nhwc", dtype="f16")
    kernel = convgen.generate(layer, phone, max_error=0.003)
    assert kernel.extensions == ("cl_khr_fp16",)
    assert "--target phone.json" in kernel.source
    assert not convgen.generate(layer, "opencl-gpu", max_error=0.003).extensions


@pytest.mark.parametrize(("document", "said"), [
    ({**PHONE, "group": "many"}, "phone.json: group must be"), ({"kind": "gpu"}, "phone.json: .*units"),
    ({**PHONE, "kind": "cpu"}, "one device, a GPU"), ({"devices": []}, r"one device, a GPU.*\(devices: none\)"),
    ({"devices": [PHONE, PHONE]}, r"devices: gpu, gpu"), ([1], "phone.json: it must be"),
], ids=str)
def test_a_bad_description(tmp_path, document, said):
    with pytest.raises(InputError, match=said):
        find(write(tmp_path, document))


def test_a_description_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="target's file must be readable"):
        find(str(tmp_path / "none.json"))
    with pytest.raises(InputError, match="a name of letters, digits"):
        find(write(tmp_path, PHONE, "a phone.json"))
