"""The plan space and the cost model."""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Callable, Iterable

import msgspec
import pytest
from plans import altered, explained

from convgen.algorithms import ALGORITHMS, MAX_ERROR
from convgen.api import generate, render
from convgen.errors import InputError, UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine import target
from convgen.machine.find import find
from convgen.machine.host import HALVES
from convgen.machine.target import Cache
from convgen.plan.choices import Choices, WinogradChoices
from convgen.plan.plan import Loop, Plan
from convgen.plan.work import Access, Footprint, Work
from convgen.plan.written import written
from convgen.planner import cost, explain, memory
from convgen.planner import rank as planner
from convgen.verification.report import verify

V3 = target.NAMED["x86-64-v3"]
direct = ALGORITHMS["direct"]
LAYER = ConvSpec(ic=64, ih=14, iw=14, oc=64, kh=3, kw=3, padding="half", layout="nhwc")


def some_plan(**wanted: object) -> Plan:
    """The first plan of LAYER with these decisions."""
    return next(plan for plan in direct.plans(LAYER, V3)
                if all(getattr(written(plan), field) == value for field, value in wanted.items()))


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("machine", ["x86-64-v3", "scalar"])
def test_plans_are_legal_and_no_plan_comes_twice(layout: str, machine: str) -> None:
    plans = list(direct.plans(LAYER.replace(layout=layout), find(machine)))
    assert len(plans) > 50
    assert len(set(plans)) == len(plans)
    assert [direct.check(plan) for plan in plans] == [None] * len(plans)


def test_the_space_holds_every_kind_of_plan() -> None:
    plans = list(direct.plans(LAYER, V3)) + list(direct.plans(LAYER.replace(layout="nchw"), V3))
    assert {plan.lanes for plan in plans} == {"oc", "ow"}
    assert {plan.choices.source for plan in plans} == {"edges", "copy", "band"}
    first = {next(loop.dim for loop, trips in ALGORITHMS["direct"].nest(plan) if trips > 1) for plan in plans}
    assert {"oc", "oh"} <= first  # weights outer, pixels outer
    assert any(loop.dim == "ic" and loop.step > 1 for plan in plans for loop in plan.loops)


@pytest.mark.parametrize(("changes", "reason"), [
    ({"mr": 0}, "mr must be 1, 2, 3, 4, 5, 7 or 14 (mr=0)"),
    ({"mr": 7, "nr": 3}, "nr must be 1 (nr=3)"),
    ({"source": "input"}, "source must be edges or copy (source='input')"),
    ({"lanes": "ow", "unroll": 9, "source": "edges"}, "source must be copy (source='edges')"),
    ({"choices": Choices()}, "choices must be TiledChoices (choices='Choices')"),
    ({"choices": WinogradChoices(m=0, unroll=4, source="edges")}, "choices must be TiledChoices (choices='Winograd"),
    ({"choices": None}, "choices must be TiledChoices (choices='NoneType')"),
    ({"loops": ()}, "loops[0] must be task n by 1 (loops[0]=None)"),
    ({"unroll": 0}, "unroll must be 4 (unroll=0)"),
    ({"unroll": 2**70}, f"unroll must be 4 (unroll={2**70})"),
    ({"nr": 2**70}, f"(nr={2**70})"),
    ({"source": "local"}, "source must be edges or copy (source='local')"),
])
def test_an_illegal_plan_says_why(changes: dict[str, object], reason: str) -> None:
    plan = altered(some_plan(mr=5, nr=2, source="edges"), **changes)
    assert reason in (direct.check(plan) or "")
    with pytest.raises(InputError, match="plan: "):
        render(plan)


def test_loops_out_of_order_are_illegal() -> None:
    plan = some_plan(source="copy", lanes="oc")
    swapped = (*plan.loops[:-5], *plan.loops[-4:], plan.loops[-5])
    split = tuple(Loop(p.dim, p.step, "task" if p.dim == "ow" else "seq") for p in plan.loops)
    twice = (*plan.loops, plan.loops[-1])
    for loops, reason in ((swapped, "loops[5] must be"), (split, "loops[0] must be task n by 1"),
                          (twice, "loops[10] must be None (loops[10]='seq ic by 1')")):
        assert reason in (direct.check(msgspec.structs.replace(plan, loops=loops)) or "")


def test_a_plan_survives_json_and_prints_the_same_bytes() -> None:
    plan = planner.best(LAYER, V3)
    again = msgspec.json.decode(msgspec.json.encode(plan), type=Plan)
    assert again == plan
    assert render(again) == render(plan)


def test_garbage_collection_does_not_visit_plans() -> None:
    """Of a few layers there are 10^5; visiting them took a quarter of the time of planning."""
    plan = planner.best(LAYER, V3)
    assert not gc.is_tracked(plan)
    assert not gc.is_tracked(plan.loops[0])


def test_garbage_collection_waits_while_kernels_are_made() -> None:
    """For what planning makes is in no circles."""
    gc.collect()
    gc.disable()
    planner.rank(LAYER.replace(oc=48), V3)
    assert not gc.isenabled()
    assert gc.collect() == 0
    gc.enable()
    assert 1 <= collections(lambda: render(planner.best(LAYER.replace(oc=40), V3))) <= 4  # before and behind, at most
    assert gc.isenabled()


def collections(call: Callable[[], object]) -> int:
    """Of garbage, in a call."""
    before = sum(one["collections"] for one in gc.get_stats())
    call()
    return sum(one["collections"] for one in gc.get_stats()) - before


@pytest.mark.parametrize("changes", [{"ih": 20, "iw": 20}, {"ih": 5, "iw": 5, "ic": 8}], ids=str)
def test_a_layer_is_planned_once_for_a_kernel(changes: dict[str, int]) -> None:
    """The command that its text ends with has the limit of error that the plan needs, for which nobody plans again."""
    spec, planned = LAYER.replace(oc=72, **changes), planner._rank.cache_info().misses
    kernel = generate(spec, V3, records=False)
    assert "--max-error" in kernel.source
    assert planner._rank.cache_info().misses == planned + 1


def test_the_ranking_is_sorted_and_repeatable() -> None:
    ranked = planner.rank(LAYER, V3)
    cycles = [e.cycles for e in ranked if not e.pruned]
    assert cycles == sorted(cycles)
    assert all(e.cycles > 0 for e in ranked)
    planner._rank.cache_clear()
    assert planner.rank(LAYER, V3) == ranked


@pytest.mark.parametrize(("spec", "machine"), [(LAYER, V3), (LAYER.replace(layout="nchw", kh=1, kw=1, oc=256), V3),
                                               (LAYER.replace(g=64, ih=56, iw=56), "x86-64-v4"),
                                               (LAYER.replace(layout="nchw", g=8, ih=56, iw=56), V3),
                                               (LAYER.replace(layout="nchw", ih=56, iw=56, sh=2, sw=2), "x86-64-v4")],
                         ids=str)
def test_pruned_plans_take_at_least_what_is_known_of_them_and_none_is_among_the_best(spec: ConvSpec,
                                                                                     machine: str) -> None:
    ranked = planner.rank(spec, machine)
    best = planner.with_best(ranked, 12)
    assert [one.plan for one in best[:1]] == [ranked[0].plan]
    assert not any(one.pruned for one in best[:12])
    assert [one.cycles for one in best[:12]] == sorted(one.cycles for one in best[:12])
    for one in [one for one in best if one.pruned][::3]:
        full = planner.estimate(one.plan).cycles
        assert full >= one.cycles * (1 - 1e-9), one.plan.label
        assert full >= best[11].cycles, one.plan.label


def least_and_all(plans: Iterable[Plan]) -> list[tuple[Plan, cost.Least, cost.Estimate]]:
    """Of every plan what it is said to take at least, and what it takes."""
    kinds = dict[tuple[Plan, float], list[Plan]]()
    for plan in plans:
        compute = cost.compute_cycles(ALGORITHMS[plan.algorithm].visits(plan), plan.target)
        kinds.setdefault((plan.kind, compute), []).append(plan)
    found = cost.least([(compute, kind) for (_, compute), kind in kinds.items()])
    return [(plan, least, planner.estimate(plan)) for kind, known in zip(kinds.values(), found, strict=True)
            for plan, least in zip(kind, known, strict=True)]


@pytest.mark.parametrize(("spec", "algorithm", "near"), [
    (LAYER.replace(layout="nchw", kh=1, kw=1, oc=256, ih=128, iw=128), "direct", 0.6),
    (LAYER.replace(layout="nchw", kh=1, kw=1, ic=1024, oc=512, ih=14, iw=14), "direct", 0.6),  # sums wait; panels
    (LAYER.replace(n=8, ic=512, oc=512, kh=1, kw=1), "direct", 0.6),
    (LAYER.replace(g=64, ih=128, iw=128), "depthwise", 0.8),
    (LAYER.replace(g=512, ic=512, oc=512), "depthwise", 0.9),  # lines drive each other out
    (LAYER.replace(g=64, ih=128, iw=128, layout="nchw", residual=True), "depthwise", 0.95),
    (LAYER.replace(g=8), "grouped", 0.95),
    (ConvSpec(g=384, ic=384, oc=384, ih=40, iw=40, kh=7, kw=7, padding="half", layout="nhwc", dtype="u8:s8:s32"),
     "depthwise", 0.6),  # some tiles take weights in pairs
    (LAYER.replace(g=32, ic=1024, oc=1024, ih=24, iw=24, layout="nchw"), "direct", 0.6),  # rows that tiles reread
    *[(LAYER.replace(layout="nchw", ih=56, iw=56, **changes), "direct", 0.6)
      for changes in ({"sh": 2, "sw": 2}, {"kh": 1, "kw": 1, "sh": 2, "sw": 2}, {"g": 8}, {})],
    (LAYER.replace(op="transposed", sh=2, sw=2), "direct", 0.6),
    (LAYER.replace(op="transposed", sh=2, sw=2), "col2im", 0.0),
    (LAYER.replace(oh=14, ow=14), "winograd", 0.0)], ids=str)
def test_no_plan_takes_less_than_what_is_known_of_its_loops(spec: ConvSpec, algorithm: str, near: float) -> None:
    """Nor moves fewer bytes into any cache, nor takes less than its kind. Of the fastest it is nearly all."""
    machine = find("x86-64-v4").summing(spec.arithmetic)[-1]
    found = least_and_all(list(ALGORITHMS[algorithm].plans(spec, machine))[:2000:3])
    for plan, least, taken in found:
        alone, of_its_kind = (cost.least([(taken.compute, [plan])], most)[0][0] for most in (math.inf, 0.0))
        assert all(map(math.isclose, alone.levels, least.levels)), plan
        for known in (least, of_its_kind):
            assert known.cycles <= taken.cycles * (1 + 1e-9), plan
            for cycles, (_, _, all_of_it) in zip(known.levels, taken.traffic, strict=True):
                assert cycles <= all_of_it * (1 + 1e-9), plan
    _, least, taken = min(found, key=lambda one: one[2].cycles)
    assert least.cycles > near * taken.cycles


def test_lines_that_no_prefetcher_brings_are_among_what_plans_take_at_least() -> None:
    """Where tiles read a run of pixels of each of many channels, they are most of what bytes do not tell."""
    spec = ConvSpec(ic=1024, ih=14, iw=14, oc=512, kh=1, kw=1)
    found = least_and_all([plan for plan in direct.plans(spec, find("x86-64-v4"))
                           if plan.lanes == "ow" and plan.choices.source in ("input", "ahead")][::5])
    assert all(least.cycles <= taken.cycles * (1 + 1e-9) for _, least, taken in found)
    assert min(least.cycles / taken.cycles for _, least, taken in found) > 0.68
    _, least, taken = min(found, key=lambda one: one[2].cycles)
    assert least.cycles > 0.93 * taken.cycles


def test_pages_far_apart_are_among_what_plans_take_at_least() -> None:
    """A tile that sums over channels looks up a page for each, in any order of the loops."""
    spec, machine = ConvSpec(ic=512, ih=128, iw=128, oc=128, kh=1, kw=1), find("x86-64-v4")
    plans = [plan for plan in direct.plans(spec, machine) if plan.lanes == "ow" and plan.choices.source == "input"][::7]
    computed = [cost.compute_cycles(direct.visits(plan), machine) for plan in plans]
    lookups = [memory.lookups(direct.work(plan), machine.line) for plan in plans]
    assert max(lookups) > 0.5 * min(computed)
    for most in (math.inf, 0.0):
        for plan, compute, lost in zip(plans, computed, lookups, strict=True):
            assert cost.least([(compute, [plan])], most)[0][0].cycles > compute + 0.99 * lost


def test_threads_without_a_task_are_among_what_plans_take_at_least() -> None:
    plans = [plan for plan in direct.plans(LAYER.replace(oc=16, ih=28, iw=28), find("x86-64-v4")) if plan.lanes == "oc"]
    found = [one for one in least_and_all(plans) if ALGORITHMS["direct"].tasks(one[0]) == 1]
    assert min(taken.idle / taken.cycles for *_, taken in found) > 0.1
    assert all(least.cycles > 1.1 * taken.compute for _, least, taken in found)


def test_arrays_that_exceed_a_cache_are_among_what_plans_take_at_least() -> None:
    spec = LAYER.replace(layout="nchw", kh=1, kw=1, ih=256, iw=256)
    one = next(one for one in planner.rank(spec, "x86-64-v4") if not one.pruned)
    assert cost.least([(one.compute, [one.plan])])[0][0].cycles > 1.2 * one.compute  # 17 MB each of input and output


def test_what_a_plan_costs_does_not_depend_on_which_were_asked_before() -> None:
    """Bands of several heights touch parts of one size."""
    spec, machine = LAYER.replace(layout="nchw", g=8, ih=56, iw=56, sh=2, sw=2), find("x86-64-v4")
    other = msgspec.structs.replace(machine, name="another")  # of which nothing is kept
    bands = [[plan for plan in direct.plans(spec, one) if plan.choices.source == "band"] for one in (machine, other)]
    forth, back = ([planner.estimate(plan).cycles for plan in plans] for plans in (bands[0], reversed(bands[1])))
    assert forth == back[::-1]


def run(count: int, stride: int, size: int = 64) -> Footprint:
    return Footprint(size, ((count, stride),))


@pytest.mark.parametrize(("what", "share"), [
    (run(64, 64), 1),  # neighbours: each line its own set
    (run(64, 4096), 64),  # 64 sets of 64 bytes: every line in one set
    (run(64, 2048), 32),
    (run(64, 4096 + 64), 1),
    (run(64, 128, 4), 16),  # a line for every four bytes, no set with more than two
])
def test_power_of_two_strides_crowd_the_sets(what: Footprint, share: int) -> None:
    assert what.occupied(64, 64) == share * what.size


L1 = Cache(2**15, 8, 64.0)  # 64 sets of lines of 64 bytes


def matrix_product(capacity: int) -> list[int]:
    """Loads of C[m] += A[m, k] with loops m over 8, k over 4, 64 bytes an element."""
    def array(name: str, dims: str) -> Access:
        trips = {"m": 8, "k": 4}
        def footprint(depth: int) -> Footprint:
            size = 64
            for loop, dim in enumerate("mk"):
                if dim in dims and loop >= depth:
                    size *= trips[dim]
            return Footprint(size, ())
        return Access(name, footprint, lambda depth: "mk"[depth] in dims)
    work = Work((), (8, 4), (array("A", "mk"), array("b", "k"), array("c", "m")), (), 0.0)
    return memory.loads(work, memory.Touched(work), capacity, L1)


@pytest.mark.parametrize(("capacity", "expected"), [
    (0, [2048, 2048, 2048]),  # nothing stays: 32 visits load one element each
    (200, [2048, 2048, 512]),  # one visit fits: c stays over k
    (600, [2048, 256, 512]),  # a row of A fits with b: b stays over m
    (2270, [2048, 256, 512]),  # all but one run of the outer loop
    (10**6, [0, 0, 0]),  # everything stays from call to call
])
def test_traffic_of_a_matrix_vector_product(capacity: int, expected: list[int]) -> None:
    assert matrix_product(capacity) == expected


def test_a_larger_cache_never_loads_more() -> None:
    for plan in list(direct.plans(LAYER, V3))[::17]:
        work = ALGORITHMS["direct"].work(plan)
        inside = memory.Touched(work)
        moved = [sum(memory.loads(work, inside, size, L1)) for size in (0, 2**12, 2**15, 2**18, 2**24)]
        assert moved == sorted(moved, reverse=True)


def test_threads_of_an_opencl_cpu_lose_time_to_phases_and_to_uneven_tasks() -> None:
    spec = ConvSpec(ic=64, oc=64, ih=14, iw=14, kh=3, kw=3, padding="half", layout="nhwc")
    for name, counts in (("opencl-cpu", True), ("x86-64-v3", False)):
        machine = target.NAMED[name]
        estimates = [planner.estimate(plan) for plan in ALGORITHMS["winograd"].plans(spec, machine)]
        tasks = [ALGORITHMS["winograd"].tasks(estimate.plan) for estimate in estimates]
        least = min(e.idle for e in estimates if not e.plan.choices.fused)  # three phases
        assert (least > 3 * cost.LAUNCH) == counts
        alone = [e for e, number in zip(estimates, tasks, strict=True) if number == 1]
        assert alone
        for estimate in alone:  # three units of four have nothing to do
            rest = estimate.cycles - estimate.idle
            assert (estimate.idle > 3 * rest) == counts


def test_full_tiles_beat_short_ones() -> None:
    def cycles(rows: int, vectors: int) -> float:
        visits = ALGORITHMS["direct"].visits(some_plan(mr=5, nr=2))
        visit = visits[0]._replace(number=1, rows=rows, vectors=vectors, steps=576)
        return cost.compute_cycles((visit,), V3) / (rows * vectors)
    assert cycles(6, 2) < cycles(4, 2) < cycles(2, 1)


def test_explain_shows_the_nest_the_roofline_and_the_rejected() -> None:
    text = explained(LAYER, V3)
    for word in ("multiply-adds", "arithmetic intensity", "tile of", "roofline", "L2 to L1",
                 "memory to L3", "times", "more"):
        assert word in text, word
    assert "(0.5 ms" in explain.prediction(planner.rank(LAYER, V3)[0], 2e3 * planner.rank(LAYER, V3)[0].cycles)
    json.dumps(explain.summary(planner.rank(LAYER, V3)[0]))


EXPLAINED = [  # every algorithm, and every part of a cost
    (LAYER, "x86-64-v3"), (LAYER.replace(layout="nchw"), "x86-64-v4"), (LAYER.replace(g=64), "aarch64"),
    (LAYER.replace(g=16, ih=56, iw=56), "x86-64-v3"), (LAYER.replace(oc=2), "wasm32"), (LAYER, "scalar"),
    (LAYER.replace(n=8, layout="nchw"), "opencl-gpu"), (LAYER.replace(g=64), "opencl-gpu"), (LAYER, "opencl-cpu"),
    (ConvSpec(ic=512, ih=64, iw=64, oc=512, kh=1, kw=1), "x86-64-v3"),  # bound by a cache
    (LAYER.replace(dtype="f16"), "opencl-sm80"), (LAYER.replace(dtype="f16", g=64), "x86-64-v4"),
]


@pytest.mark.parametrize(("spec", "machine"), EXPLAINED, ids=str)
def test_the_parts_of_a_prediction_add_up(spec: ConvSpec, machine: str) -> None:
    for one in [known for known in planner.rank(spec, machine)[:200] if not known.pruned]:
        found = explain.parts(one)
        assert sum(part.cycles for part in found) == pytest.approx(one.cycles)
        assert all(part.cycles >= -1e-9 * one.cycles for part in found), found
    cost_table = next(block for block in explain.explain(spec, machine) if not isinstance(block, str))
    *rows, total = [[cell.replace(",", "").rstrip("%") for cell in row[-2:]] for row in cost_table.rows]
    assert [sum(int(row[at]) for row in rows) for at in (0, 1)] == [int(total[0]), 100]


@pytest.mark.parametrize(("spec", "machine"), EXPLAINED, ids=str)
def test_the_table_of_plans_has_the_chosen_one_and_no_two_rows_alike(spec: ConvSpec, machine: str) -> None:
    ranked = planner.rank(spec, machine)
    (table,) = [block for block in explain.explain(spec, machine) if not isinstance(block, str) and
                block.chosen is not None]
    assert table.rows[table.chosen][0] == f"{ranked[0].plan.label}*"
    assert "*" not in "".join(row[0] for at, row in enumerate(table.rows) if at != table.chosen)
    shown = [(row[0].rstrip("*"), *row[1:3]) for row in table.rows]
    assert len(set(shown)) == len(shown)
    assert not {"plan", "reads", "loops"} & set(table.least)  # nor where there is little room
    kinds = {one.plan.algorithm for one in ranked}
    assert {one.estimate.plan.algorithm for one in explain.losers(ranked[0], ranked)} | {ranked[0].plan.algorithm} \
        >= kinds  # why not another algorithm?
    assert not any(one.estimate.pruned for one in explain.losers(ranked[0], ranked))
    assert all("cycles more" in row[-1] or "a tie" in row[-1] for row in table.rows if row[-1] != "chosen")


def test_a_measured_plan_is_the_chosen_one() -> None:
    ranked = planner.rank(LAYER, V3)
    blocks = explain.explain(LAYER, V3, measured=ranked[40].plan)
    (table,) = [block for block in blocks if not isinstance(block, str) and block.chosen is not None]
    assert table.chosen
    assert table.rows[table.chosen][0] == f"{ranked[40].plan.label}*"
    assert "predicted to be faster, but measured" in table.rows[0][-1]
    assert any("was measured to be the best" in block for block in blocks if isinstance(block, str))


@pytest.mark.parametrize("amounts", [[1.5, 1.5], [0.4, 0.4, 0.4], [33.3, 33.3, 33.4], [0.0, 7.0], [2.6, 2.6, 2.6]],
                         ids=str)
def test_rounded_amounts_keep_their_sum(amounts: list[float]) -> None:
    whole = explain.apportioned(amounts)
    assert sum(whole) == round(sum(amounts))
    assert all(abs(one - amount) < 1 for one, amount in zip(whole, amounts, strict=True))


@pytest.mark.parametrize("algorithm", [None, "direct", "reference"])
def test_a_check_raises_what_ranking_would(algorithm: str | None) -> None:
    for spec, more in ((LAYER, {}), (LAYER, {"max_error": -1}), (LAYER, {"algorithm": "depthwise"}),
                       (LAYER, {"algorithm": "winograd", "max_error": 1e-8}), (LAYER, {"algorithm": "magic"})):
        told = []
        for ask in (planner.check, planner.rank):
            try:
                ask(spec, V3, **{"algorithm": algorithm, **more})
                told.append("fine")
            except (InputError, UnsupportedError) as error:
                told.append(str(error))
        assert told[0] == told[1]


def test_the_reference_is_explained_too() -> None:
    assert "reference" in explained(LAYER, V3, "reference")


def test_unknown_algorithms_are_refused() -> None:
    with pytest.raises(InputError, match="algorithm must be one of"):
        planner.rank(LAYER, V3, "magic")


# --- the user's accuracy ---


def admitted(spec: ConvSpec, max_error: float) -> set[int]:
    """Outputs along a side of the tiles that the plans transform; 0 for those that transform nothing."""
    return {written(e.plan).m for e in planner.rank(spec, V3, max_error=max_error)}


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize(("kernel", "max_error", "tiles"), [
    ((3, 3), MAX_ERROR, {0, 2, 4}),
    ((3, 3), 5e-6, {0, 2, 4, 6}),
    ((3, 3), 2e-7, {0, 2}),
    ((3, 3), 0, {0}),
    ((5, 5), MAX_ERROR, {0, 2}),
    ((5, 5), 3e-6, {0, 2, 4}),
    ((1, 3), MAX_ERROR, {0, 2, 4, 6}),
    ((1, 1), 1.0, {0}),
])
def test_the_limit_says_which_transforms_are_weighed(
        kernel: tuple[int, int], max_error: float, tiles: set[int], layout: str) -> None:
    kh, kw = kernel
    assert admitted(ConvSpec(ic=64, ih=14, iw=14, oc=64, kh=kh, kw=kw, layout=layout), max_error) == tiles


def test_only_transforms_are_expected_to_err() -> None:
    for name, algorithm in ALGORITHMS.items():
        for spec in (LAYER, LAYER.replace(g=64), LAYER.replace(g=16), LAYER.replace(oc=2)):
            errors = {algorithm.numerics(plan).expected_error for plan in algorithm.plans(spec, V3)}
            assert all(error > 0 for error in errors) if name == "winograd" else errors <= {0}


def test_a_forced_algorithm_keeps_to_the_limit() -> None:
    assert planner.best(LAYER, V3, "winograd").choices.m in (2, 4)
    assert {e.plan.choices.m for e in planner.rank(LAYER, V3, "winograd", 1e-5)} == {2, 4, 6}
    told = r"max_error admits no winograd plan .* expects 1\.6e-07 \(max_error=1e-08\)"
    with pytest.raises(UnsupportedError, match=told):
        planner.best(LAYER, V3, "winograd", 1e-8)
    for algorithm in ("direct", "reference"):
        assert planner.best(LAYER, V3, algorithm, 0).algorithm == algorithm


@pytest.mark.parametrize("value", [-1, -1e-9, float("nan"), float("inf"), "0", None])
def test_a_limit_that_is_none(value: float) -> None:
    with pytest.raises(InputError, match="max_error must be a finite number"):
        planner.rank(LAYER, V3, max_error=value)


def test_explain_tells_what_transforms_save_and_cost() -> None:
    text = explained(LAYER.replace(ih=16, iw=16), V3, "winograd", 1.5e-6)
    assert "F(4x4, 3x3): 4.00 times fewer multiplications, expected error 9.96e-07" in text
    assert "(limit 1.5e-06)" in text
    assert "F(" not in explained(LAYER, V3, max_error=0)


def test_illegal_blocks_of_tiles_say_why() -> None:
    plan = next(p for p in ALGORITHMS["winograd"].plans(LAYER, V3) if p.choices.m == 4 and p.choices.fused)
    assert ALGORITHMS["winograd"].check(plan) is None
    for dim, step, reason in (("oh", 0, "(loops[3]='task oh by 0')"), ("oh", 6, "(loops[3]='task oh by 6')"),
                              ("oh", 20, "(loops[3]='task oh by 20')"), ("ow", -4, "(loops[4]='task ow by -4')"),
                              ("oc", 8 * plan.nr + 8, "loops[5] must be seq oc by"),
                              ("ic", 2, "loops[9] must be seq ic by 1 (loops[9]='seq ic by 2')")):
        loops = tuple(Loop(p.dim, step if p.dim == dim else p.step, p.bind) for p in plan.loops)
        assert reason in (ALGORITHMS["winograd"].check(msgspec.structs.replace(plan, loops=loops)) or "")
    for changes, reason in (({"loops": ()}, "loops[0] must be"), ({"m": 3}, "m must be 2, 4 or 6 (m=3)"),
                            ({"fused": False}, "must be"),
                            ({"source": "copy"}, "source must be edges"), ({"unroll": 0}, "unroll must be 4")):
        assert reason in (ALGORITHMS["winograd"].check(altered(plan, **changes)) or ""), changes


def test_runs_are_long_where_strides_crowd_the_sets() -> None:
    """2048 bytes from pixel to pixel: what is prefetched is gone before it is read, 1.5 times as slow when measured."""
    spec = ConvSpec(ic=512, oc=512, g=512, ih=14, iw=14, kh=3, kw=3, padding="half", layout="nhwc")
    for machine in (V3, target.NAMED["x86-64-v4"]):
        plan = planner.best(spec, machine)
        moving = [loop for loop in plan.loops if loop.dim in ("oh", "ow", "oc")]
        assert moving[-1].dim == "oc"
        assert min([spec.oc, *(loop.step for loop in moving[:-1] if loop.dim == "oc")]) * 4 >= memory.RUN * 64


# --- explained ---


def test_an_explanation_says_what_the_limit_of_error_leaves_out() -> None:
    text = explained(LAYER, V3)
    assert re.search(r"winograd6 is left out: its expected error is \S+ of sum \S+ or more \(limit 1e-06\)", text)
    assert "winograd2 is left out" in explained(LAYER, V3, max_error=0)
    assert "left out" not in explained(LAYER, V3, max_error=1)
    assert "left out" not in explained(LAYER, V3, "direct")


def test_an_explanation_ends_with_the_bound() -> None:
    assert "proven for any input: |error| <= g S, S = sum |x||w| + |bias|, g = " in explained(LAYER, V3, "direct")
    assert "sum |x||w|, g = " in explained(LAYER.replace(bias=False), V3, "direct")
    assert "sum |x||w| + |bias| + |residual|, g = " in explained(LAYER.replace(residual=True), V3, "direct")
    assert "A, B and G are the matrices of the transforms" in explained(LAYER, V3, "winograd")


def test_a_plan_below_the_roofline_says_how() -> None:
    memory, compute = "This plan takes less than memory:", "less than the arithmetic of direct sums"
    small = ConvSpec(ic=64, ih=56, iw=56, oc=3, kh=1, kw=1, layout="nhwc")
    assert (memory in explained(small, V3), compute in explained(small, V3)) == (True, False)
    assert compute in explained(LAYER.replace(ih=56, iw=56), V3, "winograd")
    assert memory not in explained(MAP, V3)


def test_what_a_plan_loses_by_adds_up() -> None:
    """A part that grows by more than the plan does has its rest told."""
    found = 0
    for spec in (LAYER.replace(ih=56, iw=56), ConvSpec(ic=64, ih=56, iw=56, oc=3, kh=1, kw=1, layout="nhwc")):
        chosen, *_ = ranked = planner.rank(spec, V3)
        for one in explain.losers(chosen, ranked):
            said = re.findall(r"([\d.]+) ([kM]?)cycles (?:more|less|elsewhere)", one.reason)
            more, *rest = (float(number) * {"": 1.0, "k": 1e3, "M": 1e6}[unit] for number, unit in said)
            sign = -1 if "less elsewhere" in one.reason else 1
            told = more + sign * sum(rest)
            assert told == pytest.approx(one.estimate.cycles - chosen.cycles, rel=0.08)
            found += bool(rest)
    assert found


def test_the_best_of_each_family_is_among_the_losers() -> None:
    chosen, *_ = ranked = planner.rank(LAYER.replace(ih=56, iw=56), V3)
    shown = {one.estimate.plan.family for one in explain.losers(chosen, ranked)} | {chosen.plan.family}
    assert shown >= {one.plan.family for one in ranked} >= {"winograd2", "winograd4", "direct"}


# --- asking ahead ---

MAP = ConvSpec(ic=64, ih=512, iw=512, oc=3, kh=1, kw=1)


def test_many_channels_from_memory_are_asked_for_ahead() -> None:
    """64 streams: 2.1 times as fast in f16, 1.3 in f32, when measured. Not what the caches hold, nor a few channels."""
    def source(spec: ConvSpec) -> str:
        return planner.best(spec, target.NAMED["x86-64-v4"]).choices.source
    assert source(MAP) == source(MAP.replace(dtype="f16")) == "ahead"
    assert source(MAP.replace(ih=24, iw=24)) == "input"
    assert source(MAP.replace(ic=8)) != "ahead"


def test_planes_of_pages_are_packed() -> None:
    """Each channel lies pages behind the one before: 1.2 to 1.9 times as fast as read where they lie, when measured.
    Not where few channels are, nor small planes."""
    def source(**fields: int) -> str:
        spec = ConvSpec(layout="nchw", kh=1, kw=1, **fields)
        return planner.best(spec, target.NAMED["x86-64-v4"]).choices.source
    assert source(ic=512, ih=32, iw=32, oc=384) == source(ic=984, ih=48, iw=48, oc=984) == "panels"
    assert source(ic=32, ih=56, iw=56, oc=64) == source(ic=256, ih=16, iw=16, oc=128) == "input"


def test_few_rows_side_by_side_come_from_memory() -> None:
    """Channels first, stride 2: a tile of 16 rows reads 33, more than prefetchers follow. 2 times as fast, measured on
    a Zen 4."""
    spec = ConvSpec(ic=512, ih=112, iw=112, oc=512, kh=3, kw=3, sh=2, sw=2, g=512, padding="half", layout="nchw")
    for name in ("x86-64-v3", "x86-64-v4-bf16"):
        plan = planner.best(spec, name)
        assert plan.lanes == "ow"
        assert (plan.mr - 1) * spec.sh + spec.kh < memory.STREAMS


@pytest.mark.parametrize("other", [
    {"kh": 3, "kw": 3}, {"layout": "nhwc"}, {"ic": memory.STREAMS - 1, "ih": 4096}, {"ih": 96, "iw": 96}, {"sw": 2}])
def test_what_nobody_asks_for_ahead(other: dict[str, object]) -> None:
    machine = target.NAMED["x86-64-v3"]
    assert any(plan.choices.source == "ahead" for plan in direct.plans(MAP, machine))
    assert not any(plan.choices.source == "ahead" for plan in direct.plans(MAP.replace(**other), machine))
    assert not any(plan.choices.source == "ahead" for plan in direct.plans(MAP, find("aarch64")))


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_each_term_asks_for_the_lines_of_the_next_tile(dtype: str) -> None:
    """Tiles of 56 pixels: three lines and a half of f32, or one and a bit of f16."""
    spec = ConvSpec(ic=18, ih=7, iw=21, oc=5, kh=1, kw=1, n=2, residual=True, dtype=dtype)
    small = msgspec.structs.replace(V3, caches=tuple(msgspec.structs.replace(each, size=4096) for each in V3.caches))
    plan = next(plan for plan in direct.plans(spec, small) if plan.nr == 7 and plan.choices.source == "ahead")
    kernel = render(plan)
    whole = kernel.source[kernel.source.index("tile_1x56("):].partition("\n}\n")[0]
    asked = re.findall(r"_mm_prefetch\(\(const char \*\)\(x_ic \+ (\d+)\)", whole)
    assert [int(at) for at in asked[:len(asked) // 4]] == ([56, 72, 88, 104] if dtype == "f32" else [56, 88])
    if V3.runs_here():
        report = verify(kernel.compile(opt="O0"), ("exact", "guard"))
        assert report.ok, report


# --- layers of memory ---


@pytest.mark.parametrize(("footprint", "regions"), [
    (Footprint(64, ()), (1, 64)), (Footprint(64, ((5, 64),)), (1, 320)),
    (Footprint(64, ((3, 4096), (5, 64))), (3, 320)),
    (Footprint(64, ((5, 2048), (3, 8192))), (15, 64)), (Footprint(2048, ((5, 2048), (3, 65536))), (3, 10240)),
    (Footprint(64, ((2, 32), (2, 96))), (1, 192)),
], ids=str)
def test_runs_without_gaps_are_one_region(footprint, regions):
    assert footprint.regions == regions


@pytest.mark.parametrize("layer", ["g512ic512ih192oc512oh96kh3sh2ph0", "g512ic512ih112oc512oh56kh3sh2ph1",
                                   "g384ic384ih256oc384oh128kh3sh2ph0", "g2880ic2880ih50oc2880oh25kh5sh2ph2"])
def test_large_depthwise_images_are_read_in_their_order(layer):
    """Pixel by pixel with all channels of each: a few channels at a time, of an image that no cache keeps, take two to
    five times as long."""
    plan = planner.best(ConvSpec.parse(layer, layout="nhwc"), "x86-64-v4")
    loops = [loop.dim for loop in plan.loops if loop.dim in ("oh", "ow", "oc")]
    assert loops.index("oc") == len(loops) - 1


def test_what_memory_limits_still_prefers_less_traffic_between_caches():
    spec = ConvSpec(ic=12, oc=144, ih=224, iw=224, kh=1, kw=1, layout="nhwc")
    first, *others = [one for one in planner.rank(spec, "x86-64-v4") if not one.pruned]
    memory = first.traffic[-1][2]
    assert memory > first.compute
    alike = [one for one in others if one.traffic[-1][2] == memory]
    assert alike
    assert all(one.traffic[0][2] >= first.traffic[0][2] for one in alike)


@pytest.mark.parametrize(("icg", "ocg"), [(4, 4), (2, 4), (4, 8)])
def test_grouped_layers_spread_pixels_for_all_kernel_columns(icg, ocg):
    """A shuffle takes the place of a product, so tiles that spread a pixel once, for three columns, are worth a smaller
    tile."""
    spec = ConvSpec(ic=16 * icg, oc=16 * ocg, g=16, ih=28, iw=28, kh=3, kw=3, padding="half", layout="nhwc")
    one = planner.rank(spec, target.NAMED["x86-64-v4"], "grouped")[0]
    (visit, *_) = ALGORITHMS["grouped"].visits(one.plan)
    assert visit.shuffles < 0.6 * visit.rows * visit.vectors


def test_memory_is_waited_for_where_transforms_come_back_to_what_l2_has_lost():
    """A worker's scratch serves one block of tiles after another; all of a layer's are more than L2 holds."""
    spec = ConvSpec(ic=48, oc=384, ih=28, iw=28, kh=3, kw=3, padding="half", layout="nhwc")
    machine = msgspec.structs.replace(target.NAMED["x86-64-v4"], caches=target.caches_of(32, 1024, 16384))
    roomy = msgspec.structs.replace(machine, caches=target.caches_of(32, 16384, 32768))
    lost = set[bool]()
    for one in planner.rank(spec, machine, "winograd")[:200]:
        passes = [cost.estimate(msgspec.structs.replace(one.plan, target=where)).passes for where in (machine, roomy)]
        fused = one.plan.own(WinogradChoices).fused
        waits = passes[0] - passes[1]
        size = sum(step.scattered for step in ALGORITHMS["winograd"].work(one.plan).passes)
        assert waits >= 0
        assert fused or waits > memory.LOST * size / (2 * machine.caches[2].rate)
        lost.add(waits > memory.LOST * size / (2 * machine.caches[2].rate))
    assert lost == {True, False}


@pytest.mark.parametrize(("layer", "label"), [
    ("ic3ih260oc32oh130kh3sh2ph0", "direct_avx512bf16_w8x48"), ("ic3ih106oc32oh53kh3sh2ph1", "direct_avx512bf16_w6x64"),
    ("g384ic384ih48oc384oh48kh9ph4", "depthwise_avx512bf16_w2x48"),
])
def test_what_moves_vectors_costs_more_where_they_are_moved_by_halves(layer, label):
    """Squares that change places in registers, and Fourier transforms: on a Zen 4 these plans take 0.74, 0.84 and 0.6
    of the time of those that are best elsewhere."""
    machine = msgspec.structs.replace(target.NAMED["x86-64-v4-bf16"], **HALVES)
    assert planner.best(ConvSpec.parse(layer, layout="nchw"), machine).label == label


def test_pixels_that_share_a_set_of_the_first_cache_are_few_in_a_tile():
    """Those of every second pixel of 1024 channels lie 8 KiB apart: a set holds 8 of their lines, a tile of 14 evicts
    its own."""
    spec = ConvSpec(layout="nhwc", g=64, ic=1024, ih=28, iw=28, oc=1024, kh=3, kw=3, sh=2, sw=2, padding=1)
    plan = planner.rank(spec, "x86-64-v4")[0].plan
    assert plan.lanes == "oc"
    assert plan.mr <= 6
