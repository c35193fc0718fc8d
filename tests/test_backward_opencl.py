"""Gradients of weights on OpenCL devices: of CPUs, by workers with copies of their own; of GPUs, by work-groups that
share tiles. Any device can run both."""

from __future__ import annotations

import pickle
import re

import msgspec
import numpy as np
import pytest
import tools
from test_backward import OF_WEIGHTS, drawn, weights
from test_package import packaged
from test_package_gradients import LAYERS

from convgen import ConvSpec
from convgen.api import generate, render
from convgen.commands import package as packaging
from convgen.errors import InputError
from convgen.layer.network import DistinctLayer, Network, Use
from convgen.machine import devices
from convgen.machine.target import NAMED
from convgen.packaging import files as package
from convgen.planner.rank import rank
from convgen.verification.report import verify

pytestmark = tools.needs_device
TARGETS = {"opencl-cpu": "gradient", "opencl-gpu": "implicit_gradient"}  # and their algorithms
QUICK = ("channels last", "groups", "depthwise, channels first", "one tap, slices", "volume", "few planes, f16")


@pytest.mark.sampled
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.sweep)
                                  for name in OF_WEIGHTS])
def test_kernels(name, target):
    """The best plan, and one of the middle."""
    plans = [one.plan for one in rank(weights(**OF_WEIGHTS[name][0]), target)]
    for plan in dict.fromkeys([plans[0], plans[len(plans) // 2]]):
        report = verify(render(plan).compile())
        assert plan.algorithm == TARGETS[target]
        assert report.ok, f"{plan!r}: {report}"


@pytest.mark.sweep
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("seed", range(12))
def test_any_layer(seed, target):
    spec = drawn(seed).replace(op="backward-weights")
    report = verify(generate(spec, target, records=False).compile())
    assert report.ok, f"{spec!r}: {report}"


@pytest.mark.sweep
def test_all_tiles():
    spec = weights(g=2, ic=10, oc=70, n=3, ih=11, layout="nhwc")
    for plan in (one.plan for one in rank(spec, "opencl-gpu")):
        report = verify(render(plan).compile(), ["exact"])
        assert report.ok, f"{plan!r}: {report}"


def test_no_worker_of_a_gpu_has_copies_of_its_own():
    for name in OF_WEIGHTS:
        for plan in (one.plan for one in rank(weights(**OF_WEIGHTS[name][0]), "opencl-gpu")):
            assert (plan.algorithm, plan.cooperative) == ("implicit_gradient", True)


SPEC = weights(ic=9, oc=19, n=4, ih=20, iw=20)
BUGS = {  # target, what is changed in the text of a kernel
    "a part that is left out": ("opencl-gpu", "split = 1; split < ", "split = 2; split < "),
    "pixels that all parts sum": ("opencl-gpu", "begin = split *", "begin = 0 *"),
    "padding": ("opencl-gpu", " && (uint)(ih0 + kh) < 20", ""),
    "the bias": ("opencl-gpu", "all == 81 ? 1.0f", "all == 81 ? 0.0f"),
    "a channel that is not there": ("opencl-gpu", "p < end && oc < 19", "p < end"),
    "rows of padding": ("opencl-cpu", "row < 0 || ", ""),
    "lanes of a square": ("opencl-cpu", "r0_0 = load_all8(from)", "r0_0 = load_all8(from + 1)"),
}


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bugs_are_seen(bug):
    target, before, after = BUGS[bug]
    kernel = next(made for made in (render(one.plan) for one in rank(SPEC, target)) if before in made.source)
    wrong = msgspec.structs.replace(kernel, source=kernel.source.replace(before, after))
    assert not verify(wrong.compile()).ok


@pytest.mark.parametrize("target", TARGETS)
def test_the_calls(target):
    conv, rng = generate(SPEC, target, records=False).compile(), np.random.default_rng(0)
    x, dy = (rng.standard_normal(array.shape, np.float32) for array in SPEC.arrays[:2])
    made = conv(x, dy)
    again = conv(x.astype(np.float64), dy, copy=True)
    out = type(made)(np.empty_like(made.weights), np.empty_like(made.bias))
    assert conv(x, dy, out, threads=1) is out
    for one in (again, out, pickle.loads(pickle.dumps(conv))(x, dy)):
        np.testing.assert_array_equal(one.weights, made.weights)
        np.testing.assert_array_equal(one.bias, made.bias)
    assert repr(conv) == f"<convgen.run.opencl.Conv {conv.kernel.title} on {conv.info.name}>"
    with pytest.raises(InputError, match="weights must not be packed for their gradient"):
        conv.pack(x)
    with pytest.raises(InputError, match=r"output_gradient must have shape \(4, 19, 20, 20\)"):
        conv(x, dy[:, 1:])


def test_buffers_of_the_callers():
    cl = devices.opencl()
    conv, rng = generate(SPEC, "opencl-cpu", records=False).compile(), np.random.default_rng(0)
    given = [rng.standard_normal(array.shape, np.float32) for array in SPEC.arrays[:2]]
    made = [np.empty(array.shape, np.float32) for array in SPEC.arrays[2:]]
    flags = cl.mem_flags
    buffers = [*(cl.Buffer(conv.context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=array) for array in given),
               *(cl.Buffer(conv.context, flags.WRITE_ONLY, array.nbytes) for array in made)]
    conv.enqueue(conv.queue, *buffers).wait()
    for array, buffer, want in zip(made, buffers[2:], conv(*given), strict=True):
        cl.enqueue_copy(conv.queue, array, buffer)
        np.testing.assert_array_equal(array, want)


@pytest.mark.parametrize("target", TARGETS)
@tools.needs(tools.opencl_loader, "cc")
def test_a_library_tests_itself(target):
    """With the host's code, which nothing warns of."""
    parts = tuple(DistinctLayer(name, ConvSpec(**LAYERS[name]), (Use(name),))
                  for name in ("forward", "input", "sums", "no_bias", "by_input", "f16"))
    made = package.files(packaged(Network("tiny", parts), target))
    for name in ("sums", "no_bias"):
        own = made[f"include/tiny_{name}_opencl.h"] + made[f"src/tiny_{name}_opencl.c"]
        assert not re.search("_pack|->pack|PACKED", own)
    said = packaging.selftest("tiny", made, NAMED[target])
    assert sum("exact: ok" in line for line in said) == len(parts)
