"""bench --sample: which layers are drawn, how results are kept, what is told of them."""

import collections
import json
import random
import re
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from convgen import api
from convgen.benchmark import kept, peaks, sample, scatter, timing
from convgen.benchmark.peaks import Peaks
from convgen.benchmark.timing import Timing
from convgen.commands import request, sample_bench
from convgen.commands.main import main
from convgen.errors import CrashError, InputError
from convgen.layer.formats import parse_descriptor
from convgen.layer.spec import ConvSpec

LIMITS = Peaks(100.0, 10.0)
KINDS = {
    "tiny": ["ic64ih1oc64kh1", "g8ic8ih7oc8kh3ph1", "ic3ih9oc4kh3"],
    "depthwise": ["g64ic64ih56oc64kh3ph1", "g64ic64ih56oc128kh3ph1"],
    "grouped": ["g2ic64ih56oc64kh3ph1", "g64ic128ih56oc64kh1"],
    "first layer": ["ic3ih224oc32kh3ph1", "ic1ih224oc32kh3ph1", "ic4ih224oc32kh1"],
    "1x1": ["ic64ih56oc64kh1", "ic5ih224oc32kh1sh2"],
    "dense": ["ic64ih56oc64kh3ph1", "ic5ih224oc32kh2", "ic64iw900oc64kw3"],
}
MANY = [ConvSpec(ic=ic, oc=oc, ih=28, iw=28, kh=k, kw=k, g=g, padding="half")
        for k in (1, 3, 5) for ic in (64, 128) for oc in range(64, 1088, 64) for g in (1, 2)]  # 192


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts])
def test_kind(kind, text):
    assert sample.kind(parse_descriptor(text).spec) == kind


def test_the_same_sample_whatever_the_order_and_the_seed_makes_another():
    mixed = random.Random(1).sample(MANY, len(MANY))
    assert sample.draw(MANY, 20, 7) == sample.draw(mixed, 20, 7)
    assert sample.draw(MANY, 20, 7) != sample.draw(MANY, 20, 8)


def test_a_larger_sample_begins_with_the_smaller_and_all_is_everything():
    whole = sample.draw([*MANY, *MANY], len(MANY), 7)
    assert sample.draw(MANY, 20, 7) == whole[:20]
    assert len(set(whole)) == len(MANY)


@pytest.mark.parametrize("seed", range(3))
def test_kinds_take_turns_and_each_is_spread_evenly(seed):
    drawn = sample.draw(MANY, 36, seed)
    assert collections.Counter(map(sample.kind, drawn)) == {"1x1": 12, "dense": 12, "grouped": 12}
    dense = [spec for spec in drawn if sample.kind(spec) == "dense"]
    assert {spec.kh for spec in dense} == {3, 5}
    order = sorted((spec for spec in MANY if sample.kind(spec) == "dense"), key=lambda spec: (spec.kh, spec.macs))
    places = sorted(map(order.index, dense))
    assert max(b - a for a, b in zip([-1, *places], [*places, len(order)], strict=True)) <= 2.7 * len(order) / 12


def test_a_few_layers_of_a_kind_are_all_drawn():
    rare = ConvSpec(ic=3, oc=64, ih=224, iw=224, kh=7, kw=7)
    assert rare in sample.draw([rare, *MANY], 4, 0)


# --- what of the limit ---


def test_products_of_winograd_are_its_own_and_the_limit_counts_them():
    spec = ConvSpec(ic=64, oc=64, ih=56, iw=56, kh=3, kw=3, padding="half", layout="nhwc")
    direct, fast = (api.generate(spec, "x86-64-v3", algorithm) for algorithm in ("direct", "winograd"))
    rows = [timing.measured(kernel, Timing(1, (1.0,)), LIMITS) for kernel in (direct, fast)]
    assert 0.97 * spec.macs < rows[0].products <= spec.macs  # taps in the padding are left out
    assert 2 < spec.macs / rows[1].products <= 4
    for row in rows:
        assert row.of_limit == pytest.approx(max(2e-9 * row.products / 100, spec.bytes * 1e-9 / 10))
        assert row.own_gflops == pytest.approx(2e-9 * row.products)
        assert row.intensity == pytest.approx(2 * row.products / spec.bytes)
        assert timing.limited(timing.measured(direct, Timing(1, (1.0,)), None), LIMITS) == rows[0]


def test_the_limit_of_products_of_integers_is_theirs():
    spec = ConvSpec(ic=64, oc=64, ih=56, iw=56, kh=3, kw=3, layout="nhwc", dtype="u8:s8:u8")
    row = timing.measured(api.generate(spec, "x86-64-v4-vnni", "direct"), Timing(1, (1.0,)), LIMITS)
    assert row.rate == 4
    assert row.of_limit == pytest.approx(max(2e-9 * spec.macs / 400, spec.bytes * 1e-9 / 10))


# --- the file of results ---

QUESTION = kept.Question({"version": "1", "printer": "a"}, {"layout": "nhwc"})
LINE = kept.Layer(key="a", kind="dense", failed="x", exit_code=5)


def test_results_come_back(tmp_path):
    file = kept.Kept(tmp_path / "a", QUESTION)
    file.add(kept.Limits(LIMITS))
    file.add(LINE)
    found = kept.Kept(tmp_path / "a", QUESTION)
    assert (found.layers, found.limits) == (file.layers, file.limits) == ({"a": LINE}, [LIMITS])


def test_a_line_that_was_cut_off_is_none(tmp_path):
    path = tmp_path / "a"
    kept.Kept(path, QUESTION).add(LINE)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"type":"layer","ke')
    found = kept.Kept(path, QUESTION)
    assert path.read_bytes() == whole
    found.add(LINE)
    assert list(kept.Kept(path, QUESTION).layers) == ["a"]


@pytest.mark.parametrize(("question", "why"), [
    (kept.Question({"version": "2", "printer": "a"}, QUESTION.asked), "of this version of convgen .*version=2, here 1"),
    (kept.Question({"version": "1", "printer": "b"}, QUESTION.asked), "of this version .*printer=b, here a"),
    (kept.Question(QUESTION.version, {"layout": "nchw"}), "be of the same question .*layout=nchw, here nhwc"),
    (kept.Question(QUESTION.version, {}), "of the same question .*layout=none, here nhwc"),
    (kept.Question(QUESTION.version, {"layout": "nhwc", "n": "2"}), "of the same question .*n=2, here none"),
], ids=str)
def test_results_of_something_else(tmp_path, question, why):
    kept.Kept(tmp_path / "a", question)
    with pytest.raises(InputError, match=why):
        kept.Kept(tmp_path / "a", QUESTION)


@pytest.mark.parametrize("text", ["x", "x\n", "{}\n", '{"type":"limits","peaks":{"fma_gflops":1,"copy_gbs":1}}\n',
                                  '{"type":"question","version":{},"asked":{}}\n' * 2], ids=repr)
def test_what_is_no_file_of_results_stays_as_it_is(tmp_path, text):
    path = tmp_path / "a"
    path.write_text(text)
    with pytest.raises(InputError, match=r"results must be (a file that bench has written|of)"):
        kept.Kept(path, QUESTION if text.count("question") < 2 else kept.Question({}, {}))
    assert path.read_text() == text


# --- the command ---

FILE = "\n".join(f"{text}  # {n}" for n, texts in enumerate(KINDS.values()) for text in texts) + "\nic64ih1oc64kh1\n"


@pytest.fixture(autouse=True)
def measured(monkeypatch, tmp_path):
    """The layers whose times are asked for; nothing is built. A folder of its own, with layers.txt."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.txt").write_text(FILE)
    monkeypatch.setattr(peaks, "measure", lambda *_: LIMITS)
    asked = []

    def measure(kernel, *_):
        asked.append(kernel.spec)
        return Timing(1, (2e-9 * kernel.spec.macs / 50 * len(asked),))

    monkeypatch.setattr(timing, "measure", measure)
    return asked


def run(*words, code=0):
    result = CliRunner().invoke(main, ["bench", "--layers", "layers.txt", "--layout", "nhwc", "--algorithm=reference",
                                      *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    return result


def test_a_sample_is_measured_and_kept_and_not_measured_again(measured):
    first = run("--sample", 8)
    assert len(measured) == len(set(measured)) == 8
    assert "1 of 16 layers are there already, and count once" in first.stderr
    assert f"8 of 15 layers, 0 of them measured before; results: {sample_bench.FILE}" in first.stderr
    again = run("--sample", 8)
    assert len(measured) == 8
    assert again.stdout == first.stdout
    assert "8 of 15 layers, 8 of them measured before" in again.stderr
    run("--sample", 10)
    assert len(measured) == 10


def test_what_ctrl_c_leaves_is_kept(monkeypatch, measured):
    measure = timing.measure

    def stopped(*args):
        if len(measured) == 3:
            raise KeyboardInterrupt
        return measure(*args)

    monkeypatch.setattr(timing, "measure", stopped)
    result = run("--sample", 8, code=130)
    assert f"interrupted: 3 of 8 layers are in {sample_bench.FILE}; the same command goes on" in result.stderr
    monkeypatch.setattr(timing, "measure", measure)
    assert "8 of 15 layers, 3 of them measured before" in run("--sample", 8).stderr
    assert len(measured) == len(set(measured)) == 8


def test_kinds_and_the_worst_are_told():
    lines = run("--sample", 12).stdout.splitlines()
    kinds = {line.split("  ")[0]: line.split() for line in lines[1:8]}
    assert list(kinds) == [*KINDS, "all"]
    assert kinds["dense"][1] == "2"
    assert kinds["all"][1] == "12"
    assert sum(line.startswith("convgen bench ") for line in lines) == sample_bench.WORST
    first = lines.index("") + 2
    shares = [float(re.search(r"(\d\.\d\d)  (compute|memory)", line)[1]) for line in lines[first : first + 10]]
    assert shares == sorted(shares)


def test_the_document_and_its_commands(measured):
    data = json.loads(run("--sample", 6, "--seed", 3, "--results", "a.jsonl", "--json").stdout)
    assert (data["sample"], data["seed"], data["results"], data["of"]) == (6, 3, "a.jsonl", 15)
    assert data["peaks"] == {"fma_gflops": 100.0, "copy_gbs": 10.0}
    assert {layer["kind"] for layer in data["layers"]} == set(data["kinds"]) - {"all"} == set(KINDS)
    for layer, spec in zip(data["layers"], measured, strict=True):
        words = layer["reproduce"].split()
        assert words[:2] == ["convgen", "bench"]
        assert parse_descriptor(words[2]).spec.replace(layout=spec.layout) == spec
        assert f"--layout {spec.layout}" in layer["reproduce"]
        assert layer["of_limit"] == pytest.approx(
            max(2e-9 * layer["products"] / 100, 1e-9 * layer["bytes"] / 10) / layer["min_s"])


def test_a_layer_that_fails_is_told_and_the_others_are_measured(monkeypatch, measured):
    measure = timing.measure

    def fails(kernel, *rest):
        if sample.kind(kernel.spec) == "1x1":
            raise CrashError("the kernel crashed")
        return measure(kernel, *rest)

    monkeypatch.setattr(timing, "measure", fails)
    for _ in range(2):  # it is kept too
        result = run("--sample", 6, code=5)
        assert re.search(r"^failed: ic\S+: the kernel crashed\n  convgen bench ic", result.stdout, re.MULTILINE)
    data = json.loads(run("--sample", 6, "--json", code=5).stdout)
    assert ([one["exit_code"] for one in data["failed"]], len(data["layers"])) == ([5], 5)


def test_the_picture():
    run("--sample", 12, "--plot", "a.svg")
    root = ElementTree.parse("a.svg").getroot()
    assert len(dots(root)) == 12
    assert any("convgen bench, 12 of 15 layers" in (text.text or "") for text in root.iter(f"{SVG}text"))


SVG = "{http://www.w3.org/2000/svg}"


def dots(root):
    return [(float(one.get("cx")), float(one.get("cy"))) for one in root.iter(f"{SVG}circle")]


def test_dots_lie_under_the_roof_where_they_should():
    """The roof of 100 GFLOP/s and 10 GB/s bends at 10 operations a byte."""
    points = [scatter.Point("dense", intensity, min(1.0, intensity / 10), "") for intensity in (1.0, 10.0, 500.0)]
    root = ElementTree.fromstring(scatter.draw("", LIMITS, [*points, scatter.Point("tiny", 10.0, 1e-9, "")]))
    (roof,) = [one.get("d") for one in root.iter(f"{SVG}path") if one.get("class") == "roof"]
    begin, ridge = (tuple(map(float, place.split())) for place in re.findall(r"[\d.]+ [\d.]+", roof))
    slope, at_ridge, flat, low = dots(root)
    assert at_ridge == ridge
    assert flat[1] == ridge[1]
    assert slope[1] - ridge[1] == pytest.approx(
        (begin[1] - ridge[1]) * (ridge[0] - slope[0]) / (ridge[0] - begin[0]), abs=0.2)
    assert 0 < low[1] < float(root.get("height"))


@pytest.mark.parametrize(("words", "said"), {
    "more than there are": (["--sample", 16], r"must not exceed the number of different layers .sample=16, layers=15"),
    "none": (["--sample", 0], "'--sample': 0 is not in the range"),
    "seed alone": (["--seed", 1], r"seed must stand with sample .seed=1"),
    "results alone": (["--results", "a"], r"results must stand with sample .results='?a"),
    "no file of results": (["--sample", 1, "--results", "layers.txt"], "results must be a file that bench has written"),
    "a folder": (["--sample", 1, "--results", "."], "results must be readable and writable .*directory"),
    "no folder": (["--sample", 1, "--results", "a/b"], "results must be writable .*No such file"),
}.values(), ids=str)
def test_bad_input_is_told_in_a_line(words, said, measured):
    result = run(*words, code=2)
    assert re.search(said, result.stderr)
    assert len([line for line in result.stderr.splitlines() if "count once" not in line]) == 1
    assert not measured


def test_an_empty_file(tmp_path):
    (tmp_path / "layers.txt").write_text("# none\n")
    assert "layers file must hold at least one layer (layers.txt)" in run("--sample", 1, code=2).stderr


def test_the_results_of_another_question_and_of_another_version(monkeypatch):
    run("--sample", 1)
    assert "results must be of the same question" in run("--sample", 1, "--repeats", 3, code=2).stderr
    monkeypatch.setattr(sample_bench, "__version__", "0.0")
    assert "results must be of this version of convgen" in run("--sample", 1, code=2).stderr


def test_counts_of_layers_read_and_different():
    found = request.Request(("layers.txt",), {}, {}, "host", None, 1e-6).loaded()
    assert (len(found[0]), found[2]) == (15, 16)
