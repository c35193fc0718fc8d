"""How far the emitted activations may stray: |act_emitted(v) − act(v)| <= u·(absolute + relative·|v|).

Derived from the operation order in templates/common/activation.c.j2; tests measure it over the whole
range of f32.
"""

from __future__ import annotations

from .spec import Activation


def stated_error(act: Activation) -> tuple[float, float, float]:
    """(Lipschitz constant, absolute, relative) of an activation, the errors in units of u = 2^-24."""
    match act.name:
        case "clip":  # its bounds are rounded to f32
            return 1.0, max(map(abs, act.params)), 0.0
        case "leaky-relu":  # the slope is rounded, and the product
            slope = abs(act.params[0])
            return max(1.0, slope), 0.0, 2 * slope
        case "sigmoid":
            return 0.25, 4.0, 0.0
        case "tanh":
            return 1.0, 6.0, 0.0
        case "silu":
            return 1.1, 0.0, 6.0
        case "hard-swish":
            return 1.5, 0.0, 5.0
        case "gelu":
            return 1.13, 0.0, 8.0
        case _:  # relu and relu6 choose; nothing is rounded
            return 1.0, 0.0, 0.0
