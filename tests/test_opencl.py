"""Kernels on the OpenCL devices of this machine: they must be right on each."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import warnings
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tools

from convgen import ConvSpec, generate, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import InputError, UnsupportedError
from convgen.layer.formats import load_layers
from convgen.machine import devices
from convgen.machine.target import NAMED
from convgen.packaging.embed import Packer
from convgen.run import contexts, opencl

FOUND = tools.devices()
pytestmark = tools.needs_device
SUITE = load_layers(str(Path(__file__).parent / "suite.toml"))
KEYS = [info.key for info in FOUND]

# a layer for each way in which code differs
LAYERS = {
    "dense": {"ic": 35, "oc": 37, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
    "first": {"ic": 19, "oc": 20, "ih": 9, "iw": 21, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": "half"},
    "groups": {"ic": 32, "oc": 32, "g": 8, "ih": 7, "iw": 7, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
    "depthwise": {"ic": 21, "oc": 21, "g": 21, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "padding": "half", "residual": True},
    "few": {"ic": 40, "oc": 3, "iw": 50, "kw": 1, "layout": "nwc", "activation": "sigmoid"},
    "cube": {"ic": 5, "oc": 6, "id": 4, "ih": 5, "iw": 6, "kd": 3, "kh": 3, "kw": 3, "padding": "half"},
    "activated": {"ic": 16, "oc": 24, "ih": 8, "iw": 8, "kw": 1, "residual": True, "activation": "gelu", "n": 2},
}


@pytest.mark.sampled
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, key):
    spec = ConvSpec(**LAYERS[name])
    for algorithm, limit in ((None, 1e-6), (None, 0.0), ("reference", 0.0)):
        conv = generate(spec, key, algorithm, max_error=limit, records=False).compile()
        report = verify(conv)
        assert report.ok, report


@pytest.mark.parametrize("key", KEYS)
def test_a_fork_is_told_that_the_device_is_its_parents(key):
    """Where the driver would wait forever for its threads, which a child does not have."""
    script = (
        "import os, signal, sys, convgen; from convgen.errors import UnsupportedError; import numpy as np\n"
        "ones = [np.ones(shape, np.float32) for shape in ((1, 1, 8), (1, 1, 3))]\n"
        "convgen.conv1d(*ones, target=sys.argv[1])\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    signal.alarm(10)\n"
        "    try:\n"
        "        convgen.conv1d(*ones, target=sys.argv[1])\n"
        "    except UnsupportedError as error:\n"
        "        os._exit(0 if 'spawn' in str(error) else 1)\n"
        "    os._exit(2)\n"
        "assert os.waitpid(child, 0)[1] == 0, 'the child'\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, key], check=True)


STRAY = {  # in the reference kernel, which computes one output after the other
    "none": ("", "ok"),
    "reads after": ("if (input[INPUT] > 1e30f) { output[0] = 0.0f; }", "crashed"),
    "reads before": ("if (input[-1] > 1e30f) { output[0] = 0.0f; }", "crashed"),
    "writes after": ("output[OUTPUT] = 1.0f;", "crashed"),
    "writes before": ("output[-1] = 1.0f;", "bytes beside the output were written"),
    "writes beside": ("((__global float *)packed)[20] = 1.0f;", "crashed"),  # into the page that is locked by then
    "writes input": ("((__global float *)input)[0] = 1.0f;", "crashed"),
    "writes weights": ("((__global float *)packed)[0] = 1.0f;", "crashed"),
    "wants alignment": ("if ((ulong)input % 8) { *(volatile __global int *)0 = 0; }", "crashed"),
    "old output": ("output[0] += output[1];", "outputs wrong"),
}


@pytest.mark.parametrize("key", [key for key in KEYS if contexts.in_place(key)])
@pytest.mark.parametrize("fault", STRAY)
def test_guard_sees_stray_accesses_on_a_device_that_works_in_place(fault, key):
    kernel = generate(ConvSpec(ic=3, oc=5, ih=3, iw=3, kw=1, layout="nhwc"), key, "reference", records=False)
    text, said = STRAY[fault]
    text = text.replace("INPUT", "27").replace("OUTPUT", "45")
    marker = "        float sum ="
    assert marker in kernel.source
    planted = msgspec.structs.replace(kernel, source=kernel.source.replace(marker, f"        {text}\n{marker}"))
    report = verify(planted.compile(), ["guard"])
    assert report.ok == (fault == "none")
    if report.crashed:  # as where the allocator finds what was written before its memory
        assert said == "crashed" or fault == "writes before"
    else:
        assert said in str(report)


@pytest.mark.parametrize("key", [key for key in KEYS if contexts.in_place(key)])
def test_guard_sees_bytes_written_beside_an_array(key):
    kernel = generate(ConvSpec(ic=3, oc=5, ih=3, iw=3, kw=1, layout="nhwc"), key, "reference", records=False)
    end = "= bias[oc];"
    assert end in kernel.source
    planted = msgspec.structs.replace(kernel, source=kernel.source.replace(end, f"{end} out[20] = 1.0f;"))
    report = verify(planted.compile(), ["exact", "guard"])
    assert [check.ok for check in report.checks] == [True, False]
    assert "bytes beside the packed weights were written" in str(report)


@pytest.mark.sweep
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("layer", SUITE, ids=lambda layer: layer.name)
def test_suite(layer, layout, key):
    conv = generate(layer.spec.replace(layout=layout), key, records=False).compile()
    report = verify(conv, ["exact", "bound"])
    assert report.ok, report


def test_names_pick_devices():
    first = FOUND[0]
    assert devices.pick(first.key) == first
    assert devices.pick(f"opencl:{first.platform_version}") == first
    assert devices.pick(f"opencl:{first.platform}:{first.name.upper()}") == first
    assert devices.pick("opencl") == first
    with pytest.raises(InputError, match="platform must be one of: 0 "):
        devices.pick("opencl:nonesuch")
    with pytest.raises(InputError, match="device must be one of: 0 "):
        devices.pick(f"opencl:{first.platform}:99")


def test_targets_say_what_a_device_is():
    target = FOUND[0].target
    assert target.name == FOUND[0].title
    assert target.device.units == FOUND[0].units
    assert target.row.dialect == "opencl"
    assert not target.runs_here(), "as C"


def small():
    spec = ConvSpec(ic=8, oc=8, ih=6, iw=6, kh=3, kw=3, padding="half", layout="nhwc")
    conv = generate(spec, KEYS[0], records=False).compile()
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype(np.float32)
              for shape in (spec.input_shape, spec.weights_shape, (spec.oc,))]
    return conv, *arrays


def test_arrays_of_numpy_and_of_the_device():
    import pyopencl.array

    conv, x, w, b = small()
    with pytest.raises(InputError, match="weights must be packed"):
        conv(x)
    conv.pack(w, b)
    y = conv(x)
    assert y.shape == conv.kernel.spec.output_shape
    assert conv(x, out=np.empty_like(y)).tobytes() == y.tobytes()
    there = conv(pyopencl.array.to_device(conv.queue, x))
    assert isinstance(there, pyopencl.array.Array)
    assert there.get().tobytes() == y.tobytes()
    with pytest.raises(InputError, match="x must have shape"):
        conv(x[:, 1:])
    with pytest.raises(InputError, match="x must be a NumPy array, or a C-contiguous float32 pyopencl array"):
        conv([1.0])
    with pytest.raises(InputError, match="out must be a NumPy array"):
        conv(pyopencl.array.to_device(conv.queue, x), out=y)


def test_a_queue_out_of_order():
    """Phases wait for each other, and for what the caller says."""
    import pyopencl as cl

    spec = ConvSpec(ic=32, oc=32, ih=14, iw=14, kh=3, kw=3, padding="half", layout="nhwc")
    from convgen.algorithms import ALGORITHMS
    from convgen.api import render

    plan = next(plan for plan in ALGORITHMS["winograd"].plans(spec, FOUND[0].target)
                if not plan.choices.fused and plan.choices.m == 4)
    conv = render(plan).compile()
    rng = np.random.default_rng(1)
    x, w, b = (rng.standard_normal(s).astype(np.float32) for s in (spec.input_shape, spec.weights_shape, (32,)))
    conv.pack(w, b)
    want = conv(x)
    flags = cl.command_queue_properties.OUT_OF_ORDER_EXEC_MODE_ENABLE
    queue = cl.CommandQueue(conv.context, properties=flags)
    buffers = [cl.Buffer(conv.context, cl.mem_flags.READ_WRITE, a.nbytes) for a in (x, want)]
    got = np.empty_like(want)
    written = cl.enqueue_copy(queue, buffers[0], x, is_blocking=False)
    done = conv.enqueue(queue, *buffers, wait_for=[written])
    cl.enqueue_copy(queue, got, buffers[1], wait_for=[done]).wait()
    assert got.tobytes() == want.tobytes()
    # runs that nobody orders share the workspace: they take turns
    outputs = [cl.Buffer(conv.context, cl.mem_flags.READ_WRITE, want.nbytes) for _ in range(8)]
    gate = cl.UserEvent(conv.context)
    events = [conv.enqueue(queue, buffers[0], output, wait_for=[gate] if not index else None)
              for index, output in enumerate(outputs)]
    assert all(event.command_execution_status != cl.command_execution_status.COMPLETE for event in events)
    gate.set_status(cl.command_execution_status.COMPLETE)
    for output in outputs:
        cl.enqueue_copy(queue, got, output, wait_for=events).wait()
        assert got.tobytes() == want.tobytes()


def test_a_refused_kernel_shows_its_line():
    from convgen.run.compilers import CompileError

    kernel = small()[0].kernel
    broken = msgspec.structs.replace(kernel, source=kernel.source.replace("get_global_id", "get_globla_id"))
    with pytest.raises(CompileError, match=r"line \d+: .*get_globla_id") as told:
        broken.compile()
    first, *lines = str(told.value).splitlines()
    assert re.match(rf"device's compiler refused {kernel.name}\.cl: .*error: .*get_globla_id", first), "the cause first"
    assert "convgen doctor" in lines[-1]
    assert len(set(lines)) == len(lines), "nothing twice"


@pytest.mark.parametrize(("algorithm", "machine"), [("implicit", "opencl-gpu"), ("tensor", "opencl-sm80")])
def test_local_memory_is_named_in_the_kernel_alone(algorithm, machine):
    """PoCL 3.1 gives local memory that another function names to all work-groups at once."""
    spec = ConvSpec(ic=64, oc=64, ih=8, iw=8, kh=3, kw=3, layout="nhwc", dtype="f16")
    text = render(next(iter(ALGORITHMS[algorithm].plans(spec, NAMED[machine])))).source
    task = re.search(r"^(.*)void compute_task\(.*__local \w+ \*shared", text, re.M)
    assert task
    assert "always_inline" in task[1]


def test_groups_larger_than_a_kernel_allows_are_refused(monkeypatch):
    """What a kernel allows may be less than what its device does."""
    import pyopencl as cl

    found = next(plan for plan in ALGORITHMS["implicit"].plans(small()[0].kernel.spec, NAMED["opencl-gpu"]))
    alone, shared = small()[0].kernel, render(found)
    monkeypatch.setattr(cl.Kernel, "get_work_group_info", lambda *_: 8)
    assert alone.compile()._group == 8
    with pytest.raises(UnsupportedError, match=r"kernel has work-groups of \d+ items, the device allows 8 of it"):
        shared.compile()


# --- a caller's own context ---


def test_arrays_of_another_context_are_refused():
    import pyopencl as cl
    import pyopencl.array

    conv, x, w, b = small()
    conv.pack(w, b)
    context = cl.Context([devices.handle(KEYS[0])[1]])
    queue = cl.CommandQueue(context)
    foreign = pyopencl.array.to_device(queue, x)
    with pytest.raises(InputError, match=r"queue must be of the kernel's context: use conv\.queue"):
        conv(foreign)
    with pytest.raises(InputError, match="out must be of the kernel's context"):
        conv(pyopencl.array.to_device(conv.queue, x), out=pyopencl.array.empty(queue, conv.kernel.spec.output_shape,
                                                                                np.float32))
    buffer = cl.Buffer(context, cl.mem_flags.READ_WRITE, x.nbytes)
    with pytest.raises(InputError, match="queue must be of the kernel's context"):
        conv.enqueue(queue, buffer, buffer)
    with pytest.raises(InputError, match="input must be of the kernel's context"):
        conv.enqueue(conv.queue, buffer, buffer)


def test_a_kernel_in_a_callers_context():
    import pyopencl as cl
    import pyopencl.array

    conv, x, w, b = small()
    conv.pack(w, b)
    queue = cl.CommandQueue(cl.Context([devices.handle(KEYS[0])[1]]))
    own = conv.kernel.compile(queue=queue)
    own.pack(w, b)
    there = own(pyopencl.array.to_device(queue, x))
    assert there.queue == queue
    assert there.get().tobytes() == own(x).tobytes() == conv(x).tobytes()


@pytest.mark.parametrize("options", [{"cc": "gcc"}, {"opt": "O1"}, {"queue": 1}, {"device": KEYS[0], "queue": 1}]
                         if FOUND else [], ids=str)
def test_what_compiling_for_a_device_does_not_take(options):
    with pytest.raises(InputError, match=f"{'queue' if 'queue' in options else next(iter(options))} must be"):
        small()[0].kernel.compile(**options)


@pytest.mark.parametrize("options", [{"device": "opencl:0:0"}, {"queue": 1}], ids=str)
def test_what_c_does_not_take(options):
    with pytest.raises(InputError, match=f"{next(iter(options))} must be for a kernel in OpenCL"):
        generate(small()[0].kernel.spec, "scalar").compile(**options)


def test_no_warning_reaches_the_user(recwarn, monkeypatch):
    """Of drivers that report on each program that they build."""
    import pyopencl as cl

    build = cl.Program.build

    def talkative(self, *words, **options):
        warnings.warn("Non-empty compiler output", cl.CompilerWarning, stacklevel=2)
        return build(self, *words, **options)

    monkeypatch.setattr(cl.Program, "build", talkative)
    contexts.in_place.__wrapped__(KEYS[0])
    small()[0].kernel.compile()
    devices.attempt(KEYS[0])
    assert not recwarn.list


def test_too_large_for_the_device(monkeypatch):
    conv, *_ = small()
    info = msgspec.structs.replace(conv.info, largest_buffer=100)
    with pytest.raises(UnsupportedError, match="input must fit a buffer of the device"):
        opencl.Conv(conv.kernel, info, devices.handle(info.key)[1])


def test_weights_are_packed_in_floats_as_they_are_in_double():
    """Two floats lose nothing that is seen, also where terms cancel: the bits that NAME_pack in C gives."""
    tools.require(tools.any_c())
    import pyopencl as cl

    spec = ConvSpec(ic=9, ih=12, iw=12, oc=11, kh=3, kw=3, padding="half")
    plan = next(p for p in ALGORITHMS["winograd"].plans(spec, NAMED["opencl-cpu"]) if p.choices.m == 4)
    rng = np.random.default_rng(3)
    weights = rng.standard_normal(spec.weights_shape, np.float32)
    weights[::2, :, 0] = -weights[::2, :, -1] * np.float32(1 + 2.0**-23)  # rows that nearly cancel
    arrays = {"weights": weights, "bias": rng.standard_normal(spec.oc, np.float32)}
    kernel = render(msgspec.structs.replace(plan, target=NAMED["x86-64-v3"]), "k")  # as many lanes and registers
    want = np.frombuffer(Packer([kernel])(kernel, arrays), np.float32)
    conv = render(plan, "k").compile()
    conv.pack(**arrays)
    got = np.empty_like(want)
    cl.enqueue_copy(conv.queue, got, conv._packed)
    np.testing.assert_array_equal(got, want)


# --- what a device's compiler says ---

ODD = {  # terms that fill no chunk, or none at all
    "7x7": {"ic": 3, "ih": 64, "iw": 64, "oc": 16, "kh": 7, "kw": 7, "padding": "half", "sh": 2, "sw": 2},
    "few terms": {"ic": 3, "ih": 16, "iw": 16, "oc": 16, "kw": 1},
}


@pytest.mark.parametrize("each", ["in turn", pytest.param("all", marks=pytest.mark.sweep)])
@pytest.mark.parametrize("algorithm", [name for name, one in ALGORITHMS.items() if one.AUTOMATIC])
def test_compilers_do_not_warn(algorithm, each):
    """A user's build log is empty: of each layer for a kind of device in turn, or for all."""
    import uuid

    import pyopencl as cl

    _, device = devices.handle(KEYS[0])
    context = cl.Context([device])
    layers, targets = {**LAYERS, **ODD}, [name for name, target in NAMED.items() if target.device]
    turns = zip(layers, itertools.cycle(targets), strict=False)
    for name, target in turns if each == "in turn" else itertools.product(layers, targets):
        found = list(ALGORITHMS[algorithm].plans(ConvSpec(**layers[name]), NAMED[target]))
        for plan in found[:: max(1, len(found) // 2)][:1 if each == "in turn" else 2]:
            kernel = render(plan)
            with contexts.quietly(cl):  # a text that no cache has
                built = cl.Program(context, f"{kernel.source}/* {uuid.uuid4()} */").build([*kernel.flags])
            log = built.get_build_info(device, cl.program_build_info.LOG)
            assert "warning" not in log, (name, target, log[:500])
