"""Bugs that convolutions of other systems had, as verification/DEFECTS.md lists them: what happens here. A row each."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import convgen
from convgen.errors import InputError, UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.planner.rank import rank
from convgen.verification import report

PAGE = Path(convgen.__file__).parent / "verification" / "DEFECTS.md"
NHWC = {"layout": "nhwc"}

# reference -> layer, its other fields, options of generate: its kernel must pass, beside the oracle
LAYERS = {
    "oneDNN#1354": ("ic4ih1iw1oc4kh1kw1", {"dtype": "u8:s8:s32", **NHWC}, {"mode": "overflow"}),
    "oneDNN#748": ("ic16ih12oc16kh3ph1", NHWC, {"algorithm": "winograd"}),
    "fujitsu/oneDNN#43": ("ic64iw8oc17kw3sw2pw1", {"op": "backward-data"}, {}),
    "pytorch#21597": ("ic6ih10oc16kh3ph1", {}, {}),
    "pytorch#18463": ("mb2g2ic4ih6oc16kh3", {}, {}),
    "onnxruntime#14208": ("ic1ih6iw6oc3kh2kw2dh1dw1",
                          {"op": "transposed", "top": 3, "left": 3, "bottom": 2, "right": 2}, {}),
    "glow#3172": ("ic4iw246oc4kw15sw4", {}, {}),
    "tf2onnx#1807": ("ic3iw32oc3kw3", {}, {}),
    "ncnn#996": ("ic3ih11iw12oc8kh3kw3sh2sw2", {}, {}),
    "ncnn#1111": ("ic3ih60iw58oc8kh3kw3ph1pw1", {}, {}),
    "ncnn#315": ("g4ic4ih5oc4kh3ph2dh1", {"bias": True}, {}),
    "ncnn#1384": ("g64ic64ih16oc64kh3", {}, {}),
    "TNN#394": ("ic16ih22iw6oc16kh3kw3", {}, {"algorithm": "winograd"}),
    "openvino#33681": ("ic16ih14oc16kh3ph1", {}, {"algorithm": "winograd"}),
    "openvino#2876": ("ic8ih9oc8kh3", {"dtype": "u8:s8:u8", "bottom": 2, "left": 1, "input_zero": 5, **NHWC},
                      {"mode": "exact"}),
    "openvino#3724": ("ic2iw256oc12kw2dw1", {"causal": True}, {}),
    "tvm#4260": ("ic16ih73oc16kh3", NHWC, {"algorithm": "winograd"}),
    "tvm#4276": ("ic16ih14oc16kh5ph2", NHWC, {"algorithm": "winograd"}),
    "tvm#7090": ("ic16ih23iw40oc16kh3kw3ph1pw1", NHWC, {"algorithm": "winograd"}),
    "tvm#7142": ("ic4ih15iw17oc6kh3kw3dh1dw2", {"top": 2, "bottom": 1, "left": 0, "right": 3}, {}),
    "MNN#2291": ("g128ic128ih2iw1oc128kh3kw3ph1pw1", {}, {}),
    "MNN#532": ("g4ic4ih4oc8kh2", NHWC, {}),
    "opencv#23151": ("g32ic32ih12oc32kh3sh2ph1", {}, {"mode": "guard"}),
    "XNNPACK#883": ("ic16ih24oc16kh3ph1", {}, {"mode": "properties"}),
    "XNNPACK#958": ("g8ic8ih12oc8kh3sh2", {"bottom": 1, "right": 1, **NHWC}, {}),
    "tensorflow#61815": ("g2ic2ih8iw8oc2kh3kw1sh2sw2", {"padding": "same-upper", **NHWC}, {}),
    "tensorflow#61905": ("ic1iw70000oc1kw3sw65536", {}, {}),
    "tensorflow#37910": ("ic8ih2oc1001kh1", {"dtype": "s8:s8:s8", **NHWC}, {"mode": "exact"}),
    "tflite-micro#1121": ("g8ic8ih6oc8kh3ph1", {"dtype": "u8:s8:u8", "input_zero": 128, **NHWC}, {"mode": "exact"}),
    "neon#361": ("mb33ic2id4ih4iw4oc2kd3kh3kw3pd1ph1pw1", {}, {}),
    "tt-mlir#9276": ("g32ic32iw32oc32kw3pw1", {}, {}),
    "onnx2torch#68": ("ic3ih9oc4kh3sh2", {"bottom": 1, "right": 1}, {}),
    "onnx-go#192": ("ic3ih9oc4kh3sh2", {"top": 1, "left": 1}, {}),
    "onnx2tf#450": ("ic3ih20oc4kh7sh2", {"top": 3, "left": 3, "bottom": 3, "right": 1}, {}),
}


def spec_of(text, fields):
    """The op and what follows from it are read with the descriptor."""
    first = {name: fields[name] for name in ("op", "causal", "layout") if name in fields}
    rest = {name: value for name, value in fields.items() if name not in first}
    return ConvSpec.parse(text, **first).replace(**rest)


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    text, fields, options = LAYERS[name]
    mode = options.get("mode", "bound")
    spec = spec_of(text, fields)
    try:
        conv = convgen.generate(spec, algorithm=options.get("algorithm")).compile(opt="O1")
    except UnsupportedError:
        pytest.skip("the planner has no such kernel for this machine")
    found = report.run_mode(conv, mode)
    assert found.ok, found.detail


def layers_of(op, x, w, **attributes):
    """The layers that an ONNX model of one node has."""
    onnx = pytest.importorskip("onnx")
    from convgen.onnx import models  # late: as above

    of, floats = onnx.helper, onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(np.ones(w, np.float32), "w")
    graph = of.make_graph([of.make_node(op, ["x", "w"], ["y"], **attributes)], "g",
                          [of.make_tensor_value_info("x", floats, x)], [of.make_tensor_value_info("y", floats, None)],
                          [weights])
    path = Path(layers_of.folder) / "m.onnx"
    onnx.save(of.make_model(graph, opset_imports=[of.make_opsetid("", 17)]), path)
    return [part.spec for part in models.load(path).parts]


@pytest.fixture(autouse=True)
def _folder(tmp_path):
    layers_of.folder = tmp_path


def transposed(x, s, **attributes):
    (spec,) = layers_of("ConvTranspose", (1, 2, x, x), (2, 1, 3, 3), strides=[s, s], **attributes)
    return spec


def same_transposed():
    spec = transposed(2, 1, auto_pad="SAME_UPPER")
    assert (spec.oh, spec.ow) == (2, 2)


def same_transposed_strided():
    spec = transposed(5, 2, auto_pad="SAME_UPPER")
    assert (spec.oh, spec.ow) == (10, 10)


def same_transposed_splits_pads():
    """ONNX: of an odd total, SAME_UPPER leaves out the larger part at the end."""
    upper, lower = (transposed(5, 2, auto_pad=f"SAME_{which}") for which in ("UPPER", "LOWER"))
    assert (upper.top, upper.bottom) == (0, 1)
    assert (lower.top, lower.bottom) == (1, 0)


def extents_of_uneven_pads():
    (spec,) = layers_of("Conv", (1, 1, 7, 5), (1, 1, 3, 3), pads=[1, 0, 1, 0], strides=[2, 2])
    assert (spec.oh, spec.ow) == (4, 2)


def rank_mismatch():
    with pytest.raises((InputError, UnsupportedError)) as error:
        layers_of("Conv", (1, 3, 8), (2, 3, 3, 3))
    assert "\n" not in str(error.value)


def negative_pads():
    """They cut off inputs."""
    (spec,) = layers_of("Conv", (1, 1, 9, 9), (1, 1, 3, 3), pads=[-1, -1, -1, -1])
    assert (spec.oh, spec.ow) == (5, 5)


def zero_batch():
    with pytest.raises(InputError, match="mb must be at least 1"):
        ConvSpec.parse("mb0ic1ih4oc1kh3")


def more_than_four_gigabytes():
    """Sizes are exact, and addresses are size_t."""
    kernel = convgen.generate(ConvSpec.parse("ic28id514ih514iw256oc12kd1kh1kw1"), "scalar")
    assert re.search(rf"_INPUT_BYTES \D*{28 * 514 * 514 * 256 * 4}", kernel.header)
    with pytest.raises(InputError, match=r"2\^31"):
        ConvSpec.parse("ic64id514ih514iw256oc12kd1kh1kw1")


def sum_of_many_squares():
    x = np.full((1, 1, 62, 62), np.float32(242 / 62 / 62)) ** 2
    y = convgen.conv2d(x, np.ones((1, 1, 62, 62), np.float32))
    want, terms = x.astype(np.float64).sum(), x.size + 1
    assert abs(float(y[0, 0, 0, 0]) - want) <= terms * 2.0**-24 / (1 - terms * 2.0**-24) * want


def nan_in_weights():
    w = np.ones((2, 1, 3), np.float32)
    w[1, 0, 2] = np.nan
    y = convgen.conv1d(np.zeros((1, 1, 40), np.float32), w, max_error=0)
    assert np.isnan(y[0, 1]).all()
    assert not y[0, 0].any()


def infinite_input():
    x = np.ones((1, 1, 9, 9), np.float32)
    x[0, 0, 4, 4] = np.inf
    y = convgen.conv2d(x, np.ones((1, 1, 3, 3), np.float32), max_error=0)
    want = np.full((7, 7), 9.0)
    want[2:5, 2:5] = np.inf
    np.testing.assert_array_equal(y[0, 0], want)


def padded_batch():
    y = convgen.conv1d(np.ones((16, 1, 1), np.float32), np.ones((1, 1, 1), np.float32), padding=1)
    np.testing.assert_array_equal(y, np.tile([0.0, 1.0, 0.0], (16, 1, 1)))


def batch_changes_no_bit():
    rng = np.random.default_rng(0)
    x, w = rng.random((4, 1, 33, 33), np.float32), np.ones((1, 1, 5, 5), np.float32)
    y = convgen.conv2d(x, w, padding=2)
    np.testing.assert_array_equal(y, np.concatenate([convgen.conv2d(one[None], w, padding=2) for one in x]))
    assert (y > 0).all()


def workspace_is_small():
    plan = next(one.plan for one in rank(ConvSpec.parse("ic256ih640oc256kh3ph1"), find("x86-64-v3")))
    kernel = convgen.api.render(plan)
    assert kernel.workspace_bytes + kernel.scratch_bytes < 2**28


def long_kernels_are_loops():
    kernel = convgen.generate(ConvSpec.parse("ic1iw4096oc8kw256"), "x86-64-v3")
    assert kernel.source.count("\n") < 3000


def two_in_one_program():
    """All that a file shows to others begins with its kernel's name."""
    kernel = convgen.generate(ConvSpec.parse("ic4ih8oc4kh3ph1"), "scalar", name="mine")
    plain = re.sub(r"/\*.*?\*/", "", kernel.source, flags=re.S)
    shown = re.findall(r"^(?!static|typedef|#|\s|\}|extern)[\w ]+\*?\b(\w+)\(", plain, re.M)
    assert shown
    assert all(name.startswith("mine") for name in shown), shown


CASES = {
    "onnxruntime#4086": same_transposed, "onnxruntime#4698": same_transposed_strided,
    "onnxruntime#9370": same_transposed_splits_pads, "onnx#7721": extents_of_uneven_pads, "onnx#6180": rank_mismatch,
    "onnxruntime#2433": negative_pads, "pytorch#26711": zero_batch, "pytorch#84488": more_than_four_gigabytes,
    "pytorch#24172": sum_of_many_squares, "pytorch#12484": nan_in_weights, "tensorflow#60315": infinite_input,
    "pytorch#90142": padded_batch, "tensorflow#1299": batch_changes_no_bit, "MNN#4782": workspace_is_small,
    "tvm#14003": long_kernels_are_loops, "onnx-mlir#1694": two_in_one_program,
}


@pytest.mark.parametrize("name", CASES)
def test_cases(name):
    CASES[name]()


def test_the_page_has_a_line_for_each_row_and_no_other():
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ") and "#" in line]
    told = [re.search(r"\| *([\w/-]+#[0-9]+)", line)[1] for line in lines]
    assert sorted(told) == sorted([*LAYERS, *CASES])
    assert len(told) >= 40
