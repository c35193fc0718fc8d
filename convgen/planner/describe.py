"""Layers, plans and bounds in words: for the head comments of kernels, and for `convgen plan`."""

from __future__ import annotations

import decimal
import functools
import math
from typing import NamedTuple

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..layer.element import F32
from ..layer.formats import spec_name, to_descriptor
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.bound import UNIT_ROUNDOFF, Bound
from ..plan.plan import Plan


class Words(NamedTuple):
    """What a kernel says of itself. layer, plan: a line each. command: prints it again. bound: of its error."""

    layer: list[str]
    plan: list[str]
    bound: str
    command: str


def words(plan: Plan, bound: Bound, name: str) -> Words:
    """name: what C calls the kernel."""
    return Words(describe(plan.spec), plan_lines(plan), bound_text(plan.spec, bound), command("generate", plan, name))


def describe(spec: ConvSpec) -> list[str]:
    """The layer in two lines: the arrays, then the operation."""
    axes = spec.axes[3 - spec.rank :]
    words = [f"kernel {'x'.join(str(a.k) for a in axes)}", f"stride {'x'.join(str(a.s) for a in axes)}"]
    if any(a.d > 1 for a in axes):
        words.append(f"dilation {'x'.join(str(a.d) for a in axes)}")
    if any(a.before or a.after for a in axes):
        words.append("padding " + " ".join(f"{a.before}+{a.after}" for a in axes))
    if spec.g > 1:
        words.append(f"{spec.g} groups")
    if spec.flip:
        words.append("kernel flipped")
    words += ["bias"] * spec.bias + ["residual"] * spec.residual
    words += [spec.activation] * (spec.activation != "none")
    shape = " x ".join
    return [
        f"{spec.dtype}, input {spec.layout} {shape(map(str, spec.input_shape))},"
        f" output {shape(map(str, spec.output_shape))},"
        f" weights {spec.weights_layout} {shape(map(str, spec.weights_shape))}",
        ", ".join(words),
    ]


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
    most = "" if plan.target.is_gpu else f" of {row.registers}"  # work-items of a GPU share a large register file
    lines.append(f"{'  ' * indent}tile of {algorithm.tile(plan)}: {algorithm.registers(plan)}{most} registers")
    return lines


def bound_text(spec: ConvSpec, bound: Bound) -> str:
    """The error bound in words."""
    d = bound.roundings
    factor = "" if bound.lipschitz == 1 else f"{bound.lipschitz:g} "
    direct = bound.amplification == 1
    total = "sum |x||w|" if direct else "sum |A'| (|G w G'| * (|B'||x||B|)) |A|"
    text = f"|error| <= {factor}g S, S = {total} + |bias| + |residual|, g = {d} u / (1 - {d} u)"
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
        text += (f"; where |x| <= X and |w| <= W, S is at most {bound.amplification * spec.terms:.4g} X W"
                 f" + |bias| + |residual|, {bound.amplification:.3g} times that of a direct sum")
    return text


def options(plan: Plan) -> list[str]:
    """The command-line options that turn the descriptor into this plan's spec."""
    spec = plan.spec
    options = [f"--layout {spec.layout}"]
    if spec.weights_layout != ("hwio" if spec.channels_last else "oihw"):
        options.append(f"--weights-layout {spec.weights_layout}")
    if spec.arithmetic.input is not F32:
        options.append(f"--dtype {spec.dtype}")
    if not spec.bias:
        options.append("--no-bias")
    if spec.residual:
        options.append("--residual")
    if spec.activation != "none":
        options.append(f"--activation '{spec.activation}'")
    if spec.flip:
        options.append("--flip")
    options.append(f"--target {plan.target.name}")
    if not ALGORITHMS[plan.algorithm].AUTOMATIC:
        options.append(f"--algorithm {plan.algorithm}")
    else:
        options += _limit(plan)
    return options


def _limit(plan: Plan) -> list[str]:
    """The --max-error that this plan needs, rounded up to two digits; nothing where the default admits the same plans.
    """
    error = ALGORITHMS[plan.algorithm].numerics(plan).expected_error
    limit = float(decimal.Context(prec=2, rounding=decimal.ROUND_UP).create_decimal(error))
    errors = {error, *_errors(plan.spec, plan.target)}
    same = all((other <= limit) == (other <= MAX_ERROR) for other in errors)
    return [] if same else [f"--max-error {limit:g}"]


@functools.lru_cache(maxsize=64)
def _errors(spec: ConvSpec, target: Target) -> frozenset[float]:
    """The errors that the plans of a layer are expected to add, by transforms and by operands that they round."""
    return frozenset(algorithm.numerics(plan).expected_error for algorithm in ALGORITHMS.values()
                     if algorithm.APPROXIMATE for plan in algorithm.plans(spec, target))


def command(verb: str, plan: Plan, name: str = "") -> str:
    """The command line that plans this layer again, and calls the kernel so; a layer that no descriptor can say goes
    through a pipe."""
    rest = " ".join([*options(plan), *([f"--name {name}"] if name not in ("", spec_name(plan.spec)) else [])])
    descriptor = to_descriptor(plan.spec)
    if descriptor:
        return f"convgen {verb} {descriptor} {rest}"
    plain = ConvSpec(ic=1, oc=1, iw=1, kw=1)
    fields = {field: getattr(plan.spec, field) for field in plain.__struct_fields__
              if field in ("ic", "oc", "iw", "kw") or getattr(plan.spec, field) != getattr(plain, field)}
    return f"echo '{msgspec.json.encode(fields).decode()}' | convgen {verb} - {rest}"


def complexity(spec: ConvSpec) -> dict[str, float]:
    """What a layer costs, whatever computes it: counts of elements, bytes, and flops per byte."""
    return {
        "multiply_adds": spec.macs,
        "weights": math.prod(spec.weights_shape),
        "input": math.prod(spec.input_shape),
        "output": math.prod(spec.output_shape),
        "bytes": spec.bytes,
        "flops_per_byte": round(2 * spec.macs / spec.bytes, 2),
    }


def complexity_lines(spec: ConvSpec) -> list[str]:
    """The complexity as one aligned line a figure."""
    values = complexity(spec)
    size = spec.itemsize
    return [
        f"multiply-adds         {amount(values['multiply_adds']):>9}",
        f"weights               {amount(values['weights']):>9}  {amount(values['weights'] * size)}B",
        f"feature map in        {amount(values['input']):>9}  {amount(values['input'] * size)}B",
        f"feature map out       {amount(values['output']):>9}  {amount(values['output'] * size)}B",
        f"arithmetic intensity  {values['flops_per_byte']:>9.1f}  flops per byte moved at least",
    ]


def amount(value: float) -> str:
    """Three digits and a decimal prefix: 115.6 M."""
    for prefix, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= scale:
            return f"{value / scale:.3g} {prefix}"
    return f"{value:.3g} "
