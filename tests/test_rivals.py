"""Side by side with other libraries: turns, reasons, numbers, tables, pictures; those libraries."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ET

import msgspec
import numpy as np
import pytest
import tools
from tools import command as run

from convgen import api, isolate
from convgen.benchmark import contest, raster, rivals
from convgen.benchmark import pictures as plot
from convgen.benchmark import timing as bench
from convgen.benchmark.contest import Absent, Against, Arena, Figure, Match
from convgen.benchmark.peaks import Peaks
from convgen.benchmark.rivals import RIVALS, Rival, problem, worker
from convgen.benchmark.rivals.problem import Setup, clock
from convgen.benchmark.rivals.worker import Prepared
from convgen.commands import bench as command
from convgen.errors import ConvgenError, CrashError, InputError, MissingToolError, UnsupportedError, VerificationError
from convgen.layer.fields import LAYOUTS
from convgen.layer.spec import ConvSpec
from convgen.machine import devices
from convgen.machine.find import find
from convgen.run.compilers import CompileError
from convgen.verification import draws, oracle

SPEC = ConvSpec(ic=4, oc=8, ih=9, iw=7, kh=3, kw=3, padding="half", layout="nhwc")
TINY = "ic4ih9oc8kh3ph1"
needs_device = tools.needs_device

def made(spec, arrays):
    """The layer of the arrays that checks draws."""
    return problem.make(spec, arrays["input"], arrays["weights"], arrays.get("bias"))


COMMON = """
import ctypes, os, threading, time
from convgen.verification import oracle
from convgen.errors import UnsupportedError
from convgen.benchmark.rivals.problem import Setup, clock

def version():
    return "1.2"

def right(layer):
    spec = layer.spec.replace(weights_layout="oihw")
    x, w = layer.x.reshape(spec.input_shape), layer.w.reshape(spec.weights_shape)
    return oracle.convolve(spec, x, w, layer.b).y

def wait(seconds):
    return clock(lambda: time.sleep(seconds))

def spin():
    while True:
        pass
"""

# What a made-up library does in its setups(layer, threads).
FAKES = {
    "right": "yield Setup('numpy', wait(3e-3), lambda: right(layer))",
    "choosy": """
    yield Setup('slow', wait(9e-3), lambda: right(layer))
    yield Setup('wrong', wait(1e-3), lambda: right(layer) * 1.01)
    yield Setup('quick', wait(2e-3), lambda: right(layer))
    yield Setup('near', wait(2.1e-3), lambda: right(layer))""",
    "wrong": "yield Setup('one', wait(1e-3), lambda: right(layer) + 0.1)",
    "nan": "yield Setup('one', wait(1e-3), lambda: right(layer) * float('nan'))",
    "half": "yield Setup('one', wait(1e-3), lambda: right(layer) * 1.0008)",
    "greedy": """
    threading.Thread(target=spin, daemon=True).start()
    yield Setup('one', wait(1e-3), lambda: right(layer))""",
    "broken": "yield {}['key']",
    "narrow": "raise UnsupportedError('no channels-last layout')",
    "crashing": "ctypes.string_at(1)",
    "crashing_later": """
    yield Setup('one', lambda calls: 1e-2 * calls if RUNS.append(1) or len(RUNS) < 9 else ctypes.string_at(1),
                lambda: right(layer))
RUNS = []""",
    "hanging": "time.sleep(60)",
    "wide": """
    time.process_time = lambda: 3 * time.perf_counter()
    yield Setup('one', wait(1e-3), lambda: right(layer))""",
    # on devices
    "there": "yield Setup(f'on {threads}', wait(3e-3), lambda: right(layer))",
    "wide_there": """
    time.process_time = lambda: 3 * time.perf_counter()
    yield Setup('one', wait(1e-3), lambda: right(layer))""",
}


@pytest.fixture(autouse=True)
def fakes(monkeypatch, tmp_path, tmp_path_factory):
    """Made-up libraries, and one that is not installed; a cache that many tests share."""
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.delenv("CC", raising=False)
    table = {}
    for name, body in FAKES.items():
        source = f"{COMMON}\ndef setups(layer, threads):\n    {body.strip()}\n"
        (tmp_path / f"fake_{name}.py").write_text(source)
        table[name] = Rival(f"fake_{name}", ("numpy",), name, "device" if name.endswith("there") else "cpu")
    table["unlinked"] = Rival("fake_there", ("numpy",), "numpy", "device", library="surely_not_installed")
    table["absent"] = Rival("fake_absent", ("numpy", "surely_not_installed"), "some-package")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(rivals, "RIVALS", table)


def compare(*names, spec=SPEC, threads=1, repeats=2, target="host"):
    with Arena(names, threads, repeats) as arena:
        return arena.compare(api.generate(spec, target, records=False))


# --- one process each ---


def test_a_worker_of_ones_own(capfd):
    process = isolate.Worker({"CONVGEN_TEST": "x"}, quiet=True)
    try:
        assert process.call("os:getenv", "CONVGEN_TEST", 20) == "x"
        process.call("os:system", "echo loud; echo louder >&2", 20)
        with pytest.raises(CrashError, match="SIGSEGV"):
            process.call("ctypes:string_at", 1, 20)
    finally:
        process.kill()  # once more does nothing
    assert "CONVGEN_TEST" not in os.environ
    assert capfd.readouterr() == ("", "")


# --- who is left out, and why ---


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("absent", "not installed", r"not installed \(pip install some-package\)"),
        ("narrow", "unsupported", "no channels-last layout"),
        ("wrong", "failed", "one: wrong result .error [0-9.e-]+ of the sum of magnitudes."),
        ("nan", "failed", "one: wrong result .error nan"),
        ("half", "failed", "one: less than single precision"),
        ("greedy", "failed", "keeps computing for 3 s after its last call"),
        ("wide", "failed", "one: keeps 3.0 cores busy where 1 may be used"),
        ("broken", "failed", "KeyError: 'key'"),
        ("crashing", "failed", "prepare crashed with SIGSEGV"),
        ("crashing_later", "failed", "measure crashed with SIGSEGV"),
    ],
)
def test_left_out(name, kind, reason):
    match = compare(name, "right", repeats=4)
    (absent,) = match.absent
    assert (absent.name, absent.kind) == (name, kind)
    assert re.search(reason, absent.reason), absent.reason
    assert [figure.name for figure in match.rivals] == ["right"]
    assert len(match.own.seconds) == len(match.rivals[0].seconds) == 4


def test_a_hang_costs_only_that_rival(monkeypatch):
    monkeypatch.setattr(contest, "PREPARE_TIMEOUT", 3.0)
    match = compare("hanging", "right")
    assert [(one.name, one.kind) for one in match.absent] == [("hanging", "failed")]
    assert "no answer in 3 s" in match.absent[0].reason
    assert match.rivals


def test_a_rival_that_crashed_is_asked_again_for_the_next_layer():
    kernel = api.generate(SPEC, records=False)
    with Arena(["crashing"], 1, 1) as arena:
        first, second = arena.compare(kernel), arena.compare(kernel)
    assert first.absent == second.absent
    assert "SIGSEGV" in second.absent[0].reason


def test_no_rival_takes_a_residual():
    match = compare("right", spec=SPEC.replace(residual=True))
    assert match.absent == (Absent("right", "unsupported", "no residual input"),)
    assert match.ratio is None


@pytest.mark.parametrize(
    ("line", "error"),
    [("output[0] = 1e9f; if (output[0] > 0) return;", VerificationError),
     ("*(volatile int *)0 = 0;", CrashError)],
)
def test_an_own_kernel_that_is_wrong_is_an_error(line, error):
    kernel = api.generate(SPEC, "scalar", "reference", records=False)
    body = re.search(rf"void {kernel.name}\([^;]*?\)\s*{{", kernel.source).end()
    kernel = msgspec.structs.replace(kernel, source=kernel.source[:body] + line + kernel.source[body:])
    with Arena(["right"], 1, 1) as arena, pytest.raises(error):
        arena.compare(kernel)


# --- on a device ---


@needs_device
def test_kernel_and_rivals_share_a_device():
    info = devices.pick("opencl")
    match = compare("there", "wide_there", "unlinked", threads=None, repeats=3, target="opencl")
    assert [(one.name, one.setup) for one in match.rivals] == [("there", f"on {info.key}"), ("wide_there", "one")]
    (absent,) = match.absent
    assert absent.kind == "not installed"
    assert "libsurely_not_installed" in absent.reason
    assert match.kernel.plan.target.name == info.title
    assert 0 < match.own.least < 3e-3
    assert match.own.error < 1e-6


@needs_device
@pytest.mark.parametrize(("line", "error"),
                         [("output[0] = 1e9f; return;", VerificationError), ("#error", CompileError)])
def test_an_own_kernel_that_is_wrong_on_a_device(line, error):
    kernel = api.generate(SPEC, "opencl", "reference", records=False)
    body = re.search(rf"void {kernel.name}_0\([^;]*?\)\s*{{", kernel.source).end()
    source = f"{kernel.source[:body]}\n{line}\n{kernel.source[body:]}"
    with Arena(["there"], None, 1) as arena, pytest.raises(error):
        arena.compare(msgspec.structs.replace(kernel, source=source))


@pytest.mark.parametrize(("name", "target", "said"), [
    ("right", "opencl-cpu", r"on the OpenCL device: there, wide_there, unlinked \(against=right, target=opencl-cpu\)"),
    ("right", "opencl-gpu", "on the OpenCL device: there"),
    ("there", "host", r"on the CPU, with the threads granted: right, .*\(against=there, target=host\)"),
])  # fmt: skip
def test_pieces_of_hardware_are_not_compared(name, target, said):
    for names in ([name], [{"right": "there", "there": "right"}[name], name]):
        with pytest.raises(InputError, match=said):
            rivals.check(names, find(target))
    rivals.check([{"right": "there", "there": "right"}[name]], find(target))


# --- turns and numbers ---


def test_the_fastest_set_up_that_is_right_is_taken():
    match = compare("choosy", repeats=3)
    (figure,) = match.rivals
    assert figure.setup in ("quick", "near")
    assert set(figure.tried) == {"slow", "quick", "near"}
    assert list(figure.refused) == ["wrong"]
    assert 2e-3 < figure.least < 4e-3
    assert figure.version == "1.2"
    assert match.best == figure
    assert match.ratio == pytest.approx(figure.least / match.own.least)


def test_all_take_turns_one_at_a_time(monkeypatch):
    log = []

    def ask(self, name, function, payload, timeout):
        log.append((name, function))
        prepared = Prepared("1", {"only": 0.0}, {"only": 1e-3}, {})
        return msgspec.to_builtins(prepared) if function == "prepare" else {"only": float(len(log))}

    monkeypatch.setattr(Arena, "_ask", ask)
    match = compare("right", "choosy", repeats=4)
    assert log[:3] == [(name, "prepare") for name in ("convgen", "right", "choosy")]
    turns = [name for name, function in log if function == "measure"]
    assert turns == ["convgen", "right", "choosy", "right", "choosy", "convgen",
                     "choosy", "convgen", "right", "convgen", "right", "choosy"]
    assert match.own.seconds == (4.0, 9.0, 11.0, 13.0)
    assert match.own.calls == 5  # of 1 ms, to fill a measurement


def test_more_cores_than_granted_are_refused(monkeypatch):
    setup = Setup("one", clock(lambda: time.sleep(1e-4)), lambda: None)
    assert worker._trial(setup, 1) > 1e-4
    clock_of_two = time.perf_counter
    monkeypatch.setattr(time, "process_time", lambda: 2 * clock_of_two())
    with pytest.raises(ConvgenError, match=r"keeps 2\.0 cores busy where 1 may be used"):
        worker._trial(setup, 1)
    assert worker._trial(setup, 2) > 1e-4


def test_no_process_is_left():
    kernel = api.generate(SPEC, records=False)
    with Arena(["right"], 1, 1) as arena:
        arena.compare(kernel)
        processes = [one._process for one in arena._workers.values()]
        assert [process.poll() for process in processes] == [None, None]
    assert all(process.poll() is not None for process in processes)


def test_threads_and_memory_are_set_before_a_library_loads(monkeypatch):
    seen = []
    monkeypatch.setattr(isolate, "Worker", lambda environment, quiet: seen.append(environment) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        compare("right", threads=3)
    assert seen[0]["OMP_NUM_THREADS"] == "3"
    assert "MALLOC_TRIM_THRESHOLD_" in seen[0]


def figure(name, *seconds):
    return Figure(name, "9", "as it comes", 3, seconds, 1e-7, {"as it comes": 1.0}, {})


def match_of(own, others=(), absent=(), spec=SPEC):
    return Match(own, tuple(others), tuple(absent), api.generate(spec, records=False))


def test_ratios():
    others = [figure("a", 5.0, 6.0, 20.0), figure("b", 4.0, 9.0, 9.0)]
    match = match_of(figure("convgen", 2.0, 4.0, 3.0), others)
    assert match.best.name == "b"
    assert match.ratio == 4.0 / 2.0
    assert match.median_ratio == 6.0 / 3.0  # the median of another rival


def test_tables_lead_with_medians(capsys):
    """A lucky round wins nothing."""
    lucky, steady = figure("right", 0.1, 6.0, 6.0), figure("wrong", 4.0, 4.0, 4.0)
    match = match_of(figure("convgen", 1.0, 2.0, 2.0), [lucky, steady])
    assert (match.best, match.usual_best) == (lucky, steady)
    (row,) = [bench.measured(match.kernel, match.own.timing, Peaks(1e-3, 1e-3), ("one",))]
    command.put_matches([row], [match])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(line[0], line[1], line[3], line[6]) for line in lines[2:5]] == [
        ("convgen", "2000", "1000", "1.00"), ("wrong", "4000", "4000", "2.00"), ("right", "6000", "100.0", "3.00")]
    command.put_matches([row] * 2, [match] * 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-3:] == ["wrong", "2.00", "0.10"]
    assert "geometric mean of the ratio 2.000, of least times 0.100" in lines


def two_layers():
    lost = Absent("absent", "not installed", "not installed (pip install some-package)")
    failed = Absent("wrong", "failed", "x" * 300)
    matches = [
        match_of(figure("convgen", 1.0), [figure("right", 2.0), figure("wrong", 4.0)], [lost]),
        match_of(figure("convgen", 1.0), [figure("right", 8.0)], [lost, failed], SPEC.replace(ic=3)),
    ]
    rows = [bench.measured(one.kernel, one.own.timing, Peaks(1e-3, 1e-3), (name,))
            for one, name in zip(matches, ("first", "second <&>"), strict=True)]
    return rows, matches


def test_summary_and_left_out():
    rows, matches = two_layers()
    means = contest.summary(matches)
    assert means.geomean_ratio == pytest.approx(4.0)
    assert means.rivals["right"] == Against(pytest.approx(4.0), 2, pytest.approx(4.0))
    assert means.rivals["wrong"] == Against(pytest.approx(4.0), 1, pytest.approx(4.0))
    assert command.left_out(rows, matches) == [
        "left out: absent: not installed (pip install some-package)",
        f"left out: wrong: failed: {'x' * 200}... (second <&>)",
    ]
    assert contest.summary([match_of(figure("convgen", 1.0))]).geomean_ratio is None


def test_table_of_many(capsys):
    command.put_matches(*two_layers())
    lines = capsys.readouterr().out.splitlines()
    head = "layer convgen right wrong absent best rival ratio of least"
    assert lines[0].split() == head.split()
    assert lines[2].split()[-6:] == ["0.0", "-", "-", "right", "8.00", "8.00"]
    assert "geometric mean of the ratio 4.000, of least times 4.000" in lines
    assert "against each: right 4.00 (2 layers), wrong 4.00 (1 layers)" in lines


def test_table_of_one(capsys):
    rows, matches = two_layers()
    command.put_matches(rows[:1], matches[:1])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "first"
    assert [line.split()[0] for line in lines[2:5]] == ["convgen", "right", "wrong"]
    assert lines[4].split()[-5:] == ["4.00", "9", "as", "it", "comes"]


# --- the picture ---


def test_plot():
    groups = [plot.Cluster("a <b> & c", 50.0, [plot.Bar("convgen", 100.0, "<note>"), plot.Bar("x", 25.0, "")]),
              plot.Cluster("d", 80.0, [plot.Bar("convgen", 10.0, "")])]
    root = ET.fromstring(plot.draw("title & more", groups, ["note 1", "note 2"]))
    space = "{http://www.w3.org/2000/svg}"
    bars = [one for one in root.iter(f"{space}rect") if one.get("class") == "bar"]
    widths = [float(bar.get("width")) for bar in bars]
    assert widths == pytest.approx([widths[0], widths[0] / 4, widths[0] / 10], abs=0.1)
    assert bars[0].get("fill") == bars[2].get("fill") != bars[1].get("fill")
    roofs = [one.get("d") for one in root.iter(f"{space}path") if one.get("class") == "roof"]
    left = float(bars[0].get("x"))
    places = [float(re.match(r"M([0-9.]+)", roof)[1]) - left for roof in roofs]
    assert places == pytest.approx([widths[0] * 0.5, widths[0] * 0.8], abs=0.2)
    texts = [one.text for one in root.iter(f"{space}text")]
    assert {"a <b> & c", "title & more", "convgen", "x", "roofline", "100", "note 2"} <= set(texts)
    height = float(root.get("height"))
    assert all(float(bar.get("y")) + float(bar.get("height")) < height for bar in bars)
    assert left + max(widths) < float(root.get("width"))


LONG = ("a", "i" * 200, "W" * 60, "a long name of a layer, backbone/stage2/block1/conv2", "層" * 40, "resnet.2b3x3")


def labelled(names):
    """A picture with labels of all lengths: of layers, of rivals, and in the lines around them."""
    bars = [plot.Bar(f"{name[:40]}{i}", 10.0**i, "") for i, name in enumerate(names)]
    groups = [plot.Cluster(name, 99e3 * i, bars) for i, name in enumerate(names)]
    return plot.draw(f"convgen bench, GFLOP/s: {names[-1]}", groups, [f"a note: {name}" for name in names])


@pytest.mark.parametrize("names", [LONG[:1], LONG[-1:], *((LONG[0], name) for name in LONG[1:]), LONG],
                         ids=lambda names: names[-1][:6])
def test_no_label_is_clipped(names):
    """Each, as wide as it may be, lies inside of the picture, and touches none of its line."""
    root = ET.fromstring(labelled(names))
    width, lines = float(root.get("width")), {}
    for one in root.iter("{http://www.w3.org/2000/svg}text"):
        size = float(one.get("font-size", plot.LABEL))
        wide = plot.text_width(one.text, size) * (plot.BOLD if one.get("font-weight") else 1)
        start = float(one.get("x")) - wide * {"end": 1, "middle": 0.5}.get(one.get("text-anchor"), 0)
        assert start >= 0, one.text
        assert start + wide <= width, one.text
        lines.setdefault(one.get("y"), []).append((start, start + wide, one.text))
    assert float(max(lines, key=float)) < float(root.get("height"))
    for line in lines.values():
        line.sort()
        assert [(a, b) for a, b in itertools.pairwise(line) if a[1] > b[0]] == []


@tools.needs(tools.chromium)
def test_no_label_is_clipped_in_a_browser(tmp_path):
    """The widths that the picture counts with are at least those of the fonts here."""
    page = tmp_path / "p.html"
    page.write_text(f"""<!DOCTYPE html><meta charset="utf-8">{labelled(LONG)}<script>
    const all = document.querySelector("svg").getBoundingClientRect();
    const out = [...document.querySelectorAll("text")].filter((one) => {{ const box = one.getBoundingClientRect();
        return box.left < all.left || box.right > all.right; }}).map((one) => one.textContent);
    document.title = document.querySelectorAll("text").length + JSON.stringify(out);</script>""")
    done = subprocess.run(tools.browsing(tmp_path, page, "--dump-dom"), capture_output=True, text=True, timeout=120,
                          check=True)
    count, _, clipped = re.search(r"<title>(\d+)(\[)(.*?)\]</title>", done.stdout).groups()
    assert int(count) > 40
    assert clipped == ""


@pytest.mark.parametrize("tool", raster.TOOLS, ids=lambda tool: tool.name)
def test_a_picture_as_png(tool, monkeypatch):
    """Twice as large as the SVG, and not empty, by each tool that is here."""
    if tool.found() is None:
        pytest.skip(f"needs {tool.name}")
    if tool.name == "chromium":
        tools.require(tools.chromium())
    monkeypatch.setattr(raster, "TOOLS", (tool,))
    text = labelled(LONG[:1])
    data = raster.png(text)
    root = ET.fromstring(text)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    size = [int.from_bytes(data[at : at + 4], "big") for at in (16, 20)]
    assert size == [raster.SCALE * int(root.get(side)) for side in ("width", "height")]
    assert len(data) > 5000


def test_without_a_tool_there_is_no_png(tmp_path, monkeypatch):
    """Told before anything is measured; a tool that fails says why."""
    monkeypatch.setattr(raster, "TOOLS", tuple(one._replace(found=lambda: None) for one in raster.TOOLS))
    monkeypatch.setattr(command.timing, "measure", lambda *_: pytest.fail("it was measured"))
    said = run("bench", TINY, "--plot", tmp_path / "p.png", code=4).stderr
    assert "PNG needs one of rsvg-convert, CairoSVG, chromium; none is here; SVG needs none" in said
    broken = raster.TOOLS[0]._replace(found=lambda: ["sh", "-c", "echo no fonts >&2; exit 1"])
    monkeypatch.setattr(raster, "TOOLS", (broken,))
    with pytest.raises(MissingToolError, match=r"rsvg-convert must be able to draw a picture \(no fonts\)"):
        raster.png(labelled(LONG[:1]))


@pytest.mark.parametrize("highest", [0.3, 1.0, 9.9, 117.0, 4321.0])
def test_ticks_are_round_and_few(highest):
    ticks = plot._ticks(highest)
    assert ticks[0] == 0
    assert highest * 0.75 < ticks[-1] <= highest * (1 + 1e-9)
    assert 5 <= len(ticks) - 1 <= 13


# --- on the command line ---


def test_bench_against_as_json_with_a_plot(tmp_path):
    picture = tmp_path / "plot.svg"
    words = ("--layout", "nhwc", "--no-records", "--repeats", 2, "--json", "--plot", picture)
    said = run("bench", TINY, f'{TINY}n"dense"', "ic2iw30oc2kw3", "--against", "right,wrong,absent", *words)
    data = json.loads(said.stdout)
    first, second = data["layers"]
    assert first["names"] == ["dense"]
    assert [one["name"] for one in first["rivals"]] == ["right"]
    kinds = {one["name"]: one["kind"] for one in first["left_out"]}
    assert kinds == {"wrong": "failed", "absent": "not installed"}
    assert first["best"] == "right"
    assert first["ratio"] == pytest.approx(first["rivals"][0]["min_s"] / first["min_s"])
    assert len(first["own"]["seconds"]) == len(first["rivals"][0]["seconds"]) == 2
    assert first["rivals"][0]["version"] == "1.2"
    assert data["geomean_ratio"] == pytest.approx((first["ratio"] * second["ratio"]) ** 0.5)
    assert second["layout"] == "nwc"
    assert picture.read_text().count("class='bar'") == 4


def test_bench_against_on_the_terminal():
    said = run("bench", TINY, "--against", "right,absent", "--repeats", 2, "--no-records").stdout
    assert re.search(r"^right +[0-9.]+ +±[0-9]+% +[0-9.]+ ", said, re.MULTILINE)
    assert "left out: absent: not installed" in said
    assert "GB/s of copying" in said


@needs_device
def test_bench_on_a_device_against():
    words = ("--target", "opencl", "--no-records", "--repeats", 2, "--json")
    data = json.loads(run("bench", TINY, "--against", "there,unlinked", *words).stdout)
    (layer,) = data["layers"]
    assert data["threads"] is None
    assert layer["rivals"][0]["setup"].startswith("on opencl:")
    assert layer["ratio"] == pytest.approx(layer["rivals"][0]["min_s"] / layer["min_s"])
    assert [one["name"] for one in layer["left_out"]] == ["unlinked"]
    assert "on the OpenCL device: there" in run("bench", TINY, "--against", "right", *words, code=2).stderr
    assert "threads must be" in run("bench", TINY, "--against", "there", *words, "--threads", 2, code=2).stderr


def test_a_plot_without_rivals(tmp_path):
    run("bench", TINY, "--repeats", 2, "--no-records", "--plot", tmp_path / "own.svg")
    assert (tmp_path / "own.svg").read_text().count("class='bar'") == 1


def test_what_bench_refuses(tmp_path):
    assert "against must be one of right, " in run("bench", TINY, "--against", "right,nobody", code=2).stderr
    start = time.monotonic()
    assert "plot must end in .svg or .png" in run("bench", TINY, "--plot", tmp_path / "p.pdf", code=2).stderr
    assert "plot must lie in a folder" in run("bench", TINY, "--plot", tmp_path / "no/p.svg", code=2).stderr
    assert time.monotonic() - start < 3


# --- the libraries themselves ---

DENSE = {"ic": 16, "oc": 24, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half"}
LAYERS = {
    "dense": DENSE,
    "pointwise": {**DENSE, "kh": 1, "kw": 1, "bias": False},
    "strided": {**DENSE, "sh": 2, "sw": 2, "ih": 10, "iw": 14},
    "uneven": {**DENSE, "padding": None, "top": 0, "bottom": 1, "left": 2, "right": 0, "sh": 2, "sw": 2},
    "same": {**DENSE, "ih": 10, "iw": 10, "sh": 2, "sw": 2, "padding": "same-upper"},
    "dilated": {**DENSE, "dh": 2, "dw": 2},
    "oblong": {**DENSE, "kh": 1, "kw": 5, "sh": 2, "sw": 1, "dw": 2},
    "depthwise": {**DENSE, "g": 16, "oc": 16},
    "multiplied": {**DENSE, "g": 16, "oc": 32},
    "grouped": {**DENSE, "g": 4},
    "flipped": {**DENSE, "flip": True},
    "line": {"ic": 16, "oc": 8, "iw": 30, "kw": 3, "padding": "half"},
    "signal": {"ic": 1, "oc": 1, "iw": 300, "kw": 70, "left": 20},
    "batch": {**DENSE, "n": 2},
    "solid": {"ic": 4, "oc": 8, "id": 5, "ih": 6, "iw": 7, "kd": 3, "kh": 3, "kw": 3, "padding": "half"},
}
ACTIVATIONS = ("relu", "relu6", "clip(-1,2)", "leaky-relu(0.1)", "sigmoid", "tanh", "silu", "hard-swish",
               "gelu")
ONLY = {"ncnn": "nchw", "litert": "nhwc", "clblast": "nchw", "scipy": "nchw"}
LACKS = {"ncnn": {"batch", "solid"}, "litert": {"solid"}, "mnn": {"solid"},
         "clblast": {"solid", "uneven", "same", "depthwise", "multiplied", "grouped", "signal", "relu"},
         "scipy": {*LAYERS, *ACTIVATIONS} - {"depthwise", "signal"}}
CASES = {name: ConvSpec(**fields) for name, fields in LAYERS.items()}
CASES |= {name: ConvSpec(**DENSE, activation=name) for name in ACTIVATIONS}


LIBRARIES = [name for name, rival in RIVALS.items() if not (rival.in_f32 or rival.apart)]


@pytest.mark.parametrize("name", LIBRARIES)
def test_library(monkeypatch, tmp_path, name):
    """It computes every layer that it should: right, in f32, in the layout asked for."""
    monkeypatch.setattr(rivals, "RIVALS", RIVALS)
    if why := rivals.missing(name):
        pytest.skip(why)
    device = _device(name) if RIVALS[name].processor == "device" else None
    process = isolate.Worker({"OMP_NUM_THREADS": "1"}, quiet=True)
    wrong = []
    try:
        for layout, (title, spec) in itertools.product(("nchw", "nhwc"), CASES.items()):
            spec = spec.replace(layout=LAYOUTS[spec.rank - 1 + 3 * (layout == "nhwc")])
            payload = {"module": RIVALS[name].module, "spec": msgspec.to_builtins(spec), "threads": 1, "device": device,
                       "data": str(contest._store(spec, tmp_path))}
            told = "unsupported"
            with contextlib.suppress(UnsupportedError):
                told = process.call("convgen.benchmark.rivals.worker:prepare", payload, 60)["refused"] or "right"
            lacks = ONLY.get(name, layout) != layout or title in LACKS.get(name, ())
            if told == "unsupported" and title in ACTIVATIONS[1:]:
                continue
            if told != ("unsupported" if lacks else "right"):
                wrong.append((layout, title, told))
    finally:
        process.kill()
    assert not wrong


def _device(name):
    """The device that a library is tried on; the test is skipped where there is none."""
    tools.require(tools.device())
    if name == "torch-cuda" and not pytest.importorskip("torch").cuda.is_available():
        pytest.skip("needs a CUDA device")
    return devices.pick("opencl").key


@pytest.fixture
def cuda(monkeypatch):
    """(rivals.torch_cuda, log, info): PyTorch says that it has two CUDA devices, OpenCL has one, of info."""
    torch = pytest.importorskip("torch")
    from convgen.benchmark.rivals import torch_cuda

    log = []
    info = type("Info", (), {"name": "Card B"})
    monkeypatch.setattr(devices, "handle", lambda key: (info, None))
    for name, what in {"is_available": lambda: True, "device_count": lambda: 2, "set_device": log.append,
                       "get_device_name": lambda index: ("Card A", "Card B")[index],
                       "synchronize": lambda: log.append("wait")}.items():
        monkeypatch.setattr(torch.cuda, name, what)
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32
    yield torch_cuda, log, info
    cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = before


def test_torch_finds_the_card_of_the_kernel(cuda, monkeypatch):
    torch_cuda, log, info = cuda
    assert (torch_cuda._same("opencl:0:0").index, log[0].index) == (1, 1)
    info.name = "pthread-some-cpu"
    with pytest.raises(UnsupportedError, match="no CUDA device named pthread-some-cpu"):
        torch_cuda._same("opencl:0:0")
    monkeypatch.setattr(torch_cuda.torch.cuda, "is_available", lambda: False)
    with pytest.raises(UnsupportedError, match="no CUDA device that PyTorch can use"):
        next(torch_cuda.setups(made(SPEC, draws.normals(SPEC, np.random.default_rng(0))), "opencl:0:0"))


@pytest.mark.parametrize("last", [False, True], ids=["nchw", "nhwc"])
def test_torch_cuda_where_a_cpu_plays_the_card(cuda, monkeypatch, last):
    """All but the device itself: both memory formats are right, and each timing waits before and after."""
    torch_cuda, log, _ = cuda
    torch = torch_cuda.torch
    monkeypatch.setattr(torch_cuda, "_same", lambda key: torch.device("cpu"))
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    for title, spec in CASES.items():
        if title in ("silu", "gelu"):
            continue
        spec = spec.replace(layout=LAYOUTS[spec.rank - 1 + 3 * last])
        arrays = draws.normals(spec, np.random.default_rng(0))
        truth = oracle.convolve(spec, **arrays)
        found = []
        for setup in torch_cuda.setups(made(spec, arrays), "opencl:0:0"):
            log.clear()
            assert setup.time(2) > 0
            assert log == ["wait", "wait"]
            assert np.max(np.abs(setup.output().reshape(truth.y.shape) - truth.y) / (truth.s + 1e-9)) < 1e-6, title
            found.append(setup.name.split(",")[0])
        assert found == ["channels-first", "channels-last"]
    assert torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


def test_torch_makes_every_call():
    """No compiler in between finds out that all calls compute the same."""
    torch = pytest.importorskip("torch")
    from convgen.benchmark.rivals import torch as rival

    arrays = draws.normals(SPEC, np.random.default_rng(0))
    for setup in rival.setups(made(SPEC, arrays), 1):
        for calls in (1, 2, 8, 64):  # its loops are compiled anew in the second run, and unrolled by 8
            with torch.profiler.profile() as profile:
                setup.time(calls)
        names = [event.name for event in profile.events()]
        assert sum(names.count(one) for one in CONVOLUTIONS) == 64, setup.name


CONVOLUTIONS = ("aten::convolution", "mkldnn::_convolution_pointwise")
