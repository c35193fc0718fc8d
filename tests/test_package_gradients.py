"""Gradients in packages: their calls, their self-test, and bugs that it finds."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
import test_package
import tools
from test_package import V3, packaged

from convgen import ConvSpec
from convgen.commands import package as packaging
from convgen.errors import VerificationError
from convgen.layer.network import DistinctLayer, Network, Use
from convgen.machine.target import NAMED
from convgen.packaging import files as package

PLAIN = {"ic": 9, "oc": 19, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": 1, "n": 2}
UNEVEN = {"g": 2, "ic": 6, "oc": 10, "ih": 9, "iw": 7, "kh": 3, "kw": 2, "sh": 2, "dw": 2, "top": 1, "left": 2,
          "right": 1, "n": 3, "op": "backward-weights"}
LAYERS = {
    "forward": PLAIN,
    "input": {**PLAIN, "op": "backward-data"},
    "sums": {**PLAIN, "op": "backward-weights"},
    "no_bias": {"ic": 3, "oc": 2, "iw": 40, "kw": 5, "op": "backward-weights", "bias": False},
    "volume": {"ic": 3, "oc": 9, "id": 4, "ih": 5, "iw": 6, "kd": 3, "kh": 2, "kw": 3, "padding": 1, "in_stride": 7,
               "out_stride": 12, "layout": "ndhwc", "op": "backward-weights"},
    "by_input": {**UNEVEN, "weights_layout": "iohw", "layout": "nchw", "flip": True},
    "f16": {**UNEVEN, "weights_layout": "hwoi", "layout": "nhwc", "dtype": "f16"},
    "bf16": {**UNEVEN, "weights_layout": "ohwi", "layout": "nhwc", "dtype": "bf16", "flip": True},
    "depthwise": {"g": 19, "ic": 19, "oc": 19, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "sh": 2, "sw": 2,
                  "layout": "nhwc", "op": "backward-weights"},
}


@cache
def texts(names=tuple(LAYERS), targets=V3):
    parts = tuple(DistinctLayer(name, ConvSpec(**LAYERS[name]), (Use(name),)) for name in names)
    return package.files(packaged(Network("tiny", parts), targets))


def test_what_a_header_says():
    header = texts()["include/tiny.h"]
    assert "tiny_LAYER(input, output_gradient, weights_gradient, bias_gradient, workspace, workers);" in header
    assert "tiny_API void tiny_sums(const float *input, const float *output_gradient, float *weights_gradient," \
        " float *bias_gradient, void *workspace, int workers);" in header
    assert "tiny_no_bias(const float *input, const float *output_gradient, float *weights_gradient, void *" in header
    assert "tiny_input_pack(" in header
    assert not re.search(r"tiny_(sums|no_bias|volume)_pack", "".join(texts().values()))
    assert "gradient" not in texts(("forward",))["include/tiny.h"]


def test_the_manifest():
    layers = {one["layer"]: one for one in json.loads(texts()["manifest.json"])["layers"]}
    assert layers["sums"]["bytes"] == {"input": 7128, "output_gradient": 15048, "weights_gradient": 6156,
                                          "bias_gradient": 76}
    assert list(layers["input"]["bytes"]) == ["input", "weights", "bias", "packed", "output"]
    assert layers["no_bias"]["kernels"][-1]["plan"]["algorithm"] == "gradient"


@tools.needs(tools.any_c)
def test_the_library_tests_itself():
    said = "\n".join(packaging.selftest("tiny", texts(), NAMED["scalar"], opt="O1"))
    for isa in ("scalar", *["avx2"] * NAMED[V3].runs_here()):
        for name in LAYERS:
            assert f"ok {isa}: tiny_{name}, exact: ok, bound: 0." in said


@pytest.mark.parametrize("cc", tools.CC)
def test_clean_under_every_warning(cc, tmp_path):
    test_package.save(tmp_path, texts(("forward", "sums", "no_bias", "f16")))
    for path in [*(tmp_path / "src").glob("*.c"), *(tmp_path / "test").glob("*.c")]:
        test_package.run(cc, *test_package.WARNINGS, "-std=c99", "-O1", "-I", tmp_path / "include", "-c", path,
                         "-o", tmp_path / "out.o")


BUGS = {  # layer, what is changed in its kernel in plain C
    "a gradient that is left out": ("sums", r"for \(ptrdiff_t kh = 0; kh < 3;", "for (ptrdiff_t kh = 0; kh < 2;"),
    "the bias": ("sums", r"bias_gradient\[(.*?)\] = ", r"bias_gradient[\1] = 1.0f + "),
    "taps the other way round": ("by_input", r"\(2 - kh\)", "kh"),
    "a row of padding": ("f16", r"row < 0 \|\| ", ""),
}


@pytest.mark.parametrize("bug", BUGS)
@tools.needs(tools.any_c)
def test_planted_bugs_are_found(bug):
    layer, there, planted = BUGS[bug]
    made = texts((layer,), "scalar")
    path = f"src/tiny_{layer}_scalar.c"
    wrong, count = re.subn(there, planted, made[path])
    assert count
    with pytest.raises(VerificationError, match=f"self-test: FAILED scalar: tiny_{layer}, exact: WRONG"):
        packaging.selftest("tiny", {**made, path: wrong}, NAMED["scalar"], opt="O1")
