"""The recipes of convgen/README.md: what is added from outside, through the public tables, works everywhere."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from convgen import ConvSpec, generate
from convgen.algorithms import ALGORITHMS, reference
from convgen.machine.isa import ISAS
from convgen.machine.target import NAMED, Target
from convgen.planner import rank
from convgen.verification.report import MODES, run_mode

SPEC = ConvSpec(ic=5, ih=7, iw=9, oc=6, kh=3, kw=3, padding="half", layout="nhwc", activation="silu")


@pytest.fixture(autouse=True)
def no_plans_of_before():
    rank._rank.cache_clear()
    yield
    rank._rank.cache_clear()


def right(kernel):
    conv = kernel.compile()
    return all(run_mode(conv, mode).ok for mode in MODES)


def test_a_row_is_one_entry_of_the_table(monkeypatch):
    """Plain C whose loads are by a function of its own."""
    helper = "static inline float fetch_one(const float *p)\n{\n    return *p;\n}\n"
    row = ISAS["scalar"].extend(ops={"load": "fetch_one({p})"}, helpers={"fetch_one": helper}, name="toy")
    monkeypatch.setitem(ISAS, "toy", row)
    monkeypatch.setitem(NAMED, "toy", Target(name="toy", isa="toy", caches=NAMED["scalar"].caches))
    for algorithm in (None, "direct", "winograd"):
        kernel = generate(SPEC, "toy", algorithm, max_error=1e-5, records=False)
        assert "_toy_" in kernel.plan.label
        assert "fetch_one(" in kernel.source
        assert right(kernel)


def test_an_algorithm_is_one_entry_of_the_table(monkeypatch):
    """The reference by another name; nobody else is told of it."""
    fields = {name: getattr(reference, name) for name in dir(reference)}

    def plans(spec, target):
        return (msgspec.structs.replace(plan, algorithm="toy") for plan in reference.plans(spec, target))

    monkeypatch.setitem(ALGORITHMS, "toy", SimpleNamespace(**{**fields, "NAME": "toy", "plans": plans}))
    kernel = generate(SPEC, "scalar", "toy", records=False)
    assert kernel.plan.label == "toy_scalar"
    assert "--algorithm toy" in kernel.source
    assert right(kernel)
