"""What a proof knows of a layer, as C++ data: from its spec and the header of its file alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...layer.activation import Activation
from ...layer.array import Array
from ...layer.element import F16, F32, S8, Element, c_float
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


# of a stream, what a call and all calls take and give: Tensors of blocks.h, and roles
BLOCKS = (("BLOCK", "TAKES", "input"), ("GIVES", "MAKES", "output"), ("ADDED", "ADDS", "residual"))


def program(subject: Subject) -> str:
    """The C++ around a kernel's file. A stream's outputs must be those of the layer that all of its samples are."""
    name, spec = subject.name, subject.spec
    layer = whole(spec, samples(spec)) if spec.streamed else spec
    slots: dict[str, int] = {array.role: slot for slot, array in enumerate(spec.arrays)} | {"packed": -1}
    rows = rows_of(name, spec)
    if f"{name}_PACKED_BYTES" in subject.header:
        slots["packed"] = len(rows)
        rows.append(given(name, "packed", 4, f"{name}_ALIGN"))
    slots["workspace"] = len(rows)
    rows.append(given(name, "workspace", 4, f"{name}_ALIGN", written=True))
    called, streamed = dict(slots), list[str]()
    if spec.streamed:
        called["state"] = len(rows)
        rows.append(given(name, "state", spec.arithmetic.input.bytes, f"{name}_ALIGN", written=True))
        arrays: dict[str, Array] = {array.role: array for array in spec.arrays}
        streamed += ["static const Tensor ADDED = {-1}, ADDS = {-1};"] * ("residual" not in arrays)
        for tensor, whole_tensor, role in BLOCKS:
            if role not in arrays:
                continue
            array = next(array for array in layer.arrays if array.role == role)
            streamed.append(f"static const Tensor {tensor} = {image(spec, arrays[role], slots[role])},"
                            f" {whole_tensor} = {image(layer, array, len(rows))};")
            slots[role] = len(rows)
            rows.append(given(name, f"{role} of all blocks", array.element.bytes, array.element.bytes, array.written,
                              role in FACTORS, array, size=array.bytes))
        streamed.append(f"enum {{ STREAM = {spec.iw}, STATE = {called['state']} }};")
    computed, inputs = layers(subject, layer, slots, len(rows))
    rows += inputs
    size = f"{name}_WORKSPACE_BYTES"
    constants: dict[str, int | str] = {
        **{role.upper(): slots.get(role, -1) for role in ("packed", "workspace", "bias_gradient")},
        "ARRAYS": len(rows), "WORKERS": WORKERS, "PHASES": 1 if spec.streamed else f"{name}_PHASES",
        "RUNS": '"blocks.h"' if spec.streamed else '"phases.h"',
        "SHARED": f"(2 * {size}(1) - {size}(2))"}
    return "\n".join([
        f"#define UNIT {unit(spec)}",
        *(f'#include "{file}"' for file in ("field.h", "memory.h", "vectors.h", "macros.h")),
        *_conversions(subject), f'#include "{name}.c"',
        *(f"#undef {word}" for word in ("float", "double", "uint16_t", "short", "int8_t")),
        *(f"#define {key} {value}" for key, value in constants.items()),
        "static const Given GIVEN[ARRAYS] = {", *rows, "};",
        *computed, *streamed, *_calls(subject, called), '#include "run.h"', ""])


def unit(spec: ConvSpec) -> int:
    """The bytes that a cell stands for: of the layer's shortest numbers."""
    return min((element.bytes for element in _narrow(spec)), default=F32.bytes)


def rows_of(name: str, spec: ConvSpec, align: int = 0) -> list[str]:
    """Rows of GIVEN, of a layer's own arrays. align: in bytes, else that of their numbers."""
    return [given(name, array.role, array.element.bytes, align or array.element.bytes, array.written,
                  array.role.rstrip("0123456789") in COUNTED, array, size=array.bytes if align else "")
            for array in spec.arrays]


def samples(spec: ConvSpec) -> int:
    """Of a stream that is proven: what its state holds of the past has been overwritten twice."""
    return 2 * (spec.left + spec.iw) + spec.iw // 2 + 3


def given(name: str, role: str, cell: int, align: int | str, written: bool = False, counted: bool = False,
          array: Array | None = None, size: int | str = "") -> str:
    """A row of GIVEN. size: in bytes, where the header has no macro of it."""
    size = size or f"{name}_{role.upper()}_BYTES" + ("(WORKERS)" if role == "workspace" else "")
    shape, strides = (array.shape, array.strides) if array else ((), ())
    return (f'    {{"{role}", {size}, {cell}, {align}, {str(written).lower()}, {int(counted)},'
            f" {_row(shape, 1, 5)}, {_row(strides, 0, 5)}}},")


def _row(numbers: Sequence[int], rest: int, count: int) -> str:
    """Numbers in braces, filled up with others."""
    return f"{{{', '.join(map(str, [*numbers, *[rest] * (count - len(numbers))]))}}}"


# --- the convolution ---


def layers(subject: Subject, spec: ConvSpec, slots: dict[str, int], first: int,
           bounded: bool = True) -> tuple[list[str], list[str]]:
    """LAYERS, one or those of a chain, with their activations; and rows of arrays for what each gives the next, from
    slot `first` on. bounded: whether roundings and magnitudes are compared with what the head claims."""
    bounds = [*(subject.bound.before or ()), subject.bound]
    parts = spec.parts if spec.chained else (spec,)
    lines, table, rows = list[str](), list[str](), list[str]()
    own, made = dict(slots), slots.get("input", -1)
    for at, (part, bound) in enumerate(zip(parts, bounds, strict=True)):
        if spec.chained:
            own = {role: slots.get(numbered(role, at), -1) for role in ("weights", "bias", "slopes", "scale")}
            own |= {"input": made, "output": slots["output"]}
            if part is parts[-1]:
                own["residual"] = slots.get("residual", -1)
            else:
                (array,) = (array for array in part.arrays if array.role == "output")
                own["output"] = made = first + len(rows)
                rows.append(given(subject.name, f"output of layer {at}", array.element.bytes, array.element.bytes, True,
                                  array=array, size=array.bytes))
        # of norms, the amplification is no bound of magnitudes; what is taken of a window is no larger than that has
        magnitude = "INFINITY" if bound.norms is True or not bounded else \
            repr(float(bound.amplification * (1 if part.pooled else part.terms)))
        lines += _activation(part, own, f"activated{at}")
        numbers = ", ".join(str(own.get(role, -1)) for role in ADDENDS)
        roundings = bound.roundings if bounded else "INT32_MAX / 2"
        table.append(f"    {{{_sum(part, own)}, {{{numbers}}}, {roundings}, {magnitude}, activated{at},"
                     f" {POOLS.get(part.operation, 0)}, {own.get('scale', -1)}}},")
    factors = _row([slots[role] for role in FACTORS if role in slots], -1, 2)
    return [*lines, "static const Layer LAYERS[] = {", *table, "};", f"static const int FACTORS[2] = {factors};"], rows


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

MEANINGS = {r"f32(?:x\d+)?_from_b?f16": "widened", r"b?f16_from_f32(?:x\d+)?": "narrowed",
            r"f32x\d+_from_s8": "widened_from<{lanes}>"}  # of functions that convert
CONVERTS = re.compile(rf"^static inline \S+ ({'|'.join(MEANINGS)}|(?:in_)?upper_halves)\(.*?^}}$",
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


def _calls(subject: Subject, slots: dict[str, int]) -> list[str]:
    """The functions that the header declares, called with arrays of numbers of the field."""
    return called(subject, slots, lambda kind, slot:
                  f"({_of_field(kind)} *)" + (f"arrays[{slot}].base" if slot >= 0 else "0"))


def _of_field(kind: str) -> str:
    return "Half" if F16.c in kind else "Byte" if S8.c in kind else "Num"


def pointers(subject: Subject, slots: dict[str, int]) -> list[str]:
    """The same, called with arrays of bytes."""
    return called(subject, slots, lambda kind, slot: f"({kind})bases[{slot}]" if slot >= 0 else f"({kind})0")


def called(subject: Subject, slots: dict[str, int], pointer_to: Callable[[str, int], str]) -> list[str]:
    """The functions that run.h calls. pointer_to: an array by the type of the parameter and by its slot; -1 where the
    layer has none, and the pointer is NULL."""
    name = subject.name

    def call(function: str) -> str:
        found = re.search(rf"^\w+ {function}\(([^)]*)\);", subject.header, re.MULTILINE)
        assert found, function  # see misstated
        passed = []
        for parameter in found[1].split(", "):
            kind, pointer, own = parameter.rpartition("*")
            passed.append(pointer_to(kind + pointer, slots.get(own, -1)) if pointer else parameter.rpartition(" ")[2])
        return f"{function}({', '.join(passed)})"

    pack = f"    {call(f'{name}_pack')};" if slots["packed"] >= 0 else ""
    packing = ["static void call_pack()", "{", *[pack] * bool(pack), "}"]
    if subject.spec.streamed:
        return [*packing, "static void call_reset()", "{", f"    {call(f'{name}_reset')};", "}",
                "static int call_block(int samples)", "{", f"    return {call(name)};", "}"]
    return [*packing, "static size_t call_tasks(int phase)", "{", f"    return {call(f'{name}_tasks')};", "}",
            "static void call_task(int phase, size_t task, int worker)", "{", f"    {call(f'{name}_task')};", "}",
            "static void call_whole(int workers)", "{", f"    {call(name)};", "}"]
