"""What an algorithm returns: a program as data, which emit/ prints in C or OpenCL C.

A Program names its arrays' sizes, its phases and functions with typed parameters, the helpers it needs, and holds the
trees of emitted control flow: nodes, with affine index expressions whose constants are folded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from ..layer.spec import ConvSpec
from ..machine.isa import Isa
from .plan import Loop, Plan

Orders = Callable[[Plan], Iterator[tuple[Loop, ...]]]
Space = Literal["global", "local"]

UNPACKED = 2.2  # times the code of a statement for size, for speed, where a compiler finds nothing to pack
AROUND = 350  # bytes of code that every kernel has: NAME, NAME_tasks, NAME_task, what NAME_pack does but for its loops
HEAD = 150  # lines of text that every kernel has: its head comment, which compilers it suits, the same functions


class Parameter(NamedTuple):
    """Of a function: `type` is that of its value, or, with a space of addresses, of what it points to, which is
    constant unless `written`."""

    type: str
    name: str
    space: Space | None = None
    written: bool = False


def reads(type: str, name: str) -> Parameter:
    """A pointer to numbers in memory that the function reads."""
    return Parameter(type, name, "global")


def writes(type: str, name: str) -> Parameter:
    """A pointer to numbers in memory that the function writes."""
    return Parameter(type, name, "global", written=True)


def indices(names: Iterable[str]) -> tuple[Parameter, ...]:
    """Numbers of elements, rows, channels."""
    return tuple(Parameter("ptrdiff_t", name) for name in names)


def packing_parameters(spec: ConvSpec, row: Isa, packed: str) -> tuple[Parameter, ...]:
    """Of NAME_pack: the caller's arrays, of which a bias may be NULL, and the type of what it writes."""
    given = {array.role: array.element for array in spec.arrays if array.when == "pack"}
    weights, bias = given.pop("weights"), given.pop("bias", spec.arithmetic.bias)
    return (reads(row.named(weights), "weights"), reads(row.named(bias), "bias"),
            *(reads(row.named(element), role) for role, element in given.items()), writes(packed, "packed"))


class Phase(NamedTuple):
    """A step that must end before the next begins; its tasks may run in any order, on any thread.
    function takes `arguments`: of task, worker, input, packed, residual, output and workspace, those that it uses; of a
    stream in OpenCL, of state, samples and due too, or expressions of these in C. In OpenCL, work-groups of `items` may
    do a task together; then `shared` comes after these (if not told, task and all arrays but workspace): so many floats
    of local memory, a number or an expression in C."""

    function: str
    tasks: int
    what: str
    arguments: tuple[str, ...] = ()
    items: int = 1
    shared: int | str = 0


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What an algorithm's own templates print: each algorithm has one, and each field is a name in its templates."""

    @property
    def statements(self) -> int:
        """About how many statements of C its templates print, for those who estimate code; as often as a compiler makes
        code of them. 0 where nobody does."""
        return 0

    @property
    def printed(self) -> int:
        """The same, each once, however often a compiler makes code of it: about the lines of them."""
        return self.statements

    @property
    def looped(self) -> int:
        """How many of them stand in loops that compilers, told to make fast code, unroll and make vectors of."""
        return self.statements // 2

    @property
    def unpacked(self) -> int:
        """How many are written out for numbers that lie apart, which no compiler packs into vectors."""
        return 0

    @property
    def again(self) -> int:
        """How many compilers, told to make fast code, compile once more for calls that give them other numbers."""
        return 0


class Hot(NamedTuple):
    """The innermost loop of the largest micro-kernel, or all of what that sums, where it needs no loop."""

    function: str
    nodes: tuple[Node, ...]


class HotText(NamedTuple):
    """The same where a template prints it, from the program's view. operations: of the row, how often it has each."""

    function: str
    template: str
    operations: dict[str, int]


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What an algorithm makes of a plan.

    row: what its code computes with. template: prints it, from `view` and what emit/ gives all of them; pack: what is
    before, NAME_pack. phases: in order. parameters: of NAME_pack. packed, workspace, scratch: numbers of packed
    weights, and of workspace, shared by all workers and for each of them. packers: work-items that may share NAME_pack.
    helpers: functions of the rows that the templates call by name; what the rows' operations call is noted by `Rows`.
    barriers: whether the code has some (see Barrier). apart: whether micro-kernels are functions of their own for
    compilers too. capability: ten times the compute capability that an NVIDIA GPU
    must have; others emulate it. hot: where it spends its time; none of a plain loop nest. over_residual: whether the
    output may be the residual's own array: each number of the residual is read before its output is written, by the
    same task. packed_of, workspace_of: the rows of packed weights and of the numbers in workspace, where these are
    others than what is computed with. io: that of the caller's arrays, where it stores in a way of its own. long: the
    row that makes outputs of sums of products, where these become long, lane after lane, as the bias is added. stages:
    of a chain, the programs of its layers, which are printed before it, each with names of its own, but for `exports`,
    the functions of a layer that the chain calls. state: bytes of a stream's; in C such a program has no phases, and
    its template prints NAME itself. inner: the layer whose functions the phases call, which is printed before it.
    """

    row: Isa
    template: str
    pack: str
    view: View
    phases: tuple[Phase, ...]
    parameters: tuple[Parameter, ...]
    packed: int
    workspace: int = 0
    scratch: int = 0
    packers: int = 1
    helpers: tuple[str, ...] = ()
    barriers: bool = False
    apart: bool = False
    capability: int = 0
    hot: Hot | HotText | None = None
    over_residual: bool = True
    packed_of: Isa | None = None
    workspace_of: Isa | None = None
    io: Isa | None = None
    long: Isa | None = None
    state: int = 0
    stages: tuple[Program, ...] = ()
    exports: tuple[str, ...] = ()
    inner: Inner | None = None

    @property
    def code_bytes(self) -> int:
        """Of machine code, about, compiled for size; 0 where statements are not counted."""
        counted = self.row.code * self.view.statements
        return round(AROUND + counted) if counted else 0

    @property
    def fast_bytes(self) -> int:
        """The same compiled for speed, and at most: how much compilers make of loops, nobody can tell."""
        looped, unpacked = self.view.looped, self.view.unpacked
        side_by_side = self.view.statements - looped - unpacked
        around, written, in_loop = self.row.fast
        code = written * (side_by_side + self.view.again) + in_loop * looped
        code += min(written, UNPACKED * self.row.code) * unpacked
        return round(around + code) if self.code_bytes else 0


    @property
    def lines(self) -> int:
        """Of the text in C, about; 0 where statements are not counted."""
        return HEAD + self.view.printed if self.code_bytes else 0


class Inner(NamedTuple):
    """The program of a layer inside another, and its plan."""

    plan: Plan
    program: Program


class For(NamedTuple):
    """``for (ptrdiff_t var = begin; var < end; var += step) { body }`` with a comment before it."""

    var: str
    begin: str
    end: str
    step: int
    comment: str
    body: list[Node]
    kind: str = "for"

    @property
    def advance(self) -> str:
        return f"++{self.var}" if self.step == 1 else f"{self.var} += {self.step}"


class Block(NamedTuple):
    """``{ body }``: a scope of its own."""

    body: list[Node]
    kind: str = "block"


class Let(NamedTuple):
    """``type name = value;``; the type ends where the name begins ("const float *")."""

    type: str
    name: str
    value: str
    kind: str = "let"


class If(NamedTuple):
    """``if (condition) { body } else { otherwise }``, the latter where there is something."""

    condition: str
    body: list[Node]
    otherwise: list[Node] | tuple[()] = ()
    kind: str = "if"


class Statement(NamedTuple):
    """A statement as it stands, with its semicolon."""

    text: str
    kind: str = "statement"


class Call(NamedTuple):
    """``function(args);``"""

    function: str
    args: list[str]
    kind: str = "call"


class Advance(NamedTuple):
    """``pointer += by;``"""

    pointer: str
    by: int
    kind: str = "advance"


class Load(NamedTuple):
    """``const vector name = value;``, an operation of a row of the ISA table; not const where the name is
    assigned to later. instructions: that it takes, about."""

    name: str
    value: str
    const: bool = True
    instructions: int = 1
    kind: str = "load"

    @property
    def qualifier(self) -> str:
        return "const " * self.const


class Fma(NamedTuple):
    """``acc = a * b + acc;``, where a condition in C holds (empty: always)."""

    acc: str
    a: str
    b: str
    when: str = ""
    kind: str = "fma"


class Barrier(NamedTuple):
    """``RELOAD;``: a compiler may read no memory again that it has read before."""

    kind: str = "barrier"


class Prefetch(NamedTuple):
    """Asks for a line of memory that a later tile reads, in C; one behind the array is not read."""

    text: str
    kind: str = "prefetch"


Step = list[Load | Fma | Barrier | Prefetch]  # one term of the sum, for a whole register tile


class Steps(NamedTuple):
    """Straight-line terms; what a step loads is for that step alone, unless shared with what follows."""

    steps: list[Step]
    comment: str = ""
    shared: bool = False
    kind: str = "steps"


TAPS = (Loop("kd", 1), Loop("kh", 1), Loop("kw", 1), Loop("ic", 1))  # a reduction, taps outermost

Node = For | Block | If | Statement | Let | Call | Advance | Steps | Barrier


def nodes_of(tree: list[Node]) -> Iterator[Node | Load | Fma | Prefetch]:
    """Every node of a tree, those inside others and the terms of sums too."""
    for node in tree:
        yield node
        if isinstance(node, For | Block | If):
            yield from nodes_of(node.body)
        if isinstance(node, If):
            yield from nodes_of([*node.otherwise])
        elif isinstance(node, Steps):
            for step in node.steps:
                yield from step


def statements(tree: list[Node]) -> int:
    """Statements that a tree prints; a loop is three, one to begin, one to end and one to go on."""
    total = 0
    for node in tree:
        if isinstance(node, Steps):
            total += sum(_instructions(one) for step in node.steps for one in step)
        elif isinstance(node, For):
            total += 3 + statements(node.body)
        elif isinstance(node, Block):
            total += statements(node.body)
        elif isinstance(node, If):
            total += 1 + statements(node.body) + statements([*node.otherwise])
        else:
            total += not isinstance(node, Barrier)
    return total


def _instructions(item: Load | Fma | Barrier | Prefetch) -> int:
    return item.instructions if isinstance(item, Load) else not isinstance(item, Barrier)


def lines_of(tree: list[Node]) -> int:
    """Lines that a tree prints, about."""
    total = 0
    for node in tree:
        if isinstance(node, Steps):
            total += bool(node.comment) + sum(len(step) + 2 * (not node.shared) for step in node.steps)
        elif isinstance(node, For):
            total += 2 + bool(node.comment) + lines_of(node.body)
        elif isinstance(node, Block):
            total += 2 + lines_of(node.body)
        elif isinstance(node, If):
            total += 2 + lines_of(node.body) + bool(node.otherwise) + lines_of([*node.otherwise])
        else:
            total += 1
    return total


def loop(var: str, count: str, nodes: list[Node]) -> list[Node]:
    """A loop around the nodes; the nodes alone where it would run once."""
    return nodes if count == "1" else [For(var, "0", count, 1, "", nodes)]


def operand(term: str, factor: int) -> str:
    """A term as an operand: a sum that is multiplied stands in parentheses."""
    return f"({term})" if factor != 1 and " " in term else term


def affine(base: str, *terms: tuple[str, int] | int) -> str:
    """``affine("x", ("oh", 58), ("ow", 1), 3)`` is ``x + oh * 58 + ow + 3``; zero terms vanish."""
    text, constant = [base] if base else [], 0
    for term in terms:
        if isinstance(term, int):
            constant += term
        elif term[0] and term[1]:
            text.append(term[0] if term[1] == 1 else f"{term[0]} * {term[1]}")
    if not text:
        return str(constant)
    if constant:
        text.append(str(abs(constant)))
        return " + ".join(text[:-1]) + (" + " if constant > 0 else " - ") + text[-1]
    return " + ".join(text)


def unrank(loops: list[tuple[str, int, str]]) -> list[tuple[str, str, str]]:
    """C expressions for the loop variables of task number `task`; the last loop runs fastest.

    loops: (variable, trips, comment), outermost first; loops of one trip need no variable.
    """
    places: list[tuple[str, str, str]] = []
    below, left = 1, [loop for loop in loops if loop[1] > 1]
    for index in reversed(range(len(left))):
        name, trips, comment = left[index]
        value = "(ptrdiff_t)task" + (f" / {below}" if below > 1 else "") + (f" % {trips}" if index else "")
        places.insert(0, (name, value, comment))
        below *= trips
    return places


# whether the next of what work-items do in turns is this one's
IN_TURN = "turn++ % get_global_size(0) == get_global_id(0)"


def a_tile_an_item(orders: Orders) -> Orders:
    """On a GPU every turn of the loops around a register tile is a task, and a task a work-item's: those loop
    orders in which each dimension is cut once. Elsewhere, the orders as they are."""
    @functools.wraps(orders)
    def spread(plan: Plan) -> Iterator[tuple[Loop, ...]]:
        if not plan.target.is_gpu:
            yield from orders(plan)
            return
        found = dict[tuple[Loop, ...], None]()
        for loops in orders(plan):
            outer = [loop for loop in loops if loop not in TAPS and loop.dim != "ic"]
            if len({loop.dim for loop in outer}) == len(outer) and loops[: len(outer)] == tuple(outer):
                tasks = [msgspec.structs.replace(loop, bind="task") for loop in outer]
                found[(*tasks, *loops[len(outer) :])] = None
        yield from found
    return spread
