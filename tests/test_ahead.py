"""What is asked for before it is read or written: which lines of its arrays a kernel asks for, as it runs."""

import cffi
import numpy as np
import pytest
import tools

from convgen import ConvSpec
from convgen.algorithms.tiled.ahead import STREAM
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.planner import rank
from convgen.run import arrays, compilers
from convgen.verification import oracle

pytestmark = pytest.mark.optimised

TARGET = "x86-64-v3"
NOTES = """\
#include <immintrin.h>
#include <stddef.h>
static const char *first;
static unsigned char asked[1 << 20]; /* of each line from there on, whether a hint named it */
#define _mm_prefetch(p, hint) ((void)((p) >= first && (size_t)((p) - first) / 64 < sizeof asked && \\
                                      (asked[((p) - first) / 64] = 1)))
"""
PROBE = """
const unsigned char *probe(const float *x, const void *packed, float *y, void *workspace, int array)
{
    for (size_t i = 0; i < sizeof asked; ++i) {
        asked[i] = 0;
    }
    first = array == 0 ? (const char *)packed : array == 1 ? (const char *)y : (const char *)x;
    k(x, packed, y, workspace, 1);
    return asked;
}
"""
# share: of the lines behind the first panel that are asked for; tiles at edges skip kernel rows, and ask for less
LAYERS = {
    "pointwise": ({"ic": 256, "oc": 200, "ih": 14, "kh": 1}, "direct", 1.0),
    "few pixels": ({"ic": 512, "oc": 96, "ih": 3, "kh": 1}, "direct", 1.0),
    "edges": ({"ic": 64, "oc": 96, "ih": 7, "kh": 3, "padding": "half"}, "direct", 0.9),
    "transformed": ({"ic": 128, "oc": 128, "ih": 14, "kh": 3, "padding": "half"}, "winograd", 1.0),
}


@tools.needs(tools.c, "gcc")
@pytest.mark.skipif(not NAMED[TARGET].runs_here(), reason="needs AVX2")
@pytest.mark.parametrize("name", LAYERS)
def test_panels_are_asked_for(name):
    fields, algorithm, share = LAYERS[name]
    spec = ConvSpec(layout="nhwc", iw=fields["ih"], kw=fields["kh"], bias=False, **fields)
    kernel = render(rank.best(spec, TARGET, algorithm), "k")
    asked = _asked(kernel, 0, kernel.packed_bytes)
    behind = asked[kernel.plan.nr * 8 * spec.terms * 4 // 64 if algorithm == "direct" else asked.size // 8 :]
    assert behind.mean() >= share


@tools.needs(tools.c, "gcc")
@pytest.mark.skipif(not NAMED[TARGET].runs_here(), reason="needs AVX2")
def test_weights_of_one_pixel_are_a_stream():
    """What comes STREAM bytes later is asked for, and nothing else: not all of the next panel at once."""
    spec = ConvSpec(layout="nhwc", ic=512, ih=1, iw=1, oc=96, kh=1, kw=1, bias=False)
    kernel = render(rank.best(spec, TARGET, "direct"), "k")
    asked = _asked(kernel, 0, kernel.packed_bytes)
    assert not asked[: STREAM // 64].any()
    assert asked[STREAM // 64 :].all()


@tools.needs(tools.c, "gcc")
@pytest.mark.skipif(not NAMED[TARGET].runs_here(), reason="needs AVX2")
@pytest.mark.parametrize(("ih", "oc", "least", "most"), [(160, 96, 0.95, 1.0), (16, 96, 0.0, 0.0), (320, 24, 0.0, 0.0)],
                         ids=["from memory", "in a cache", "whole pixels"])
def test_outputs_are_asked_for(ih, oc, least, most):
    """Where they come from memory, and tiles write parts of pixels."""
    spec = ConvSpec(layout="nhwc", ic=4, ih=ih, iw=ih, oc=oc, kh=1, kw=1, bias=False)
    kernel = render(rank.best(spec, TARGET, "direct"), "k")
    assert least <= _asked(kernel, 1, spec.array("output").bytes).mean() <= most


@tools.needs(tools.c, "gcc")
@pytest.mark.skipif(not NAMED[TARGET].runs_here(), reason="needs AVX2")
@pytest.mark.parametrize(("ih", "least", "most"), [(400, 0.97, 1.0), (64, 0.0, 0.0)], ids=["from memory", "in a cache"])
def test_windows_and_outputs_of_transforms_are_asked_for(ih, least, most):
    """Of large maps all that the next tile of a row reads and writes; nothing asks for the first one."""
    spec = ConvSpec(layout="nhwc", ic=8, ih=ih, iw=ih, oc=8, kh=3, kw=3, padding="half", bias=False)
    kernel = render(rank.best(spec, TARGET, "winograd"), "k")
    for array, role in ((1, "output"), (2, "input")):
        share = _asked(kernel, array, spec.array(role).bytes).mean()
        assert least <= share <= most


# rows of 400 pixels of 16 channels, or planes; a tile asks for the next one, so nothing asks for the first of all
FAR = {
    "channels": ({"layout": "nhwc", "ih": 400}, "depthwise", 0.9, 1.0),
    "channels, stride 2": ({"layout": "nhwc", "ih": 400, "sh": 2, "sw": 2}, "depthwise", 0.9, 1.0),
    "planes": ({"layout": "nchw", "ih": 400}, "depthwise", 0.9, 1.0),
    "planes, stride 2": ({"layout": "nchw", "ih": 400, "sh": 2, "sw": 2}, "depthwise", 0.9, 1.0),
    "groups": ({"layout": "nhwc", "ih": 400, "g": 4}, "grouped", 0.9, 1.0),
    "in a cache": ({"layout": "nhwc", "ih": 64}, "depthwise", 0.0, 0.0),
}


@tools.needs(tools.c, "gcc")
@pytest.mark.skipif(not NAMED[TARGET].runs_here(), reason="needs AVX2")
@pytest.mark.parametrize("name", FAR)
def test_inputs_are_asked_for(name):
    """Where they come from memory, and tiles read each line at once: those of the next tile, and what it writes."""
    fields, algorithm, least, most = FAR[name]
    spec = ConvSpec(**{"ic": 16, "oc": 16, "g": 16, "iw": fields["ih"], "kh": 3, "kw": 3, "padding": "half",
                       "bias": False} | fields)
    kernel = render(rank.best(spec, TARGET, algorithm), "k")
    assert least <= _asked(kernel, 2, spec.array("input").bytes).mean() <= most
    assert least <= _asked(kernel, 1, spec.array("output").bytes).mean() <= most


@tools.needs(tools.c, "gcc")
@pytest.mark.skipif(not NAMED["x86-64-v4"].runs_here(), reason="needs AVX-512")
@pytest.mark.parametrize("shift", [0, 1], ids=["on a line", "across lines"])
@pytest.mark.parametrize(("layout", "g", "ih", "past"), [
    ("nhwc", 64, 160, True), ("nchw", 64, 160, True), ("nhwc", 1, 160, True), ("nhwc", 64, 32, False),
], ids=["depthwise", "planes", "direct", "in a cache"])
def test_outputs_go_past_the_caches(layout, g, ih, past, shift):
    """Where no cache keeps them: of 6.5 MB all whole lines, wherever the output begins."""
    spec = ConvSpec(layout=layout, ic=64, oc=64, g=g, ih=ih, iw=ih, kh=1 if g == 1 else 3, kw=1 if g == 1 else 3,
                    padding="half", bias=False)
    kernel = render(rank.best(spec, "x86-64-v4"), "k")
    counted = "#include <immintrin.h>\nstatic long lines;\n#define _mm512_stream_ps(p, a) (++lines, " \
        "_mm512_stream_ps(p, a))\n"
    counts = "\nlong counted(void) { return lines; }\n"
    path = compilers.shared("k", counted + kernel.source + counts, kernel.header, kernel.flags, tools.CC[0])
    ffi = cffi.FFI()
    ffi.cdef("void k(const float *, const void *, float *, void *, int); void k_pack(const float *, const float *, "
             "void *); long counted(void);")
    library, rng = ffi.dlopen(str(path)), np.random.default_rng(0)
    x, w = (rng.integers(-3, 4, spec.array(role).count).astype(np.float32) for role in ("input", "weights"))
    packed, workspace = (arrays.empty(size // 4 + 1) for size in (kernel.packed_bytes, kernel.sizes.workspace))
    y = arrays.empty(spec.array("output").count + shift)[shift:]
    ours = [ffi.from_buffer("float[]", one) for one in (x, w, packed, y, workspace)]
    library.k_pack(ours[1], ffi.NULL, ours[2])
    before = library.counted()
    library.k(ours[0], *ours[2:], 1)
    shaped = (one.reshape(spec.array(role).tensor) for one, role in ((x, "input"), (w, "weights")))
    assert np.array_equal(y, oracle.convolve(spec, *shaped).y.ravel())
    assert library.counted() - before == (y.nbytes // 64 if past and not shift else 0)


def _asked(kernel, array, size):
    """Of each line of packed weights (array 0), or of so many bytes of outputs (1) or inputs (2), whether it was asked
    for."""
    path = compilers.shared("k", NOTES + kernel.source + PROBE, kernel.header, kernel.flags, tools.CC[0])
    ffi = cffi.FFI()
    ffi.cdef("const unsigned char *probe(const float *x, const void *packed, float *y, void *workspace, int outputs);")
    library, spec = ffi.dlopen(str(path)), kernel.spec
    arrays = [np.zeros(size + 64, np.float32) for size in (
        spec.array("input").count, kernel.packed_bytes // 4, spec.array("output").count, kernel.sizes.workspace // 4)]
    given = [ffi.from_buffer("float[]", one) for one in arrays]
    return np.frombuffer(ffi.buffer(library.probe(*given, array), size // 64), np.uint8).copy()
