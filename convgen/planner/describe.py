"""Layers, plans and bounds in words: for the head comments of kernels, and for `convgen plan`."""

from __future__ import annotations

import decimal
import functools
import math
import shlex
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..algorithms.chain.stages import alone
from ..algorithms.numerics import Modular
from ..layer.element import F32
from ..layer.fields import OPS
from ..layer.formats import amended_text, spec_name, to_descriptor
from ..layer.quantisation import Quantisation
from ..layer.spec import ConvSpec
from ..machine.target import NAMED as TARGETS
from ..machine.target import Target
from ..plan.bound import UNIT_ROUNDOFF, Bound
from ..plan.kernel import LOCK, Chooser
from ..plan.plan import Plan
from ..plan.proof import Known, proof
from ..plan.sizes import Sizes
from .objective import FAST, chosen, objective_for

# What describes input, output and weights, of each operation.
NAMED = {OPS[0]: ("input", "output", "weights"),
         "backward-data": ("output's gradient", "input's gradient", "weights"),
         "backward-weights": ("input", "output's gradient", "weights' gradient")}


class Words(NamedTuple):
    """What a kernel says of itself. layer, plan: a line each. slices: of arrays that are slices of tensors, in lines.
    command: prints it again. bound: of its error. range: for which magnitudes that holds, where sums
    are not integers. proof: that no sum overflows, where sums are integers."""

    layer: list[str]
    slices: list[str]
    plan: list[str]
    bound: str
    range: str
    proof: str
    command: str


def words(plan: Plan, bound: Bound, name: str, optimize: str = "", chosen_by: Chooser = "",
          max_code: int = 0) -> Words:
    """name: what C calls the kernel. optimize: what the plan was chosen for, where that is not what suits the target.
    max_code: the limit of code that was asked for, 0 for none."""
    return Words(describe(plan.spec), slices(plan.spec), plan_lines(plan), bound_text(plan.spec, bound),
                 range_text(plan.spec, bound), proof_of(plan),
                 command("generate", plan, name, optimize, chosen_by, max_code=max_code))


def describe(spec: ConvSpec) -> list[str]:
    """The layer in two lines: the arrays, then the operation. Of a chain: its arrays, then a line for each layer."""
    if spec.chained:
        first, last = (" x ".join(map(str, shape)) for shape in (spec.input_shape, spec.output_shape))
        layers = (f"layer {at}: {' x '.join(map(str, layer.output_shape))},"
                  + f" weights {layer.weights_layout} {' x '.join(map(str, layer.weights_shape))}," * (not layer.pooled)
                  + f" {describe(layer)[1]}" for at, layer in enumerate(spec.parts))
        many = len(spec.parts)
        return [f"{spec.dtype}, a chain of {many} layers, input {spec.layout} {first}, output {last}", *layers]
    axes = spec.axes[3 - spec.rank :]
    words = [*[spec.operation] * (spec.operation != OPS[0]),
             *[f"a stream in blocks of up to {spec.iw} samples"] * spec.streamed]
    words += [f"kernel {'x'.join(str(a.k) for a in axes)}", f"stride {'x'.join(str(a.s) for a in axes)}"]
    if any(a.d > 1 for a in axes):
        words.append(f"dilation {'x'.join(str(a.d) for a in axes)}")
    if any(a.before or a.after for a in axes):
        words.append("padding " + " ".join(f"{a.before}+{a.after}" for a in axes))
    if spec.g > 1 and not spec.pooled:
        words.append(f"{spec.g} groups")
    if spec.flip:
        words.append("kernel flipped")
    words += ["bias"] * spec.bias + ["residual"] * spec.residual
    words += [spec.activation] * (spec.activation != "none")
    shape = " x ".join
    given, made, taken = NAMED.get(spec.operation, NAMED[OPS[0]])
    around = [f" of {tensor} channels" * (tensor > own) for tensor, own in (
        (spec.input_channels, spec.computed.ic), (spec.output_channels, spec.computed.oc))]
    return [
        f"{spec.dtype}, {given} {spec.layout} {shape(map(str, spec.input_shape))}{around[0]},"
        f" {made} {shape(map(str, spec.output_shape))}{around[1]},"
        f" {taken} {spec.weights_layout} {shape(map(str, spec.weights_shape))}",
        ", ".join(words),
    ]


def headline(spec: ConvSpec) -> str:
    """The layer in a few words: ``3x3 convolution, stride 2, 3 x 224 x 224 to 64 x 112 x 112``."""
    axes = spec.axes[3 - spec.rank :]
    kind = "depthwise convolution" if 1 < spec.g == spec.ic else "grouped convolution" if spec.g > 1 else "convolution"
    kind = {"transposed": f"transposed {kind}", "backward-data": f"{kind}, gradient of its input",
            "backward-weights": f"{kind}, gradient of its weights"}.get(spec.operation, kind)
    size = "x".join(str(a.k) for a in axes)
    words = [f"{f'length-{size}' if spec.rank == 1 else size} {kind}"]
    if any(a.s > 1 for a in axes):
        words.append(f"stride {'x'.join(dict.fromkeys(str(a.s) for a in axes))}")
    shapes = (" x ".join(map(str, (channels, *extents))) for channels, extents in
              ((spec.ic, [a.i for a in axes]), (spec.oc, [a.o for a in axes])))
    return ", ".join([*words, " to ".join(shapes)])


def slices(spec: ConvSpec) -> list[str]:
    """What arrays that are slices of channels of a larger tensor are to their caller, in lines; none where none is."""
    one = spec.computed
    around = (("input", one.ic, one.input_channels),
              ("output and residual" if spec.residual else "output", one.oc, one.output_channels))
    apart = "pixels are {} numbers apart" if spec.channels_last else "images are {} channels apart"
    lines = [f"{name}: the first of {own} of a tensor's {tensor} channels; {apart.format(tensor)}."
             for name, own, tensor in around if tensor > own]
    sizes = "Sizes are from a slice's first number to its last; other channels are neither read nor written."
    return [*lines, sizes] if lines else []


def overlap(spec: ConvSpec, over_residual: bool) -> list[str]:
    """Which arrays may share memory with the output, in lines. over_residual: whether the residual may."""
    if spec.streamed:
        return ["output may be the input's own array, where it has room for both: samples are kept before outputs are",
                "written.", *["It may be the residual's own array too."] * spec.residual,
                "No other array may overlap output."]
    apart = "share a number with" if spec.sliced else "overlap"
    if over_residual:
        return [f"No array may {apart} output,", "but residual may be the same array."]
    made = " or ".join(array.role for array in spec.arrays if array.written)
    return [f"No array may {apart} {made}."]


def plan_lines(plan: Plan) -> list[str]:
    """The plan as a loop nest, one loop a line, the register tile last."""
    if not plan.loops:
        return [plan.algorithm]
    row = plan.target.row
    algorithm = ALGORITHMS[plan.algorithm]
    lines = [f"{plan.algorithm} on {row.name}, lanes over {plan.lanes}, reading {algorithm.reading(plan).words}"]
    indent = 0
    for loop, trips in algorithm.nest(plan):
        if trips > 1:
            by = f" by {loop.step}" if loop.step > 1 else ""
            task = ", a task each" if loop.bind == "task" else ""
            lines.append(f"{'  ' * indent}for {loop.dim}{by}: {trips} times{task}")
            indent += 1
    if plan.stages:
        for at, stage in enumerate(plan.stages):
            first, *rest = plan_lines(alone(stage))
            lines += [f"{'  ' * indent}layer {at}, {stage.spec.oh} rows: {first}",
                      *(f"{'  ' * (indent + 1)}{line}" for line in rest)]
        return lines
    most = "" if plan.target.is_gpu else f" of {row.registers}"  # work-items of a GPU share a large register file
    lines.append(f"{'  ' * indent}tile of {algorithm.tile(plan)}: {algorithm.registers(plan)}{most} registers")
    return lines


def bound_text(spec: ConvSpec, bound: Bound) -> str:
    """The error bound in words."""
    if isinstance(bound.before, tuple) and not bound.sums.whole:
        last = msgspec.structs.replace(bound, before=msgspec.UNSET)
        each = "; ".join(f"layer {at}: {bound_text(layer, one)}" for at, (layer, one) in
                         enumerate(zip(spec.parts, (*bound.before, last), strict=True)))
        return ("layer after layer: where a layer's input is off by up to e, which is what the one before may err, its"
                f" g S becomes g (S + E) + E, E = sum e |w|; {each}")
    if spec.chained:
        each = "; ".join(f"layer {at}: {_exact_text(layer)}" for at, layer in enumerate(spec.parts))
        return f"none: every layer has the bits of its rule; {each}"
    if bound.sums.whole:
        return _exact_text(spec)
    if spec.pooled and not bound.roundings:
        return "none of its own: E is the largest e of a window"
    d = bound.roundings
    factor = "" if bound.lipschitz == 1 else f"{bound.lipschitz:g} "
    direct = bound.amplification == 1
    w = "scale w" if spec.arithmetic.weights_only else "dy" if spec.operation == "backward-weights" else "w"
    total = "average of |x|" if spec.pooled else "sum ||x|| ||w||" if bound.norms else f"sum |x||{w}|" if direct else \
        f"sum |A'| (|G {w} G'| * (|B'||x||B|)) |A|"
    added = " + |bias|" * (spec.bias and w != "dy") + " + |residual|" * spec.residual
    text = f"|error| <= {factor}g S, S = {total}{added}, g = {d} u / (1 - {d} u)"
    unit, least = bound.sums.roundoff, bound.sums.underflow
    text += f" = {bound.gamma:.3g}, u = 2^{math.log2(unit):.0f}"
    if least:
        text += f", and {d} 2^{math.log2(least):.0f} more"
    if bound.absolute or bound.relative:
        own = "u" if unit == UNIT_ROUNDOFF else "2^-24"  # it is computed in f32
        text += (f"; the activation adds {own} ({bound.absolute:g} + {bound.relative:g} (|v| + g S)),"
                 " v the sum before it")
    if spec.act.condition:
        text += f"; all this {spec.act.condition}"
    if bound.memory.rounds:
        unit, least = bound.memory.roundoff, bound.memory.underflow
        text += (f"; rounding an output e off to {bound.dtype} adds 2^{math.log2(unit):.0f} (|y| + e)"
                 + (f" + 2^{math.log2(least):.0f}" if least else ""))
    if not direct:
        most = f"{bound.amplification * spec.terms:.4g} X W{added}"
        of, what = ("over input channels and parts of the kernel; || || is the root of the sum of squares, of blocks of"
                    " the input that are transformed together", "of these") if bound.norms else \
            ("A, B and G are the matrices of the transforms, ' transposes, * multiplies element by element",
             "of an output's tile")
        text += (f"; {of}, so S counts all pixels {what}, also those that it does not read (--max-error 0 for"
                 " sentinels and hot pixels)"
                 f"; where |x| <= X and |{w}| <= W, S is at most {most}, {bound.amplification:.3g} times that of a"
                 " direct sum")
    return text


def range_text(spec: ConvSpec, bound: Bound) -> str:
    """For which magnitudes the bound holds, in words; empty where sums are integers."""
    if isinstance(bound.range, msgspec.UnsetType):
        return ""
    x, w = {"backward-data": ("|dy|", "|w|"), "backward-weights": ("|x|", "|dy|")}.get(spec.operation, ("|x|", "|w|"))
    w = "|scale w|" if spec.arithmetic.weights_only else w
    added = " + ".join(["|bias|"] * spec.bias + ["|residual|"] * spec.residual) if bound.range.added else ""
    conditions = [*bound.range.conditions, *[f"{added} <= {bound.range.added:.3g}"] * bool(added)]
    return f"nothing overflows where {x} <= X and {w} <= W, {', '.join(conditions)}"


def _exact_text(spec: ConvSpec) -> str:
    """How a layer that sums integers gives its outputs."""
    of = spec.arithmetic
    text = f"none: v = {'bias + ' * spec.bias}sum {_less('w', spec.weight_zero)}" \
        f" {_less('x', spec.input_zero)} is exact in {of.sum.name}"
    if of.quantised:
        low, high = spec.limits
        moved = f" + {spec.moved}" if spec.moved > 0 else f" - {-spec.moved}" * bool(spec.moved)
        says, given = spec.rule.says, spec.quantisation
        looked = f", then {spec.activation} from a table" * spec.tabled
        if spec.residual:
            taken = _less("r", given.residual_zero)
            says = (f"rint(v * scale + {taken} * {given.residual_scale:.9g}), both products and their sum in f32, ties"
                    " to even")
        return text + (f"; y = {says} ({spec.rounding}){moved}, cut to {low} ... {high}{looked}, the"
                       " same bits on every machine")
    if of.scaled:
        added, again = " + residual" * spec.residual, ", and the sum" * spec.residual
        return text + f"; y = v * scale{added}, v rounded to f32 and the product again{again}"
    return text


def _less(name: str, zero: int) -> str:
    """An array's number less what stands for 0."""
    return f"({name} - {zero})" if zero > 0 else f"({name} + {-zero})" if zero else name


def proof_of(plan: Plan) -> str:
    """That what a plan does with the sums of integers does not overflow, or does no harm when it does, in words; empty
    for other layers."""
    if plan.stages:
        return "; ".join(f"layer {at}: {text}" for at, stage in enumerate(plan.stages) if (text := proof_of(stage)))
    text, numerics = proof_text(plan.spec), ALGORITHMS[plan.algorithm].numerics(plan)
    if isinstance(numerics, Modular):
        return f"{text}, below the 2^{numerics.bits} that its transforms, modulo 2^32, leave"
    row, sums = plan.target.row, plan.spec.arithmetic.sum
    products = f"no sum of products leaves {row.sums.name}, " * (row.kind == "products" and row.sums is not sums)
    return f"{text}; then {products}no sum leaves {sums.name}, nor any part of it, in any order" * bool(text)


def proof_text(spec: ConvSpec) -> str:
    """What sums of integers keep to, in words; empty for other layers."""
    if not spec.arithmetic.exact:
        return ""
    found = proof(spec)
    if found.promised:
        text = f"weights{' and bias' * spec.bias} must keep |v|{', with and without the bias,' * spec.bias}" \
               f" within {found.products}, whatever x is (largest_sum)"
    else:
        text = f"|v{' - bias' * spec.bias}| <= {found.terms} * {found.input} * {found.weight} = {found.products}"
        text += f", |bias| must be <= {found.bias}" * spec.bias
        text += f" (|w| <= {found.weight})" * (found.weight < spec.weights_element.largest and not spec.weight_zero)
    return text


def scaling(spec: ConvSpec) -> list[str]:
    """What the scales of a layer are, in the lines of a comment; none where it takes none."""
    if spec.chained:
        return [f"layer {at}, {line}" for at, layer in enumerate(spec.parts) for line in scaling(layer)]
    if not spec.arithmetic.has_scale:
        return []
    if spec.arithmetic.weights_only:
        return ["scale: of each output channel, a positive normal number of f32: w stands for scale w"]
    quantised = spec.arithmetic.quantised
    text = (f"scale: of each output channel, a positive normal number of f32, Sx Sw{' / Sy' * quantised}, where x, w"
            f"{' and y' * quantised} stand for Sx (x - {spec.input_zero}), Sw"
            f" {_less('w', spec.weight_zero)}"
            + f" and Sy (y - {spec.output_zero})" * quantised)
    return textwrap.wrap(text, 100)


def known_lines(spec: ConvSpec, sums: Known) -> list[str]:
    """The same of weights that are known, in the lines of a comment."""
    both = ", with and without its bias" * spec.bias
    text = (f"{sums.least} <= v <= {sums.largest} in channel {sums.channel}, whose sums go furthest{both}, whatever x"
            f" is; no sum leaves {spec.arithmetic.sum.name}, nor any part of it, in any order")
    return textwrap.wrap(f"Proof     {text}", 100, subsequent_indent=" " * 10)


def options(plan: Plan) -> list[str]:
    """The command-line options that turn the descriptor into this plan's spec."""
    spec, *_ = plan.spec.parts  # what other layers of a chain have otherwise, stands behind their descriptors
    options = [f"--layout {spec.layout}"]
    if spec.operation != OPS[0]:
        options.append(f"--op {spec.operation}")
    if spec.streamed:
        options.append(f"--causal --stream {spec.stream}")
    if spec.weights_layout != spec.default_weights_layout:
        options.append(f"--weights-layout {spec.weights_layout}")
    if spec.dtype != F32.name:
        options.append(f"--dtype {spec.dtype}")
    options += [f"--{field.replace('_', '-')} {value}" for field, value in spec.quantisation._asdict().items()
                if value != Quantisation._field_defaults[field]]
    if not spec.bias and spec.operation != "backward-data":
        options.append("--no-bias")
    if spec.residual:
        options.append("--residual")
    if spec.activation != "none":
        options.append(f"--activation '{spec.activation}'")
    if spec.flip:
        options.append("--flip")
    if spec.in_stride is not msgspec.UNSET:
        options.append(f"--in-stride {spec.in_stride}")
    if spec.out_stride is not msgspec.UNSET:
        options.append(f"--out-stride {spec.out_stride}")
    if not isinstance(spec.range, msgspec.UnsetType):
        options.append("--range {!r},{!r}".format(*spec.range))
    options.append(f"--target {plan.target.name}")
    if not isinstance(plan.target.threads, msgspec.UnsetType):
        options.append(f"--threads {plan.target.threads}")
    if not ALGORITHMS[plan.algorithm].AUTOMATIC:
        options.append(f"--algorithm {plan.algorithm}")
    elif (limit := _limit(plan)) != MAX_ERROR:
        options.append(f"--max-error {limit:g}")
    return options


def _limit(plan: Plan) -> float:
    """The limit of error that this plan needs, rounded up to two digits; the default where that admits the same plans.
    """
    error = ALGORITHMS[plan.algorithm].numerics(plan).expected_error
    limit = float(decimal.Context(prec=2, rounding=decimal.ROUND_UP).create_decimal(error))
    errors = {error, *_errors(plan.spec, plan.target)}
    same = all((other <= limit) == (other <= MAX_ERROR) for other in errors)
    return MAX_ERROR if same else limit


@functools.lru_cache(maxsize=64)
def _models(plan: Plan, optimize: str, max_code: int | None, algorithm: str | None = None) -> bool:
    """Whether the model chooses the same, unasked or among an algorithm's: then nobody needs the lock, and its text is
    the same without."""
    if not ALGORITHMS[plan.algorithm].AUTOMATIC:
        return True
    target = _named(plan.target)
    objective, limit = objective_for(target, optimize or None), _limit(plan)

    def choice(max_error: float) -> Plan:
        return chosen(plan.spec, target, objective, algorithm, max_error, max_code).plan

    # the fastest of all is the fastest of the more accurate ones too, which nobody has ranked yet
    return (objective in FAST and limit < MAX_ERROR and choice(MAX_ERROR) == plan) or choice(limit) == plan


def _named(target: Target) -> Target:
    """The target that a command names, of which this one may be a way to sum."""
    named = TARGETS.get(target.name, target)
    return named if target in named.others else target


def _asked(plan: Plan, optimize: str, max_code: int | None) -> bool:
    """Whether the model chooses the plan only where its algorithm is asked for."""
    return not _models(plan, optimize, max_code) and _models(plan, optimize, max_code, plan.algorithm)


@functools.lru_cache(maxsize=64)
def _errors(spec: ConvSpec, target: Target) -> frozenset[float]:
    """The errors that the plans of a layer are expected to add, by transforms and by operands that they round."""
    return frozenset(algorithm.numerics(plan).expected_error for algorithm in ALGORITHMS.values()
                     if algorithm.APPROXIMATE for plan in algorithm.plans(spec, target))


def command(verb: str, plan: Plan, name: str = "", optimize: str = "", chosen_by: Chooser = "",
            label: str = "", more: Sequence[str] = (), max_code: int = 0) -> str:
    """The command line that plans this layer again, and calls the kernel so; a layer that no descriptor can say goes
    through a pipe. It can be pasted as it is: files go to the current folder, for it must name no other. A plan of a
    lock is none for whoever has it not: the command then fails. label: what the user calls the layer, where that is
    another name. more: options. max_code: the limit of code that was asked for, 0 for none."""
    locked = chosen_by == "lock" and not _models(plan, optimize, max_code or None)
    asked = chosen_by == "model" and _asked(plan, optimize, max_code or None)
    rest = " ".join([*options(plan), *([f"--algorithm {plan.algorithm}"] if asked else []),
                     *([f"--optimize {optimize}"] if optimize else []),
                     *([f"--max-code {max_code}"] if max_code else []),
                     *([f"--lock {LOCK} --locked"] if locked else []),
                     *([f"--name {name}"] if name not in ("", spec_name(plan.spec)) else []), *more,
                     *(["-o ."] if verb == "generate" else [])])
    named = label if label not in ("", name) else None
    first, *then = plan.spec.parts
    descriptor, others = to_descriptor(first, named), [amended_text(first, layer) for layer in then]
    if descriptor and all(others):
        words = [shlex.quote(descriptor), *(f"--then {shlex.quote(text)}" for text in others if text)]
        return f"convgen {verb} {' '.join(words)} {rest}"
    entries = [_entry(layer) for layer in plan.spec.parts]
    for entry in entries[:-1]:
        entry["then"] = True
    entries[0] |= {"name": named} if named else {}
    text = msgspec.json.encode(entries if then else entries[0]).decode()
    return f"echo {shlex.quote(text)} | convgen {verb} - {rest}"


def _entry(spec: ConvSpec) -> dict[str, object]:
    """A layer as files of layers have it."""
    plain = ConvSpec(ic=1, oc=1, iw=1, kw=1)
    shown = {kind + axis.name for axis in spec.axes[3 - spec.rank :] for kind in "ik"}
    return {field: getattr(spec, field) for field in plain.__struct_fields__
            if field in {"ic", "oc"} | shown or getattr(spec, field) != getattr(plain, field)}


def complexity(spec: ConvSpec) -> dict[str, float]:
    """What a layer costs, whatever computes it: counts of elements, bytes, and flops per byte."""
    return {
        "multiply_adds": spec.macs,
        "weights": sum(math.prod(layer.weights_shape) for layer in spec.parts),
        "input": math.prod(spec.input_shape),
        "output": math.prod(spec.output_shape),
        "bytes": spec.bytes,
        "flops_per_byte": round(2 * spec.macs / spec.bytes, 2),
    }


def complexity_lines(spec: ConvSpec) -> list[str]:
    """The complexity as one aligned line a figure."""
    values, of = complexity(spec), spec.arithmetic
    between = sum(math.prod(layer.output_shape) for layer in spec.parts[:-1])
    return [
        f"multiply-adds         {amount(values['multiply_adds']):>9}",
        f"weights               {amount(values['weights']):>9}  {amount(values['weights'] * of.weights.bytes)}B",
        f"feature map in        {amount(values['input']):>9}  {amount(values['input'] * of.input.bytes)}B",
        f"feature map out       {amount(values['output']):>9}  {amount(values['output'] * of.output.bytes)}B",
        *[f"maps between          {amount(between):>9}  {amount(between * spec.itemsize)}B"] * spec.chained,
        f"arithmetic intensity  {values['flops_per_byte']:>9.1f}  flops per byte moved at least",
    ]


INSIDE = ("flash {flash}: about {code} of code (-Os), {packed} of packed weights;"
          " RAM {ram}: {arrays} of arrays, {workspace} of workspace")
PACKING = ("flash {flash_packing}: about {code} of code (-Os), {weights} of weights; RAM {ram_packing}:"
           " {arrays} of arrays, {workspace} of workspace, {packed} of packed weights")


def sizes_lines(sizes: Sizes, *, inside: bool) -> list[str]:
    """Totals in a line: what a linker of a small machine would count; none where code is not estimated. inside: of
    packed weights in the code; otherwise a program packs them when it starts, and a second line says what it saves."""
    totals = ("flash", "ram", "flash_packing", "ram_packing")
    parts = {field: f"{amount(getattr(sizes, field))}B" for field in (*sizes._fields, *totals)}
    lines = [INSIDE] if inside or not sizes.packed else [PACKING, "with weights inside (--weights): " + INSIDE]
    return [line.format(**parts) for line in lines if sizes.code]


def amount(value: float) -> str:
    """Three digits and a decimal prefix: 115.6 M."""
    for prefix, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= scale:
            return f"{value / scale:.3g} {prefix}"
    return f"{value:.3g} "
