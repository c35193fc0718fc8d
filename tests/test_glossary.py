"""Every word that plans are explained in is plain English, or in the glossary; README's words are the glossary's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plans import explained

from convgen.layer.spec import ConvSpec
from convgen.planner import glossary
from convgen.planner.glossary import WORDS, used

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
LAYER = ConvSpec(ic=64, ih=28, iw=28, oc=64, kh=3, kw=3, padding="half")

# what needs no explanation; a word that is missing here either joins it, or gets an entry in the glossary
PLAIN = re.findall(r"\w+", """
    a about adds again all allows alone an and any are arithmetic arrays as at before best bound by byte bytes
    cache called can channel channels chosen code come compute cpu direct each elsewhere end expected fast faster
    fewer first for from gpu has host in input inside is it its itself layer least left less limit longer loops loses
    map means measured more moved moves multiplications multiplies not nothing of often on one opencl operations or os
    out output outputs over per pixels predicted products proven reading rows s share skip slower still sum sums take
    taken takes than that the them this time times to total u used weights when whose why with word words x
""")
CASES = [(spec, machine) for machine in ("x86-64-v3", "x86-64-v4", "aarch64", "wasm32", "scalar", "opencl-cpu",
                                         "opencl-gpu", "opencl-sm80")
         for spec in (LAYER.replace(layout="nhwc", g=16), LAYER.replace(g=64, dh=2, dw=2),
                      LAYER.replace(residual=True, activation="relu", flip=True, n=8), LAYER.replace(oc=2),
                      LAYER.replace(dtype="f16"), LAYER.replace(dtype="f16", g=64, layout="nhwc"))
         if spec.dtype == "f32" or machine not in ("aarch64", "wasm32", "scalar")]  # which have no f16 in C
CASES += [(ConvSpec(ic=4, oc=8, id=5, ih=6, iw=7, kd=3, kh=3, kw=3), "x86-64-v3"),
          (ConvSpec(ic=4, oc=8, iw=7, kw=3), "x86-64-v3"),
          (ConvSpec(ic=4, oc=8, iw=3000, kw=600), "x86-64-v3"), (ConvSpec(ic=1, oc=1, iw=3000, kw=200), "x86-64-v4"),
          (ConvSpec(g=8, ic=8, oc=8, ih=50, iw=40, kh=21, kw=21), "aarch64")]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("machine", dict.fromkeys(machine for _, machine in CASES))
def test_every_word_of_an_explanation_is_plain_or_explained(machine: str) -> None:
    unknown = {}
    for spec, where in CASES:
        if where == machine:
            text, _, _ = explained(spec, machine).partition("\nerror, proven for any input:")  # a formula
            known = used(text)
            rest = text.replace(machine, " ")
            for word in sorted(known, key=lambda word: -len(word.word)):  # FMA peak before FMA
                rest = word.pattern.sub(" ", rest)
            for loop in ("n", "g", "ic", "oc", "id", "od", "oh", "ow", "kd", "kh", "kw"):
                rest = re.sub(rf"\b{loop}\b", " ", rest)
            unknown |= {word: spec for word in re.findall(r"[A-Za-z][\w-]*", rest) if word.lower() not in PLAIN
                        and not re.fullmatch(r"(x\d+)+|e-\d+", word)}
    assert not unknown


@pytest.mark.parametrize(("spec", "machine"), CASES[::5], ids=str)
def test_an_explanation_ends_with_the_words_that_it_used_and_no_others(spec: ConvSpec, machine: str) -> None:
    text, _, words = explained(spec, machine).partition("words used:\n")
    assert [line.partition("  ")[0] for line in words.splitlines()[1:]] == [word.word for word in used(text)]
    assert {"plan", "cycles", "micro-kernel", "roofline", "lanes"} <= {word.word for word in used(text)}


def test_a_word_is_found_as_itself_and_within_no_other() -> None:
    found = {word.word for word in used("micro-kernels of 2 tiles; the stridency of nchw_y")}
    assert found == {"micro-kernel", "register tile mr × nr"}


def test_readmes_words_are_the_glossarys() -> None:
    section = README.partition("\n## Words\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (?!word|---)(.+?) \| (.+?) \|$", section, re.MULTILINE))
    assert len(rows) >= 9
    assert rows == {word.word: word.meaning for word in WORDS if word.word in rows}


def test_no_word_stands_twice_and_none_is_left_unsaid() -> None:
    assert len({word.word for word in WORDS}) == len(WORDS)
    assert all(word.meaning and not word.meaning.endswith(".") for word in glossary.WORDS)
