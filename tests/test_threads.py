"""Plans for a number of threads: what they are, what says so, and what a model of threads makes of measured tasks."""

import json
import re

import msgspec
import pytest
import tools
from click.testing import CliRunner

from convgen import generate
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.benchmark import threads as model
from convgen.commands.main import main
from convgen.errors import InputError
from convgen.layer.formats import parse_descriptor
from convgen.layer.spec import ConvSpec
from convgen.machine.find import check_target
from convgen.machine.target import NAMED
from convgen.packaging import output
from convgen.planner import cost
from convgen.planner.rank import rank, with_best

V3 = NAMED["x86-64-v3"]
COUNTS = (1, 2, 4, 8, 16)
SPEC = ConvSpec(ic=256, ih=14, iw=14, oc=1024, kh=1, kw=1, layout="nhwc")
SMALL = ConvSpec(ic=16, ih=14, iw=14, oc=32, kh=3, kw=3, padding="half", layout="nhwc")


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    return result


def best(spec, threads):
    return rank(spec, V3.planned_for(threads))[0]


@pytest.mark.parametrize("spec", [SPEC, SMALL], ids=["pointwise", "small"])
def test_plans_for_more_threads_have_more_tasks(spec):
    """One thread needs no tasks; sixteen have as many as keep them busy, or nearly."""
    tasks = [ALGORITHMS[one.plan.algorithm].tasks(one.plan) for one in (best(spec, count) for count in COUNTS)]
    assert tasks == sorted(tasks)
    assert tasks[0] < tasks[-1]
    assert -(-tasks[-1] // 16) * 16 <= 1.15 * tasks[-1]  # of the busiest thread and of the average one


@pytest.mark.parametrize(("channels", "brief"), [(24, True), (2048, False)])
def test_what_ends_before_threads_have_started_starts_none(channels, brief):
    """It is planned for one thread, whatever the number, and its tasks are still there for others' threads."""
    spec = ConvSpec(ic=channels, oc=1000, ih=1, iw=1, kh=1, kw=1, layout="nhwc")
    one, several = best(spec, 1), best(spec, 4)
    assert several.plan.brief == brief
    assert (several.idle == 0) == brief
    assert (one.plan.loops == several.plan.loops) == brief
    source = render(several.plan).source
    assert ("#pragma omp" in source) != brief
    assert "_task(int phase, size_t task" in source


def handed(one, threads):
    """Cycles that threads wait neither for the busiest nor for their start."""
    tasks = ALGORITHMS[one.plan.algorithm].tasks(one.plan)
    alone = one.cycles - one.idle
    elapsed = alone * -(-tasks // threads) / tasks  # the busiest has so many of them
    return one.cycles - threads * (elapsed + cost.FORK * ALGORITHMS[one.plan.algorithm].work(one.plan).phases)


def test_threads_wait_for_the_busiest_and_for_their_start():
    for one in with_best(rank(SPEC, V3.planned_for(8)), 20)[:20]:
        if not any(loop.dim == "oc" and loop.bind == "task" and loop.step % 16 for loop in one.plan.loops):
            assert handed(one, 8) == pytest.approx(0, abs=1e-6 * one.cycles)
    assert all(one.idle == 0 for one in rank(SPEC, V3.planned_for(1)) if not one.pruned)


@pytest.mark.parametrize(("channels", "shared"), [(832, False), (828, True)])
def test_threads_wait_for_lines_that_their_neighbours_write_too(channels, shared):
    """Where channels are tasks: a line of each pixel, unless parts of pixels are whole lines."""
    spec = parse_descriptor(f"g{channels}ic{channels}ih14oc{channels}kh3ph1").spec.replace(layout="nhwc")
    met = set[str]()
    for one in rank(spec, V3.planned_for(2)):
        if not one.pruned:
            first = next(loop for loop in one.plan.loops if loop.bind == "task" and loop.dim in ("oc", "oh"))
            lines = round(handed(one, 2) / (2 * cost.HANDED))
            waits = first.dim == "oc" and (shared or first.step % 16 != 0)
            assert 14 * 14 <= lines <= 16 * 16 if waits else lines == 0, one.plan.loops
            met.add(first.dim)
    assert met == {"oc", "oh"}


def test_a_kernel_says_for_how_many_it_was_planned(tmp_path):
    """In its head, in the command there, which makes the same file, and in its manifest, which makes it again."""
    run("generate", "ic256ih14oc1024kh1", "--layout", "nhwc", "--target", V3.name, "--threads", 4, "-o", tmp_path,
        "--no-verify")
    (file,) = tmp_path.glob("*.c")
    text = file.read_text()
    assert re.search(r"^ \* Tasks +\d+ \(.*; planned for\n? ?\*? *4 threads$", text, re.MULTILINE), text[:900]
    command = re.search(r"Command +convgen (.*)", text)[1]
    assert "--threads 4" in command
    run(*command.replace("-o .", f"-o {tmp_path / 'again'} --no-verify").split())
    assert (tmp_path / "again" / file.name).read_text() == text
    run("generate", "--from", tmp_path, "--check")
    (stored,) = output.stored(tmp_path, [])
    assert stored.kernel.plan.target.threads == 4
    assert "planned" not in generate(SPEC, V3).source


def test_no_other_target_is_accepted():
    check_target(V3.planned_for(4))
    with pytest.raises(InputError, match="target: "):
        check_target(msgspec.structs.replace(V3.planned_for(4), fma_rate=3.0))


@pytest.mark.parametrize(("phases", "threads", "seconds"), [
    ([[1, 1, 1, 1]], 1, 4.0),
    ([[1, 1, 1, 1]], 2, 2.5),
    ([[1, 1, 1, 1], [2]], 2, 2.5 + 2.5),  # a phase waits for the one before, and starts anew
    ([[3, 1, 1, 1]], 2, 3.5),  # the next task goes to whoever is free
    ([[1, 1, 1, 3]], 2, 4.5),  # a long one at the end keeps all waiting
    ([[1, 1]], 16, 1.5),
], ids=str)
def test_threads_take_the_next_task_when_they_are_free(phases, threads, seconds):
    assert model.simulated(phases, threads, 0.5) == seconds


@pytest.mark.skipif(bool(tools.any_c()), reason="needs a C compiler")
def test_the_model_of_threads_measures_each_task():
    told = json.loads(run("bench", "ic64ih20oc64kh1", "--layout", "nhwc", "--target", "scalar", "--threads-model", 3,
                          "--repeats", 2, "--json").stdout)
    (layer,) = told["layers"]
    assert [step["threads"] for step in layer["steps"]] == [1, 2, 3]
    for step in layer["steps"]:
        assert step["tasks_s"] / step["threads"] <= step["predicted_s"] <= step["tasks_s"] + 2 * told["start_s"]
    one, *_, three = layer["steps"]
    assert one["predicted_s"] == one["tasks_s"]
    assert one["predicted_s"] == pytest.approx(one["measured_s"], rel=1.0)
    assert sum(three["tasks"]) >= 3


@pytest.mark.parametrize(("words", "code", "says"), [
    (["generate", "--threads", "0", "-o", "k"], 2, "'--threads': 0 is not in the range"),
    (["bench", "--threads-model", "4", "--sample", "3"], 2, "threads-model must stand without sample"),
    (["plan", "--threads", "2", "--target", "opencl-gpu"], 2, "threads must be left to an OpenCL device"),
], ids=str)
def test_bad_input(words, code, says):
    assert says in run(words[0], "ic8ih6oc8kh1", *words[1:], code=code).stderr
