"""A kernel written by hand, for tests of what builds and calls kernels."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from convgen.layer.spec import ConvSpec
from convgen.run import compilers, native

F32 = np.float32
ROWS, COLUMNS = 6, 8


@dataclass(frozen=True)
class Scale:
    """y = w·x + b (+ r) for 6 × 8 pixels of one channel: phase 0 w·x by rows, phase 1 the rest.

    With `census`, y is instead the number of OpenMP threads (0 without) in even columns, and the
    worker in odd ones.
    """

    residual: bool = False
    bias: bool = True
    census: bool = False
    name: str = "scale"
    flags: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    packed_bytes: int = 8
    workspace_bytes: int = ROWS * COLUMNS * 4
    scratch_bytes: int = 0
    phases: tuple[int, ...] = (ROWS, ROWS * COLUMNS)
    plan: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(brief=False))

    @property
    def spec(self):
        return ConvSpec(ic=1, oc=1, ih=ROWS, iw=COLUMNS, kw=1, bias=self.bias, residual=self.residual)

    @property
    def header(self):
        r = "const float *residual, " * self.residual
        return f"""#include <stddef.h>
#define {self.name}_PHASES 2
void {self.name}_pack(const float *weights, const float *bias, void *packed);
void {self.name}(const float *input, const void *packed, {r}float *output, void *workspace, int workers);
size_t {self.name}_tasks(int phase);
void {self.name}_task(int phase, size_t task, int worker, const float *input, const void *packed,
                      {r}float *output, void *workspace);
"""

    @property
    def source(self):
        r = "const float *residual, " * self.residual
        pass_r = "residual, " * self.residual
        value = "(i & 1 ? (float)worker : threads)" if self.census else "half[i] + p[1]"
        return f"""#include "{self.name}.h"
#include <stdint.h>
#ifdef _OPENMP
#include <omp.h>
#endif
void {self.name}_pack(const float *weights, const float *bias, void *packed) {{
    float *p = packed;
    p[0] = weights[0];
    p[1] = {"bias[0]" if self.bias else "0.0f"};
    if ((uintptr_t)packed % 64) p[0] = p[1] = 1e30f;
    (void)bias;
}}
size_t {self.name}_tasks(int phase) {{ return phase == 0 ? {ROWS} : {ROWS * COLUMNS}; }}
void {self.name}_task(int phase, size_t task, int worker, const float *input, const void *packed,
                      {r}float *output, void *workspace) {{
    const float *p = packed;
    float *half = workspace;
    float threads = 0.0f;
    size_t i = task;
    if ((uintptr_t)workspace % 64) return;
    if (phase == 0) {{
        for (i = task * {COLUMNS}; i < (task + 1) * {COLUMNS}; i++) half[i] = p[0] * input[i];
        return;
    }}
#ifdef _OPENMP
    threads = (float)omp_get_num_threads();
#endif
    (void)worker, (void)threads;
    output[i] = {value}{" + residual[i]" * self.residual};
}}
void {self.name}(const float *input, const void *packed, {r}float *output, void *workspace, int workers) {{
    (void)workers;
    for (int phase = 0; phase < 2; phase++) {{
        long count = (long){self.name}_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for num_threads(workers)
#endif
        for (long task = 0; task < count; task++)
            {self.name}_task(phase, (size_t)task, 0, input, packed, {pass_r}output, workspace);
    }}
}}
"""


def data(kernel, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=kernel.spec.input_shape).astype(F32)
    r = rng.normal(size=kernel.spec.output_shape).astype(F32) if kernel.residual else None
    return x, r


def expected(kernel, x, r):
    y = F32(3.0) * x + F32(0.5 if kernel.bias else 0.0)
    return y if r is None else y + r


def packed(kernel, cc=None, openmp=True):
    conv = native.load(kernel, compilers.build(kernel, cc, openmp=openmp))
    weights = np.full(kernel.spec.weights_shape, 3.0, F32)
    conv.pack(weights, np.array([0.5], F32) if kernel.bias else None)
    return conv


def one_line(error):
    text = str(error.value)
    assert "\n" not in text
    return text
