"""Manifests that somebody else may have written: every text in one is refused, or printed by nobody."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from convgen.api import generate, render
from convgen.commands.main import main
from convgen.errors import InputError
from convgen.layer.outside import MAX_PLAIN, check_text, leaves, plain
from convgen.layer.spec import ConvSpec
from convgen.machine import devices
from convgen.machine.find import check_target
from convgen.machine.host import host
from convgen.machine.rows.opencl import gpu
from convgen.machine.target import NAMED, Device, Target
from convgen.packaging import output
from convgen.run import compilers, opencl

CODE = '__attribute__((constructor)) static void evil(void) { *(int *)0 = 0; }'
HOSTILE = {
    "closer": f"x*/ {CODE} /*",
    "closer alone": "*/",
    "opener": "/*",
    "newline": f"x\n{CODE}",
    "carriage return": "x\ry",
    "backslash-newline": "*\\\n/",
    "backslash": "*\\",
    "trigraph": "*??/",
    "quote": '" , "-fplugin=evil.so',
    "escape": "\x1b]0;title\x07",
    "NUL": "x\0y",
    "not ASCII": "größer",
    "line separator": "x\u2028y",
    "very long": "x" * 100_000,
}
NO_NAMES = {"newline", "quote", "carriage return", "escape", "NUL", "line separator", "very long"}


def manifest(kind: str) -> dict[str, object]:
    """What convgen writes for a kernel of C, or of OpenCL."""
    spec = ConvSpec(ic=3, oc=5, ih=5, iw=5, kh=3, kw=3, padding="half", layout="nhwc", activation="clip(-1,2)")
    target = {"c": "x86-64-v3", "opencl": "opencl-gpu"}[kind]
    return json.loads(output.files(generate(spec, target, name="k", records=False), ("first",))["k.json"])


MANIFESTS = {kind: manifest(kind) for kind in ("c", "opencl")}
TEXTS = [(kind, field) for kind, written in MANIFESTS.items() for field, value in leaves(written)
         if isinstance(value, str) and (not field.startswith("plan.loops") or "[2]" in field)]


def put(where: dict, field: str, value: object) -> None:
    """Write into nested dicts and lists by a path as leaves gives it; keys of sha256 have a point in them."""
    parts = field.split(".", 1) if field.startswith("sha256") else field.replace("[", ".").replace("]", "").split(".")
    *way, last = [int(part) if part.isdigit() else part for part in parts]
    for part in way:
        where = where[part]
    where[last] = value


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a forged manifest was built")

    monkeypatch.setattr(compilers, "shared", refuse)
    monkeypatch.setattr(opencl, "compile", refuse)
    monkeypatch.chdir(tmp_path)


def verify(written: object) -> Result:
    """What `convgen verify` says of a folder with that manifest, beside a source."""
    text = json.dumps(written, ensure_ascii=False)
    Path("k.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    for ending in (".c", ".cl"):
        Path(f"k{ending}").write_text("int evil;\n")
    result = CliRunner().invoke(main, ["verify", ".", "--mode", "exact"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(written: object, field: str) -> None:
    result = verify(written)
    assert result.exit_code == 2, (field, result.stderr[:200])
    assert not result.stdout
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("convgen: manifest must be as convgen wrote it (k.json: ")
    assert field.split(".")[-1].partition("[")[0] in result.stderr, (field, result.stderr)
    assert len(result.stderr) < 700
    assert result.stderr[:-1].isprintable()


@pytest.mark.parametrize(("kind", "field"), TEXTS, ids=map(" ".join, TEXTS))
def test_no_text_of_a_manifest_goes_unchecked(kind: str, field: str) -> None:
    for name, text in HOSTILE.items():
        if field.startswith("layers") and name not in NO_NAMES:
            continue  # what users call a layer may be any text of a line; no code has it
        forged = copy.deepcopy(MANIFESTS[kind])
        put(forged, field, text)
        refused(forged, "name" if field.startswith("layers") else field)


@pytest.mark.parametrize("field", ["bytes", "sha256"])
@pytest.mark.parametrize("name", HOSTILE)
def test_nor_does_a_key(field: str, name: str) -> None:
    forged = copy.deepcopy(MANIFESTS["c"])
    forged[field][HOSTILE[name]] = next(iter(forged[field].values()))
    refused(forged, field)


@pytest.mark.parametrize(("kind", "field", "value"), [
    ("c", "flags", ["-fplugin=evil.so"]), ("c", "flags", []), ("opencl", "extensions", ["cl_khr_evil"]),
    ("opencl", "functions[0].name", "system"), ("opencl", "functions[1].arguments", ["int evil"]),
    ("opencl", "functions[1].tasks", 10**9), ("c", "bytes.packed", 1), ("c", "bytes.workspace", 2**62),
    ("c", "bound.roundings", 1), ("c", "bound.amplification", 1e9), ("c", "bound.dtype", "f16"),
    ("c", "sha256.k.c", "0" * 64), ("c", "origin", "another machine"),
])
def test_what_follows_from_the_plan_is_compared_and_never_used(kind: str, field: str, value: object) -> None:
    forged = copy.deepcopy(MANIFESTS[kind])
    put(forged, field, value)
    result = verify(forged)
    assert result.exit_code == 1
    assert "k.json differs from what its plan gives" in result.stderr


def test_what_another_version_wrote_must_be_as_it_was() -> None:
    """Before it is built: as it is noted, and called as this version calls it."""
    forged = copy.deepcopy(MANIFESTS["c"])
    put(forged, "convgen", "0.0.1")
    result = verify(forged)
    assert result.exit_code == 1
    assert "convgen is '0.0.1' there" in result.stderr
    assert "k.c differs from what k.json lists" in result.stderr
    forged["sha256"] |= {"k.c": hashlib.sha256(b"int evil;\n").hexdigest()}
    Path("k.h").write_text("")
    forged["sha256"] |= {"k.h": hashlib.sha256(b"").hexdigest()}
    put(forged, "bytes.packed", 1)
    result = verify(forged)
    assert result.exit_code == 1
    assert "k.json differs from what its plan gives" in result.stderr


@pytest.mark.parametrize(("kind", "field", "value"), [
    ("c", "plan.unroll", 0), ("c", "plan.source", "local"), ("c", "plan.mr", 2**70), ("c", "plan.mr", -1),
    ("c", "plan.algorithm", "magic"), ("c", "plan.m", 2), ("c", "plan.loops", []),
    ("c", "plan.loops[3]", {"dim": "oh", "step": 0}),
    ("c", "plan.spec.ic", 2**70), ("c", "plan.spec.dtype", "f64"), ("c", "plan.spec.oh", 6), ("c", "name", "main"),
    ("c", "plan.target.isa", "avx512"), ("c", "plan.target.isa", "sse9"), ("c", "plan.target.name", "opencl:0:0"),
    ("c", "plan.target.name", "host2"), ("c", "plan.target.caches", []), ("c", "plan.target.caches[0].size", 2**70),
    ("c", "plan.target.caches[0].size", 0), ("c", "plan.target.caches[1].rate", 1e300),
    ("c", "plan.target.fma_rate", 3.0), ("opencl", "plan.target.device", None),
    ("opencl", "plan.target.device.group", 2**20), ("opencl", "plan.target.device.kind", "cpu"),
    ("opencl", "plan.target.device.local_bytes", -1), ("c", "speed", 1),
])
def test_what_convgen_cannot_have_written_is_refused(kind: str, field: str, value: object) -> None:
    forged = copy.deepcopy(MANIFESTS[kind])
    put(forged, field, value)
    refused(forged, field)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"plan":' * 100_000, "9" * 5000, "\ud800"])
def test_what_is_no_manifest_at_all(text: str) -> None:
    Path("k.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    Path("k.c").write_text("")
    with pytest.raises(InputError, match=r"^manifest must be as convgen wrote it \(k\.json: [^\n]*$"):
        list(output.stored(Path()))


# --- targets ---

CARD = Device("gpu", 132, 48 << 10, 1024, half=True, double=True, capability=90)
CPU = Device("cpu", 2, 1 << 20, 4096, half=False, double=True)


def possible() -> list[Target]:
    """Those that there may be."""
    there = msgspec.structs.replace(host(), name="opencl:1:2", isa="cl16", device=CPU, adds=msgspec.UNSET)
    made = [*NAMED.values(), host(), there, gpu("opencl:0:0", CARD)]
    return [*made, *(target.halved for target in made if target.halved)]


@pytest.mark.parametrize("target", possible(), ids=lambda target: f"{target.name} {target.isa}")
def test_a_target_that_there_may_be_passes(target: Target) -> None:
    check_target(target)
    check_target(msgspec.json.decode(msgspec.json.encode(target), type=Target))


def test_so_does_that_of_every_device_here() -> None:
    for info in devices.here():
        check_target(info.target)


@pytest.mark.parametrize(("changes", "told"), [
    ({"name": "x86-64-v4"}, "isa must be avx512, avx512_s16 or scalar_long_s8 "),
    ({"isa": "scalar"}, "isa must be avx2, avx2_s16 or scalar_long_s8 "),
    ({"name": "X86"}, "name must be x86-64-v3, "), ({"issue": 5.0}, "issue must be 4.0 (issue=5.0)"),
    ({"caches": host().caches[:1]}, "caches"), ({"name": "host", "isa": "cl8"}, "isa must be "),
    ({"name": "opencl:0:0"}, "name must be"), ({"device": CPU}, "device"),
    ({"name": "opencl:0:0", "isa": "cl3", "device": CPU}, "isa must be cl16, cl8, cl4, "),
    ({"name": "opencl:0:0;", "isa": "cl8", "device": CPU}, "name must be"),
    ({"name": "opencl:1:0", "isa": "cl4", "device": CARD}, "memory_rate must be 2112.0"),
], ids=str)
def test_a_target_that_there_cannot_be(changes: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        check_target(msgspec.structs.replace(NAMED["x86-64-v3"], **changes))
    assert str(caught.value).startswith("target: ")
    assert told in str(caught.value)


# --- texts ---


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_machine_calls_itself_is_made_plain(name: str) -> None:
    with pytest.raises(InputError, match=r"^device must be at most \d+ printable ASCII"):
        check_text("device", HOSTILE[name])
    for text in (HOSTILE[name], f"**//{HOSTILE[name]}", f"日本{HOSTILE[name]}/**/", HOSTILE[name] * 3):
        check_text("device", plain(text))
        assert len(plain(text)) <= MAX_PLAIN
    assert plain("gcc (Debian) 12.2, -O3 a*b c/d") == "gcc (Debian) 12.2, -O3 a*b c/d"


def test_render_prints_no_target_by_a_hostile_name() -> None:
    plan = generate(ConvSpec(ic=3, oc=5, iw=5, kw=3), "scalar", records=False).plan
    target = msgspec.structs.replace(plan.target, name=HOSTILE["closer"])
    with pytest.raises(InputError, match="target must be at most"):
        render(msgspec.structs.replace(plan, target=target))
