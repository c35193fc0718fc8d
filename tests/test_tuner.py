"""The tuner: which plans it tries, what it keeps, and that nothing stops it; timings are made up."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time

import msgspec
import pytest
import tools
from plans import altered
from tools import command

from convgen import __version__
from convgen.emit import render
from convgen.emit.sources import digest
from convgen.errors import CrashError, InputError, MissingToolError
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED, Target
from convgen.plan.written import written
from convgen.planner import rank as planner
from convgen.run import compilers
from convgen.tuning import campaign as campaign_module
from convgen.tuning import records, search, trial, tuner
from convgen.tuning.campaign import Campaign, Layer
from convgen.tuning.database import Place, Record, Records
from convgen.tuning.records import plan_text, spec_text, target_text
from convgen.tuning.search import Search, difference
from convgen.tuning.trial import Lab, Outcome
from convgen.tuning.tuner import EFFORTS, Effort, accuracy, tune

V3 = NAMED["x86-64-v3"]
SPEC = ConvSpec(ic=64, ih=14, iw=14, oc=64, kh=3, kw=3, padding="half", layout="nhwc")
TINY = ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=3, kw=3, layout="nhwc")
PLACE = Place(spec_text(SPEC), target_text(V3), "device", "compiler", 1)
MEASURE, PATIENT, ALL = EFFORTS.values()


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path, tmp_path_factory):
    path = tmp_path / "records.sqlite"
    monkeypatch.setenv("CONVGEN_RECORDS", str(path))
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.delenv("CC", raising=False)
    return path


@pytest.fixture
def database(file):
    with Records() as opened:
        yield opened


class Fake:
    """A lab without kernels, and its clock. time(plan) is a plan's seconds, or how it fails."""

    def __init__(self, time, build_s=0.5, run_s=0.1):
        self.time, self.build_s, self.run_s = time, build_s, run_s
        self.now = 1000.0
        self.built, self.trials, self.turns = [], [], []

    def clock(self):
        return self.now

    def build(self, plans):
        self.built.append(list(plans))
        self.now += self.build_s * len(plans)

    def run(self, plan, repeats, left, best=None, verify=False):
        assert left > 0
        (self.trials if verify else self.turns).append(plan)
        if self.run_s > left:
            self.now += left
            return None
        self.now += self.run_s
        found = self.time(plan)
        if isinstance(found, float):
            return Outcome("ok", tuple(found * (1 + 0.01 * number) for number in range(repeats)))
        return Outcome(found, detail=f"it went {found}")


def plans(spec=SPEC, target=V3):
    return [estimate.plan for estimate in planner.rank(spec, target)]


RANK = {plan: number for number, plan in enumerate(plans())}


def by_rank(plan):
    """A world in which the model is right."""
    return 1e-3 + 1e-6 * RANK[plan]


def run(lab, database, effort=MEASURE, seconds=1e9, **more):
    return tune(SPEC, V3, lab, database, PLACE, effort, seconds, clock=lab.clock, **more)


def on_record(database):
    return {row.plan: row for row in database.rows()}


# --- which plans ---


def test_the_top_of_the_ranking_and_a_sample_of_the_rest(database):
    lab = Fake(by_rank)
    result = run(lab, database)
    assert lab.trials[0] == plans()[0]
    assert len(lab.trials) == len(set(lab.trials)) == result.tried == 17
    assert set(plans()[: MEASURE.best // 2]) <= set(lab.trials)
    assert any(RANK[plan] > 50 for plan in lab.trials)
    assert result.first == result.best
    assert result.finished
    assert not result.failed


@pytest.mark.parametrize(
    ("more", "tiles"),
    [({}, {0, 2, 4}), ({"max_error": 0}, {0}), ({"max_error": 5e-6}, {0, 2, 4, 6}),
     ({"algorithm": "winograd"}, {2, 4})],
    ids=str,
)  # fmt: skip
def test_plans_beyond_the_limit_are_not_tried(database, more, tiles):
    lab = Fake(lambda plan: 1e-3)
    run(lab, database, ALL, **more)
    assert {written(plan).m for plan in lab.trials} == tiles


def test_the_same_seed_tries_the_same_plans(tmp_path):
    tried = []
    for number, seed in enumerate((1, 1, 2)):
        with Records(tmp_path / str(number)) as database:
            lab = Fake(by_rank)
            run(lab, database, seed=seed)
            tried.append(lab.trials)
    assert tried[0] == tried[1] != tried[2]


def test_the_best_of_every_promising_kind_is_tried_early():
    """A kind is promising within half again of the first choice's cycles."""
    ranked = planner.rank(SPEC, V3, "direct")
    kinds = {(e.plan.lanes, e.plan.choices.source) for e in ranked
             if e.cycles <= search.PROMISING * ranked[0].cycles}
    early = Search(ranked, 2 * len(kinds), 0, 0, 0).next({}, 99)
    assert {(plan.lanes, plan.choices.source) for plan in early} >= kinds
    assert len(kinds) > 1


def test_pruned_plans_are_sampled_too():
    ranked = planner.rank(SPEC, V3)
    pruned = {estimate.plan for estimate in ranked if estimate.pruned}
    drawn = Search(ranked, 1, 100, 0, 0).next({}, 101)[1:]
    assert len(set(drawn)) == 100
    assert 0 < len(pruned & set(drawn)) < 100


def test_a_search_tries_no_plan_that_does_not_fit():
    ranked = planner.rank(SPEC, V3)
    refused = {estimate.plan for estimate in ranked[1::2]}
    walk = Search(ranked, 10, 10, 30, 0, lambda plan: plan not in refused)
    seconds = {}
    while batch := walk.next(seconds, 4):
        seconds |= dict.fromkeys(batch, 1.0)
    assert len(seconds) > 30
    assert not seconds.keys() & refused


def test_local_search_walks_to_the_best():
    """Every plan is as slow as it has decisions that differ from a hidden one's: downhill all the way."""
    hidden = plans()[len(RANK) // 2]

    def away(plan):
        order, blocks = search._nest(plan)
        best_order, best_blocks = search._nest(hidden)
        wrong = abs(plan.mr - hidden.mr) + 3 * abs(plan.nr - hidden.nr)
        wrong += 5 * (written(plan).source != written(hidden).source)
        wrong += 9 * (plan.lanes != hidden.lanes) + 5 * (order != best_order)
        return 1.0 + wrong + (order == best_order and blocks != best_blocks)

    walk = Search(planner.rank(SPEC, V3), 4, 2, 80, 0)
    seconds = {}
    while batch := walk.next(seconds, 4):
        seconds |= {plan: away(plan) for plan in batch}
    assert min(seconds, key=seconds.get) == hidden
    assert len(seconds) <= 86 < len(RANK) / 2


@pytest.mark.parametrize(
    "spec",
    [SPEC, SPEC.replace(layout="nchw"), SPEC.replace(ih=14, iw=14, g=64), SPEC.replace(g=64, layout="nchw"),
     SPEC.replace(g=16), SPEC.replace(g=16, layout="nchw"), SPEC.replace(kh=1, kw=1, padding="valid")],
    ids=["dense", "dense-nchw", "depthwise", "depthwise-nchw", "grouped", "grouped-nchw", "pointwise"],
)  # fmt: skip
def test_every_algorithm_can_be_searched(spec):
    ranked = planner.rank(spec, V3)
    everything = Search(ranked, tuner.NO_LIMIT, 0, 0, 0).next({}, tuner.NO_LIMIT)
    assert sorted(map(plan_text, everything)) == sorted(plan_text(estimate.plan) for estimate in ranked)
    walk = Search(ranked, 1, 0, 10, 0)
    seconds = {}
    while batch := walk.next(seconds, 3):
        assert len(batch) <= 3
        assert not seconds.keys() & set(batch)
        seconds |= dict.fromkeys(batch, 1.0)
    assert len(seconds) == min(11, len(ranked))


def test_neighbours_differ_in_one_decision():
    found = {}
    for one, other in itertools.product(plans()[::9], plans()):
        decision = difference(one, other)
        assert decision == difference(other, one)
        found.setdefault(decision if one != other else "itself", (one, other))
    assert {None, "tile", "order", "source"} <= found.keys()
    assert any(str(decision).startswith("block of") for decision in found)
    one, other = found["tile"]
    assert (one.mr, one.nr) != (other.mr, other.nr)
    assert one.choices == other.choices
    one, other = found["source"]
    assert altered(one, source=other.choices.source) == other


def test_neighbours_of_a_batch_differ_in_different_decisions():
    ranked = planner.rank(SPEC, V3, "direct")
    walk = Search(ranked, 1, 0, 10, 0)
    centre = ranked[0].plan
    batch = walk.next({centre: 1.0}, 4)
    assert len({difference(centre, plan) for plan in batch}) >= 3


# --- the final ---


def test_a_lucky_first_trial_does_not_win(database):
    lucky, steady = plans()[1:3]
    lab = Fake(None)
    lab.time = lambda plan: (2e-3 if lab.turns else 1e-4) if plan == lucky else \
        1e-3 if plan == steady else 5e-3
    result = run(lab, database)
    assert result.best.plan == plan_text(steady)
    assert database.rows()[0].plan == plan_text(steady)
    assert result.best.min_s == 1e-3
    assert result.best.repeats > 10


def test_finalists_take_turns_and_the_first_choice_stays(database):
    worst_first = Fake(lambda plan: 1.0 if RANK[plan] == 0 else 1e-3 * RANK[plan])
    result = run(worst_first, database)
    rounds = []
    for group in itertools.groupby(worst_first.turns[:15], lambda plan: plan == worst_first.turns[0]):
        rounds += [group[0]] * group[0]
    assert len(worst_first.turns[:5]) == len(set(worst_first.turns[:5]))  # four, and the first choice
    assert worst_first.turns[:5] == worst_first.turns[5:10]
    assert plans()[0] in worst_first.turns[-3:]
    assert len(set(worst_first.turns[-6:])) == 3
    assert result.first.min_s == 1.0
    assert result.best.rounds > result.first.rounds


def test_a_first_choice_that_turns_out_fastest_wins(database):
    lab = Fake(None)
    lab.time = lambda plan: 1e-3 * RANK[plan] + 1e-4 if lab.turns else 1.0 if RANK[plan] == 0 else 1e-3
    assert run(lab, database).best.plan == plan_text(plans()[0])


def test_the_champion_defends_its_title(database):
    """However fast others were in their first trials."""
    champion = plans()[1]
    run(Fake(lambda plan: 1e-3 if plan == champion else 2e-3), database)
    lab = Fake(None)
    lab.time = lambda plan: 1e-3 if plan == champion else 9e-3 if lab.turns else 1e-6
    assert run(lab, database, PATIENT).best.plan == plan_text(champion)
    assert on_record(database)[plan_text(champion)].rounds > 2


def test_a_plan_that_fails_in_the_final_is_out(database):
    lab = Fake(None)
    lab.time = lambda plan: "crash" if plan == plans()[1] and len(lab.turns) > 7 else \
        1e-4 if plan == plans()[1] else by_rank(plan)
    result = run(lab, database)
    assert result.best.plan == plan_text(plans()[0])
    assert on_record(database)[plan_text(plans()[1])].status == "crash"
    assert [row.status for row in result.failed] == ["crash"]


def test_all_fail_in_the_final(database):
    lab = Fake(None)
    lab.time = lambda plan: "timeout" if lab.turns else by_rank(plan)
    result = run(lab, database)
    assert len(result.failed) == MEASURE.finalists
    assert result.best.rounds == 0


# --- on record ---


def test_what_is_on_record_is_not_tried_again(database):
    run(Fake(by_rank), database)
    before = on_record(database)
    lab = Fake(by_rank)
    result = run(lab, database)
    assert (lab.built, lab.trials, lab.turns) == ([], [], [])
    assert on_record(database) == before
    assert (result.tried, result.finished) == (0, True)
    assert result.best.plan == plan_text(plans()[0])


def test_more_effort_goes_on_from_less(database):
    run(Fake(by_rank), database)
    known = set(on_record(database))
    lab = Fake(by_rank)
    run(lab, database, PATIENT)
    assert not known & {plan_text(plan) for plan in lab.trials}
    assert len(on_record(database)) == 80
    assert plans()[0] in lab.turns  # the champion defends its title
    lab = Fake(by_rank)
    run(lab, database, MEASURE)  # and less effort has nothing to add
    assert not lab.trials


@pytest.mark.parametrize("stop", [1, 2, 5, 17])
def test_an_interrupt_loses_nothing(database, stop):
    lab = Fake(None)

    def until(plan):
        if len(lab.trials) == stop:
            raise KeyboardInterrupt
        return by_rank(plan)

    lab.time = until
    with pytest.raises(KeyboardInterrupt):
        run(lab, database)
    assert set(on_record(database)) == {plan_text(plan) for plan in lab.trials[:-1]}
    again = Fake(by_rank)
    result = run(again, database)
    assert not set(again.trials) & set(lab.trials[:-1])
    assert result.best.rounds > 1
    assert len(on_record(database)) == 17


def test_an_interrupted_final_is_held_again(database):
    lab = Fake(None)

    def until(plan):
        if len(lab.turns) == 3:
            raise KeyboardInterrupt
        return by_rank(plan)

    lab.time = until
    with pytest.raises(KeyboardInterrupt):
        run(lab, database)
    again = Fake(by_rank)
    assert run(again, database).best.rounds > 1
    assert not again.trials
    assert again.turns


def test_trials_of_other_places_and_versions_do_not_count(database):
    text = plan_text(plans()[0])
    old = Record(**msgspec.structs.asdict(PLACE), convgen="0.0.1", printer=digest(), plan=text, status="ok", min_s=1e-9)
    older = msgspec.structs.replace(old, convgen=__version__, printer="another")
    other = msgspec.structs.replace(old, convgen=__version__, compiler="another")
    database.put([old, older, other])
    lab = Fake(by_rank)
    assert run(lab, database).tried == 17
    assert lab.trials[0] == plans()[0]


@pytest.mark.parametrize("status", ["wrong", "crash", "timeout", "illegal"])
def test_failures_cost_a_trial_and_are_not_repeated(database, status):
    bad = {plan for plan, number in RANK.items() if number % 2 == 0}  # the first choice too
    result = run(Fake(lambda plan: status if plan in bad else by_rank(plan)), database)
    assert result.first is None
    assert result.best.plan == plan_text(plans()[1])
    assert {row.status for row in result.failed} == {status}
    assert all(row.detail and row.min_s is None for row in result.failed)
    assert len(on_record(database)) == 17
    lab = Fake(by_rank)
    run(lab, database)
    assert not lab.trials


def test_nothing_works(database):
    result = run(Fake(lambda plan: "crash"), database)
    assert (result.first, result.best) == (None, None)
    assert len(result.failed) == 9  # no neighbours of a plan that does not work


def test_the_row_of_a_trial(database):
    run(Fake(by_rank), database, seed=7)
    row = on_record(database)[plan_text(plans()[0])]
    assert row.place == PLACE
    assert (row.convgen, row.printer, row.status, row.seed) == (__version__, digest(), "ok", 7)
    assert row.predicted == planner.rank(SPEC, V3)[0].cycles
    assert row.min_s < row.median_s


# --- time ---


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.0, 3.0, 6.0, 20.0])
def test_time_is_kept(database, seconds):
    lab = Fake(by_rank)
    start = lab.now
    result = run(lab, database, PATIENT, seconds)
    # the batch under way, and a turn of the final
    assert lab.now - start <= seconds + tuner.BATCH * lab.build_s + (PATIENT.finalists + 2) * lab.run_s
    assert not result.finished
    assert len(on_record(database)) == result.tried
    if seconds >= 3:
        assert result.first.plan == plan_text(plans()[0])
        assert result.best.rounds > 1


def test_the_effort_limits_time_too(database):
    lab = Fake(by_rank, run_s=5.0)
    start = lab.now
    assert not run(lab, database, MEASURE).finished
    assert lab.now - start < MEASURE.seconds + 5 * lab.run_s + 2 * tuner.LEAST_LAPS * lab.run_s


def test_a_trial_cut_short_is_not_on_record(database):
    lab = Fake(by_rank, build_s=0.0, run_s=10.0)
    result = run(lab, database, seconds=5.0)
    assert (result.tried, result.best, result.finished) == (0, None, False)
    assert on_record(database) == {}


def test_progress_is_told(database):
    told = []
    run(Fake(by_rank), database, tell=told.append)
    assert [progress.done for progress in told] == list(range(1, 18))
    assert {progress.of for progress in told} == {17}
    assert {(progress.first, progress.best) for progress in told} == {(1e-3, 1e-3)}


def test_batches_are_built_before_they_are_tried(database):
    lab = Fake(by_rank)
    run(lab, database)
    assert {len(batch) for batch in lab.built} <= {1, tuner.BATCH}
    assert list(itertools.chain(*lab.built)) == lab.trials


def test_the_reference_is_not_tuned(database):
    with pytest.raises(InputError, match="algorithm"):
        run(Fake(by_rank), database, algorithm="reference")


# --- many layers ---

SIZES = (14, 28, 7, 21)
LAYERS = [SPEC.replace(ih=size, iw=size) for size in SIZES]


def campaign(lab, database, layers=LAYERS, uses=(1,) * 40, effort=MEASURE, **more):
    wanted = [Layer(spec, msgspec.structs.replace(PLACE, spec=spec_text(spec)), count)
              for spec, count in zip(layers, uses, strict=False)]
    return Campaign(wanted, V3, lab, database, effort, clock=lab.clock, **more)


def tried(lab):
    """The layers of the trials, by number, in order."""
    return [LAYERS.index(plan.spec) for plan in lab.trials]


def predicted(spec):
    return planner.rank(spec, V3)[0].cycles


def test_each_layer_has_a_first_trial_of_the_models_choice_the_longest_first(database):
    lab = Fake(lambda plan: 1e-3)
    campaign(lab, database).run()
    assert tried(lab)[:4] == sorted(range(4), key=lambda number: -SIZES[number])
    assert lab.trials[:4] == [planner.best(LAYERS[number], V3) for number in tried(lab)[:4]]
    assert lab.built[0] == lab.trials[:4]  # built together


@pytest.mark.parametrize("uses", [(1, 1, 1, 1), (1, 1, 40, 3)], ids=str)
@pytest.mark.parametrize("limit", [100.0, pytest.param(400.0, marks=pytest.mark.sweep)])
def test_time_goes_to_layers_by_their_share(database, limit, uses):
    lab = Fake(lambda plan: 1e-3)
    one = campaign(lab, database, uses=uses, effort=ALL, limit=limit)
    one.run()
    weights = [count * predicted(spec) for spec, count in zip(LAYERS, uses, strict=True)]
    fair = [max(campaign_module.LEAST_TURN, limit * weight / sum(weights)) for weight in weights]
    spent = [one.tunings[number].spent for number in range(4)]
    assert all(0.5 < got / want < 2 for got, want in zip(spent, fair, strict=True)), (spent, fair)
    assert limit <= lab.now - 1000 <= limit + tuner.BATCH * lab.build_s + lab.run_s


@pytest.mark.parametrize("limit", [0.01, 1.0, 2.5, 5.0, 9.0, 30.0, 77.0])
def test_the_limit_is_kept_whatever_it_is(database, limit):
    lab = Fake(lambda plan: 1e-3)
    one = campaign(lab, database, effort=PATIENT, limit=limit)
    one.run()
    assert lab.now - 1000 <= limit + tuner.BATCH * lab.build_s + 2 * lab.run_s
    assert sum(result.tried for result in one.results()) == len(database.rows())
    assert not any(result.finished for result in one.results())
    if limit > 5:
        assert all(result.best for result in one.results())


def test_layers_are_not_planned_before_their_turn(database, monkeypatch):
    """Planning many layers takes longer than some limits."""
    planned, lab = [], Fake(lambda plan: 1e-3)
    monkeypatch.setattr(tuner, "rank", lambda spec, *rest: planned.append(spec) or planner.rank(spec, *rest))
    many = [SPEC.replace(ic=4 * count) for count in range(1, 40)]
    one = campaign(lab, database, many, limit=1.0)
    one.run()
    assert len(planned) == tuner.BATCH
    assert one.results()[0] == tuner.Tuned()


def test_a_layer_that_hangs_leaves_time_for_the_others(database):
    lab = Fake(lambda plan: 1e-3)
    quick = lab.run

    def run(plan, repeats, left, *rest, **more):
        if plan.spec is LAYERS[1]:  # the longest, and so the first
            lab.now += left
            return None
        return quick(plan, repeats, left, *rest, **more)

    lab.run = run
    one = campaign(lab, database, limit=40.0)
    one.run()
    assert [bool(result.best) for result in one.results()] == [True, False, True, True]


def test_all_effort_is_spent_where_there_is_no_limit(database):
    lab = Fake(by_size := lambda plan: 1e-3 * plan.spec.iw)
    one = campaign(lab, database)
    one.run()
    assert [result.tried for result in one.results()] == [17] * 4
    assert all(result.finished and result.best.rounds > 1 for result in one.results())
    again = Fake(by_size)
    campaign(again, database).run()
    assert not again.trials  # and nothing is done twice


def test_the_same_seed_and_clock_make_the_same_trials(tmp_path):
    seen = []
    for number, seed in enumerate((1, 1, 2)):
        with Records(tmp_path / str(number)) as database:
            lab = Fake(lambda plan: 1e-3)
            campaign(lab, database, limit=60.0, seed=seed).run()
            seen.append(lab.trials)
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize("stop", [1, 4, 5, 30])
def test_stopped_at_any_moment_the_best_so_far_is_on_record(database, stop):
    lab = Fake(None)

    def until(plan):
        if len(lab.trials) == stop:
            raise KeyboardInterrupt
        return 1e-3 + 1e-6 * len(lab.trials)

    lab.time = until
    one = campaign(lab, database)
    with pytest.raises(KeyboardInterrupt):
        one.run()
    assert {(row.spec, row.plan) for row in database.rows()} == \
        {(spec_text(plan.spec), plan_text(plan)) for plan in lab.trials[:-1]}
    results = dict(zip(LAYERS, one.results(), strict=True))
    assert sum(result.tried for result in results.values()) == stop - 1
    for spec in {plan.spec for plan in lab.trials[:-1]}:
        best = min((row for row in database.rows(spec=spec_text(spec))), key=lambda row: row.merit)
        assert results[spec].best.plan == best.plan


def test_news_tell_the_layer_the_best_and_what_is_left(database):
    told, lab = [], Fake(lambda plan: 1e-3 if plan in firsts else 5e-4)
    firsts = {planner.best(spec, V3) for spec in LAYERS}
    campaign(lab, database, limit=60.0, tell=told.append).run()
    assert [news.layer for news in told[:4]] == tried(lab)[:4]
    assert {(news.progress.first, news.progress.best) for news in told[:4]} == {(1e-3, 1e-3)}
    later = [news for news in told[4:] if news.progress.done > 1]
    assert {(news.progress.first, news.progress.best) for news in later} == {(1e-3, 5e-4)}
    left = [news.left for news in told]
    assert left == sorted(left, reverse=True)
    assert 50 < left[0] < 60
    assert left[-1] < 5


# --- the model's accuracy ---


def measured(spec, number, seconds, **changes):
    plan = plans(spec)[number]
    place = records.place(spec, V3, 1)
    row = Record(**msgspec.structs.asdict(place), convgen=__version__, printer=digest(), plan=plan_text(plan),
              status="ok", min_s=seconds, median_s=seconds, rounds=1)
    return msgspec.structs.replace(row, **changes)


def test_accuracy(database):
    relu, nchw = SPEC.replace(activation="relu"), SPEC.replace(layout="nchw")
    database.put([
        measured(SPEC, 0, 1.2e-3), measured(SPEC, 1, 1e-3), measured(SPEC, 2, 9e-3),
        measured(relu, 0, 1e-3), measured(relu, 1, 2e-3), measured(relu, 2, 1e-9, status="wrong"),
        measured(nchw, 3, 1e-3), measured(nchw, 4, 2e-3),
        measured(TINY, 0, 1e-3),  # alone
        measured(TINY, 0, 1e-3, convgen="0.0.1"), measured(TINY, 1, 1e-4, convgen="0.0.1"),
        measured(TINY, 0, 1e-3, printer="another"), measured(TINY, 1, 1e-4, printer="another"),
    ])  # fmt: skip
    beyond = next(e.plan for e in planner.rank(SPEC, V3, max_error=1e-5) if written(e.plan).m == 6)
    database.put([msgspec.structs.replace(measured(SPEC, 0, 1e-9), plan=plan_text(beyond))])
    found = {one.spec: one.gap for one in accuracy(database.rows())}
    assert found == {SPEC: pytest.approx(0.2), relu: 0.0, nchw: None}
    data = json.loads(command("records", "accuracy", "--json").stdout)
    assert (data["median"], data["worst"]) == (pytest.approx(0.1), pytest.approx(0.2))
    text = command("records", "accuracy").stdout
    assert "+20.0%" in text
    assert "not measured" in text
    assert "10.0% more time than the best plan in the median, 20.0% at worst, 2 layers" in text
    pointwise = SPEC.replace(kh=1, kw=1, padding="valid")
    database.put([measured(pointwise, 0, 1.5e-3), measured(pointwise, 1, 1e-3)])
    kinds = json.loads(command("records", "accuracy", "--json").stdout)["kinds"]
    assert kinds == {"1x1": {"layers": 1, "median": pytest.approx(0.5), "worst": pytest.approx(0.5)},
                     "dense": {"layers": 2, "median": pytest.approx(0.1), "worst": pytest.approx(0.2)}}
    text = command("records", "accuracy").stdout
    assert re.search(r"^1x1 +1 +\+50\.0% +\+50\.0%$", text, re.MULTILINE)
    assert re.search(r"^dense +2 +\+10\.0% +\+20\.0%$", text, re.MULTILINE)


def test_no_accuracy_without_trials():
    assert "tune" in command("records", "accuracy", code=2).stderr
    assert json.loads(command("records", "accuracy", "--json").stdout)["worst"] is None


# --- true kernels ---


def spoil(monkeypatch, old, new):
    """Plant a fault in every kernel."""
    def faulty(plan):
        kernel = render.render(plan)
        assert old in kernel.source
        return msgspec.structs.replace(kernel, source=kernel.source.replace(old, new, 1))
    monkeypatch.setattr(trial, "render", faulty)


HERE = pytest.mark.skipif(not V3.runs_here(), reason="the plans are for AVX2")
ENTRY = "_task(int phase, size_t task"


@HERE
def test_a_trial_measures():
    first, second = plans(TINY)[:2]
    with Lab(threads=1, seed=0) as lab:
        lab.build([first, second])
        outcome = lab.run(first, 5, left=60.0, verify=True)
        assert outcome.status == "ok"
        assert len(outcome.seconds) == 5
        assert all(1e-8 < seconds < 1e-3 for seconds in outcome.seconds)
        assert len(lab.run(second, 5, left=60.0, best=1e-12, verify=True).seconds) == 1  # far too slow
        again = lab.run(first, 3, left=60.0)
        assert len(again.seconds) == 3
        assert min(again.seconds) < 10 * min(outcome.seconds)


@HERE
@pytest.mark.parametrize(
    ("inserted", "status", "telling"),
    [("output[0] = 1e9f; return;", "wrong", "integers"), ("__builtin_trap();", "crash", "SIG"),
     ("for (volatile int i = 0; i < 1;) { }", "timeout", "verify"), ("#error no\n", "illegal", "error")],
)  # fmt: skip
def test_faults_cost_one_trial(monkeypatch, inserted, status, telling):
    monkeypatch.setattr(trial, "_patience", lambda plan: 1.5)
    good, bad = plans(TINY)[:2]
    with Lab(threads=1, seed=0) as lab:
        lab.build([good])
        kernel = render.render(bad)
        head, brace, body = kernel.source.rpartition("void " + kernel.name)[2].partition("{")
        spoil(monkeypatch, head + brace + body, head + brace + "\n" + inserted + body)
        outcome = lab.run(bad, 3, left=60.0, verify=True)
        assert outcome.status == status, outcome
        assert telling in outcome.detail
        assert lab.run(good, 3, left=60.0, verify=True).status == "ok"


def test_the_shortest_effort_has_time_to_see_that_a_plan_hangs():
    """Else it is not on record, and stops every tuning again."""
    assert trial._patience(plans()[0]) < (1 - tuner.FINAL_SHARE) * MEASURE.seconds


@HERE
def test_a_lack_of_time_is_not_the_plans_fault(monkeypatch):
    spoil(monkeypatch, "{", "{")
    kernel = render.render(plans(TINY)[0])
    head, brace, body = kernel.source.rpartition("void " + kernel.name)[2].partition("{")
    spoil(monkeypatch, head + brace + body, head + brace + " for (volatile int i = 0; i < 1;) { } " + body)
    with Lab(threads=1, seed=0) as lab:
        assert lab.run(plans(TINY)[0], 3, left=0.5, verify=True) is None


def test_an_illegal_plan_and_other_troubles(monkeypatch):
    plan = plans(TINY)[0]
    with Lab(threads=1, seed=0) as lab:
        outcome = lab.run(msgspec.structs.replace(plan, mr=99), 3, left=60.0)
        assert (outcome.status, "mr must be" in outcome.detail) == ("illegal", True)
    monkeypatch.setattr(compilers, "build", lambda *args, **kwargs: (_ for _ in ()).throw(InputError("disk")))
    with Lab(threads=1, seed=0) as lab, pytest.raises(InputError, match="disk"):
        lab.run(plan, 3, left=60.0)
    monkeypatch.setenv("CC", "/nonexistent")
    with pytest.raises(MissingToolError):
        records.place(TINY, V3, 1)


# --- the command ---


WORDS = ("ic8ih6oc8kh3", "--layout", "nhwc")


def test_tune_then_generate(monkeypatch, tmp_path):
    monkeypatch.setattr(tuner, "EFFORTS", {"measure": Effort(3, 1, 1, 2, 0.1, 9.0)})
    start = time.monotonic()
    data = json.loads(command("tune", *WORDS, "--time-limit", "9", "--json").stdout)
    assert time.monotonic() - start < 20
    (layer,) = data["layers"]
    assert layer["finished"]
    assert layer["tried"] == 5
    assert 0 < layer["best"]["min_s"] <= layer["first"]["min_s"]
    assert json.loads(command("plan", *WORDS, "--json").stdout)["layers"][0]["chosen_by"] == "records"
    assert command("tune", *WORDS).stdout.split()[-1] == "0"  # all on record
    assert command("tune", *WORDS, "--fresh").stdout.split()[-1] == "5"
    assert re.search(r"(direct|dot)_", command("records", "list").stdout)
    command("records", "accuracy")


def test_estimate_measures_nothing(file, monkeypatch):
    monkeypatch.setattr(Target, "runs_here", lambda self, arithmetic=None: False)
    text = command("tune", *WORDS, "--effort", "estimate", "--target", "x86-64-v3").stdout
    assert plans(TINY)[0].label in text
    assert not file.exists()
    data = json.loads(command("tune", *WORDS, "--effort", "estimate", "--json").stdout)
    assert "best" not in data["layers"][0]


def fake_lab(monkeypatch, time):
    """Tune with made-up timings."""
    class FakeLab(Fake):
        def __init__(self, threads, seed):
            super().__init__(time, 0.0, 0.0)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(trial, "Lab", FakeLab)
    monkeypatch.setattr(tuner, "EFFORTS", {"measure": Effort(3, 1, 1, 2, 0.0, 9.0)})


def test_layers_have_their_names_and_shares(monkeypatch, tmp_path):
    (tmp_path / "l.toml").write_text(
        'layer = [{ name = "one", descriptor = "ic8ih6oc8kh3" },'
        ' { name = "two", descriptor = "ic3ih5oc4kh3" }]'
    )
    fake_lab(monkeypatch, lambda plan: 1e-6)
    result = command("tune", "--layers", tmp_path / "l.toml")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["layer", "one", "two"]
    assert re.search(r"one: 0.001000 ms, 5 of 5 plans tried; \d+ s left", result.stderr)


def test_failures_are_told(monkeypatch):
    choice = plans(TINY, records.find("host"))[0]
    fake_lab(monkeypatch, lambda plan: "wrong" if plan == choice else 1e-6)
    assert "wrong: it went wrong (plan {" in command("tune", *WORDS).stderr
    fake_lab(monkeypatch, lambda plan: "crash")
    command("tune", *WORDS, "--fresh", code=1)


def test_ctrl_c(monkeypatch):
    def stop(plan):
        raise KeyboardInterrupt

    fake_lab(monkeypatch, stop)
    assert "goes on" in command("tune", *WORDS, code=130).stderr
    made = iter([1e-3, 5e-4])
    fake_lab(monkeypatch, lambda plan: next(made, None) or stop(plan))
    result = command("tune", *WORDS, code=130)  # and shows what it has
    assert re.search(r" 0\.5000 .* 100\.0% .* 2\n", result.stdout)
    data = json.loads(command("tune", *WORDS, "--json", code=130).stdout)
    assert data["layers"][0]["best"]["min_s"] == 5e-4


def test_an_unsupported_layer_is_told_before_anything_is_measured(monkeypatch):
    fake_lab(monkeypatch, lambda plan: pytest.fail("measured"))
    words = ("g8ic8ih6oc8kh3", 'ic8ih6oc8kh3n"dense"', "--algorithm", "depthwise", "--layout", "nhwc")
    assert "dense: algorithm depthwise has no plan for this layer" in command("tune", *words, code=3).stderr


def test_a_true_interrupt_ends_it_and_loses_nothing(file):
    """SIGINT while kernels are compiled and measured."""
    process = subprocess.Popen(
        [sys.executable, "-m", "convgen", "tune", *WORDS, "--effort", "exhaustive"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (file.exists() and rows_of(file)):
            time.sleep(0.1)
        known = rows_of(file)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    assert "goes on" in stderr
    assert known
    assert set(known) <= set(rows_of(file))


def rows_of(file):
    with Records(file) as database:
        return [row.plan for row in database.rows()]


@pytest.mark.parametrize(
    ("words", "code", "telling"),
    [((), 2, "SPEC"), (("nonsense",), 2, "nonsense"), ((*WORDS, "--effort", "enormous"), 2, "effort"),
     ((*WORDS, "--time-limit", "0"), 2, "time-limit"), ((*WORDS, "--time-limit", "-1"), 2, "time-limit"),
     ((*WORDS, "--time-limit", "soon"), 2, "time-limit"), ((*WORDS, "--threads", "0"), 2, "threads"),
     ((*WORDS, "--seed", "-1"), 2, "seed"), ((*WORDS, "--target", "vax"), 2, "target"),
     ((*WORDS, "--time-limit", "nan"), 2, "time-limit"), ((*WORDS, "--algorithm", "magic"), 2, "algorithm"),
     ((*WORDS, "--algorithm", "depthwise"), 3, "algorithm"),
     ((*WORDS, "--algorithm", "reference"), 2, "algorithm"), ((*WORDS, "--max-error", "nan"), 2, "max_error")],
    ids=str,
)  # fmt: skip
def test_bad_input(words, code, telling):
    result = command("tune", *words, code=code)
    assert telling in result.stderr
    assert not result.stdout


def test_targets_that_do_not_run_here(monkeypatch):
    monkeypatch.setattr(Target, "runs_here", lambda self, arithmetic=None: False)
    assert "x86-64-v3" in command("tune", *WORDS, "--target", "x86-64-v3", code=3).stderr


def test_no_compiler(monkeypatch):
    monkeypatch.setenv("CC", "/nonexistent")
    command("tune", *WORDS, code=4)
    assert CrashError.exit_code == 5
