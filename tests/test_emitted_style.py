"""The emitted C is what an engineer would write: nothing in it that one would take out by hand (emitted_style.py)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from emitted_style import RULES, findings, functions
from test_emitted import CASES, emitted

GALLERY = sorted(path for path in (Path(__file__).parent.parent / "generated").rglob("*.c")
                 if not path.name.endswith("_opencl.c"))  # programs for hosts are no kernels


SAID = re.compile(r"tile_|patch_|transform_(inside|output)|(in|out)put_row|multiply(_\d+)?$|pack_panel")


def function(*lines, head="static void f(float *to, ptrdiff_t count)"):
    return "\n".join([head, "{", *(f"    {line}" for line in lines), "}", ""])


# rule -> what it refuses, and what it does not
PLANTED = {
    "loops_that_run_once": (
        [function("for (ptrdiff_t g = 0; g < 1; ++g) {", "    to[g] = 0.0f;", "}"),
         function("for (ptrdiff_t w = 24; w < 28; w += 8) {", "    to[w] = 0.0f;", "}")],
        [function("for (ptrdiff_t w = 24; w < 33; w += 8) {", "    to[w] = 0.0f;", "}"),
         function("for (ptrdiff_t w = 0; w < count; ++w) {", "    to[w] = 0.0f;", "}")]),
    "conditions_without_a_choice": (
        [function("for (ptrdiff_t oc = 0; oc < 128; ++oc) {", "    *to++ = oc < 128 ? 1.0f : 0.0f;", "}"),
         function("for (ptrdiff_t i = 0; i < 6; i += 3) {", "    const ptrdiff_t ih = i + 1;",
                  "    if (ih >= 0 && count) {", "        *to++ = 1.0f;", "    }", "}"),
         function("if (1) {", "    *to++ = 1.0f;", "}"), function("if (3 > 2) *to = 1.0f;")],
        [function("for (ptrdiff_t oc = 0; oc < 128; ++oc) {", "    *to++ = oc < 120 ? 1.0f : 0.0f;", "}"),
         function("*to = count > 0 ? 1.0f : 0.0f;"), function("if (count < 4) *to = 1.0f;")]),
    "needless_parentheses": (
        [function("store(to + (count), a);"), function("store(to + (count + 8), a);"),
         function("*to = w[(i + j) + 1];")],
        [function("store(to + (count + 8) * 4, a);"), function("*to = (float)(a / b);"), function("*to = f(count);"),
         function("*to = *(x + 1);"), function("const ptrdiff_t n = (ptrdiff_t)task;")]),
    "tables_printed_twice": (
        ["static const double g[2] = {1.0, 2.0};\nstatic const double h[2] = {1.0, 2.0};\n"],
        ["static const double g[2] = {1.0, 2.0};\nstatic const double h[2] = {1.0, 3.0};\n"]),
    "casts_that_do_nothing": (
        [function("float *out = (float *)other + 8;"), function("sum += g * (double)weights[at];"),
         function("const ptrdiff_t n = 3 * count;", "*to = x[(ptrdiff_t)n];")],
        [function("*to = (float)sum;"), function("const ptrdiff_t n = (ptrdiff_t)task;"),
         function("float *out = (float *)packed;")]),
    "parameters_that_nobody_uses": (
        [function("(void)count;", "*to = 0.0f;")],
        [function("(void)count;", "*to = 0.0f;", head="void f(float *to, ptrdiff_t count)")]),
    "constants_used_once": (
        [function("const ptrdiff_t oh0 = 0;", "row(to, oh0);")],
        [function("const ptrdiff_t oh0 = 0;", "row(to, oh0);", "row(to, oh0 + 1);"),
         function("const ptrdiff_t oh0 = count * 2;", "row(to, oh0);")]),
    "parameters_that_are_constants": (
        [function("*to = 0.0f;") + function("f(to, 8);", "f(to + 8, 8);", head="void g(float *to)")],
        [function("*to = 0.0f;") + function("f(to, 8);", "f(to + 8, 9);", head="void g(float *to)"),
         function("*to = 0.0f;", head="static void zero_floats(float *to, ptrdiff_t count)")
         + function("zero_floats(to, 8);", head="void g(float *to)")]),
    "blocks_that_declare_nothing": (
        [function("{", "    *to = 0.0f;", "}")],
        [function("{", "    const float x = 0.0f;", "    *to = x;", "}")]),
}


def test_every_rule_is_tried():
    assert {rule.__name__ for rule in RULES} == set(PLANTED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rules_refuse_what_they_are_for_and_nothing_else(rule):
    refused, allowed = PLANTED[rule.__name__]
    for text in refused:
        assert list(rule(text)), text
    for text in allowed:
        assert not list(rule(text)), text


# Rows of integers cast addresses, which stand in parentheses though most are names.
@pytest.mark.parametrize("path", [path for path in GALLERY if "s8" not in path.stem], ids=lambda path: path.stem)
def test_the_gallery_has_nothing_to_take_out(path):
    assert findings(path.read_text()) == []


# So do those of words and of bytes, which read weights as they are given.
@pytest.mark.parametrize("name", [
    name for name in CASES if not name.startswith("weights-") or name.endswith(("scaled", "winograd", "reference"))])
def test_kernels_have_nothing_to_take_out(name):
    assert findings(emitted(name).source) == []


@pytest.mark.parametrize("text", [
    *(pytest.param(lambda path=path: path.read_text(), id=path.stem) for path in GALLERY),
    *(pytest.param(lambda name=name: emitted(name).source, id=name) for name in CASES)])
def test_functions_say_what_they_are_given(text):
    """Those that sum, transform or pack name every parameter in the comment before them; a variant of a patch, that."""
    source = text()
    for one in functions(source):
        if SAID.match(one.name):
            comment = re.search(rf"/\*((?:[^*]|\*(?!/))*)\*/\n[\w *]*\b{one.name}\(", source)
            patch = re.findall(r"patch_\w+", " ".join(line for _, line in one.lines))
            assert comment, one.name
            assert set(patch or one.parameters) <= set(re.findall(r"\w+", comment[1])), one.name
