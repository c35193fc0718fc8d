"""convgen: one convolution layer in, specialised and verified C out.

    spec   = convgen.ConvSpec(ic=64, ih=56, iw=56, oc=64, kh=3, kw=3, padding="half", layout="nhwc")
    kernel = convgen.generate(spec, target="host")
    conv   = kernel.compile()
    conv.pack(weights, bias)
    y      = conv(x)
    report = convgen.verify(conv)

Besides the names in __all__, convgen.torch and convgen.onnx are for users; README.md beside this file is the map of
all else.
"""

import sys as _sys
from importlib import import_module as _import_module

from . import moved as _moved
from .version import __version__ as __version__

TYPE_CHECKING = False  # what type checkers take for true; importing typing would take longer than all else here
if TYPE_CHECKING:
    from .api import Kernel as Kernel
    from .api import generate as generate
    from .errors import ConvgenError as ConvgenError
    from .layer.spec import ConvSpec as ConvSpec
    from .machine.target import Target as Target
    from .plan.plan import Plan as Plan
    from .run.native import Conv as Conv
    from .run.native import empty as empty
    from .verification.report import Report as Report
    from .verification.report import verify as verify
del TYPE_CHECKING

# public name -> module that defines it; loaded at first use, so that `import convgen` stays instant
_PUBLIC = {
    "Conv": "run.native",
    "ConvSpec": "layer.spec",
    "ConvgenError": "errors",
    "Kernel": "api",
    "Plan": "plan.plan",
    "Report": "verification.report",
    "Target": "machine.target",
    "empty": "run.native",
    "generate": "api",
    "verify": "verification.report",
}

__all__ = list(_PUBLIC)

_sys.meta_path.append(_moved.Finder)


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_moved.hint(name)}")
    return getattr(_import_module(f".{_PUBLIC[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
