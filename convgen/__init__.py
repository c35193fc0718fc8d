"""convgen: one convolution layer in, specialised and verified C out.

A convolution of NumPy arrays, planned, compiled and kept:

    y = convgen.conv2d(x, w, b, padding="same", activation="relu")

A kernel to keep, to embed, to look at:

    spec   = convgen.ConvSpec.parse("ic64ih56oc64oh56kh3ph1", layout="nhwc")
    kernel = convgen.generate(spec, target="host")
    kernel.save("out")
    conv   = kernel.compile()
    conv.pack(weights, bias)
    y      = conv(x)
    report = convgen.verify(conv)

The public names; help() of each says more:

    conv1d        a convolution of arrays along one axis
    conv2d        the same along two, with the names of torch.nn.functional
    conv3d        the same along three
    conv_transpose1d  a transposed convolution of arrays along one axis
    conv_transpose2d  the same along two
    conv_transpose3d  the same along three
    Chain         layers that follow each other, as one: a kernel for all of them
    ConvSpec      a layer: extents, strides, padding, layout, activation
    Target        what the planner knows of a machine
    plan          how a layer would be computed, and what that should cost
    generate      a layer's kernel as C or OpenCL
    tune          measure plans of a layer; generate takes the fastest from then on
    bench         how fast a layer runs, beside the machine's limits and other libraries
    verify        check a compiled kernel against the float64 oracle
    load_network  a whole model as one function of arrays
    Plan          every decision about a kernel
    Kernel        the texts of a kernel: save() writes them, compile() makes a Conv
    Conv          a compiled kernel: pack() weights once, then call it
    Network       a loaded network: call it; its steps, the bytes of its workspace
    Report        what verify found
    Planned       what plan found
    Tuned         what tune found
    Benched       what bench found
    empty         an array that starts a cache line
    ConvgenError  the base of all errors that convgen raises on purpose

Besides these, convgen.onnx, convgen.tflite and convgen.torch are for users; README.md beside this file is the map of
all else.
"""

import sys as _sys
from importlib import import_module as _import_module
from types import ModuleType as _ModuleType

from . import moved as _moved
from .version import __version__ as __version__

TYPE_CHECKING = False  # what type checkers take for true; importing typing would take longer than all else here
if TYPE_CHECKING:
    from .api import Benched as Benched
    from .api import Kernel as Kernel
    from .api import Planned as Planned
    from .api import Tuned as Tuned
    from .api import bench as bench
    from .api import generate as generate
    from .api import plan as plan
    from .api import tune as tune
    from .errors import ConvgenError as ConvgenError
    from .functional import conv1d as conv1d
    from .functional import conv2d as conv2d
    from .functional import conv3d as conv3d
    from .functional import conv_transpose1d as conv_transpose1d
    from .functional import conv_transpose2d as conv_transpose2d
    from .functional import conv_transpose3d as conv_transpose3d
    from .layer.chain import Chain as Chain
    from .layer.spec import ConvSpec as ConvSpec
    from .machine.target import Target as Target
    from .networks import load_network as load_network
    from .plan.plan import Plan as Plan
    from .run.arrays import empty as empty
    from .run.conv import Conv as Conv
    from .run.networks import Network as Network
    from .verification.report import Report as Report
    from .verification.report import verify as verify
del TYPE_CHECKING

# public name -> module that defines it; loaded at first use, so that `import convgen` stays instant
_PUBLIC = {
    "Benched": "api",
    "Chain": "layer.chain",
    "Conv": "run.conv",
    "ConvSpec": "layer.spec",
    "ConvgenError": "errors",
    "Kernel": "api",
    "Network": "run.networks",
    "Plan": "plan.plan",
    "Planned": "api",
    "Report": "verification.report",
    "Target": "machine.target",
    "Tuned": "api",
    "bench": "api",
    "conv1d": "functional",
    "conv2d": "functional",
    "conv3d": "functional",
    "conv_transpose1d": "functional",
    "conv_transpose2d": "functional",
    "conv_transpose3d": "functional",
    "empty": "run.arrays",
    "generate": "api",
    "load_network": "networks",
    "plan": "api",
    "tune": "api",
    "verify": "verification.report",
}

__all__ = list(_PUBLIC)

_sys.meta_path.append(_moved.Finder)


_MODULES = ("onnx", "tflite", "torch")  # for users, who may or may not have what they need


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return _import_module(f".{name}", __name__)
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_moved.hint(name)}")
    return getattr(_import_module(f".{_PUBLIC[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(_ModuleType):
    """This package. Its `plan` is the function, whatever has been imported: Python would put the room of the same name
    in its place, which `from convgen.plan import …` finds all the same."""

    @property
    def plan(self) -> object:
        return __getattr__("plan")

    @plan.setter
    def plan(self, room: _ModuleType) -> None:
        pass


_sys.modules[__name__].__class__ = _Package
