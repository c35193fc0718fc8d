"""The emitted activations, measured over the whole range of f32 against float64."""

from __future__ import annotations

import re
from types import SimpleNamespace

import cffi
import emulated
import numpy as np
import pytest
import tools
from scipy import special

from convgen import ConvSpec, generate
from convgen.emit.dialect import LANGUAGES
from convgen.emit.texts import templates
from convgen.layer.activation import ACTIVATIONS, Activation
from convgen.layer.element import c_float
from convgen.machine import devices
from convgen.machine.cpus import cpu_features
from convgen.machine.rows import C_ROWS, OPENCL_ROWS
from convgen.plan.bound import UNIT_ROUNDOFF
from convgen.run import compilers
from convgen.verification import report

pytestmark = pytest.mark.optimised

F32 = np.float32
TEXTS = (
    "relu", "relu6", "clip(-1,1)", "clip(-0.1,6.7)", "clip(3,3)", "leaky-relu(0.01)", "leaky-relu(0.3)",
    "leaky-relu(1.7)", "leaky-relu(-0.3)", "prelu", "elu(1)", "elu(0.3)", "elu(-1.7)", "softplus", "sigmoid",
    "hard-sigmoid(0.2,0.5)", "hard-sigmoid(0.166666667,0.5)", "hard-sigmoid(-1.3,-0.2)", "tanh", "silu", "hard-swish",
    "mish", "gelu", "gelu-tanh",
)
SLOPE = float(F32(-0.9))  # of those that take slopes
ACTS = [Activation.parse(text) for text in TEXTS]
# what some of them call -> one that does
ROUTINES = {routine.name: k for k, act in enumerate(ACTS) for routine in act.row.routines}
NAMES = [*(f"act_{k}" for k in range(len(ACTS))), *ROUTINES]


def values():
    """Every 2^14-th bit pattern, all near the points where a formula changes, and three even sweeps."""
    wide = np.arange(0, 2**32, 2**14, dtype=np.uint64).astype(np.uint32).view(F32)
    points = F32([0, 2**-126, 1e-4, 0.1, 0.35, 1, 3, 5, 6, 6.7, 10, 20, 87.3, 88.38, 88.72, 89, 104, 3.4e38])
    around = (points.view(np.uint32)[:, None] + np.arange(-64, 65)).astype(np.uint32)
    around = np.concatenate([around & 0x7FFFFFFF, around | 0x80000000]).view(F32).ravel()
    sweeps = [np.linspace(-reach, reach, 2**15 + 1).astype(F32) for reach in (1, 10, 100)]
    every = np.concatenate([F32([0, -0.0, np.inf, -np.inf, np.nan, -np.nan]), wide, around, *sweeps])
    return every[: len(every) // 64 * 64]


VALUES = values()
FINITE = np.isfinite(VALUES)


def true(act):
    """The activation as a function of float64, by its definition."""
    params = act.params
    return {
        "relu": lambda v: np.maximum(v, 0),
        "relu6": lambda v: np.clip(v, 0, 6),
        "clip": lambda v: np.clip(v, *params),
        "leaky-relu": lambda v: np.where(v < 0, params[0] * v, v),
        "prelu": lambda v: np.where(v < 0, SLOPE * v, v),
        "sigmoid": special.expit,
        "tanh": np.tanh,
        "elu": lambda v: np.where(v < 0, params[0] * np.expm1(v), v),
        "softplus": lambda v: np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v))),
        "hard-sigmoid": lambda v: np.maximum(0, np.minimum(1, params[0] * v + params[1])),
        "silu": lambda v: v * special.expit(v),
        "mish": lambda v: v * np.tanh(np.log1p(np.exp(v))),
        "gelu-tanh": lambda v: v * special.expit(2 * np.sqrt(2 / np.pi) * (v + 0.044715 * v**3)),
        "hard-swish": lambda v: v * np.clip(v + 3, 0, 6) / 6,
        "gelu": lambda v: v * special.ndtr(v),
    }[act.name]


def statements(row):
    """The code of all in C or OpenCL C, and for each of NAMES what makes a vector of it."""
    template = templates().get_template("common/activation.c.j2")
    text = []
    for k, act in enumerate(ACTS):
        own = "|".join(routine.name for routine in act.routines)
        code = template.render(isa=row, act=act, inline=LANGUAGES[row.dialect].inline, private=str)
        text.append(re.sub(rf"\b({own})\(", rf"\g<1>_{k}(", code))
    slopes = row.set1(c_float(SLOPE))
    values = [f"activate_{k}(v, {slopes})" if act.slopes else f"activate_{k}(v)" for k, act in enumerate(ACTS)]
    values += [*(f"{name}_{k}(v)" for name, k in ROUTINES.items())]
    return text, dict(zip(NAMES, values, strict=True))


def loop(row, value, count):
    return [f"    for ({count} i = 0; i < count; i += {row.lanes}) {{",
            f"        const {row.vector} v = {row.load('x + i')};",
            f"        {row.store('y + i', value)};", "    }"]


def c_source(row):
    """A function for each of NAMES that applies it to an array."""
    code, values = statements(row)
    text = [f"#include <{name}>" for name in ("stddef.h", *row.include)]
    text += [*row.helpers.values(), *code]
    for name, value in values.items():
        text += [f"void on_{name}(const float *x, float *y, ptrdiff_t count)", "{", *loop(row, value, "ptrdiff_t"), "}"]
    return "\n".join(text) + "\n"


def cl_source(row):
    """One kernel, which takes the index of a name: a kernel each takes long to build."""
    code, values = statements(row)
    text = [*row.helpers.values(), *code,
            "__kernel void apply(const __global float *x, __global float *y, int count, int chosen)", "{",
            "switch (chosen) {"]
    for k, value in enumerate(values.values()):
        text += [f"case {k}:", *loop(row, value, "int"), "break;"]
    return "\n".join([*text, "}", "}"]) + "\n"


class Library:
    """The activations of one row, as a compiler makes them."""

    def __init__(self, row, cc, opt):
        kernel = SimpleNamespace(name=f"act_{row.name}", source=c_source(row), header="", flags=row.flags,
                                 headers=row.include)
        self.ffi = cffi.FFI()
        self.ffi.cdef("".join(f"void on_{name}(const float *x, float *y, intptr_t n);" for name in NAMES))
        self.library = self.ffi.dlopen(str(compilers.build(kernel, cc, opt, openmp=False)))

    def __call__(self, name, x):
        y = np.empty_like(x)
        getattr(self.library, f"on_{name}")(
            self.ffi.from_buffer("float[]", x), self.ffi.from_buffer("float[]", y), len(x))
        return y


class Emulated:
    """The activations of a row of another machine."""

    def __init__(self, row, machine, opt, folder):
        head = "void at_{}(const float *a, const float *b, const float *c, float *out, ptrdiff_t count)"
        source = c_source(row) + "".join(
            f"{head.format(name)};\n{head.format(name)}\n{{\n    (void)b, (void)c;\n    on_{name}(a, out, count);\n}}\n"
            for name in NAMES)
        self.run = emulated.functions(machine)(
            folder, machine, emulated.compilers(machine)[0], source,
            "".join(f"{head.format(name)};\n" for name in NAMES), [f"at_{name}" for name in NAMES], f"-{opt}",
            *row.flags)

    def __call__(self, name, x):
        return self.run(f"at_{name}", [x], np.empty_like(x), len(x))


class OnDevice:
    """The activations of a row of an OpenCL device."""

    def __init__(self, row, key):
        self.cl = cl = devices.opencl()
        self.context = cl.Context([devices.handle(key)[1]])
        self.queue = cl.CommandQueue(self.context)
        program = cl.Program(self.context, cl_source(row)).build(list(LANGUAGES["opencl"].flags))
        self.kernel = cl.Kernel(program, "apply")

    def __call__(self, name, x):
        flags = self.cl.mem_flags.READ_WRITE | self.cl.mem_flags.COPY_HOST_PTR
        source, target = (self.cl.Buffer(self.context, flags, hostbuf=array) for array in (x, x))
        self.kernel(self.queue, (1,), (1,), source, target, np.int32(len(x)), np.int32(NAMES.index(name)))
        self.cl.enqueue_copy(self.queue, y := np.empty_like(x), target)
        return y


TEXT_ROWS = {c_source(row): row for row in reversed(C_ROWS.values())}  # many rows are of one machine's floats
BUILDS = {f"{row.name}-{opt}": (row, opt) for row in reversed(TEXT_ROWS.values()) for opt in ("O3", "O0")}
BUILDS |= {f"{row.name}-{info.key}": (row, info.key) for info in tools.devices() for row in OPENCL_ROWS.values()}


@pytest.fixture(scope="module", params=BUILDS)
def library(request, tmp_path_factory):
    row, opt = BUILDS[request.param]
    if row.dialect == "opencl":
        return OnDevice(row, opt)
    machine = emulated.runner(row)
    if machine:
        if opt != "O3":
            pytest.skip("emulation is slow")
        return Emulated(row, machine, opt, tmp_path_factory.mktemp("activations"))
    if not set(row.features) <= cpu_features():
        pytest.skip(f"this CPU lacks one of {row.features}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
        return Library(row, None, opt)


each = pytest.mark.parametrize("k", range(len(ACTS)), ids=TEXTS)


def test_every_activation_is_measured():
    assert {act.name for act in ACTS} == set(ACTIVATIONS) - {"none"}


@pytest.mark.sampled
@each
@np.errstate(over="ignore", invalid="ignore")
def test_stated_error_holds_and_is_not_idle(library, k):
    """|emitted − true| <= u·(absolute + relative·|v|); the worst is more than a quarter of that.

    Below 2^-126 the spacing of f32 is coarser than any relative error, so that much is allowed too.
    """
    v = VALUES[FINITE].astype(np.float64)
    exact = true(ACTS[k])(v)
    emitted = library(f"act_{k}", VALUES)[FINITE].astype(np.float64)
    _, absolute, relative = ACTS[k].error
    with_infinity = np.where(np.abs(exact) > np.finfo(F32).max, np.copysign(np.inf, exact), exact)
    error = np.where(emitted == with_infinity, 0.0, np.abs(emitted - exact))
    allowed = UNIT_ROUNDOFF * (absolute + relative * np.abs(v)) + 2.0**-126
    worst = np.argmax(error / allowed)
    assert error[worst] <= allowed[worst], (v[worst], emitted[worst], exact[worst])
    assert not np.isnan(error).any()
    if "clip" not in TEXTS[k] and absolute + relative:
        assert error[worst] > allowed[worst] / 4, (v[worst], error[worst] / allowed[worst])


def by_expression(tmp_path, cc):
    """Functions of doubles, as the self-test of a package has them."""
    text = ["#include <math.h>", "#include <stddef.h>"]
    for k, act in enumerate(ACTS):
        slopes = [f"    const double slopes = {SLOPE!r};"] * act.slopes
        text += [f"static double of_{k}(double v)", "{", *slopes, f"    return {act.expression};", "}",
                 f"void on_{k}(const double *x, double *y, ptrdiff_t n)",
                 f"{{ for (ptrdiff_t i = 0; i < n; ++i) {{ y[i] = of_{k}(x[i]); }} }}"]
    ffi = cffi.FFI()
    ffi.cdef("".join(f"void on_{k}(const double *x, double *y, intptr_t n);" for k in range(len(ACTS))))
    kernel = SimpleNamespace(name="expressions", source="\n".join(text) + "\n", header="", flags=(), headers=())
    return ffi, ffi.dlopen(str(compilers.build(kernel, cc, "O2", openmp=False)))


def test_values_are_the_definitions(tmp_path, monkeypatch):
    """The oracle's, in NumPy, and those in C; parameters are f32 numbers."""
    monkeypatch.setenv("CONVGEN_CACHE", str(tmp_path))
    ffi, library = by_expression(tmp_path, None)
    v = np.concatenate([np.linspace(-40, 40, 2001), [-1e4, -6, -3, -1e-9, 0, 1e-9, 3, 6, 1e4]])
    for k, act in enumerate(ACTS):
        rounded = Activation(act.name, tuple(float(F32(param)) for param in act.params))
        with np.errstate(over="ignore", invalid="ignore"):
            given = [np.float64(SLOPE)] * act.slopes
            want, got = true(rounded)(v), act.value(v, *given)
            assert np.isnan(act.value(np.array([np.nan]), *given)).all()
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-15, err_msg=str(act))
        in_c = np.empty_like(v)
        getattr(library, f"on_{k}")(ffi.from_buffer("double[]", v), ffi.from_buffer("double[]", in_c), len(v))
        np.testing.assert_allclose(in_c, want, rtol=1e-12, atol=1e-13, err_msg=str(act))


@each
def test_a_kernel_that_ends_with_it_is_right(k):
    spec = ConvSpec(ic=3, oc=5, ih=7, iw=8, kh=3, kw=3, padding="half", residual=True, activation=TEXTS[k])
    conv = generate(spec, "scalar", "reference", records=False).compile(opt="O0")
    for mode in ("exact", "bound", "properties"):
        check = report.run_mode(conv, mode)
        assert check.ok, check.detail


@each
def test_nan_stays_nan(library, k):
    nans = np.array([0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF] * 4, np.uint32).view(F32)
    assert np.isnan(library(f"act_{k}", nans)).all()


NEAR_ZERO = (-1e-30, 1e-30)
AT_INFINITY = {  # what −Inf and +Inf become: a value or a range
    "relu": lambda: (0.0, np.inf),
    "relu6": lambda: (0.0, 6.0),
    "clip": lambda lower, upper: (lower, upper),
    "leaky-relu": lambda slope: (-np.inf * slope, np.inf),
    "prelu": lambda: (-np.inf * SLOPE, np.inf),
    "elu": lambda scale: (-scale, np.inf),
    "softplus": lambda: (NEAR_ZERO, np.inf),
    "sigmoid": lambda: (NEAR_ZERO, 1.0),
    "hard-sigmoid": lambda slope, middle: (0.0, 1.0) if slope > 0 else (1.0, 0.0),
    "tanh": lambda: (-1.0, 1.0),
    "silu": lambda: (np.nan, np.inf),  # −Inf / (1 + e^Inf), as its formula says
    "hard-swish": lambda: (np.nan, np.inf),  # −Inf · 0 / 6, likewise
    "mish": lambda: (NEAR_ZERO, np.inf),
    "gelu": lambda: (NEAR_ZERO, np.inf),
    "gelu-tanh": lambda: (np.nan, np.inf),  # −Inf / (1 + e^Inf)
}


@each
def test_infinities(library, k):
    want = AT_INFINITY[ACTS[k].name](*ACTS[k].params)
    for value, expected in zip((-np.inf, np.inf), want, strict=True):
        got = library(f"act_{k}", np.full(16, value, F32))
        low, high = expected if isinstance(expected, tuple) else (F32(expected), F32(expected))
        same = np.isnan(got) if np.isnan(low) else (low <= got) & (got <= high)
        assert same.all(), (value, got[0])


@each
def test_lipschitz_constant_is_the_steepest_slope(k):
    """The factor by which an activation may enlarge the error of the sum, rounded up by little."""
    v = np.linspace(-12, 12, 240_001)
    slope = np.abs(np.diff(true(ACTS[k])(v)) / np.diff(v)).max()
    lipschitz = ACTS[k].error.lipschitz
    assert slope * (1 - 1e-9) <= lipschitz
    if len(set(ACTS[k].params)) != 1 or ACTS[k].name != "clip":  # clip(3,3) has no slope at all
        assert lipschitz <= slope * 1.01 + 1e-6


def test_slopes_are_of_their_channels_and_beyond_one_scale_the_bound():
    """"for |slopes| <= 1, else times the largest": what an error of the sum becomes, and what the code adds."""
    act, slopes = Activation.parse("prelu"), F32([-3.3, 0.7, 1.0])
    v = np.linspace(-9, 9, 4001)[:, None]
    want = act.value(v, slopes.astype(np.float64))
    assert (want[v[:, 0] < 0] == v[v < 0][:, None] * slopes.astype(np.float64)).all()
    largest = float(np.abs(slopes).max())
    lipschitz, absolute, relative = act.error
    emitted = act.value(v.astype(F32), slopes).astype(np.float64)  # as the code does, one product
    off = np.abs(v.astype(F32) - v)
    own = UNIT_ROUNDOFF * (absolute + relative * np.abs(v))
    assert (np.abs(emitted - want) <= largest * (lipschitz * off + own)).all()
    assert "for |slopes| <= 1, else times the largest" in act.routines[-1].comment


def test_exponential_is_as_good_as_its_comment_says(library):
    """Relative error below 4 u, and infinite above 88.4; never zero."""
    a = VALUES[(VALUES >= -87.3) & (VALUES <= 88.37)]
    a = a[: len(a) // 64 * 64]
    exact = np.exp(a.astype(np.float64))
    error = np.abs(library("exponential", a).astype(np.float64) - exact) / exact
    worst = error.max() / UNIT_ROUNDOFF
    assert 1 < worst < 4, (a[error.argmax()], worst)
    beyond = library("exponential", np.array([-np.inf, -1e4, -88, 88.4, 89, 89.1, 1e4, np.inf] * 8, F32))
    low, high = beyond.reshape(8, 8)[0, :3], beyond.reshape(8, 8)[0, 3:]
    assert (low > 0).all()
    assert (low < 2e-38).all()
    assert (high == np.inf).all()


def relative_error(emitted, exact, of=None):
    """The largest, in units of u, and where it is."""
    error = np.abs(emitted.astype(np.float64) - exact) / np.abs(exact if of is None else of)
    return error.max() / UNIT_ROUNDOFF, error.argmax()


def between(low, high):
    """Normal numbers."""
    found = VALUES[(low <= VALUES) & (high >= VALUES) & (np.abs(VALUES) >= 2.0**-126)]
    return found[: len(found) // 64 * 64]


def test_expm1_is_as_good_as_its_comment_says(library):
    """Error below 2 u |a| for a <= 0."""
    a = between(-np.inf, 0)
    worst, at = relative_error(library("expm1_below", a), np.expm1(a.astype(np.float64)), a)
    assert 1 < worst < 2, (a[at], worst)
    assert (library("expm1_below", F32([0, -np.inf] * 32)) == F32([0, -1] * 32)).all()


def test_log1p_is_as_good_as_its_comment_says(library):
    """Relative error below 4 u from 0 to 1."""
    t = between(0, 1)
    worst, at = relative_error(library("log1p_unit", t), np.log1p(t.astype(np.float64)))
    assert 1 < worst < 4, (t[at], worst)
