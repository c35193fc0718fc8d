"""A plan is legal if its algorithm lists it, wherever it comes from: forged ones, of every kind, are refused."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec
import pytest
from plans import altered

from convgen.algorithms import ALGORITHMS, check, read
from convgen.api import render
from convgen.errors import InputError
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED
from convgen.plan.choices import Choices, TiledChoices, WinogradChoices
from convgen.plan.plan import Loop, Plan
from convgen.plan.written import Written, written
from convgen.tuning.records import plan_text, read_plan

IMAGE = {"ih": 14, "iw": 14, "kh": 3, "kw": 3, "padding": "half"}
LAYERS = {
    "dense, last": {"ic": 64, "oc": 48, "layout": "nhwc", **IMAGE},
    "dense, first": {"ic": 64, "oc": 48, **IMAGE},
    "long": {"ic": 2, "oc": 2, "iw": 300, "kw": 40},
    "pointwise": {"ic": 512, "oc": 64, "ih": 7, "iw": 7, "kw": 1, "layout": "nhwc"},
    "depthwise, last": {"g": 32, "ic": 32, "oc": 32, "layout": "nhwc", **IMAGE},
    "depthwise, first": {"g": 32, "ic": 32, "oc": 32, **IMAGE},
    "few outputs": {"ic": 32, "oc": 2, "ih": 9, "iw": 9, "kw": 1, "layout": "nhwc"},
    "transposed": {"op": "transposed", "ic": 32, "oc": 6, "ih": 9, "iw": 9, "kh": 4, "kw": 4, "sh": 2, "sw": 2,
                   "padding": "same"},
    "small groups": {"g": 16, "ic": 64, "oc": 64, "layout": "nhwc", **IMAGE},
}
TARGETS = ("scalar", "x86-64-v3", "x86-64-v4", "opencl-cpu", "opencl-gpu", "opencl-sm80")
SOURCES = ("input", "edges", "copy", "local")
HUGE = (10**6, 2**31 - 1, 2**63, 2**70)
FORGED = 6  # of each real plan, in each way


@lru_cache(maxsize=256)
def listed(algorithm: str, layer: str, target: str) -> frozenset[Plan]:
    return frozenset(ALGORITHMS[algorithm].plans(ConvSpec(**LAYERS[layer]), NAMED[target]))


CASES = [(algorithm, layer, target) for algorithm in ALGORITHMS for layer in LAYERS for target in TARGETS
         if any(ALGORITHMS[algorithm].plans(ConvSpec(**LAYERS[layer]), NAMED[target]))]


def number(old: int, rng: random.Random) -> int:
    return rng.choice((old - 1, old + 1, 2 * old, 0, -1, -old, *HUGE, rng.randrange(1, 65)))


def other_loops(loops: tuple[Loop, ...], rng: random.Random) -> tuple[Loop, ...]:
    """One changed, removed, doubled or in another place."""
    made, at = list(loops), rng.randrange(len(loops))
    loop = made[at]
    way = rng.choice(("step", "step", "step", "dim", "bind", "remove", "double", "move", "swap", "none"))
    if way == "none":
        return ()
    if way in ("step", "dim", "bind"):
        made[at] = msgspec.structs.replace(loop, **{
            "step": {"step": number(loop.step, rng)},
            "dim": {"dim": rng.choice(("n", "g", "oc", "od", "oh", "ow", "ic", "kd", "kh", "kw"))},
            "bind": {"bind": rng.choice(("seq", "task", "group", "local"))}}[way])
    elif way == "double":
        made.insert(rng.randrange(len(made) + 1), loop)
    elif way == "swap":
        to = rng.randrange(len(made))
        made[at], made[to] = made[to], made[at]
    else:
        del made[at]
        if way == "move":
            made.insert(rng.randrange(len(made) + 1), loop)
    return tuple(made)


def changes(fields: dict[str, object], rng: random.Random) -> Iterator[dict[str, object]]:
    """Other values of each field; and of two at once, where one may hide the other."""
    def fresh(field: str) -> object:
        old = 0 if fields[field] is msgspec.UNSET else fields[field]
        if field == "loops":
            return other_loops(old, rng) if old else (Loop("oc", number(1, rng)),)
        if field in ("fused", "as_given"):
            return not old
        if field == "choices":
            sizes = {"unroll": number(4, rng), "source": rng.choice(SOURCES), "as_given": rng.random() < 0.5}
            return rng.choice((None, Choices(), TiledChoices(**sizes), WinogradChoices(**sizes, m=number(4, rng))))
        return rng.choice({"lanes": ("oc", "ow", "ic"), "source": SOURCES,
                           "algorithm": [*ALGORITHMS, "magic"]}.get(field) or (number(old, rng),))

    for field in fields:
        for _ in range(FORGED):
            yield {field: fresh(field)}
    for _ in range(2 * FORGED):
        yield {field: fresh(field) for field in rng.sample([*fields], 2)}


def forge(plan: Plan, rng: random.Random) -> Iterator[Plan]:
    """With other fields and choices, and with another algorithm's."""
    fields = {name: getattr(plan, name) for name in Plan.__struct_fields__ if name not in ("spec", "target", "stages")}
    for change in changes({**fields, **msgspec.structs.asdict(plan.choices)}, rng):
        if "choices" in change:
            change = {name: value for name, value in change.items() if name in fields}
        yield altered(plan, **change)


def forge_file(plan: Plan, rng: random.Random) -> Iterator[Written]:
    """What files hold, which has room for all choices."""
    whole = written(plan)
    fields = {name: value for name, value in msgspec.structs.asdict(whole).items()
              if name not in ("spec", "target", "stages")}
    for change in changes(fields, rng):
        yield msgspec.structs.replace(whole, **change)


NAMES_A_FIELD = re.compile(r"\w+(\[\d+\])? must |needs |sums in f32|in f32|no tile for|no plan for|\(mr=")


def refusal(made: Callable[[], object]) -> str | None:
    """What an InputError says in one line that names a field; None where there is none."""
    try:
        made()
    except InputError as error:
        text = str(error)
    else:
        return None
    assert NAMES_A_FIELD.search(text), text
    assert "\n" not in text
    assert len(text) < 400
    return text


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("algorithm", "layer", "target"), CASES, ids=map(", ".join, CASES))
def test_forged_plans_are_refused(algorithm: str, layer: str, target: str) -> None:
    """Those that are not, are plans that the planner weighs."""
    rng = random.Random(f"{algorithm} {layer} {target}")
    real = sorted(listed(algorithm, layer, target), key=plan_text)
    refused = 0
    for plan in rng.sample(real, min(3, len(real))):
        assert ALGORITHMS[algorithm].check(plan) is None
        for forged in forge(plan, rng):
            told = refusal(lambda forged=forged: check(forged))
            assert told or forged in listed(forged.algorithm, layer, target), forged
            refused += told is not None
        for forged in forge_file(plan, rng):
            told = refusal(lambda forged=forged: read(forged))
            assert told or read(forged) in listed(forged.algorithm, layer, target), forged
            refused += told is not None
    assert refused > 80


@pytest.mark.parametrize(("algorithm", "layer", "target"), CASES[::5], ids=map(", ".join, CASES[::5]))
def test_nor_does_a_record_bring_one(algorithm: str, layer: str, target: str) -> None:
    """The same by way of text."""
    rng = random.Random(f"{algorithm} {layer} {target}")
    plan = rng.choice(sorted(listed(algorithm, layer, target), key=plan_text))
    for forged in forge_file(plan, rng):
        fields = {name: value for name in forged.__struct_fields__ if name not in ("spec", "target")
                  and (value := getattr(forged, name)) is not msgspec.UNSET}
        text = msgspec.json.encode(fields).decode()
        if not refusal(lambda text=text: read_plan(text, plan.spec, plan.target)):
            assert read_plan(text, plan.spec, plan.target) in listed(forged.algorithm, layer, target), forged


@pytest.mark.parametrize(("algorithm", "layer", "target"), [
    ("winograd", {"ic": 1, "oc": 1, "ih": 2**30, "iw": 1, "kh": 3, "kw": 1, "layout": "nhwc"}, "scalar"),
    ("dot", {"ic": 2, "oc": 1, "ih": 1, "iw": 2**29, "kw": 1, "layout": "nhwc"}, "x86-64-v3"),
    ("depthwise", {"g": 2, "ic": 2, "oc": 2, "ih": 2**29, "iw": 1, "kh": 3, "kw": 1, "layout": "nhwc"}, "scalar"),
])
def test_a_layer_of_any_size_is_checked_at_once(algorithm: str, layer: dict[str, object], target: str) -> None:
    plan = Plan(spec=ConvSpec(**layer), target=NAMED[target], algorithm=algorithm, mr=0)
    start = time.process_time()
    assert refusal(lambda: check(plan))
    assert time.process_time() - start < 5


@pytest.mark.parametrize("change", [
    {"source": "local"}, {"unroll": 0}, {"unroll": -4}, {"unroll": 2**70}, {"m": -1}, {"m": 2}, {"fused": True}])
def test_a_plan_of_direct_that_wrote_out_of_bounds(change: dict[str, object]) -> None:
    plan = next(plan for plan in ALGORITHMS["direct"].plans(ConvSpec(**LAYERS["dense, last"]), NAMED["x86-64-v3"])
                if plan.choices.source == "copy")
    field, value = next(iter(change.items()))
    told = rf"^plan: {field} must be .* \({field}={value!r}\)$"
    with pytest.raises(InputError, match=told):
        read(msgspec.structs.replace(written(plan), **change))
    if field in plan.choices.__struct_fields__:
        with pytest.raises(InputError, match=told):
            render(altered(plan, **change))


@pytest.mark.parametrize("choices", [Choices(), WinogradChoices(unroll=4, source="copy", m=0), None])
def test_a_plan_has_the_choices_of_its_algorithm(choices: Choices | None) -> None:
    plan = next(ALGORITHMS["direct"].plans(ConvSpec(**LAYERS["dense, last"]), NAMED["x86-64-v3"]))
    given = type(choices).__name__
    with pytest.raises(InputError, match=rf"^plan: choices must be TiledChoices \(choices='{given}'\)$"):
        render(altered(plan, choices=choices))
