"""Where plans read their input, told to readers."""

from __future__ import annotations

from typing import NamedTuple

from ..plan.choices import TiledChoices
from ..plan.plan import Plan


class Reading(NamedTuple):
    """In a word, for tables, and in words, for the head of a kernel."""

    word: str
    words: str


AS_IT_IS = Reading("input", "the input as it is")


def reading(plan: Plan) -> Reading:
    """Of a plan that chooses it."""
    found, given = of_input(plan), plan.spec.arithmetic.weights.name
    if not plan.own(TiledChoices).as_given:
        return found
    return Reading(f"{found.word}, {given}", f"{found.words}, weights in {given}")


def of_input(plan: Plan) -> Reading:
    source = plan.own(TiledChoices).source
    skipped = ", edge tiles skip the padding" if plan.spec.padded else ""
    return {"input": AS_IT_IS,
            "ahead": Reading(source, "the input as it is, that of the next tile asked for beforehand"),
            "edges": Reading(source, f"the input as it is{skipped}"),
            "copy": Reading(source, "a padded copy of the input"),
            "unpadded": Reading(source, f"a copy of the input{skipped}"),
            "columns": Reading(source, "a copy of the input with padded rows, edge tiles skip rows of padding"),
            "local": Reading(source, "a padded copy of each channel"),
            "near": Reading(source, f"the input, a tile of it at a time in {plan.target.row.sums.name}"),
            "slice": Reading(source, f"a copy of the channels of each task{skipped}"),
            "band": Reading(source, "a padded copy of the rows of each task"),
            "panels": Reading(source, "panels of pixels, which each task packs"),
            "widened": Reading(source, f"a copy of the input in {plan.target.row.sums.name}{skipped}")}[source]
