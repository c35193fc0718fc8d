"""convgen: one convolution layer in, specialised and verified C out.

    spec   = convgen.ConvSpec(ic=64, ih=56, iw=56, oc=64, kh=3, kw=3, padding="half", layout="nhwc")
    kernel = convgen.generate(spec, target="host")
    conv   = kernel.compile()
    conv.pack(weights, bias)
    y      = conv(x)
    report = convgen.verify(conv)
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# public name -> module that defines it; loaded at first use, so that `import convgen` stays instant
_PUBLIC = {
    "ConvSpec": "layer.spec",
    "Plan": "plan.plan",
    "Target": "machine.target",
    "Kernel": "api",
    "Conv": "run.native",
    "Report": "verification.report",
    "ConvgenError": "errors",
    "empty": "run.native",
    "generate": "api",
    "verify": "verification.report",
}

__all__ = [
    "Conv", "ConvSpec", "ConvgenError", "Kernel", "Plan", "Report", "Target", "empty", "generate", "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'convgen' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
