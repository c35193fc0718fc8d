"""convgen report: what its pages say, that they say it in a browser, and what it refuses."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tools import any_c, binutils, browsing, chromium, needs
from tools import command as run

from convgen.api import generate, render
from convgen.benchmark.pictures import text_width
from convgen.commands.page import assembly, chart, layer, plots
from convgen.commands.page.drawing import drawing
from convgen.commands.page.layer import OPERATIONS, Subject
from convgen.emit.render import inner_loop
from convgen.emit.texts import templates
from convgen.layer.formats import load_layers
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.machine.isa import OPERANDS
from convgen.onnx import models
from convgen.planner.rank import estimate, rank
from convgen.tuning import database, records
from convgen.verification import spread
from convgen.verification.spread import CLASSES, LEAST

TINY = "ic8ih9oc16kh3ph1"
BLOCK = "ic64ih28oc64kh3ph1"
V3 = "x86-64-v3"
EVIL = "<img src=x onerror=document.title='seen'>"
LAYERS = f"""
[[layer]]
name = "{EVIL}"
ic = 8
oc = 16
ih = 9
iw = 9
kh = 3
kw = 3
padding = "half"
[[layer]]
name = "second, whose name is so long that no telephone has it in a line: backbone/stage2/block1/conv2/Conv2D"
ic = 16
oc = 8
ih = 9
iw = 9
kh = 1
kw = 1
[[layer]]
name = "third"
ic = 16
oc = 16
ih = 18
iw = 18
kh = 3
kw = 3
sh = 2
sw = 2
g = 16
padding = "half"
"""


def spec(descriptor=TINY, **changes):
    return load_layers(descriptor)[0].spec.replace(**{"layout": "nhwc", **changes})


def made(path, *words):
    run("report", *words, "--no-records", "-o", path)
    return path.read_text()


# --- in a browser ---

# What the page's own scripts cannot know is that it is looked at: everything is measured, then said in the page.
LOOK = """
const box = (one) => one.getBoundingClientRect();
const shown = (one) => one.checkVisibility() && box(one).width > 0;
const rgb = (text) => { const all = text.match(/[0-9.]+/g).map(Number);
    return all.length > 3 ? all : [...all, 1]; };
const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (one) => { for (let up = one; up; up = up.parentElement) {
    const c = rgb(getComputedStyle(up).backgroundColor); if (c[3] === 1) { return c; } } return [255, 255, 255, 1]; };
const contrast = (one) => { const style = getComputedStyle(one);
    const ink = light(rgb(one instanceof SVGElement ? style.fill : style.color)), paper = light(behind(one));
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05); };
for (const one of document.querySelectorAll("details")) { one.open = true; }
const said = { width: innerWidth, wide: document.documentElement.scrollWidth, title: document.title,
               dark: matchMedia("(prefers-color-scheme: dark)").matches,
               loaded: performance.getEntriesByType("resource").length,
               clipped: [], pale: [], outside: [], sorted: {} };
for (const text of document.querySelectorAll("svg text")) {
    const own = box(text), all = box(text.ownerSVGElement);
    if (own.left < all.left - 1 || own.right > all.right + 1 || own.top < all.top - 2 || own.bottom > all.bottom + 2) {
        said.clipped.push(text.textContent); } }
for (const one of document.querySelectorAll("h1, h2, h3, h4, p, dt, dd, li span, pre, summary, a, svg, .scroll")) {
    if (shown(one) && !one.closest(".scroll *") && (box(one).left < -1 || box(one).right > innerWidth + 1)) {
        said.outside.push(one.outerHTML); } }
for (const one of document.querySelectorAll("body *")) {
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (text && shown(one) && !one.closest("script, style, title") && contrast(one) < 4.5) {
        said.pale.push([one.outerHTML.slice(0, 80), contrast(one)]); } }
for (const head of document.querySelectorAll("th button")) {
    const table = head.closest("table"), column = head.parentElement.cellIndex;
    const cells = () => [...table.tBodies[0].rows].map((row) => row.cells[column].dataset.key ??
                                                              row.cells[column].textContent.trim());
    const name = `${table.caption.textContent}: ${head.textContent}`;
    head.click();
    const first = cells(), way = head.parentElement.ariaSort;
    head.click();
    said.sorted[name] ??= [head.parentElement.className, way, first, head.parentElement.ariaSort, cells()];
}
const out = document.createElement("script");
out.type = "application/json";
out.id = "said";
out.textContent = JSON.stringify(said);
parent.document.body.append(out);
"""


def looked_at(path, width, dark):
    """What headless Chromium finds on a page, and what it says in its console. The page is in a frame, for no window is
    as narrow as a telephone."""
    frame = path.with_name(f"{path.stem}-{width}.html")
    inner = html.escape(path.read_text().replace("</body>", f"<script>{LOOK}</script></body>"))
    frame.write_text('<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
                     f'<body><iframe width="{width}" height="900" style="border: 0" srcdoc="{inner}"></iframe>')
    options = ("--dump-dom", "--window-size=1600,1000", f"--blink-settings=preferredColorScheme={int(not dark)}")
    done = subprocess.run(browsing(path.parent, frame, *options), capture_output=True, text=True, timeout=120,
                          check=True)
    said = re.search(r'<script type="application/json" id="said">(.*?)</script>', done.stdout, re.DOTALL)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert said, console
    return json.loads(said[1]), console


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page of one layer, with all that there can be, and one of several."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "layers.toml").write_text(LAYERS)
    made(folder / "one.html", TINY, "--layout", "nhwc", *([] if any_c() else ["--measure"]))
    made(folder / "several.html", folder / "layers.toml", "--target", V3)
    return folder


@needs(chromium)
@pytest.mark.parametrize("name", ["one", "several"])
@pytest.mark.parametrize(("width", "dark"), [(400, True), (1400, False)])
def test_a_page_in_a_browser(pages, name, width, dark):
    said, console = looked_at(pages / f"{name}.html", width, dark)
    assert console == []
    assert (said["width"], said["dark"], said["loaded"]) == (width, dark, 0)
    assert said["wide"] <= width, "tables scroll in their boxes, the page does not"
    assert said["clipped"] == said["outside"] == said["pale"] == []
    assert said["title"] == ("3x3 convolution, 8 x 9 x 9 to 16 x 9 x 9" if name == "one" else "layers.toml")
    assert len(said["sorted"]) >= (10 if name == "several" else 5)
    for kind, way, first, back, second in said["sorted"].values():
        assert (way, back) == (("descending", "ascending") if kind == "number" else ("ascending", "descending"))
        if kind == "number" and len(set(first)) == len(first):
            values = [float(value) for value in first]
            assert values == sorted(values, reverse=True)
            assert second == first[::-1]


def test_a_page_needs_nothing_else(pages):
    for text in ((pages / f"{name}.html").read_text() for name in ("one", "several")):
        assert not re.search(r"https?:|\bsrc=|@import|url\(", text.replace(EVIL.replace("<", "&lt;"), ""). replace(
            "&lt;img src=x", ""))
        assert "default-src 'none'" in text
        assert not re.search(r"\bNone\b|\bnan\b|undefined(?!\))", re.sub(r"<script>.*?</script>", "", text, flags=re.S))


def test_what_users_say_is_escaped(pages):
    text = (pages / "several.html").read_text()
    assert EVIL not in text
    assert "&lt;img src=x onerror=document.title=&#39;seen&#39;&gt;" in text


def test_only_pages_are_escaped():
    assert templates().from_string("${ x }").render(x="<") == "<"
    for name in ("page/parts.html.j2", "page/page.html.j2"):
        assert templates().autoescape(name)
    assert not templates().autoescape("common/file.c.j2")


# --- what it says ---


@needs(any_c)
def test_a_page_of_a_layer(pages):
    text = (pages / "one.html").read_text()
    for title in ("The layer", "In figures", "The plan", "Where the time goes, predicted", "Roofline",
                  "Error against bound", "Tuning history", "Plans considered", "The inner loop"):
        assert text.count(f"<h3>{title}</h3>") == 1, title
    best = rank(spec(), "host")[0].plan
    assert f"<p>{best.label} for target host</p>" in text
    assert "GFLOP/s" in text
    assert "of the bound" in text
    assert "as compiled" in text or binutils("objdump")


def test_a_page_of_layers(pages):
    text = (pages / "several.html").read_text()
    assert text.count('<details class="layer"') == 3
    table = re.search(r"<caption>The layers, each.*?</table>", text, re.DOTALL)[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table)
    assert re.findall(r"<a [^>]*>third</a>", cells[20])
    assert "3x3 / 2x2" in cells
    assert "not run: convgen report --verify" in text
    sizes = [f"{entry} " for entry in re.findall(r"input ([0-9.]+ k?)B, output", text)]
    assert len(sizes) == 3


def test_plans_considered_are_the_planners(pages):
    chosen = rank(spec(), V3)[0]
    found = layer.layer(Subject(generate(spec(), V3, records=False)), 1, None, ran="not run")
    rows = found.considered.rows
    assert [cell.text for cell in rows[0][:1]] == [chosen.plan.label]
    assert rows[0][-1].text == "chosen"
    assert len(rows) > 2
    assert all(row[-1].text for row in rows)
    for row in rows:  # what it is predicted to take, by what the chosen one is
        assert row[4].key == pytest.approx(row[3].key / chosen.cycles)
        assert row[4].text == f"{row[4].key - 1:+.1%}"
    assert found.considered_text.startswith(f"{len(rank(spec(), V3))} plans were weighed")
    assert found.errors_text == "not run"
    assert max(bar.share for bar in found.parts) == 1.0


@pytest.mark.parametrize(("descriptor", "layout", "target", "error"), [
    (TINY, "nhwc", V3, 0.0), (TINY, "nchw", V3, 0.0), ("ic64ih28oc64kh3ph1", "nhwc", V3, 1e-6),
    ("g16ic16ih18oc16kh3ph1", "nchw", "aarch64", 0.0), ("ic32ih20oc2kh1", "nhwc", V3, 0.0),
    ("g8ic32ih20oc32kh3", "nhwc", "scalar", 0.0), (TINY, "nhwc", "opencl-cpu", 0.0),
    (BLOCK, "nhwc", "opencl-gpu/implicit", 0.0), (BLOCK, "nchw", "opencl-gpu/implicit", 0.0),
    (BLOCK, "nchw", "opencl-gpu/winograd", 1e-5), (BLOCK, "nhwc", "opencl-sm80/tensor", 1.0)])
def test_the_inner_loop_is_the_kernels_and_counted(descriptor, layout, target, error):
    target, _, algorithm = target.partition("/")
    kernel = generate(spec(descriptor, layout=layout), target, algorithm or None, max_error=error, records=False)
    inner = inner_loop(kernel.plan)
    assert algorithm in ("", kernel.plan.algorithm)

    def squeezed(text):
        return "\n".join(line.strip() for line in text.strip().splitlines())

    assert squeezed(inner.text) in squeezed(kernel.source)
    assert inner.text.count("for (") <= 1, "the innermost"
    assert f" {inner.function}(" in kernel.source
    lines = squeezed(inner.text).splitlines()
    assert inner.operations["fma"] == sum(bool(re.match(r"(if .*\) )?acc\w+ = ", line)) for line in lines) > 0
    loads = sum(number for name, number in inner.operations.items()
                if OPERATIONS[name] in ("loads", "broadcasts from memory"))
    assert 0 < loads <= len(lines)


def test_the_reference_says_where_its_loop_is():
    reference = generate(spec(), V3, "reference", records=False)
    assert inner_loop(reference.plan) is None
    found = layer.layer(Subject(reference), 1, None, ran="not run")
    assert found.code == []
    assert reference.name in found.code_missing
    assert found.roofline is None
    assert found.considered is None


def test_every_operation_is_counted_as_something():
    assert OPERATIONS.keys() == OPERANDS.keys()


X86 = """
p.so:     file format elf64-x86-64

Disassembly of section .text:

0000000000001000 <transform>:
    1000:\tvmovups (%rdi),%ymm0
    1004:\tvfmadd231ps %ymm1,%ymm2,%ymm0
    1009:\tvfmadd231ps %ymm1,%ymm2,%ymm3
    100e:\tjne    1004 <transform+0x4>
    1010:\tret

0000000000002000 <tile_6x16>:
    2000:\txor    %eax,%eax
    2002:\tvmovups (%rsi,%rax,1),%ymm12
    2008:\tvmovups %ymm12,0x20(%rsp)
    200e:\tvbroadcastss (%rdi),%ymm13
    2013:\tvfmadd231ps %ymm12,%ymm13,%ymm0
    2018:\tvfmadd231ps 0x20(%rsi),%ymm13,%ymm1
    201e:\tvshufps $0x88,%ymm1,%ymm2,%ymm3
    2023:\tadd    $0x40,%rax
    2027:\tcmp    $0x400,%rax
    202d:\tjne    2002 <tile_6x16+0x2>
    202f:\tjmp    2000 <tile_6x16>
"""
ARM = """
0000000000000700 <tile_4x8>:
 700:\tldp\tq0, q1, [x1], #32
 704:\tld1r\t{v2.4s}, [x0]
 708:\tfmla\tv16.4s, v0.4s, v2.4s
 70c:\tfmla\tv17.4s, v1.4s, v2.s[0]
 710:\tstr\tq3, [sp, #16]
 714:\tb.ne\t700 <tile_4x8>  // b.any
 718:\tret
"""


@pytest.mark.parametrize(("text", "function", "counts"), [
    (X86, "tile_6x16", {"multiply-adds": 2, "broadcasts": 1, "moves": 2, "shuffles": 1, "address, loop, other": 3,
                        "loads, those of other instructions too": 3, "stores": 1,
                        "on the stack: spills and reloads": 1}),
    (X86, "inlined", {"multiply-adds": 2, "address, loop, other": 1, "on the stack: spills and reloads": 0}),
    (ARM, "tile_4x8", {"multiply-adds": 2, "broadcasts": 1, "moves": 2, "address, loop, other": 1,
                       "loads, those of other instructions too": 2, "stores": 1,
                       "on the stack: spills and reloads": 1}),
])
def test_instructions_are_counted(text, function, counts):
    assert assembly.find(text, function).counts == counts


def test_no_loop_no_counts():
    assert assembly.find("0000 <f>:\n   0:\tret\n", "f") is None


# --- errors, memory, history ---


def test_errors_by_size():
    want = np.zeros(9)
    shares = np.array([0.0, 1e-9, 1e-6, 1.01e-6, 0.1, 0.1001, 1.0, 1.001, np.inf])
    found = spread.spread("data", shares * 2, want, np.full(9, 2.0))
    assert (found.outputs, found.exact, found.beyond) == (9, 1, 2)
    counts = dict(enumerate(found.counts))
    assert {i: n for i, n in counts.items() if n} == {
        0: 3, (-1 - LEAST) * CLASSES - 1: 1, (-1 - LEAST) * CLASSES: 1, -LEAST * CLASSES - 1: 1}
    assert found.median == pytest.approx(0.1)


@needs(any_c)
def test_errors_of_a_kernel_add_up_and_are_what_verify_finds():
    kernel = generate(spec(), records=False)
    conv = kernel.compile()
    for found in spread.measure(kernel, conv.where, seed=3):
        assert sum(found.counts) + found.exact + found.beyond == found.outputs == 16 * 81
        assert found.beyond == 0 < found.most <= 1


def network():
    """x → Conv a → Relu → Conv b → Add(a) → Relu → MaxPool; what convgen does is three steps."""
    weights = {name: numpy_helper.from_array(np.ones(shape, np.float32), name)
               for name, shape in (("wa", (8, 4, 1, 1)), ("wb", (8, 8, 3, 3)))}
    nodes = [helper.make_node("Conv", ["x", "wa"], ["a"], name="first"), helper.make_node("Relu", ["a"], ["ra"]),
             helper.make_node("Conv", ["ra", "wb"], ["b"], name="other", pads=[1, 1, 1, 1]),
             helper.make_node("Add", ["b", "ra"], ["s"]), helper.make_node("Relu", ["s"], ["rs"]),
             helper.make_node("MaxPool", ["rs"], ["y"], name="pool", kernel_shape=[2, 2], strides=[2, 2])]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 4, 6, 6))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], [*weights.values()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def test_memory_from_step_to_step(tmp_path):
    """Worked by hand: x has 4·36 floats, ra and rs 8·36 each, y 8·9; a, b, s are inside of layers."""
    path = tmp_path / "m.onnx"
    onnx.save(network(), path)
    steps = models.find(path, weights=False).steps
    x, ra, rs, y = 4 * 4 * 36, 4 * 8 * 36, 4 * 8 * 36, 4 * 8 * 9
    assert [(step.name, step.op, step.layer, step.made, step.live) for step in steps] == [
        ("first", "Conv", True, ra, x + ra), ("other", "Conv", True, rs, ra + rs),
        ("pool", "MaxPool", False, y, rs + y)]
    text = made(tmp_path / "m.html", path, "--target", V3)
    assert "At most 2.3 kB are live at once, in Conv other" in text
    assert "pool MaxPool: not a convolution" in text


def test_tuning_history(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "records.sqlite"))
    target, layer_spec = find(V3), spec()
    ranked = rank(layer_spec, target)
    place = {"spec": records.spec_text(layer_spec), "target": records.target_text(target), "device": "d",
             "compiler": "c", "threads": 1, "convgen": "0", "printer": ""}
    with database.Records() as held:
        for number, one in enumerate(ranked[:3]):
            status = "crash" if number == 1 else "ok"
            held.put([database.Record(**place, plan=records.plan_text(one.plan), status=status,
                                         min_s=None if number == 1 else 1e-5 * (3 - number))])
    locked = render(ranked[2].plan, origin="d; c; 1 thread", chosen_by="lock")
    found = layer.layer(Subject(locked), 1, None, ran="not run")
    assert found.history_text.startswith("3 trials, 1 failed, from ")
    dots = [mark for mark in found.history.marks if mark.kind == "dot"]
    assert sorted(dot.style for dot in dots) == ["failed", "trial", "trial"]
    best = 2e-9 * layer_spec.macs / 1e-5
    assert any(mark.kind == "text" and mark.text == f"best {best:.4g}" for mark in found.history.marks)
    assert "measured" in [column.name for column in found.considered.columns]
    assert found.origin == "d; c; 1 thread"
    assert found.considered.rows[0][-1].text == "chosen by measurement"


# --- charts ---

DRAWN = [spec(), spec("ic3ih224oc64kh7sh2ph3"), spec("ic2048ih7oc512kh1"), spec("g512ic512ih14oc512kh3ph1"),
         spec("ic8ih30oc8kh3dh3ph4"), ConvSpec(ic=1, oc=1, iw=1, kw=1), ConvSpec(ic=80, oc=512, iw=3000, kw=3, sw=2),
         ConvSpec(ic=16, oc=32, id=16, ih=112, iw=112, kd=3, kh=7, kw=7, padding="half"),
         ConvSpec(n=128, ic=64, oc=64, ih=1, iw=1, kh=1, kw=1), spec("ic512ih7oc4096kh7")]


def texts(one):
    return [mark for mark in one.marks if isinstance(mark, chart.Text)]


def inside(one):
    """Whether all labels of a chart lie in its box."""
    return all(one.x <= text.left and text.right <= one.x + one.width and
               one.y <= text.y - chart.SIZE * 0.8 and text.y <= one.y + one.height for text in texts(one))


def apart(one):
    """Whether none of its labels touch."""
    boxes = [(text.left, text.right, text.y) for text in texts(one)]
    return not any(a[0] < b[1] and b[0] < a[1] and abs(a[2] - b[2]) < chart.SIZE
                   for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("layer_spec", DRAWN, ids=lambda one: f"{one.ic}x{one.ih}x{one.iw}")
def test_the_layer_drawn(layer_spec):
    one = drawing(layer_spec)
    assert inside(one)
    assert apart(one)
    styles = [mark.style.split()[0] for mark in one.marks]
    assert {"input", "weights", "output", "window"} <= set(styles)
    assert ("padding" in styles) == layer_spec.padded
    xs = [float(x) for mark in one.marks if isinstance(mark, chart.Shape)
          for x in re.findall(r"[ML]([0-9.-]+) ", mark.path)]
    assert min(xs) >= one.x - 0.1
    assert max(xs) <= one.x + one.width + 0.1


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("high", [0.3, 1.0, 2.0, 9.9, 58.0, 117.0, 4321.0, 8.3e6, 1e9])
def test_ticks(high, log):
    scale = chart.Scale(high / 1e4 if log else 0.0, high, 60.0, 300.0, log)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 7
    assert ticks[0] >= scale.low * 0.999
    assert ticks[-1] <= high * 1.001
    assert scale.at(scale.low) == 60
    assert scale.at(high) == pytest.approx(300)


@pytest.mark.parametrize("peak", [0.5, 64.0, 5e4])
@pytest.mark.parametrize("point", [(0.01, 0.02), (10.0, 60.0), (4e3, 1e5)])
def test_a_roofline_holds_its_labels(peak, point):
    roofs = [plots.Roof("L2", 0.7 * peak), plots.Roof("memory", peak / 20)]
    one = plots.roofline(peak, roofs, [plots.Point(*point, "p")], "GFLOP/s")
    assert inside(one)
    (dot,) = (mark for mark in one.marks if isinstance(mark, chart.Dot))
    assert plots.LEFT <= dot.x <= plots.RIGHT
    assert plots.TOP <= dot.y <= plots.BOTTOM


def test_only_the_roofs_that_the_peak_is_of():
    assert [roof.name for roof in layer.roofs(find(V3))] == ["L2", "L3", "memory"]
    assert [roof.name for roof in layer.roofs(find("opencl-gpu"))] == ["memory"]


def test_a_tile_of_many_lanes_is_not_drawn():
    assert plots.tile(64, 8, 16) is None
    assert inside(plots.tile(14, 2, 16))
    assert inside(plots.tile(1, 1, 1))


def test_predictions_of_a_page_are_the_planners():
    best = rank(spec(), V3)[0]
    assert layer.estimate_of(best.plan).cycles == pytest.approx(estimate(best.plan).cycles)
    assert text_width("W", 12) > text_width("i", 12)


# --- on the command line ---


def test_a_page_of_a_folder(tmp_path):
    layers = tmp_path / "layers.toml"
    layers.write_text(LAYERS)
    run("generate", layers, "--target", V3, "--no-verify", "-o", tmp_path / "out")
    text = made(tmp_path / "out.html", tmp_path / "out")
    assert "third" in text
    assert text.count('<details class="layer"') == 3
    (tmp_path / "out" / "third.h").write_text("")
    assert "the page is of what the plan gives" in run("report", tmp_path / "out", "-o", tmp_path / "b.html").stderr


def test_kernels_are_called_as_their_user_called_them(tmp_path):
    for name, more in (("plain", ["--algorithm", "reference"]), ("other", [])):
        run("generate", TINY, "--target", V3, "--name", name, "--no-verify", *more, "-o", tmp_path / "out")
    text = made(tmp_path / "out.html", tmp_path / "out")
    assert re.findall(r'<span class="layer-name">(.*?)</span>', text) == ["other", "plain"]
    assert re.search(r"<dt>predicted</dt><dd>[\d.]+ k?cycles, without 1 of 2 that no model weighs</dd>", text)
    bars = text[text.index("<h3>Layers by time, predicted</h3>"):].partition("</ol>")[0]
    assert "other" in bars
    assert "plain" not in bars


def test_a_page_explains_its_words_and_its_plan(tmp_path):
    text = made(tmp_path / "page.html", "ic64ih28oc64kh3ph1", "--layout", "nhwc", "--target", V3, "--no-verify")
    words = dict(re.findall(r"<dt>(.*?)</dt>\n<dd>(.*?)</dd>", text[text.index('<details class="words">'):]))
    assert {"micro-kernel", "multiply-adds", "register tile mr × nr"} <= words.keys()
    assert "F(4x4, 3x3): " in text
    assert "winograd6 is left out: its expected error is " in text
    assert "roofline, of direct sums whose arrays come from memory" in text


@needs(any_c)
def test_a_page_of_layers_that_were_run(tmp_path):
    text = made(tmp_path / "p.html", TINY, "ic8ih5oc4kh1", "--measure", "--verify")
    assert len(re.findall("all of them within their bound", text)) == 2
    heads = re.findall(r"<button[^>]*>(.*?)</button>", re.search(r"<caption>The layers.*?</thead>", text, re.DOTALL)[0])
    assert heads[-5:] == ["measured, one", "all uses", "GFLOP/s", "of FMA peak", "error of bound"]
    assert "<h3>Layers by time, measured</h3>" in text
    assert "Weights are not counted" not in text  # nobody knows the order of these layers


def test_the_same_layer_gives_the_same_page(tmp_path):
    words = (TINY, "--target", "aarch64")
    assert made(tmp_path / "a.html", *words) == made(tmp_path / "b.html", *words)
    text = run("report", *words, "--no-records", "-o", "-").stdout
    assert text == (tmp_path / "a.html").read_text()
    assert "not run here: target must be one that this machine can run" in text or "aarch64" not in str(find(V3))


def test_what_report_refuses(tmp_path):
    page = tmp_path / "page.html"
    made(page, TINY, "--target", "aarch64")
    words = ("report", TINY, "-o", page, "--target", "aarch64")
    assert "output must not exist" in run(*words, code=2).stderr
    run(*words, "--force")
    assert "output must name a file" in run("report", TINY, "-o", "", code=2).stderr
    assert "output must not be a folder" in run("report", TINY, "-o", tmp_path, code=2).stderr
    assert "folder must hold files that convgen generate or" in run("report", tmp_path, "-o", "-", code=2).stderr
    assert "layout must not be overridden for a folder" in run("report", tmp_path, "--layout", "nhwc", code=2).stderr
    assert "Missing argument" in run("report", code=2).stderr
    if not find("aarch64").runs_here():
        for option in ("--measure", "--verify"):
            assert "target must be one that" in run(*words, "--force", option, code=3).stderr
    assert not (Path.cwd() / "report.html").exists()
