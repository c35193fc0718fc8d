"""README's table of what is supported where is what the code does."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from convgen import ConvSpec, errors
from convgen.algorithms import ALGORITHMS
from convgen.layer.element import ARITHMETICS, ELEMENTS
from convgen.machine.isa import STORED, stored
from convgen.machine.target import NAMED, Target
from convgen.packaging import bundle

README = Path(__file__).resolve().parent.parent / "README.md"

DENSE = {"ic": 16, "oc": 16, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "padding": "half"}
KINDS = {
    "dense": DENSE,
    "1x1": DENSE | {"kh": 1, "kw": 1},
    "depthwise": DENSE | {"g": 16},
    "grouped": DENSE | {"g": 4},
    "1-D": {"ic": 8, "oc": 8, "iw": 20, "kw": 3},
    "3-D": DENSE | {"id": 5, "kd": 3},
    "dilated": DENSE | {"dh": 2, "dw": 2},
    "strided": DENSE | {"sh": 2, "sw": 2},
    "residual": DENSE | {"residual": True},
    "slopes": DENSE | {"activation": "prelu"},
    "slices": DENSE | {"in_stride": 32, "out_stride": 32},
    "batch": DENSE | {"n": 3},
    "transposed": DENSE | {"sh": 2, "sw": 2, "op": "transposed"},
}
LAYOUTS = {"1-D": ("ncw", "nwc"), "3-D": ("ncdhw", "ndhwc")}  # of others nchw and nhwc


def planned(target: Target, dtype: str) -> bool:
    """Whether every kind of layer has a plan in both layouts; other rows than these have no such arrays."""
    if target.row.memory.name != dtype and f"{target.isa}_{dtype}" not in STORED:
        return False
    for kind, fields in KINDS.items():
        for layout in LAYOUTS.get(kind, ("nchw", "nhwc")):
            spec = ConvSpec(**fields, layout=layout, dtype=dtype)
            known = [algorithm for algorithm in ALGORITHMS.values() if algorithm.AUTOMATIC]
            if not any(next(algorithm.plans(spec, target), None) for algorithm in known):
                return False
    return True


def rows() -> list[str]:
    found = []
    for name, target in NAMED.items():
        flags = dict.fromkeys(itertools.chain(*(stored(target.row, ARITHMETICS[dtype]).flags for dtype in ELEMENTS)))
        cells = (f"`{name}`", str(target.row.lanes), " ".join(f"`{flag}`" for flag in flags) or "none",
                 *("yes" if planned(target, dtype) else "no" for dtype in ELEMENTS),
                 "alone" if bundle.targets(name) == (target,) else "with plain C")
        found.append(f"| {' | '.join(cells)} |")
    return found


def test_the_table_of_targets() -> None:
    """Mend README by what is missing here."""
    text = README.read_text(encoding="utf-8").splitlines()
    assert [row for row in rows() if row not in text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_named(kind: str) -> None:
    """In the words of the table's introduction."""
    text = README.read_text(encoding="utf-8")
    section = text.partition("## What is supported where")[2].partition("\n## ")[0]
    assert kind in section


def test_the_exit_codes() -> None:
    text = README.read_text(encoding="utf-8")
    section = text.partition("| exit code | means |")[2].partition("\n\n")[0]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ConvgenError)]
    assert all(f"\n| {kind.exit_code} | " in section for kind in kinds)
