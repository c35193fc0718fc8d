"""The emitted activations, measured over the whole range of f32 against float64."""

from __future__ import annotations

from types import SimpleNamespace

import cffi
import numpy as np
import pytest
from scipy import special

from convgen import compilers
from convgen.algorithms.epilogue import stated_error
from convgen.isas import ISAS
from convgen.plan import UNIT_ROUNDOFF
from convgen.render import c_float, templates
from convgen.spec import ACTIVATIONS, Activation
from convgen.target import cpu_features

F32 = np.float32
TEXTS = ("relu", "relu6", "clip(-1,1)", "clip(-0.1,6.7)", "clip(3,3)", "leaky-relu(0.01)", "leaky-relu(0.3)",
         "leaky-relu(1.7)", "leaky-relu(-0.3)", "sigmoid", "tanh", "silu", "hard-swish", "gelu")
ACTS = [Activation.parse(text) for text in TEXTS]


def values():
    """Every 2^12-th bit pattern, all around the points where a formula changes, and a sweep of [-100, 100]."""
    wide = np.arange(0, 2**32, 2**12, dtype=np.uint64).astype(np.uint32).view(F32)
    points = F32([0.0, 2**-126, 1e-4, 0.1, 0.35, 1, 3, 5, 6, 6.7, 10, 20, 87.3, 88.3, 88.72, 103.97, 3.4e38])
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
    text = [f"#include <{name}>" for name in ("stddef.h", "stdint.h", *row.include)]
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
        self.ffi.cdef("".join(f"void act_{k}(const float *, float *, intptr_t);" for k in names))
        self.library = self.ffi.dlopen(str(compilers.build(kernel, cc, opt, openmp=False)))

    def __call__(self, k, x):
        y = np.empty_like(x)
        getattr(self.library, f"act_{k}")(
            self.ffi.from_buffer("float[]", x), self.ffi.from_buffer("float[]", y), len(x))
        return y


@pytest.fixture(scope="module", params=[(row, opt) for row in ISAS.values() for opt in ("O3", "O0")],
                ids=lambda param: f"{param[0].name}-{param[1]}")
def library(request, tmp_path_factory):
    row, opt = request.param
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
    error = np.abs(emitted - exact)
    error[emitted == exact.astype(F32)] = np.minimum(error, 0.5 * np.spacing(np.abs(exact).astype(F32)))[
        emitted == exact.astype(F32)]  # a value that overflows to the infinity is right
    allowed = UNIT_ROUNDOFF * (absolute + relative * np.abs(v)) + 2.0**-126
    worst = np.nanargmax(error / allowed)
    assert error[worst] <= allowed[worst], (v[worst], emitted[worst], exact[worst])
    assert np.isfinite(error).all()
    if "clip" not in TEXTS[k] and absolute + relative:
        assert error[worst] > allowed[worst] / 4, (v[worst], error[worst] / allowed[worst])
