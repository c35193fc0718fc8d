"""What people meet in Python: reprs, notebooks, pickles, arrays of any sort, other batches, commands as functions."""

from __future__ import annotations

import copy
import json
import pickle
import pydoc
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tools
from click.testing import CliRunner

import convgen
from convgen import ConvSpec, api
from convgen.algorithms import ALGORITHMS
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.plan.choices import TiledChoices
from convgen.run import native
from convgen.tuning import tuner
from convgen.tuning.trial import Outcome
from convgen.verification.report import Check, Report

TEXT = "ic6ih8iw7oc10oh8ow7kh3kw3ph1pw1"
SPEC = ConvSpec.parse(TEXT, layout="nhwc", activation="relu")
compiled = tools.needs(tools.c, "cc")


def draw(*shape):
    return np.random.default_rng(shape).standard_normal(shape, np.float32)


def arrays(spec):
    return {array.role: draw(*array.shape).astype(array.element.dtype) for array in spec.arrays if not array.written}


@cache
def kernel(spec=SPEC, target="host"):
    return convgen.generate(spec, target, records=False)


def packed(spec=SPEC, target="host"):
    conv = kernel(spec, target).compile()
    given = arrays(spec)
    conv.pack(**{role: given[role] for role in ("weights", "bias", "slopes") if role in given})
    return conv


# --- specs ---


@pytest.mark.parametrize(("spec", "text"), [
    (ConvSpec.parse(TEXT), f"ConvSpec.parse({TEXT!r})"),
    (SPEC, f"ConvSpec.parse({TEXT!r}, layout='nhwc', activation='relu')"),
    (ConvSpec.parse("g2mb3ic4iw9oc6kw3sw2", bias=False), "ConvSpec.parse('g2mb3ic4iw9oc6ow4kw3sw2pw0', bias=False)"),
    (ConvSpec(ic=3, oc=4, ih=9, iw=9, kh=3, kw=3, bottom=7, layout="nhwc", weights_layout="ohwi"),
     "ConvSpec(ic=3, oc=4, ih=9, iw=9, kh=3, kw=3, bottom=7, layout='nhwc', weights_layout='ohwi')"),
    (ConvSpec(ic=3, oc=4, id=3, ih=4, iw=5, kd=1, kh=2, kw=3, dtype="f16"),
     "ConvSpec.parse('ic3id3ih4iw5oc4od3oh3ow3kd1kh2kw3pd0ph0pw0', dtype='f16')"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_spec_shows_the_call_that_makes_it(spec, text):
    assert repr(spec) == text
    assert eval(text, {"ConvSpec": ConvSpec}) == spec


def test_parse_takes_other_fields_and_refuses_what_is_no_descriptor():
    spec = ConvSpec.parse('ic3ih9oc4kh3n"stem"', padding="same-upper", sh=2, sw=2, n=2)
    assert (spec.n, spec.oh, spec.bottom, spec.layout) == (2, 5, 1, "nchw")
    for text, said in (("ic3ih9", "oc must be given"), ("ic3x", "character 4"), (b"ic3", r"must be text \(got b")):
        with pytest.raises(InputError, match=said):
            ConvSpec.parse(text)
    with pytest.raises(InputError, match="layout must be one of"):
        ConvSpec.parse(TEXT, layout="chwn")


# --- as text, as HTML ---


def test_reprs_are_short_and_say_what_matters():
    made = kernel()
    plan = api.plan(SPEC, records=False)
    shown = {made: made.name, made.plan: made.plan.label, plan: "predicted"}
    for thing, part in shown.items():
        assert part in repr(thing)
        assert len(repr(thing)) < 250
        assert "\n" not in repr(thing)
    assert repr(report()) == "<convgen.Report k: FAILED bound>"
    assert repr(Report("k", ())) == "<convgen.Report k: ok>"


@compiled
def test_a_conv_tells_whether_it_has_weights():
    conv = kernel().compile()
    assert repr(conv) == f"<convgen.Conv {kernel().title}, no weights yet>"
    assert repr(packed()) == f"<convgen.Conv {kernel().title}>"


def report():
    return Report("k", (Check("exact", True, None, "bits equal"), Check("bound", False, 1.5, "<b>y[0] & more")))


class Tags(HTMLParser):
    """Closes what it opens; nothing but plain tags without code; keeps the text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.seen = [], [], set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert all(name == "style" for name, _ in attrs)
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def benched():
    figure = api.Figure("torch<", "1&2", "<i>eager</i>", 1, (0.002, 0.003), 0.0, {}, {})
    absent = api.Absent("mnn", "failed", "<script>")
    return api.Benched(kernel(), api.timing.measured(kernel(), api.timing.Timing(1, (0.001,)), None), None, (figure,),
                       (absent,))


def tuned():
    return api.Tuned(plan=kernel().plan, seconds=0.0015, first=kernel().plan, first_seconds=0.002, tried=1,
                     failed=("<b>crash & more",), finished=True)


def test_a_bench_tells_the_rivals_that_it_left_out():
    assert repr(benched()).endswith("torch< 2 ms, without mnn>")


@pytest.mark.parametrize("text", [TEXT, "ic64ih56oc64oh56kh3ph1", "ic3ih224oc32oh112kh3sh2ph1"])
@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4", "opencl-gpu"])
def test_the_parts_of_a_prediction_add_up_as_a_notebook_shows_them(text, target):
    plan = convgen.plan(ConvSpec.parse(text), target, records=False)
    rows = re.findall(r"<tr><td[^>]*>([^<]*)</td><td[^>]*>([\d,]+) \w*cycles</td></tr>", plan._repr_html_())
    *parts, total = [int(number.replace(",", "")) for _, number in rows]
    assert len(parts) >= 2
    assert sum(parts) == total


def test_the_modules_for_users_are_there_when_asked_for():
    pytest.importorskip("torch")
    said = subprocess.run([sys.executable, "-c", "import convgen; convgen.onnx; print(convgen.torch.accelerate)"],
                          capture_output=True, text=True, check=True)
    assert "accelerate" in said.stdout


@pytest.mark.parametrize(("thing", "words"), [
    (lambda: kernel().plan, ["<x>", "rows x"]),
    (lambda: api.plan(SPEC, records=False), ["<x>", "predicted", "times"]),
    (report, ["<b>y[0] & more", "FAILED", "1.500"]),
    (benched, ["torch<", "1&2, <i>eager</i>", "left out: <script>", "1.0000"]),
    (tuned, [kernel().plan.label, "<b>crash & more", "2.0000", "1.5000", "1.33", "tried now"]),
], ids=["plan", "planned", "report", "benched", "tuned"])
def test_notebooks_get_html_in_which_all_text_is_text(thing, words):
    made = thing()
    if "<x>" in words:  # a target may have any name
        plan = made if isinstance(made, convgen.Plan) else made.plan
        plan = msgspec.structs.replace(plan, target=msgspec.structs.replace(plan.target, name="<x>"))
        made = plan if isinstance(made, convgen.Plan) else msgspec.structs.replace(made, plan=plan)
    page = Tags(made._repr_html_())
    assert page.seen <= {"div", "b", "table", "tr", "td", "th", "pre"}
    for word in words:
        assert word in "".join(page.text)


SORTS = {  # a layer for each algorithm
    "direct": (TEXT, "x86-64-v3"), "winograd": ("ic64ih20oc64kh3ph1", "x86-64-v4"),
    "depthwise": ("g8ic8ih9oc8kh3ph1", "aarch64"), "grouped": ("g8ic32ih9oc32kh3ph1", "x86-64-v3"),
    "dot": ("ic64ih20oc2kh1", "x86-64-v3"), "implicit": ("ic64ih20oc64kh3ph1", "opencl-gpu"),
    "tensor": ("ic64ih20oc64kh3ph1", "opencl-sm80"), "modular": ("ic64ih20oc64kh3ph1", "x86-64-v3"),
    "fourier": ("g8ic8ih40oc8kh15ph7", "x86-64-v3"), "gradient": ("ic8ih9oc16kh3ph1", "x86-64-v3"),
    "col2im": ("ic8ih9oc3kh4sh2ph1", "x86-64-v3"), "chain": ("g8ic8ih9oc8kh3ph1", "x86-64-v3"),
    "matrix": ("ic64ih20oc64kh3ph1", "x86-64-v4-amx"), "implicit_gradient": ("ic64ih20oc64kh3ph1", "opencl-gpu"),
}


@pytest.mark.parametrize("name", [name for name, known in ALGORITHMS.items() if known.AUTOMATIC])
def test_every_sort_of_plan_can_be_shown(name):
    text, target = SORTS[name]
    dtype = "u8:s8:u8" if name in ("modular", "matrix") else "f32"
    op = "transposed" if name == "col2im" else "backward-weights" if "gradient" in name else "forward"
    spec = ConvSpec.parse(text, layout="nhwc", dtype=dtype, op=op)
    spec = convgen.Chain([spec, ConvSpec.parse("ic8ih9oc3kh1", layout="nhwc")]) if name == "chain" else spec
    plan = convgen.plan(spec, target, name, records=False, max_error=1e-2)
    assert plan.plan.algorithm == name
    for thing in (plan, plan.plan):
        Tags(thing._repr_html_())
        assert plan.plan.label in repr(thing)
    assert 0 < plan.share_of_peak < 10


def test_the_plain_loop_nest_has_no_prediction():
    plan = convgen.plan(SPEC, algorithm="reference")
    assert (plan.cycles, plan.share_of_peak) == (0, 0)
    Tags(plan._repr_html_())
    assert "predicted" not in str(plan)


# --- pickles and copies ---


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy, copy.copy],
                         ids=["pickle", "deepcopy", "copy"])
@pytest.mark.parametrize("thing", [
    lambda: SPEC, lambda: kernel().plan, kernel, lambda: kernel(SPEC, "opencl-gpu"), lambda: convgen.plan(SPEC), report,
], ids=["spec", "plan", "kernel", "opencl", "planned", "report"])
def test_data_goes_through_pickles_and_copies(thing, again):
    made = again(thing())
    assert made == thing()
    assert type(made) is type(thing())


@compiled
@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_conv_goes_through_pickles_and_copies_with_its_weights(again):
    conv, x = packed(), draw(*SPEC.input_shape)
    y = conv(x)
    other = again(conv)
    assert other.kernel == conv.kernel
    np.testing.assert_array_equal(other(x), y)
    given = arrays(SPEC)
    conv.pack(2 * given["weights"], given["bias"])  # the copy has weights of its own
    np.testing.assert_array_equal(other(x), y)
    assert "no weights" in repr(again(kernel().compile()))


@compiled
def test_a_pickled_conv_is_built_as_it_was_and_names_no_file():
    conv = kernel().compile(opt="O1")
    data = pickle.dumps(conv)
    assert str(conv.path).encode() not in data  # a library that somebody else may have put there is never loaded
    other = pickle.loads(data)
    assert (other.how, other.path) == ((None, "O1"), conv.path)


@compiled
def test_another_process_can_use_a_pickled_conv(tmp_path):
    conv, x = packed(), draw(*SPEC.input_shape)
    (tmp_path / "conv").write_bytes(pickle.dumps((conv, x)))
    code = ("import pickle, sys; conv, x = pickle.load(open(sys.argv[1], 'rb'));"
            "sys.stdout.buffer.write(conv(x).tobytes())")
    said = subprocess.run([sys.executable, "-c", code, tmp_path / "conv"], capture_output=True, check=True).stdout
    assert said == conv(x).tobytes()


@compiled
def test_a_pickle_for_another_machine_is_refused(monkeypatch):
    data = pickle.dumps(packed())
    monkeypatch.setattr(convgen.Target, "runs_here", lambda target, arithmetic=None: False)
    with pytest.raises(UnsupportedError, match=r"that this machine can run \(target=host\)"):
        pickle.loads(data)
    with pytest.raises(UnsupportedError, match="that this machine can run"):
        kernel().compile()


@compiled
def test_packed_weights_of_another_size_are_refused():
    with pytest.raises(InputError, match="packed must be"):
        kernel().compile().restore(b"12345678")


# --- arrays of any sort, any number of images ---


@compiled
@pytest.mark.parametrize("change", [
    lambda a: a.astype(float), lambda a: a.astype(">f4"), lambda a: np.asfortranarray(a), lambda a: a.tolist(),
    lambda a: np.repeat(a, 2, axis=-1)[..., ::2], lambda a: np.flip(np.flip(a, 0).copy(), 0),
    lambda a: np.frombuffer(b"0" + a.tobytes(), np.float32, offset=1).reshape(a.shape),
    lambda a: np.asarray(a).view(type("Own", (np.ndarray,), {})),
], ids=["f64", "big-endian", "fortran", "list", "strided", "reversed", "unaligned", "class"])
def test_copy_takes_what_a_kernel_could_not_use(change):
    spec = SPEC.replace(residual=True, n=2)
    conv, given = packed(spec), arrays(spec)
    x, residual = given["input"], given["residual"]
    want = conv(x, residual)
    with pytest.raises(InputError, match="copy=True"):
        conv(change(x), residual)
    with pytest.raises(InputError, match="copy=True"):
        conv.pack(change(given["weights"]), given["bias"])
    np.testing.assert_array_equal(conv(change(x), change(residual), copy=True), want)
    conv.pack(change(given["weights"] * 2), change(given["bias"]), copy=True)
    conv.pack(change(given["weights"]), change(given["bias"]), copy=True)
    np.testing.assert_array_equal(conv(x, residual), want)


@compiled
def test_copy_writes_into_any_array_of_floats():
    conv, x = packed(), draw(*SPEC.input_shape)
    want = conv(x)
    wide = np.zeros((*want.shape, 2))
    assert conv(x, out=wide[..., 1], copy=True) is not want
    np.testing.assert_array_equal(wide[..., 1], want)
    assert not wide[..., 0].any()
    for out, said in ((np.zeros(want.shape, int), "out must hold floats"), (np.zeros(3), "of shape"), ([], "of shape")):
        with pytest.raises(InputError, match=said):
            conv(x, out=out, copy=True)


@compiled
@pytest.mark.parametrize(("x", "said"), [
    (np.ma.masked_array(draw(*SPEC.input_shape)), "x must be an array of real numbers"),
    (draw(*SPEC.input_shape) * 1j, r"x must be an array of real numbers \(x.dtype=complex64\)"),
    (draw(3, 3), r"x must have shape \(1, 8, 7, 6\)"),
    ("x", "x must be an array of real numbers"),
    (None, "x must be given"),
])
def test_copy_refuses_what_is_no_array_for_the_layer(x, said):
    with pytest.raises(InputError, match=said):
        packed()(x, copy=True)


BATCHES = [(n, count) for n in (1, 2, 4) for count in (0, 1, 3, 5, 8) if n != count]


@pytest.mark.sampled
@compiled
@pytest.mark.parametrize("threads", [None, 3])
@pytest.mark.parametrize(("n", "count"), BATCHES)
def test_another_batch_gives_each_image_the_bits_that_it_has_in_one_of_the_spec(n, count, threads):
    spec = SPEC.replace(n=n, residual=True)
    conv = packed(spec)
    x, residual = (draw(count, *shape[1:]) for shape in (spec.input_shape, spec.output_shape))
    out = np.full((count, *spec.output_shape[1:]), np.nan, np.float32)
    assert conv(x, residual, out, threads) is out
    whole = [np.zeros((-(-count // n) * n, *array.shape[1:]), np.float32) for array in (x, residual)]
    for padded, array in zip(whole, (x, residual), strict=True):
        padded[:count] = array
    want = [conv(whole[0][at : at + n], whole[1][at : at + n]) for at in range(0, count, n)]
    np.testing.assert_array_equal(out, np.concatenate([*want, out[:0]])[:count])
    np.testing.assert_array_equal(conv(x, residual), out)
    np.testing.assert_array_equal(conv(x.astype(float), residual, copy=True), out)


@compiled
def test_another_batch_is_checked_as_a_whole():
    spec = SPEC.replace(residual=True)
    conv, x = packed(spec), draw(3, *SPEC.input_shape[1:])
    r, more = draw(3, *SPEC.output_shape[1:]), draw(4, *SPEC.output_shape[1:])
    for given, said in (({"x": x, "residual": r[:2]}, r"residual must have shape \(3, 8, 7, 10\)"),
                        ({"x": x, "residual": more[:3], "out": more[1:]}, "out must not overlap residual"),
                        ({"x": x, "residual": r, "out": np.empty_like(r)[::-1]}, "out must be C-contiguous"),
                        ({"x": x.astype(float), "residual": r}, r"x must be float32.*copy=True"),
                        ({"x": x[:, :, :-1], "residual": r}, r"x must have shape \(1, 8, 7, 6\)")):
        with pytest.raises(InputError, match=said):
            conv(**given)


@tools.needs_device
@pytest.mark.parametrize("key", [info.key for info in tools.devices()])
def test_an_opencl_conv_does_the_same(key):
    spec = SPEC.replace(n=2)
    conv, given = packed(spec, key), arrays(spec)
    x = draw(5, *spec.input_shape[1:])
    want = np.concatenate([conv(x[:2]), conv(x[2:4]), conv(np.concatenate([x[4:], x[:1]]))[:1]])
    np.testing.assert_array_equal(conv(x), want)
    np.testing.assert_array_equal(conv(x.astype(float)[:, ::1], copy=True), want)
    other = pickle.loads(pickle.dumps(conv))
    conv.pack(given["weights"] * 2.0, given["bias"], copy=True)
    np.testing.assert_array_equal(other(x), want)
    assert other.info == conv.info
    assert "no weights yet" in repr(kernel(spec, key).compile())
    with pytest.raises(InputError, match="copy=True"):
        conv(x.astype(float))


# --- commands as functions ---


@pytest.mark.parametrize("target", ["x86-64-v3", "opencl-cpu"])
def test_save_writes_what_the_command_writes(target, tmp_path):
    options = ["--layout", "nhwc", "--activation", "relu", "--target", target, "--no-records", "--no-verify"]
    result = CliRunner().invoke(main, ["generate", TEXT, *options, "-o", str(tmp_path / "command")])
    assert result.exit_code == 0, result.output
    made = convgen.generate(SPEC, target, records=False)
    paths = made.save(tmp_path / "new" / "folder")
    written = {path.name: path.read_bytes() for path in (tmp_path / "command").iterdir()}
    assert {path.name: path.read_bytes() for path in paths} == written
    assert made.save(str(tmp_path / "new" / "folder")) == paths  # the same again
    paths[0].write_text("mine")
    with pytest.raises(InputError, match="output must not exist and differ"):
        made.save(tmp_path / "new" / "folder")
    assert made.save(tmp_path / "new" / "folder", force=True)[0].read_bytes() == written[paths[0].name]


def test_plan_is_what_generate_prints_and_the_command_tells():
    plan = convgen.plan(SPEC, "x86-64-v3", records=False)
    assert plan.plan == convgen.generate(SPEC, "x86-64-v3", records=False).plan
    assert plan.origin == ""
    told = CliRunner().invoke(main, ["plan", TEXT, "--layout", "nhwc", "--activation", "relu", "--target", "x86-64-v3",
                                     "--no-records", "--json"])
    (layer,) = json.loads(told.stdout)["layers"]
    assert (layer["label"], layer["cycles"]) == (plan.plan.label, round(plan.cycles))
    assert layer["share_of_peak"] == round(plan.share_of_peak, 4)
    assert layer["compute_cycles"] == round(plan.estimate.compute)
    assert str(plan).splitlines()[0].startswith(f"{plan.plan.label} for x86-64-v3: predicted")


def test_plan_is_the_function_whatever_is_imported():
    code = "import convgen; convgen.{}; import convgen.plan.plan; from convgen.plan import program; print(convgen.plan)"
    for first in ("ConvSpec", "Plan", "plan", "Kernel"):
        command = [sys.executable, "-W", "error", "-c", code.format(first)]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
        assert said.stdout.startswith("<function plan at")
        assert said.stderr == ""


class Lab:
    """Times plans by how many vectors they have, fewest first; one sort fails."""

    def __init__(self, threads, seed):
        self.threads = threads

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def build(self, plans):
        pass

    def run(self, plan, repeats, left, best=None, verify=False):
        if isinstance(plan.choices, TiledChoices) and plan.choices.source == "copy":
            return Outcome("crash", detail="it fell over")
        return Outcome("ok", (1e-3 * plan.nr,) * repeats)


@compiled
def test_tune_gives_the_best_plan_which_generate_takes(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "records.sqlite"))
    monkeypatch.setattr(api.trial, "Lab", Lab)
    monkeypatch.setitem(tuner.EFFORTS, "measure", tuner.Effort(4, 4, 6, 2, 0.0, 20.0))
    told = []
    result = convgen.tune(SPEC, progress=told.append)
    assert result.finished
    assert len(told) == result.tried > 4
    assert result.plan.nr == 1
    assert result.seconds == 1e-3
    assert result.first == convgen.plan(SPEC, records=False).plan
    assert result.gain is None or result.gain >= 1
    assert result.plan.label in repr(result)
    assert all("crash: it fell over" in line for line in result.failed)
    chosen = convgen.plan(SPEC)
    assert chosen.plan == convgen.generate(SPEC).plan == result.plan
    assert chosen.origin
    assert convgen.tune(SPEC).tried == 0  # all on record


@pytest.mark.parametrize(("given", "said"), [
    ({"effort": "some"}, r"effort must be one of measure, patient, exhaustive \(effort='some'\)"),
    ({"seconds": 0}, r"seconds must be more than 0 \(seconds=0\)"),
    ({"seconds": float("nan")}, r"seconds must be more than 0"),
    ({"target": "wasm32"}, r"this machine can run \(target=wasm32\)"),
    ({"target": "m68k"}, "target must be one of"),
])
def test_tune_refuses(given, said):
    with pytest.raises((InputError, UnsupportedError), match=said):
        convgen.tune(SPEC, **given)


@compiled
def test_bench_measures_a_layer_or_a_kernel():
    limits = api.Peaks(fma_gflops=100.0, copy_gbs=10.0)
    one = convgen.bench(SPEC, repeats=3, limits=limits)
    assert one.measured.repeats == 3
    assert one.measured.macs == SPEC.macs
    assert 0 < one.measured.min_s <= one.measured.median_s
    assert one.limits is limits
    assert one.measured.limit in ("compute", "memory")
    assert one.rivals == one.absent == ()
    assert f"{one.measured.gflops:.4g} GFLOP/s" in repr(one)
    same = convgen.bench(one.kernel, repeats=1, limits=limits)
    assert same.kernel is one.kernel
    with pytest.raises(InputError, match="against must name"):
        convgen.bench(SPEC, against=["clblast"])
    with pytest.raises(InputError, match="against must be one of"):
        convgen.bench(SPEC, against=["fftw"])
    with pytest.raises(UnsupportedError, match="this machine can run"):
        convgen.bench(SPEC, "wasm32")


@compiled
def test_bench_against_what_is_not_installed_tells_so(monkeypatch):
    monkeypatch.setattr(api.rivals, "missing", lambda name: "not there")
    one = convgen.bench(SPEC, against=["torch"], repeats=1, limits=api.Peaks(1.0, 1.0))
    assert [(absent.name, absent.reason) for absent in one.absent] == [("torch", "not there")]


# --- help and types ---


def test_help_lists_the_public_names_a_line_each():
    lines = re.findall(r"^    (\w+)  +(\S.*)$", convgen.__doc__, re.MULTILINE)
    listed = [name for name, text in lines if not text.startswith("=")]
    assert sorted(listed) == sorted(convgen.__all__)
    assert "    conv2d        the same along two" in pydoc.render_doc(convgen, renderer=pydoc.plaintext)
    for name in convgen.__all__:
        assert pydoc.getdoc(getattr(convgen, name)), name


def test_type_checkers_are_told_that_there_are_types():
    """py.typed lies in the package, of which a wheel has every file."""
    assert (native.Path(convgen.__file__).parent / "py.typed").read_text() == ""


# --- mistakes ---


@pytest.mark.parametrize("call", [convgen.generate, convgen.plan, convgen.tune, convgen.bench])
@pytest.mark.parametrize(("given", "said"), [
    (TEXT, r"spec must be a ConvSpec \(got 'ic6.*'\); ConvSpec.parse\(text\) reads descriptors$"),
    (None, r"spec must be a ConvSpec \(got None\)$"),
    ({"ic": 3}, r"spec must be a ConvSpec \(it is a dict\)$"),
])
def test_what_is_no_spec_is_told_from_one(call, given, said):
    with pytest.raises(InputError, match=said):
        call(given)


def test_a_kernel_is_no_spec_but_has_one():
    with pytest.raises(InputError, match=r"it is a Kernel\); kernel.spec is its layer$"):
        convgen.plan(kernel())


@pytest.mark.parametrize(("given", "said"), [
    (kernel, r"conv must be a compiled kernel \(it is a Kernel\); use verify\(kernel.compile\(\)\)$"),
    (lambda: SPEC, r"\(it is a ConvSpec\); use verify\(generate\(spec\).compile\(\)\)$"),
    (lambda: TEXT, r"conv must be a compiled kernel \(got 'ic6.*'\)$"),
], ids=["kernel", "spec", "text"])
def test_verify_says_how_to_get_what_it_takes(given, said):
    with pytest.raises(InputError, match=said):
        convgen.verify(given())


@pytest.mark.parametrize("repeats", [0, -1, 1.5, None, True])
def test_bench_repeats_at_least_once(repeats):
    with pytest.raises(InputError, match=r"repeats must be an integer of at least 1 \(repeats="):
        convgen.bench(SPEC, repeats=repeats)


@pytest.mark.parametrize(("shape", "want"), [(3, (3,)), ((), ()), ([2, 0], (2, 0)), (np.int64(4), (4,)),
                                             ((2, 3), (2, 3))])
def test_empty_takes_the_shapes_of_numpy(shape, want):
    made = convgen.empty(shape, dtype=np.float16)
    assert (made.shape, made.dtype) == (want, np.float16)
    assert not made.size or made.ctypes.data % 64 == 0


@pytest.mark.parametrize("shape", [-1, (-1,), (-2, -3), 1.5, "ab", None])
def test_empty_refuses_what_is_no_shape(shape):
    with pytest.raises(InputError, match=r"shape must be an integer of at least 0, or several \(shape="):
        convgen.empty(shape)


def test_saving_over_other_files_names_the_argument(tmp_path):
    first, *_ = kernel().save(tmp_path)
    first.write_text("mine")
    for folder in (tmp_path, tmp_path / "other"):  # of a kernel's files, or of others
        folder.mkdir(exist_ok=True)
        (folder / first.name).write_text("mine")
        with pytest.raises(InputError, match=r"or use force=True$"):
            kernel().save(folder)
        kernel().save(folder, force=True)
        assert "mine" not in (folder / first.name).read_text()[:4]


def y_like(change):
    return change(np.zeros(SPEC.output_shape, np.float32))


@compiled
@pytest.mark.parametrize(("out", "way"), [
    (y_like(np.asfortranarray), "copy=True"), (y_like(lambda y: y.astype(float)), "copy=True"),
    (y_like(lambda y: y.astype(">f4")), "copy=True"), (y_like(lambda y: y.view(np.ma.MaskedArray)), "copy=True"),
    (np.frombuffer(bytearray(1 + 4 * SPEC.array("output").count), np.float32, offset=1).reshape(SPEC.output_shape),
     "copy=True"),
    (y_like(lambda y: y.astype(int)), None), (y_like(np.ndarray.tolist), None),
], ids=["fortran", "f64", "big-endian", "masked", "unaligned", "integers", "list"])
def test_for_an_output_only_what_works_is_offered(out, way):
    conv, x = packed(), draw(*SPEC.input_shape)
    want = conv(x)
    fresh = f"convgen.empty({SPEC.output_shape}, dtype=np.float32)"
    with pytest.raises(InputError) as error:
        conv(x, out=out)
    assert str(error.value).endswith(f"; use {way or fresh}")
    out, copied = (out, True) if way else (eval(fresh), False)
    conv(x, out=out, copy=copied)
    np.testing.assert_array_equal(np.asarray(out), want)


@compiled
def test_masked_numbers_are_said_to_need_a_value():
    x = np.ma.masked_array(draw(*SPEC.input_shape))
    for call in (lambda: packed()(x), lambda: packed()(x, copy=True)):
        with pytest.raises(InputError, match=r"use x.filled\(0\), or another value where it is masked$"):
            call()


# --- types ---

SCRIPT = """
import numpy as np
import convgen

spec = convgen.ConvSpec.parse("ic4ih8oc4kh3ph1", padding="same")
kernel: convgen.Kernel = convgen.generate(convgen.ConvSpec(ic=4, ih=8, oc=4, kh=3, padding=((0, 1), (1, 0))))
conv: convgen.Conv = kernel.compile()
x = np.zeros(spec.input_shape, np.float32)
conv.pack(np.zeros(spec.weights_shape, np.float32), np.zeros(4, np.float32))
reveal_type(conv(x, threads=2))
reveal_type(convgen.conv2d(x, x, padding=[1, (0, 1)]))
planned: convgen.Planned = convgen.plan(spec)
tuned: convgen.Tuned = convgen.tune(spec)
benched: convgen.Benched = convgen.bench(kernel)
report: convgen.Report = convgen.verify(conv)
seconds: float = conv.time(x)
scratch = convgen.empty(3, dtype=np.float16)
convgen.conv2d(x, x, padding="sme")  # wrong
convgen.ConvSpec(ic=1, oc=1, ih=3, kh=3, padding="sme")  # wrong
"""


def test_a_script_of_a_user_is_typed(tmp_path):
    pytest.importorskip("mypy")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    root = Path(__file__).resolve().parent.parent
    said = subprocess.run([sys.executable, "-m", "mypy", "--strict", str(path)], cwd=root, capture_output=True,
                          text=True, check=False).stdout.splitlines()
    wrong = [number for number, line in enumerate(SCRIPT.splitlines(), 1) if line.endswith("# wrong")]
    assert [int(line.split(":")[1]) for line in said if ": error: " in line] == wrong, said
    types = [line for line in said if "Revealed type" in line]
    assert len(types) == 2
    assert all("numpy.floating" in line for line in types)
