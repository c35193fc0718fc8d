"""Each output of a network as an array that a step makes: of one that is an input or a constant, or is given twice, a
copy."""

from __future__ import annotations

from ...layer.steps import Model
from .orders import copied


def made(model: Model) -> Model:
    values, outputs = dict(model.values), list[str]()
    steps, titles = [*model.steps], [*model.titles]
    given = {*model.inputs, *model.constants}
    for name in model.outputs:
        if name in given:
            copy = name
            while copy in values:
                copy += "'"
            values[copy] = values[name]
            steps.append(copied(copy, name, values[name]))
            titles.append(f"{name} copied")
            outputs.append(copy)
        else:
            given.add(name)
            outputs.append(name)
    return model._replace(values=values, outputs=tuple(outputs), steps=tuple(steps), titles=tuple(titles))
