"""The emitted activations, measured over the whole range of f32 against float64."""

from __future__ import annotations

from types import SimpleNamespace

import cffi
import emulated
import numpy as np
import pytest
from scipy import special

from convgen.emit.texts import c_float, templates
from convgen.layer.activation import stated_error
from convgen.layer.spec import ACTIVATIONS, Activation
from convgen.machine.cpus import cpu_features
from convgen.machine.rows import C_ROWS
from convgen.plan.bound import UNIT_ROUNDOFF
from convgen.run import compilers

F32 = np.float32
TEXTS = (
    "relu", "relu6", "clip(-1,1)", "clip(-0.1,6.7)", "clip(3,3)", "leaky-relu(0.01)", "leaky-relu(0.3)",
    "leaky-relu(1.7)", "leaky-relu(-0.3)", "sigmoid", "tanh", "silu", "hard-swish", "gelu",
)
ACTS = [Activation.parse(text) for text in TEXTS]


def values():
    """Every 2^12-th bit pattern, all near the points where a formula changes, and three even sweeps."""
    wide = np.arange(0, 2**32, 2**12, dtype=np.uint64).astype(np.uint32).view(F32)
    points = F32([0, 2**-126, 1e-4, 0.1, 0.35, 1, 3, 5, 6, 6.7, 10, 20, 87.3, 88.38, 88.72, 89, 104, 3.4e38])
    around = (points.view(np.uint32)[:, None] + np.arange(-64, 65)).astype(np.uint32)
    around = np.concatenate([around & 0x7FFFFFFF, around | 0x80000000]).view(F32).ravel()
    sweeps = [np.linspace(-reach, reach, 2**17 + 1).astype(F32) for reach in (1, 10, 100)]
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
        "sigmoid": special.expit,
        "tanh": np.tanh,
        "silu": lambda v: v * special.expit(v),
        "hard-swish": lambda v: v * np.clip(v + 3, 0, 6) / 6,
        "gelu": lambda v: v * special.ndtr(v),
    }[act.name]


def c_source(row):
    """A function for each of ACTS that applies it to an array."""
    text = [f"#include <{name}>" for name in ("stddef.h", *row.include)]
    text += row.helpers.values()
    template = templates().get_template("common/activation.c.j2")
    for k, act in enumerate(ACTS):
        _, absolute, relative = stated_error(act)
        text += [f"#define activate activate_{k}", f"#define exponential exponential_{k}"]
        text.append(template.render(isa=row, act=act, params=[c_float(p) for p in act.params],
                                    bound=SimpleNamespace(absolute=absolute, relative=relative)))
        text += [f"void act_{k}(const float *x, float *y, ptrdiff_t count)", "{",
                 f"    for (ptrdiff_t i = 0; i < count; i += {row.lanes}) {{",
                 f"        const {row.vector} v = {row.load('x + i')};",
                 f"        {row.store('y + i', 'activate(v)')};", "    }", "}",
                 "#undef activate", "#undef exponential"]
    k = TEXTS.index("sigmoid")  # one of those that print `exponential`
    text += ["void act_exp(const float *x, float *y, ptrdiff_t count)", "{",
             f"    for (ptrdiff_t i = 0; i < count; i += {row.lanes}) {{",
             f"        const {row.vector} v = {row.load('x + i')};",
             f"        {row.store('y + i', f'exponential_{k}(v)')};", "    }", "}"]
    return "\n".join(text) + "\n"


class Library:
    """The activations of one row, as a compiler makes them."""

    def __init__(self, row, cc, opt):
        kernel = SimpleNamespace(name=f"act_{row.name}", source=c_source(row), header="", flags=row.flags)
        self.ffi = cffi.FFI()
        names = [*range(len(ACTS)), "exp"]
        self.ffi.cdef("".join(f"void act_{k}(const float *x, float *y, intptr_t n);" for k in names))
        self.library = self.ffi.dlopen(str(compilers.build(kernel, cc, opt, openmp=False)))

    def __call__(self, k, x):
        y = np.empty_like(x)
        getattr(self.library, f"act_{k}")(
            self.ffi.from_buffer("float[]", x), self.ffi.from_buffer("float[]", y), len(x))
        return y


class Emulated:
    """The activations of a row of another machine."""

    def __init__(self, row, machine, opt, folder):
        names = [*range(len(ACTS)), "exp"]
        head = "void on_{}(const float *a, const float *b, const float *c, float *out, ptrdiff_t count)"
        source = c_source(row) + "".join(
            f"{head.format(k)};\n{head.format(k)}\n{{\n    (void)b, (void)c;\n    act_{k}(a, out, count);\n}}\n"
            for k in names)
        self.run = emulated.functions(machine)(
            folder, machine, emulated.compilers(machine)[0], source,
            "".join(f"{head.format(k)};\n" for k in names), [f"on_{k}" for k in names], f"-{opt}", *row.flags)

    def __call__(self, k, x):
        return self.run(f"on_{k}", [x], np.empty_like(x), len(x))


@pytest.fixture(scope="module", params=[(row, opt) for row in C_ROWS.values() for opt in ("O3", "O0")],
                ids=lambda param: f"{param[0].name}-{param[1]}")
def library(request, tmp_path_factory):
    row, opt = request.param
    machine = emulated.runner(row)
    if machine:
        if opt != "O3":
            pytest.skip("emulation is slow")
        return Emulated(row, machine, opt, tmp_path_factory.mktemp("activations"))
    if not set(row.features) <= cpu_features():
        pytest.skip(f"this CPU lacks one of {row.features}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVGEN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        return Library(row, None, opt)


each = pytest.mark.parametrize("k", range(len(ACTS)), ids=TEXTS)


def test_every_activation_is_measured():
    assert {act.name for act in ACTS} == set(ACTIVATIONS) - {"none"}


@each
@np.errstate(over="ignore", invalid="ignore")
def test_stated_error_holds_and_is_not_idle(library, k):
    """|emitted − true| <= u·(absolute + relative·|v|); the worst is more than a quarter of that.

    Below 2^-126 the spacing of f32 is coarser than any relative error, so that much is allowed too.
    """
    v = VALUES[FINITE].astype(np.float64)
    exact = true(ACTS[k])(v)
    emitted = library(k, VALUES)[FINITE].astype(np.float64)
    _, absolute, relative = stated_error(ACTS[k])
    with_infinity = np.where(np.abs(exact) > np.finfo(F32).max, np.copysign(np.inf, exact), exact)
    error = np.where(emitted == with_infinity, 0.0, np.abs(emitted - exact))
    allowed = UNIT_ROUNDOFF * (absolute + relative * np.abs(v)) + 2.0**-126
    worst = np.argmax(error / allowed)
    assert error[worst] <= allowed[worst], (v[worst], emitted[worst], exact[worst])
    assert not np.isnan(error).any()
    if "clip" not in TEXTS[k] and absolute + relative:
        assert error[worst] > allowed[worst] / 4, (v[worst], error[worst] / allowed[worst])


@each
def test_nan_stays_nan(library, k):
    nans = np.array([0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF] * 4, np.uint32).view(F32)
    assert np.isnan(library(k, nans)).all()


NEAR_ZERO = (-1e-30, 1e-30)
AT_INFINITY = {  # what −Inf and +Inf become: a value or a range
    "relu": (0.0, np.inf), "relu6": (0.0, 6.0), "sigmoid": (NEAR_ZERO, 1.0), "tanh": (-1.0, 1.0),
    "silu": (np.nan, np.inf),  # −Inf / (1 + e^Inf), as its formula says
    "hard-swish": (np.nan, np.inf),  # −Inf · 0 / 6, likewise
    "gelu": (NEAR_ZERO, np.inf),
}


@each
def test_infinities(library, k):
    act = ACTS[k]
    slope = act.params[0] if act.name == "leaky-relu" else 1.0
    want = AT_INFINITY.get(act.name) or (act.params if act.name == "clip" else (-np.inf * slope, np.inf))
    for value, expected in zip((-np.inf, np.inf), want, strict=True):
        got = library(k, np.full(16, value, F32))
        low, high = expected if isinstance(expected, tuple) else (F32(expected), F32(expected))
        same = np.isnan(got) if np.isnan(low) else (low <= got) & (got <= high)
        assert same.all(), (value, got[0])


@each
def test_lipschitz_constant_is_the_steepest_slope(k):
    """The factor by which an activation may enlarge the error of the sum, rounded up by little."""
    v = np.linspace(-12, 12, 240_001)
    slope = np.abs(np.diff(true(ACTS[k])(v)) / np.diff(v)).max()
    lipschitz = stated_error(ACTS[k])[0]
    assert slope * (1 - 1e-9) <= lipschitz
    if len(set(ACTS[k].params)) != 1 or ACTS[k].name != "clip":  # clip(3,3) has no slope at all
        assert lipschitz <= slope * 1.01 + 1e-6


def test_exponential_is_as_good_as_its_comment_says(library):
    """Relative error below 4 u, and infinite above 88.4; never zero."""
    a = VALUES[(VALUES >= -87.3) & (VALUES <= 88.37)]
    a = a[: len(a) // 64 * 64]
    exact = np.exp(a.astype(np.float64))
    error = np.abs(library("exp", a).astype(np.float64) - exact) / exact
    worst = error.max() / UNIT_ROUNDOFF
    assert 1 < worst < 4, (a[error.argmax()], worst)
    beyond = library("exp", np.array([-np.inf, -1e4, -88, 88.4, 89, 89.1, 1e4, np.inf] * 8, F32))
    low, high = beyond.reshape(8, 8)[0, :3], beyond.reshape(8, 8)[0, 3:]
    assert (low > 0).all()
    assert (low < 2e-38).all()
    assert (high == np.inf).all()
