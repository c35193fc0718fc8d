"""Plan → Kernel: the texts of its files. The only importer of jinja2."""

from __future__ import annotations

import functools
import math
import re
import struct
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import jinja2
import msgspec

from .. import __version__
from ..algorithms import ALGORITHMS, form
from ..errors import InputError
from ..layer.activation import stated_error
from ..layer.names import check_name, check_origin
from ..layer.spec import ConvSpec
from ..machine.isa import Dialect, Isa
from ..machine.rows import stored
from ..machine.target import SCRATCH, WARP
from ..plan.bound import Bound
from ..plan.plan import Plan, kernel_name
from ..planner.describe import bound_text, command, describe, plan_lines

if TYPE_CHECKING:
    from ..run.native import Conv
    from ..run.opencl import Conv as DeviceConv




class Language(msgspec.Struct, frozen=True):
    """What a dialect changes. files: for each field of Kernel that holds a text, what follows NAME in the name of its
    file, and the template. entry: what precedes a function that the caller calls; apart: one that is not to be
    inlined, for inner loops that would spill what lives around them; unrolled: a loop whose turns are to load side by
    side, where compilers do not see to that unasked. flags: of every build.
    spelling, extensions: patterns, and what to write, or to ask of the device, for them."""

    files: dict[str, tuple[str, str]]
    entry: str = ""
    apart: str = ""
    unrolled: str = ""
    flags: tuple[str, ...] = ()
    spelling: tuple[tuple[str, str], ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()

    def spell(self, text: str) -> str:
        for pattern, replacement in self.spelling:
            text = re.sub(pattern, replacement, text)
        return text

    def needed(self, text: str) -> tuple[str, ...]:
        """The extensions that code needs, whatever its comments say."""
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        return tuple(name for pattern, name in self.extensions if re.search(pattern, code))


LANGUAGES: dict[Dialect, Language] = {
    "c": Language({"source": (".c", "common/file.c.j2"), "header": (".h", "common/file.h.j2")}),
    # whatever a kernel points to is the caller's; only NAME.cl says so in every declaration
    "opencl": Language(
        {"source": (".cl", "opencl/file.cl.j2"), "header": ("_opencl.h", "opencl/host.h.j2"),
         "host": ("_opencl.c", "opencl/host.c.j2")},
        "__kernel ", "__attribute__((noinline)) ", "#pragma unroll", ("-cl-std=CL1.2",),
        ((r"(?<!__local )(?<!__private )(?<!__global )\b(float|half|ushort|void) \*", r"__global \1 *"),
         (r"\bstatic const\b", "const"), (r"\bstatic inline\b", "static")),
        ((r"\bdouble\b", "cl_khr_fp64"), (r"\bhalf\d+\b", "cl_khr_fp16"))),
}


class Function(msgspec.Struct, frozen=True):
    """A __kernel of NAME.cl: its arguments as declared, the tasks that workers share, the work-items of a worker."""

    name: str
    arguments: tuple[str, ...]
    tasks: int
    items: int


HOST_TYPES = {"float": "float", "half": "cl_half"}  # what a type of OpenCL C is called in the host's C

CALLED = re.compile(r"\b\w+(?=\()")


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """Generated C: the texts of NAME.c and NAME.h, the plan behind them, the bytes its arrays take. phases: the
    number of tasks of each. For OpenCL: of NAME.cl and NAME_opencl.h, host: of NAME_opencl.c; functions: what NAME.cl
    defines, packing first; extensions: what the device must have; items: work-items that do a task of each phase
    together; packers: work-items that may share NAME_pack."""

    name: str
    source: str
    header: str
    plan: Plan
    bound: Bound
    phases: tuple[int, ...]
    items: tuple[int, ...] = ()
    packers: int = 1
    packed_bytes: int
    workspace_bytes: int  # shared by all threads
    scratch_bytes: int  # for each thread, behind that
    flags: tuple[str, ...]
    origin: str = ""  # where the plan was measured to be the best; empty when the cost model chose it
    host: str = ""
    functions: tuple[Function, ...] = ()
    extensions: tuple[str, ...] = ()

    @property
    def files(self) -> dict[str, str]:
        """Name and text of each, the kernel's own first."""
        language = LANGUAGES[self.plan.target.row.dialect]
        return {self.name + ending: getattr(self, field) for field, (ending, _) in language.files.items()}

    @property
    def spec(self) -> ConvSpec:
        return self.plan.spec

    def compile(self, cc: str | None = None, opt: str = "O3", device: str | None = None) -> Conv | DeviceConv:
        """Build and load: by a C compiler, or on an OpenCL device, the target's unless another is named.
        MissingToolError when there is none."""
        if self.plan.target.device is not None:
            from ..run.opencl import compile as build_there

            return build_there(self, device)
        from ..run.native import compile as build

        return build(self, cc=cc, opt=opt)

    def load(self, where: str) -> Conv | DeviceConv:
        """A kernel that was compiled before, at conv.where."""
        if self.plan.target.device is not None:
            return self.compile(device=where)
        from ..run.native import load

        return load(self, where)




def render(plan: Plan, name: str | None = None, origin: str = "") -> Kernel:
    """Print a plan. The same plan (and name, and origin) gives the same bytes. InputError when the
    plan is illegal."""
    if plan.algorithm not in ALGORITHMS:
        raise InputError(f"algorithm must be one of {', '.join(ALGORITHMS)} (algorithm={plan.algorithm!r})")
    algorithm = form(plan)
    reason = algorithm.check(plan)
    if reason:
        raise InputError(f"plan: {reason}")
    check_origin(origin)
    chosen = name
    name = kernel_name(plan) if chosen is None else check_name(chosen)
    spec, act = plan.spec, plan.spec.act
    io = stored(plan.target.row, spec.dtype)
    bound = Bound(algorithm.roundings(plan), *stated_error(act), algorithm.amplification(plan),
                  plan.target.row.arithmetic, spec.dtype)
    inputs = ["input", "packed", *(["residual"] if spec.residual else [])]
    types = dict.fromkeys((*inputs, "output"), io.scalar)
    types |= dict.fromkeys(("packed", "workspace"), plan.target.row.scalar)
    language = LANGUAGES[plan.target.row.dialect]
    context: dict[str, Any] = {
        "isa": plan.target.row,
        "entry": language.entry,
        "apart": language.apart,
        "unrolled": language.unrolled,
        "name": name,
        "version": __version__,
        "plan": plan,
        "spec": spec,
        "act": act,
        "params": [c_float(value) for value in act.params],
        "bound": bound,
        "c_float": c_float,
        "lanes_of": lanes_of,
        "task_parameters": ["size_t task", "int worker", *(f"const {types[a]} *{a}" for a in inputs),
                            *(f"{types[a]} *{a}" for a in ("output", "workspace"))],
        "parameters": [*(f"const {'void' if a == 'packed' else types[a]} *{a}" for a in inputs),
                       f"{types['output']} *output", "void *workspace"],
        "kernel_parameters": [*(f"__global const {types[a]} *restrict {a}" for a in inputs),
                              *(f"__global {types[a]} *restrict {a}" for a in ("output", "workspace"))],
        "arguments": [*inputs, "output", "workspace"],
        **algorithm.view(plan),
    }
    isa: Isa = context["isa"]
    context["io"] = io = stored(isa, spec.dtype)  # for the caller's arrays; isa for packed weights and workspace
    environment = templates()
    body = environment.get_template(algorithm.TEMPLATE).render(context)
    workspace, scratch = (isa.itemsize * floats for floats in algorithm.workspace_floats(plan))
    packed = isa.itemsize * algorithm.packed_floats(plan)
    context |= {
        "body": language.spell(body),
        "helpers": [language.spell(text) for text in _helpers(isa.helpers | io.helpers, body)],
        "instructions": isa.target,
        "needs": " and ".join(isa.requires) + f", as with {' '.join(isa.flags)}" * bool(isa.flags),
        "missing": " || ".join(f"!defined({macro})" for macro in isa.requires),
        "head": _head(plan, chosen, origin, context["phases"], bound, packed, workspace),
        "contract": _contract(spec, bound),
        "sizes": [("INPUT", spec.itemsize * math.prod(spec.input_shape)),
                  ("WEIGHTS", spec.itemsize * math.prod(spec.weights_shape)),
                  ("BIAS", spec.itemsize * spec.oc * spec.bias),
                  ("PACKED", packed),
                  ("OUTPUT", spec.itemsize * math.prod(spec.output_shape))],
        "workspace_bytes": workspace,
        "scratch_bytes": scratch,
        "packers": context.get("packers", 1),
        "flags": (*language.flags, *isa.flags),
        "host_type": HOST_TYPES[io.scalar],
        "warp": WARP,
        "cached": SCRATCH // scratch if scratch else max(phase.tasks for phase in context["phases"]),
        "buffers": {a: "OUTPUT" if a == "residual" else a.upper() for a in (*inputs, "output") if a != "packed"},
    }
    source = tidy(environment.get_template(language.files["source"][1]).render(context))
    context |= {
        "source": source,
        "functions": _functions(context, source) if language.entry else (),
        "extensions": language.needed(source),
    }
    texts = {field: tidy(environment.get_template(template).render(context))
             for field, (_, template) in language.files.items() if field != "source"}
    return Kernel(
        name=name,
        source=source,
        **texts,
        plan=plan,
        bound=bound,
        phases=tuple(phase.tasks for phase in context["phases"]),
        items=tuple(phase.items for phase in context["phases"]) if isa.dialect == "opencl" else (),
        packers=context["packers"],
        packed_bytes=packed,
        workspace_bytes=workspace,
        scratch_bytes=scratch,
        flags=context["flags"],
        origin=origin,
        functions=context["functions"],
        extensions=context["extensions"],
    )


def _functions(context: dict[str, Any], source: str) -> tuple[Function, ...]:
    """NAME_pack, then NAME_0 and so on, one for each phase."""
    name, packing = context["name"], (context["packers"], 1)
    work = {"pack": packing} | {str(at): (phase.tasks, phase.items) for at, phase in enumerate(context["phases"])}
    found = {what: re.search(rf"\b{name}_{what}\(([^)]*)\)", source) for what in work}
    return tuple(Function(f"{name}_{what}", tuple(match[1].split(", ")), *work[what])
                 for what, match in found.items() if match)


@functools.cache
def templates() -> jinja2.Environment:
    """The environment of templates/: inside the wheel, or the repository's folder when editable."""
    here = Path(__file__).resolve().parents[1]
    folder = next((p for p in (here / "templates", here.parent / "templates") if p.is_dir()), None)
    if folder is None:
        raise InputError(f"the folder of templates must exist (looked beside {here})")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        line_statement_prefix="%",
        variable_start_string="${",
        variable_end_string="}",
        autoescape=False,
    )
    environment.filters["chomp"] = lambda text: text.rstrip("\n")
    environment.filters["c_strings"] = c_strings
    return environment


def tidy(text: str) -> str:
    """No trailing blanks, at most one empty line in a row and none at the top of a block, one newline at the end."""
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\{\n{2,}", "{\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _helpers(helpers: dict[str, str], body: str) -> list[str]:
    """The helpers that the body calls, and those that these call; a helper stands behind those it calls."""
    called = set(CALLED.findall(body))
    found: list[str] = []
    for helper, text in reversed(helpers.items()):
        if helper in called:
            called |= set(CALLED.findall(text))
            found.insert(0, text)
    return found


def lanes_of(row: Isa, operation: Literal["load", "store"], valid: int, p: str, a: str = "") -> str:
    """A load or store of a whole vector, or of its first `valid` lanes when valid is not 0."""
    if operation == "load":
        return row.load_part(p, 0, valid) if valid else row.load(p)
    return row.store_tail(p, a, valid) if valid else row.store(p, a)


def c_float(value: float) -> str:
    """A C literal of the f32 nearest to value: ``0.1f``, ``-1.0f``, ``1e-05f``."""
    nearest = struct.unpack("f", struct.pack("f", value))[0]
    text = f"{nearest:.9g}"
    return f"{text}f" if any(c in text for c in ".e") else f"{text}.0f"


def c_strings(text: str) -> list[str]:
    """Text as C string literals, one a line, and more for a line that is longer than a literal may be."""
    escapes = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "?": r"\?"})  # two ? may begin a trigraph
    return [f'"{piece.translate(escapes)}"' for piece in re.findall(r"[^\n]{0,2000}\n|[^\n]{1,2000}", text)]




def _head(plan: Plan, name: str | None, origin: str, phases: list[Any], bound: Bound, packed: int,
          workspace: int) -> list[str]:
    """Lines of NAME.c's head comment: the layer, the command, the plan, the costs, the bound."""
    spec = plan.spec
    lines = [
        *_labelled("Layer", describe(spec)),
        *_labelled("Command", [command("generate", plan, name)]),
        *_labelled("Plan", plan_lines(plan)),
        *(_labelled("Choice", textwrap.wrap(f"by measurement (convgen tune) on {origin}", 90))
          if origin else []),
        f"Tasks     {', then '.join(f'{phase.tasks} ({phase.what})' for phase in phases)}",
        f"Cost      {spec.macs} multiply-adds; at least {spec.bytes} bytes moved;"
        f" {packed} bytes packed, {workspace} of workspace",
    ]
    lines += textwrap.wrap("Bound     " + bound_text(spec, bound), 100, subsequent_indent=" " * 10)
    return [f" {line}".rstrip() for line in lines]


def _labelled(label: str, lines: list[str]) -> list[str]:
    """Lines in a column behind a label."""
    return [f"{label if not index else '':<10}{line}" for index, line in enumerate(lines)]


def _contract(spec: ConvSpec, bound: Bound) -> list[str]:
    lines = describe(spec)
    lines += textwrap.wrap(bound_text(spec, bound), 100)
    return [f" {line}" for line in lines]
