"""What a proof knows of a layer, as C++ data: from its spec and the header of its file alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ...layer.activation import Activation
from ...layer.array import Array
from ...layer.element import F32, Element, c_float
from ...layer.outline import numbered
from ...layer.spec import BY_INPUT, ConvSpec
from ...layer.stream import whole
from ...plan.bound import Bound

WORKERS = 3
HEADERS = ("immintrin.h", "arm_neon.h", "wasm_simd128.h")  # of machines
FACTORS = ("input", "weights", "output_gradient")
COUNTED = (*FACTORS, "slopes", "scale")  # arrays whose magnitudes are bounds' units
ADDENDS = ("bias", "residual")
POOLS = {"max-pool": "LARGEST", "average-pool": "AVERAGE"}
CLIPS = {"relu": (0.0,), "relu6": (0.0, 6.0)}  # lower and upper ends


class Subject(NamedTuple):
    """What is proven: the texts of a kernel's file and header, and what they are said to be."""

    name: str
    source: str
    header: str
    spec: ConvSpec
    bound: Bound

    @property
    def opencl(self) -> bool:
        """Whether the file is OpenCL's, whose header is of a program in C that runs it."""
        return re.search(r"^__kernel\b", self.source, re.MULTILINE) is not None


class Embedded(NamedTuple):
    """A file that has a kernel's weights inside, as the kernel reads them: its texts, and the kernel's."""

    name: str
    source: str
    header: str
    kernel: Subject


def misstated(subject: Subject) -> str:
    """How a size that the header states is not that of the layer's array, or which function it does not declare; empty
    where there is nothing to tell."""
    for array in subject.spec.arrays:
        macro = f"{subject.name}_{array.role.upper()}_BYTES"
        found = re.search(rf"^#define {macro} (\d+)$", subject.header, re.MULTILINE)
        if not found or int(found[1]) != array.bytes:
            return f"wrong: {macro} of the header, {found[1] if found else 'not there'}, expected {array.bytes}"
    for function in _functions(subject):
        if not re.search(rf"^\w+ {function}\([^)]*\);", subject.header, re.MULTILINE):
            return f"wrong: the header declares no {function}"
    return ""


def _functions(subject: Subject) -> list[str]:
    """That a header declares; of packing, a kernel that packs nothing has none."""
    ends = ["_reset"] if subject.spec.streamed else ["_tasks", "_task"]
    packs = ["_pack"] * (f"{subject.name}_PACKED_BYTES" in subject.header)
    return [subject.name + end for end in ("", *packs, *ends)]


ALIGN = 128  # bytes, of OpenCL's buffers: the least that it allows a device
# of a stream, what a call and all calls take and give: Tensors of blocks.h, and roles
BLOCKS = (("BLOCK", "TAKES", "input"), ("GIVES", "MAKES", "output"), ("ADDED", "ADDS", "residual"))


class Spaces(NamedTuple):
    """What a kernel has beside the layer's arrays: of each, its bytes and alignment, in C; and of workspace, the bytes
    that all workers share."""

    sizes: dict[str, str]
    align: str
    shared: str
    workers: int = WORKERS


class Places(NamedTuple):
    """Arrays as a run has them. layer: what they are all together, of a stream all of its samples. rows: of GIVEN, the
    first `own` of them the caller's. slots: their numbers by role; called: of those that a call takes."""

    layer: ConvSpec
    rows: list[str]
    own: int
    slots: dict[str, int]
    called: dict[str, int]
    lines: list[str]


def spaces(subject: Subject) -> Spaces:
    """Of a file in C, by the macros of its header."""
    name, size = subject.name, f"{subject.name}_WORKSPACE_BYTES"
    roles = {"packed": f"{name}_PACKED_BYTES", "workspace": f"{size}(WORKERS)", "state": f"{name}_STATE_BYTES"}
    sizes = {role: text for role, text in roles.items() if text.partition("(")[0] in subject.header}
    return Spaces(sizes, f"{name}_ALIGN", f"(2 * {size}(1) - {size}(2))")


def places(subject: Subject, spaces: Spaces) -> Places:
    """The arrays of a layer, those of a call of a stream, and spaces."""
    spec = subject.spec
    layer = whole(spec, samples(spec)) if spec.streamed else spec
    align = ALIGN if subject.opencl else 0
    rows = [_given(array, align) for array in layer.arrays]
    slots: dict[str, int] = {array.role: slot for slot, array in enumerate(layer.arrays)}
    called, lines = dict(slots), list[str]()
    if spec.streamed:
        arrays, wholes = ({str(array.role): array for array in of.arrays} for of in (spec, layer))
        for tensor, whole_tensor, role in BLOCKS:
            if (array := arrays.get(role)) is None:
                lines.append(f"static const Tensor {tensor} = {{-1}}, {whole_tensor} = {{-1}};")
                continue
            lines.append(f"static const Tensor {tensor} = {image(spec, array, len(rows))},"
                         f" {whole_tensor} = {image(layer, wholes[role], slots[role])};")
            called[role] = len(rows)
            rows.append(_given(array, align, f"{role} of a block"))
    own, cell = len(rows), 1 if spec.arithmetic.exact else 4
    for role, size in spaces.sizes.items():
        slots[role] = called[role] = len(rows)
        step = spec.arithmetic.input.bytes if role == "state" else cell
        rows.append(given(role, size, step, spaces.align, role != "packed"))
    return Places(layer, rows, own, slots, called, lines)


def constants(subject: Subject, at: Places, spaces: Spaces, phases: int | str) -> list[str]:
    """What headers of all runs ask for, as macros."""
    spec, streamed = subject.spec, subject.spec.streamed
    runs = "items.h" if subject.opencl else "blocks.h" if streamed else "phases.h"
    values: dict[str, int | str] = {
        **{role.upper(): at.slots.get(role, -1) for role in ("packed", "workspace", "output", "bias_gradient")},
        "ARRAYS": len(at.rows), "OWN": at.own, "LAYER": len(spec.arrays), "WORKERS": spaces.workers,
        "PHASES": 1 if streamed and not subject.opencl else phases, "RUNS": f'"{runs}"', "SHARED": spaces.shared}
    if streamed:
        values |= {"STREAM": spec.iw, "STEP": spec.sw, "STATE": at.slots["state"]}
    return [f"#define {key} {value}" for key, value in values.items()]


def program(subject: Subject) -> str:
    """The C++ around a kernel's file of floats."""
    name, extra = subject.name, spaces(subject)
    at = places(subject, extra)
    computed = layers(subject, at)
    return "\n".join([
        *before(subject, "vectors.h"), f'#include "{name}.c"', *called(subject, at.called), *AFTER,
        *constants(subject, at, extra, f"{name}_PHASES"),
        "static const Given GIVEN[ARRAYS] = {", *at.rows, "};", *computed, *at.lines, '#include "run.h"', ""])


AFTER = [f"#undef {word}" for word in ("float", "double", "half", "uint16_t", "short", "int8_t", "char")]


def before(subject: Subject, vectors: str) -> list[str]:
    """What a file of floats is compiled behind."""
    headers = ("field.h", "memory.h", vectors, "macros.h")
    return [f"#define UNIT {unit(subject.spec)}", *(f'#include "{file}"' for file in headers), *_conversions(subject)]


def unit(spec: ConvSpec) -> int:
    """The bytes that a cell stands for: of the layer's shortest numbers."""
    return min((element.bytes for element in _narrow(spec)), default=F32.bytes)


def samples(spec: ConvSpec) -> int:
    """Of a stream that is proven: what its state holds of the past has been overwritten twice."""
    return 2 * (spec.left + spec.iw) + spec.iw // 2 + 3


def _given(array: Array, align: int, name: str = "") -> str:
    """A row of GIVEN, of one of the layer's arrays; align: in bytes, or 0, that of its numbers."""
    own = array.element.bytes
    return given(name or array.role, array.bytes, own, align or own, array.written,
                 array.role.rstrip("0123456789") in COUNTED, array)


def given(name: str, size: int | str, cell: int, align: int | str, written: bool = False, counted: bool = False,
          array: Array | None = None) -> str:
    """A row of GIVEN. size: in bytes."""
    shape, strides = (array.shape, array.strides) if array else ((), ())
    return (f'    {{"{name}", {size}, {cell}, {align}, {str(written).lower()}, {int(counted)},'
            f" {_row(shape, 1, 5)}, {_row(strides, 0, 5)}}},")


def _row(numbers: Sequence[int], rest: int, count: int) -> str:
    """Numbers in braces, filled up with others."""
    return f"{{{', '.join(map(str, [*numbers, *[rest] * (count - len(numbers))]))}}}"


# --- the convolution ---


def layers(subject: Subject, at: Places) -> list[str]:
    """LAYERS, one or those of a chain, with their activations; rows of what each gives the next are added."""
    spec, slots, bounds = at.layer, at.slots, [*(subject.bound.before or ()), subject.bound]
    lines, table = list[str](), list[str]()
    own, made = slots, slots.get("input", -1)
    for number, (part, bound) in enumerate(zip(spec.parts, bounds, strict=True)):
        if spec.chained:
            own = {role: slots.get(numbered(role, number), -1) for role in ("weights", "bias", "slopes", "scale")}
            own |= {"input": made, "output": slots["output"]}
            if part is spec.parts[-1]:
                own["residual"] = slots.get("residual", -1)
            else:
                (array,) = (array for array in part.arrays if array.role == "output")
                own["output"] = made = len(at.rows)
                at.rows.append(_given(array, 0, f"output of layer {number}"))
        # of norms, the amplification is no bound of magnitudes; what is taken of a window is no larger than that has
        magnitude = "__builtin_inf()" if bound.norms is True else \
            repr(float(bound.amplification * (1 if part.pooled else part.terms)))
        lines += _activation(part, own, f"activated{number}")
        added = ", ".join(str(own.get(role, -1)) for role in ADDENDS)
        table.append(f"    {{{_sum(part, own)}, {{{added}}}, {bound.roundings}, {magnitude}, activated{number},"
                     f" {POOLS.get(part.operation, 0)}, {own.get('scale', -1)}}},")
    factors = _row([slots[role] for role in FACTORS if role in slots], -1, 2)
    return [*lines, "static const Layer LAYERS[] = {", *table, "};", f"static const int FACTORS[2] = {factors};"]


def _sum(spec: ConvSpec, slots: dict[str, int]) -> str:
    """X, Y, W, which of them is summed, and how places meet. Y is on the side of the outputs of a forward layer: of a
    transposed one, or the gradient of an input, that is what it takes."""
    back = spec.op in ("transposed", "backward-data")
    x, y = ("output", "input") if back else ("input", "output")
    w = "weights"
    if spec.op == "backward-weights":
        y, w = "output_gradient", "weights_gradient"
    summed = "W" if spec.op == "backward-weights" else "X" if back else "Y"
    arrays: dict[str, Array] = {array.role: array for array in spec.arrays}
    taps = f"{{-1, {_row([1, 1, 1, spec.kd, spec.kh, spec.kw], 1, 6)}, {_row([], 0, 6)}, 0}}" if spec.pooled else \
        _weights(spec, arrays[w], slots[w])
    tensors = [*(image(spec, arrays[role], slots[role]) for role in (x, y)), taps]
    steps = [_row(numbers, 0, 3) for numbers in zip(*((a.s, a.d, a.before) for a in spec.axes), strict=True)]
    return ", ".join([*tensors, str("XYW".index(summed)), *steps])


def image(spec: ConvSpec, array: Array, slot: int) -> str:
    """An input, output or residual, as a Tensor."""
    extents = dict(zip(array.layout, array.shape, strict=True))
    strides = dict(zip(array.layout, array.strides, strict=True))
    return (f"{{{slot}, {_row([extents.get(axis, 1) for axis in 'ncdhw'], 1, 6)},"
            f" {_row([strides.get(axis, 0) for axis in 'ncdhw'], 0, 6)}, 0}}")


def _weights(spec: ConvSpec, array: Array, slot: int) -> str:
    """As groups, o, i, d, h, w; o on the side of Y. Taps that are flipped are read from the last to the first."""
    letters = [*array.layout.replace("hw", "dhw"[3 - spec.rank :])]
    strides = dict(zip(letters, array.strides, strict=True))
    y, x = ("i", "o") if spec.transposed else ("o", "i")
    of_y, of_x = (spec.icg, spec.ocg) if spec.transposed else (spec.ocg, spec.icg)
    grouped = "i" if spec.weights_layout in BY_INPUT else "o"
    group = strides[grouped] * (of_y if grouped == y else of_x)
    taps = [strides.get(axis, 0) for axis in "dhw"]
    first = sum((k - 1) * stride for k, stride in zip((spec.kd, spec.kh, spec.kw), taps, strict=True)) * spec.flip
    taps = [-stride for stride in taps] if spec.flip else taps
    return (f"{{{slot}, {_row([spec.g, of_y, of_x, spec.kd, spec.kh, spec.kw], 1, 6)},"
            f" {_row([group, strides[y], strides[x], *taps], 0, 6)}, {first}}}")


# --- the functions of the file ---

MEANINGS = {r"(?:f32(?:x\d+)?|float\d*)_from_b?f16": "widened", r"b?f16_from_(?:f32(?:x\d+)?|float\d*)": "narrowed",
            r"f32x\d+_from_s8": "widened_from<{lanes}>"}  # of functions that convert
CONVERTS = re.compile(rf"^static (?:inline )?\S+ ({'|'.join(MEANINGS)}|(?:in_)?upper_halves)\(.*?^}}$",
                      re.MULTILINE | re.DOTALL)


def source(subject: Subject) -> str:
    """The file, without its functions that read numbers of fewer bits as floats or round floats to these: their bits
    are no numbers of the field. Its lines keep their numbers."""
    if not _narrow(subject.spec):
        return subject.source
    return CONVERTS.sub(lambda found: "\n" * found[0].count("\n"), subject.source)


def _narrow(spec: ConvSpec) -> set[Element]:
    """Elements of a layer of floats of fewer bits than f32."""
    own = {array.element for array in spec.arrays if array.element.bytes < F32.bytes}
    return set() if spec.arithmetic.exact else own


def _conversions(subject: Subject) -> list[str]:
    """What stands for them: the number that a word is, and one more rounding. Those of another type have no meaning."""
    own = {element.name for element in _narrow(subject.spec)}
    if not own:
        return []
    lines = ["#define uint16_t Half", "#define short Half", "#define int8_t Byte"]
    for function in CONVERTS.findall(subject.source):
        for pattern, meaning in MEANINGS.items():
            if re.fullmatch(pattern, function) and own & set(re.findall("b?f16|s8", function)):
                lanes = re.sub(r"f32x|_.*", "", function)
                lines.append(f"#define {subject.name}_{function}_ {meaning.format(lanes=lanes)}")
    return lines


def known(act: Activation) -> bool:
    """Whether an activation's value is known here, and rounds nothing; of others the file's own function is taken."""
    return act.name in ("none", "clip", *CLIPS)


def _activation(spec: ConvSpec, slots: dict[str, int], function: str) -> list[str]:
    """function(sum, channel): by its definition, where that is a clip; else what stands for it in the file."""
    act, head = spec.act, [f"static Val {function}(Val v, long channel)", "{"]
    if known(act):
        ends = act.params or CLIPS.get(act.name, ())
        compared = ("less(v, end) ? end : v", "less(end, v) ? end : v")
        return [*head, *(f"    {{ const Val end = Num({c_float(end)}); v = {choice}; }}"
                         for end, choice in zip(ends, compared, strict=False)), "    return v;", "}"]
    slope = f"*number({slots['slopes']}, channel)" if act.slopes else "NOTHING"
    if act.slopes and spec.arithmetic.bias in _narrow(spec):
        slope = f"widened({slope})"
    return [*head, f"    return opaque(v, {slope});", "}"]


def called(subject: Subject, slots: dict[str, int]) -> list[str]:
    """The functions that runs call, which call those that the header declares; NULL for arrays that there are not."""
    name, declared = subject.name, dict[str, str]()

    def call(result: str, function: str, returns: str = "") -> None:
        found = re.search(rf"^\w+ {function}\(([^)]*)\);", subject.header, re.MULTILINE)
        assert found, function  # see misstated
        passed = []
        for parameter in found[1].split(", "):
            kind, pointer, own = parameter.rpartition("*")
            passed.append(array(kind + pointer, slots.get(own, -1)) if pointer else parameter.rpartition(" ")[2])
        declared[result] = f"{returns}{function}({', '.join(passed)});"

    if f"{name}_PACKED_BYTES" in subject.header:
        call("void call_pack()", f"{name}_pack")
    else:
        declared["void call_pack()"] = ""
    if subject.spec.streamed:
        call("void call_reset()", f"{name}_reset")
        call("int call_block(int samples)", name, "return ")
    else:
        call("size_t call_tasks(int phase)", f"{name}_tasks", "return ")
        call("void call_task(int phase, size_t task, int worker)", f"{name}_task")
        call("void call_whole(int workers)", name)
    return [f'extern "C" {result} {{ {body} }}' for result, body in declared.items()]


def array(kind: str, slot: int) -> str:
    """A pointer of that type to an array; -1: NULL."""
    return f"({kind})" + (f"base_of({slot})" if slot >= 0 else "0")


def declarations(functions: list[str]) -> list[str]:
    """Of functions as `called` has them."""
    return [function.partition(" {")[0] + ";" for function in functions]
