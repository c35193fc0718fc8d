"""Models whose channels ONNX Runtime has put in blocks for a CPU: their layers compute what the model did before.

Blocks are made here by hand, number by number; and by ONNX Runtime, where it is installed.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from onnx import helper
from test_onnx_exported import close, compute, expected, here  # noqa: F401  (a fixture)
from test_onnx_import import draw, feed, model, node, saved

from convgen.errors import InputError, UnsupportedError
from convgen.onnx import models

DOMAIN = "com.microsoft.nchwc"
SAME = {"pads": [1] * 4}
X = {"x": [2, 3, 9, 8]}
GIVEN = {"w1": draw(24, 3, 3, 3), "b1": draw(24), "w2": draw(24, 24, 3, 3), "b2": draw(24, seed=1),
         "w3": draw(24, 1, 3, 3), "w4": draw(20, 24, 1, 1)}
PLAIN = [node("Conv", "x,w1,b1", "c1", **SAME), node("Relu", "c1", "r1"),
         node("Conv", "r1,w2,b2", "c2", **SAME), node("Add", "c2,r1", "s2"), node("Relu", "s2", "r2"),
         node("Conv", "r2,w3", "c3", group=24, **SAME), node("Conv", "c3,w4", "y")]  # fmt: skip


def inside(op, inputs, output, **attributes):
    return node(op, inputs, output, domain=DOMAIN, **attributes)


def filled(array, *extents):
    """Zeros behind, up to these extents of the first axes."""
    return np.pad(array, [(0, extent - own) for extent, own in zip((*extents, *array.shape[len(extents):]), array.shape,
                                                                    strict=True)])


def in_blocks(weights, size, outer, inner=None):
    """Number by number: [O/B, I/B, H, W, B of I, B of O], and with no extent for I [O/B, I, H, W, B of O]."""
    whole = filled(weights, outer, inner or weights.shape[1])
    flat = []
    depth = 1 if inner is None else size
    for o, i, h, w, b, a in itertools.product(range(outer // size), range(whole.shape[1] // depth),
                                              *map(range, weights.shape[2:]), range(depth), range(size)):
        flat.append(whole[o * size + a, i * depth + b, h, w])
    return np.array(flat, np.float32).reshape(whole.shape)


def blocked(size):
    """The same model, with blocks of that size."""
    most = -(-24 // size) * size
    last = -(-20 // size) * size
    given = {"w1": in_blocks(GIVEN["w1"], size, most), "b1": filled(GIVEN["b1"], most),
             "w2": in_blocks(GIVEN["w2"], size, most, most), "b2": filled(GIVEN["b2"], most),
             "w3": in_blocks(GIVEN["w3"], size, most), "w4": in_blocks(GIVEN["w4"], size, last, most)}
    nodes = [inside("Conv", "x,w1,b1", "r1", activation="Relu", **SAME),
             inside("Conv", "r1,w2,b2,r1", "r2", activation="Relu", **SAME),
             inside("Conv", "r2,w3", "c3", group=most, **SAME), inside("Conv", "c3,w4", "c4"),
             inside("ReorderOutput", "c4", "y", channels=20, channels_last=0)]
    return model(nodes, X, given, domains=[DOMAIN])


@pytest.mark.parametrize("size", [8, 16])
def test_layers_compute_what_the_model_did(size, tmp_path, here):  # noqa: F811
    found = models.find(saved(tmp_path, blocked(size)))
    feeds = feed(X)
    close(compute(found.network, feeds)["y"], expected(model(PLAIN, X, GIVEN), feeds))
    assert [part.spec.activation for part in found.network.parts] == ["relu", "relu", "none", "none"]
    assert [part.spec.residual for part in found.network.parts] == [False, True, False, False]
    assert found.network.parts[-1].spec.oc == 20
    assert not found.left


EVEN = {"x": [1, 16, 5, 6]}


def even(size):
    """16 channels in and out, which say nothing of the blocks; x is brought into them first."""
    nodes = [inside("ReorderInput", "x", "i", channels_last=0), inside("Conv", "i,w", "c", **SAME),
             inside("ReorderOutput", "c", "y", channels=16, channels_last=0)]
    return model(nodes, EVEN, {"w": in_blocks(draw(16, 16, 3, 3), size, 16, 16)}, domains=[DOMAIN])


@pytest.mark.parametrize("size", [8, 16])
def test_the_size_is_asked_for_where_the_model_does_not_tell(size, tmp_path, here):  # noqa: F811
    path = saved(tmp_path, even(size))
    with pytest.raises(UnsupportedError, match=r"of a size that the model does not tell: give --set nchwc=16 if"):
        models.load(path)
    network = models.load(path, dims={"nchwc": size})
    feeds = feed(EVEN)
    plain = model([node("Conv", "x,w", "y", **SAME)], EVEN, {"w": draw(16, 16, 3, 3)})
    close(compute(network, feeds)["y"], expected(plain, feeds))


def test_the_size_is_for_such_models(tmp_path, here):  # noqa: F811
    for made, told in (even(8), 4), (model(PLAIN, X, GIVEN), 8):
        with pytest.raises(InputError, match=rf"nchwc must be 8 or 16, for a model with .* \(nchwc={told}\)"):
            models.load(saved(tmp_path, made), dims={"nchwc": told})


def test_channels_behind_the_last_and_the_layout_are_undone(tmp_path, here):  # noqa: F811
    """Pools keep channels, those of their blocks too; x and y may lie channels last."""
    nodes = [inside("ReorderInput", "x", "i", channels_last=1), inside("MaxPool", "i", "p", kernel_shape=[2, 2]),
             inside("Conv", "p,w", "c"), inside("AveragePool", "c", "a", kernel_shape=[2, 2]),
             inside("ReorderOutput", "a", "y", channels=12, channels_last=1)]
    weights = draw(12, 20, 1, 1)
    made = model(nodes, {"x": [1, 7, 6, 20]}, {"w": in_blocks(weights, 16, 16, 32)}, domains=[DOMAIN])
    (part,) = models.load(saved(tmp_path, made), dims={"nchwc": 16}).parts
    assert part.spec.input_shape == (1, 20, 6, 5)
    assert part.spec.oc == 12
    np.testing.assert_array_equal(part.uses[0].weights, weights)


def test_what_onnx_runtime_saves(tmp_path, here):  # noqa: F811
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = str(tmp_path / "saved.onnx")
    options.log_severity_level = 3
    nodes = [*PLAIN[:-1], node("Conv", "c3,w4", "c4"), helper.make_node("Relu", ["c4"], ["y"])]
    made = model(nodes, X, GIVEN)
    made.ir_version = 10
    feeds = feed(X)
    wanted = runtime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(
        None, feeds)[0]
    if DOMAIN.encode() not in (tmp_path / "saved.onnx").read_bytes():
        pytest.skip("ONNX Runtime uses no blocks on this CPU")
    close(compute(models.load(tmp_path / "saved.onnx"), feeds)["y"], wanted)
