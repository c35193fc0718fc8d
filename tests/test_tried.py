"""Divisions that become products where all inputs of 8 bits give the same results."""

import numpy as np
import pytest

from convgen.layer import tried as trying
from convgen.layer.element import F32, S8, U8
from convgen.layer.steps import Index, Model, Nest, Operand, Value, named
from convgen.layer.terms import nest, term
from convgen.layer.tried import tried
from convgen.verification.networks import evaluate

HERE = (Index(0, ((0, 1),)),)


def model(scales: tuple[float, ...], element=U8, makes=U8) -> Model:
    """A sum of arrays with a scale each, divided by the last of the scales, quantised."""
    *scales, c = scales
    names = [f"x{number}" for number in range(len(scales))]
    reals = [term("mul", term("to-float", Operand(name, HERE)), scale)
             for name, scale in zip(names, scales, strict=True)]
    total = reals[0]
    for real in reals[1:]:
        total = term("add", total, real)
    clamped = term("min", term("max", term("div", total, c), 0.0), 255.0)
    root = clamped if makes is F32 else term("to-whole", term("round-small", clamped))
    values = {name: Value(element, (4,)) for name in names} | {"y": Value(makes, (4,))}
    return Model("m", values, tuple(names), ("y",), {}, (nest("y", (4,), root),), ("add",))


def functions(given: Model) -> list[str]:
    (step,) = given.steps
    assert isinstance(step, Nest)
    return [call.function for call in step.calls]


@pytest.mark.parametrize(("scales", "element"), [
    ((0.0371, 0.0248, 0.0513), U8), ((0.0371, 0.0371), S8), ((0.125, 0.25, 0.5), U8), ((0.9173, 0.003, 0.0031), S8)])
def test_a_product_gives_all_of_the_same(scales, element):
    before = model(scales, element)
    after = tried(before)
    assert "div" not in functions(after)
    low, high = element.smallest, element.largest + 1
    dtype = np.uint8 if element is U8 else np.int8
    grid = np.meshgrid(*[np.arange(low, high)] * (len(scales) - 1), indexing="ij")
    columns = {f"x{number}": axis.ravel().astype(dtype) for number, axis in enumerate(grid)}
    count = grid[0].size
    sized = [given._replace(values={name: Value(value.element, (count,)) for name, value in given.values.items()},
                            steps=(given.steps[0]._replace(axes=(count,)),)) for given in (before, after)]
    a, b = (evaluate(one, columns)["y"] for one in sized)
    assert (a == b).all()


def test_ties_keep_a_division():
    """A fourteenth of 7, 21, 35 … is a tie; no product with a number near 1/14 has all of them."""
    assert "div" in functions(tried(model((1.0, 14.0))))


@pytest.mark.parametrize("given", [model((0.1, 0.2, 0.3, 0.4)), model((0.1, 0.3), makes=F32)],
                         ids=["three arrays", "floats"])
def test_what_cannot_be_tried_stays(given):
    assert tried(given) == given


def test_the_trials_of_a_model_are_few(monkeypatch):
    """Equal nests of the same types, of whatever arrays, are tried once; of different ones no more than the budget."""
    proven, asked = trying._proven, []

    def counted(elements, calls, *more):
        asked.append((elements, calls))
        return proven(elements, calls, *more)

    monkeypatch.setattr(trying, "_proven", counted)
    monkeypatch.setattr(trying, "TRIALS", 3)
    scales = (0.0371, 0.0248, 0.0513)
    models = [model(scales), model(scales), model(scales, S8), model((0.125, 0.25, 0.5)), model(scales),
              model((0.0371, 0.0371, 0.0513))]
    values, steps = dict[str, Value](), list[Nest]()
    for number, given in enumerate(models):
        (step,) = given.steps
        names = {name: f"{name}-{number}" for name in given.values}
        values |= {names[name]: value for name, value in given.values.items()}
        operands = tuple(named(operand, names) for operand in step.operands)
        steps.append(step._replace(makes=names[step.makes], operands=operands))
    after = tried(models[0]._replace(values=values, steps=tuple(steps)))
    assert len(asked) == 3
    assert ["div" in [call.function for call in step.calls] for step in after.steps] == [False] * 5 + [True]
    assert [(step.makes, step.operands) for step in after.steps] == [(step.makes, step.operands) for step in steps]
