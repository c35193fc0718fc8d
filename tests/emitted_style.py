"""What an engineer would take out of C by hand: a reader of emitted C that finds it.

It knows the layout that templates print, a statement or a head of a block a line, and no more of C than that needs.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

FOR = re.compile(r"for \(\w+ (\w+) = (.+); \1 < (.+); (?:\+\+\1|\1 \+= (\d+))\)")
CONSTANT = re.compile(r"const (?:ptrdiff_t|int) (\w+) = (.+);")
DECLARATION = re.compile(r"(?:const |static )*\w+ \*?\w+(?:\[\w+\])*(?: = .*)?;")
NUMBER = re.compile(r"-?\d+")

# small tools of general use, whose counts may happen to be one
GENERAL = {"zero_floats", "copy_floats", "split_floats", "zero_vectors"}

Interval = tuple[float, float]
ANY: Interval = (-math.inf, math.inf)


class Function(NamedTuple):
    """qualifiers: what stands before its name. lines: of its body, with their numbers in the file."""

    qualifiers: str
    name: str
    parameters: list[str]
    lines: list[tuple[int, str]]

    @property
    def private(self) -> bool:
        return self.qualifiers.startswith("static")


def code(text: str) -> str:
    """Without comments and the preprocessor's lines, which keep their places."""
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.DOTALL)
    return re.sub(r"^#.*(?:\\\n.*)*$", "", text, flags=re.MULTILINE)


def functions(text: str) -> list[Function]:
    found = []
    for head in re.finditer(r"^(\w[\w *]*?)(\w+)\(([^;]*?)\)\n\{\n(.*?)^\}", code(text), re.MULTILINE | re.DOTALL):
        first = code(text)[: head.start(4)].count("\n") + 1
        parameters = [re.findall(r"\w+", parameter)[-1] for parameter in head[3].split(",") if parameter.strip()]
        lines = [(first + at, line) for at, line in enumerate(head[4].splitlines()) if line.strip()]
        found.append(Function(head[1].strip(), head[2], parameters, lines))
    return found


# --- numbers that are known where they stand ---


def interval(expression: str, known: dict[str, Interval]) -> Interval:
    """The least and the largest value of an integer expression in C; ANY where that is not known."""
    try:
        return _of(ast.parse(re.sub(r"\((?:ptrdiff_t|int|size_t)\)", "", expression), mode="eval").body, known)
    except SyntaxError:
        return ANY


def _of(node: ast.expr, known: dict[str, Interval]) -> Interval:
    match node:
        case ast.Constant(value=int(value)):
            return value, value
        case ast.Name(id=name):
            return known.get(name, ANY)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            low, high = _of(operand, known)
            return -high, -low
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _of(left, known), _of(right, known)
            if isinstance(op, ast.Add):
                return a[0] + b[0], a[1] + b[1]
            if isinstance(op, ast.Sub):
                return a[0] - b[1], a[1] - b[0]
            if isinstance(op, ast.Mult):
                products = [0.0 if 0 in (x, y) else x * y for x in a for y in b]
                return min(products), max(products)
            if isinstance(op, ast.Mod) and a[0] >= 0 < b[0] == b[1]:
                return 0, min(a[1], b[1] - 1)
            if isinstance(op, ast.Div) and a[0] >= 0 < b[0] == b[1]:
                return a[0] // b[0], a[1] // b[1] if math.isfinite(a[1]) else a[1]
    return ANY


def decided(condition: str, known: dict[str, Interval]) -> bool:
    """Whether a comparison is always true, or always false."""
    compared = re.fullmatch(r"(.+?) (<|<=|>|>=|==|!=) (.+)", condition)
    if not compared:
        return NUMBER.fullmatch(condition) is not None
    a, b = interval(compared[1], known), interval(compared[3], known)
    match compared[2]:
        case "<" | ">=":
            return a[1] < b[0] or a[0] >= b[1]
        case ">" | "<=":
            return a[0] > b[1] or a[1] <= b[0]
    return (a == b and a[0] == a[1]) or a[1] < b[0] or a[0] > b[1]


def conditions(line: str) -> list[str]:
    """The comparisons of an if, and those before question marks."""
    whole = re.findall(r"^if \((.+)\) (?:\{|\S.*;)$", line)
    for mark in re.finditer(r" \? ", line):
        start, depth = mark.start(), 0
        while start and (depth or not re.search(r"(?:[(,:?] ?|[^<>=!]= |return )$", line[:start])):
            start -= 1
            depth += (line[start] == ")") - (line[start] == "(")
        whole.append(line[start : mark.start()])
    return [part.strip() for one in whole for part in re.split(r" && | \|\| ", one)]


def walk(function: Function) -> Iterator[tuple[int, str, dict[str, Interval]]]:
    """The lines, with what is known of integers before each of them."""
    known: dict[str, Interval] = {"task": (0, math.inf), "worker": (0, math.inf)}
    scopes = [known]
    for number, line in function.lines:
        text = line.strip()
        if text.startswith("}"):
            scopes.pop()
        yield number, text, scopes[-1]
        if text.endswith("{"):
            scopes.append(dict(scopes[-1]))
            loop = FOR.match(text)
            if loop:
                (low, _), (_, end) = interval(loop[2], scopes[-2]), interval(loop[3], scopes[-2])
                step = int(loop[4] or 1)
                whole = math.isfinite(low) and math.isfinite(end) and NUMBER.fullmatch(loop[2])
                scopes[-1][loop[1]] = low, low + (end - 1 - low) // step * step if whole else end - 1
        constant = CONSTANT.fullmatch(text)
        if constant:
            scopes[-1][constant[1]] = interval(constant[2], scopes[-1])


# --- the rules: each gives (line, what is wrong) ---

Finding = tuple[int, str]


def loops_that_run_once(text: str) -> Iterator[Finding]:
    for function in functions(text):
        for number, line, known in walk(function):
            loop = FOR.match(line)
            if loop:
                begin, end = interval(loop[2], known), interval(loop[3], known)
                if begin[0] == begin[1] and end[0] == end[1] and end[0] - begin[0] <= int(loop[4] or 1):
                    yield number, line


def conditions_without_a_choice(text: str) -> Iterator[Finding]:
    for function in functions(text):
        for number, line, known in walk(function):
            for condition in conditions(line):
                if decided(condition, known):
                    yield number, condition


def needless_parentheses(text: str) -> Iterator[Finding]:
    """Around a name that is not dereferenced, and around a sum that is added to something."""
    for number, line in enumerate(code(text).splitlines(), 1):
        for found in re.finditer(r"(?<![\w*]) ?\(([a-z]\w*)\)(?![\w({])(?! \{)", line):
            yield number, found[0]
        for found in re.finditer(r"(?:\+ |= |\(|\[|, )\(([^()]*(?:\([^()]*\)[^()]*)*)\)(?! [*/%]| ==|\w|\()", line):
            if re.fullmatch(r"[\w +*]+(?:\([^()]*\)[\w +*]*)*", found[1]) and re.search(r" [+*] ", found[1]):
                yield number, found[0]


def tables_printed_twice(text: str) -> Iterator[Finding]:
    tables: set[str] = set()
    for table in re.finditer(r"const \w+ (\w+)((?:\[\w+\])+ = \{.*?\});", code(text), re.DOTALL):
        if table[2] in tables:
            yield code(text)[: table.start()].count("\n") + 1, table[1]
        tables.add(table[2])


def casts_that_do_nothing(text: str) -> Iterator[Finding]:
    """To a pointer, which a void * becomes by itself; to what a name is already."""
    for number, line in enumerate(code(text).splitlines(), 1):
        # packed, workspace and state are of no type, which C++ wants to be told
        yield from ((number, cast) for cast in re.findall(
            r"(?<!_mm_prefetch\()\((?:const )?\w+ \*\)(?!packed|workspace|state)\w+", line))  # which takes bytes
        yield from ((number, cast) for cast in re.findall(r"\(double\)\w+\[", line))
    for function in functions(text):
        body = "\n".join(line for _, line in function.lines)
        declared = re.findall(r"(?:const )?(ptrdiff_t|size_t|float|double|int) (\w+) = ", body)
        types = {name: kind for kind, name in declared}
        for number, line in function.lines:
            yield from ((number, f"({kind}){name}") for kind, name in re.findall(r"\((\w+)\)(\w+)\b(?![\[(])", line)
                        if types.get(name) == kind)


def parameters_that_nobody_uses(text: str) -> Iterator[Finding]:
    """Of a function of the file's own, which could do without."""
    for function in functions(text):
        if function.private:
            yield from ((number, line.strip()) for number, line in function.lines if re.match(r" *\(void\)\w+;", line))


def constants_used_once(text: str) -> Iterator[Finding]:
    for function in functions(text):
        body = "\n".join(line for _, line in function.lines)
        for number, line in function.lines:
            constant = CONSTANT.fullmatch(line.strip())
            if constant and NUMBER.fullmatch(constant[2]) and len(re.findall(rf"\b{constant[1]}\b", body)) <= 2:
                yield number, line.strip()


def parameters_that_are_constants(text: str) -> Iterator[Finding]:
    """Of a function of the file's own, to which all calls give one number."""
    for function in functions(text):
        if not function.private or "inline" in function.qualifiers or function.name in GENERAL:
            continue
        calls = [_arguments(code(text), call.end()) for call in re.finditer(rf"\b{function.name}\(", code(text))]
        calls = [call for call in calls if call[: 1] and not re.match(r"(const )?\w+ \*?\w+$", call[0])]
        for name, given in zip(function.parameters, itertools.zip_longest(*calls), strict=False):
            if len(set(given)) == 1 and given[0] and NUMBER.fullmatch(given[0]):
                yield function.lines[0][0], f"{function.name}: {name} is {given[0]}"


def _arguments(text: str, start: int) -> list[str]:
    """What stands between the parenthesis before `start` and its partner, cut at its commas."""
    depth, parts, part = 1, [], ""
    for letter in text[start:]:
        depth += (letter in "([") - (letter in ")]")
        if not depth:
            break
        if letter == "," and depth == 1:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [*parts, part.strip()]


def blocks_that_declare_nothing(text: str) -> Iterator[Finding]:
    for function in functions(text):
        for at, (number, line) in enumerate(function.lines):
            if line.strip() == "{":
                pad = len(line) - len(line.lstrip()) + 4
                inside = itertools.takewhile(lambda one, pad=pad: len(one) - len(one.lstrip()) >= pad, (
                    one for _, one in function.lines[at + 1 :]))
                own = [one.strip() for one in inside if len(one) - len(one.lstrip()) == pad]
                if not any(DECLARATION.match(one) for one in own):
                    yield number, "{"


RULES = (loops_that_run_once, conditions_without_a_choice, needless_parentheses, tables_printed_twice,
         casts_that_do_nothing, parameters_that_nobody_uses, constants_used_once, parameters_that_are_constants,
         blocks_that_declare_nothing)


def findings(text: str) -> list[str]:
    return [f"{number}: {rule.__name__.replace('_', ' ')}: {what}" for rule in RULES for number, what in rule(text)]
