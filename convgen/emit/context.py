"""The names that templates may use, as typed views."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..layer import call
from ..layer.activation import Activation
from ..layer.rounding import Rule
from ..layer.spec import ConvSpec
from ..machine.isa import Isa
from ..plan.kernel import Function
from ..plan.program import Node, Parameter, Phase, View
from .sizes import Sizes


class Common(View, frozen=True, kw_only=True):
    """What the templates of every algorithm may print, beside the algorithm's own view.

    isa: operations on sums; io: on the caller's input and output; result: on what is stored in the output, before it
    is; packed_of, workspace_of: on packed weights, and on the numbers in workspace; long: on sums of the layer,
    where those of products are shorter.
    rule, low, high: of quantised outputs, how a sum becomes one, and the ends that it is cut to before the zero point
    is added.
    parameters_of: those of a phase's function. declared: parameters as the dialect writes them. entry, apart, inline,
    always, constant, unrolled, u64, bits_of: see Language.
    owner: the number by which a state is known to be a stream's own. private: takes the name of a function that this
    file defines for itself, and gives it back: the file then maps it to one that nothing else has, while the
    algorithm's functions are printed.
    """

    name: str
    spec: ConvSpec
    isa: Isa
    io: Isa
    result: Isa
    long: Isa | None
    packed_of: Isa
    workspace_of: Isa
    rule: Rule
    low: int
    high: int
    act: Activation
    phases: tuple[Phase, ...]
    parameters: tuple[Parameter, ...]
    parameters_of: Callable[[Phase], tuple[Parameter, ...]]
    declared: Callable[[Iterable[Parameter]], str]
    c_float: Callable[[float], str]
    lanes_of: Callable[..., str]
    affine: Callable[..., str]
    entry: str
    apart: str
    inline: str
    always: str
    constant: str
    unrolled: str
    u64: str
    bits_of: tuple[str, ...]
    owner: int
    private: Callable[[str], str]


class Loops(View, frozen=True, kw_only=True):
    """What prints a part of a tree by itself."""

    nodes: tuple[Node, ...]
    isa: Isa


class Words(View, frozen=True, kw_only=True):
    """What lets C read OpenCL C. numbers: functions that make floats of words, and words of floats."""

    numbers: tuple[str, ...]


class Document(View, frozen=True, kw_only=True):
    """What a kernel's own file and its header print.

    head, contract: lines of the comments at the top. body, helpers: the algorithm's functions, and those of the rows.
    privates: the names of both, and what each is mapped to.
    instructions, elsewhere, missing, needs: see file.c.j2. barriers: whether RELOAD is used. arguments: of a call.
    contents: what is packed, in words. slices: what arrays that are slices of larger tensors are, in lines. overlap:
    which arrays may share memory with the output.
    """

    name: str
    version: str
    head: list[str]
    contract: list[str]
    isa: Isa
    body: str
    helpers: tuple[str, ...]
    privates: dict[str, str]
    barriers: bool
    phases: tuple[Phase, ...]
    arguments: list[str]
    sizes: Sizes
    contents: str
    slices: list[str]
    overlap: list[str]


class CDocument(Document, frozen=True, kw_only=True):
    """NAME.c and NAME.h.

    title: a layer, or a chain of some; subject: what the macros of extents are of.

    contracted: whether a compiler may fuse a product and its sum. ordered, unvectorised: what the row says of gcc.
    apart: whether APART is used. unfit: what other compilers say than gcc and clang that lack the instructions.
    refused, refusal: see the row's refuses. includes: the header's own. numbers: what those of the caller's arrays are,
    where their type does not say so. pack_parameters, call_parameters: of NAME_pack and of NAME. calls: of the
    functions of phases. shared: whether NAME starts threads, where it is built with OpenMP. unused: parameters of
    NAME_task that no phase takes. block: how the arrays of a stream's block lie, in lines.
    """

    title: str
    subject: str
    contracted: bool
    instructions: str
    refused: str
    refusal: str
    elsewhere: str
    missing: str
    missing_msvc: str
    needs: str
    apart: bool
    ordered: bool
    unvectorised: bool
    unfit: str
    includes: tuple[str, ...]
    numbers: list[str]
    pack_parameters: tuple[call.Parameter, ...]
    call_parameters: tuple[call.Parameter, ...]
    calls: list[str]
    shared: bool
    unused: list[str]
    block: list[str]


class OpenCLDocument(Document, frozen=True, kw_only=True):
    """NAME.cl, NAME_opencl.h and NAME_opencl.c.

    source: the text of NAME.cl, once it is printed. cached: workers whose scratch stays in a CPU's caches. warp:
    work-items of a group that do tasks of their own. reused: whether a run uses memory of the one before.
    packing: the kernel that packs, if there is anything to; launched: those of the phases.
    packed_from: what packing takes from the caller; from_host: as arrays of the host, declared. buffers: (name, macro
    of its size) of a run's. taken: what NAME_enqueue takes behind layer and queue, declared, by name; numbers: what
    kernels take beside memory, in the host's C. unused: of each phase, the parameters that its function does not take.
    block: how the arrays of a stream's block lie, in lines; empty: the number that its past begins with.
    """

    source: str
    spec: ConvSpec
    reused: bool
    kernel_parameters: list[str]
    extensions: tuple[str, ...]
    flags: tuple[str, ...]
    packing: Function | None
    launched: tuple[Function, ...]
    from_host: list[str]
    warp: int
    cached: int
    packed_from: tuple[call.Parameter, ...]
    buffers: dict[str, str]
    taken: dict[str, str]
    numbers: list[str]
    unused: list[list[str]]
    block: list[str]
    empty: int
