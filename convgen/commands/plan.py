"""convgen plan: what a layer costs, and the plan chosen for it."""

from __future__ import annotations

import click

from ..machine.find import find
from ..packaging.output import totals
from ..planner import explain as reasons
from ..planner.describe import complexity_lines, describe, plan_lines, sizes_lines
from ..planner.objective import choose, objective_for, sizes
from ..planner.rank import estimate, rank
from .console import put, put_json
from .request import Request, json_option, layer_options


@click.command()
@layer_options(run=False)
@click.option("--explain", is_flag=True, help="Predicted costs, and why other plans lost.")
@json_option
def plan(request: Request, explain: bool, as_json: bool) -> None:
    """Show what a layer costs and the plan chosen for it."""
    target, algorithm, max_error = find(request.target), request.algorithm, request.max_error
    layers = request.layers()
    found = request.chosen(layers)
    objective = objective_for(target, request.optimize)
    best = [estimate(chosen.plan) if chosen.origin else choose(rank(spec, target, algorithm, max_error), objective)
            for spec, chosen in zip(layers, found, strict=True)]
    if as_json:
        put_json({"layers": [
            {"names": names, "chosen_by": chosen.by, "origin": chosen.origin, **reasons.summary(one),
             "bytes": totals(sizes(one.plan))}
            for names, chosen, one in zip(layers.values(), found, best, strict=True)
        ]})  # fmt: skip
        return
    for (spec, names), chosen, one in zip(layers.items(), found, best, strict=True):
        lines = [*[""] * (one is not best[0]), *([", ".join(names)] if names else [])]
        if explain:
            lines.append(reasons.explain(spec, target, algorithm, max_error, objective))
            if chosen.origin:
                lines += ["", f"but {one.plan.label} was measured to be the best, and is taken from the {chosen.by}",
                          *(f"  {line}" for line in plan_lines(one.plan))]
        else:
            lines += [*describe(spec), *complexity_lines(spec)]
            how = f"the {chosen.by}" + f", measured on {chosen.origin}" * bool(chosen.origin)
            lines += [f"plan {one.plan.label} for target {target.name}, chosen by {how}"]
            lines += [f"  {line}" for line in plan_lines(one.plan)]
            if one.cycles:
                lines.append(reasons.prediction(one))
            lines += sizes_lines(sizes(one.plan))
        put("\n".join(lines))
