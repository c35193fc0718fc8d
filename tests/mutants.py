"""Mutants: copies of a source with one change, made by rule, to see whether what checks kernels notices.

Sources are templates, algorithms and rows; `printed` runs the generator with one of them changed, in a process of its
own whose files stay as they are: only what Python and Jinja read of that file is other. The rules also change C, so a
kernel's own text has mutants too. This module imports nothing of convgen, since each process imports its own.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import itertools
import multiprocessing
import re
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 30  # for printing: a condition that is off by one may never end
T = TypeVar("T")


class Mutant(NamedTuple):
    """Characters start to end of a file are `new`; rule: why. path: from the root of the repository."""

    path: str
    rule: str
    start: int
    end: int
    new: str

    def of(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]

    def change(self, text: str) -> str:
        """The line before and after."""
        begin, end = text.rfind("\n", 0, self.start) + 1, (text + "\n").find("\n", self.end)
        new = text[begin : self.start] + self.new + text[self.end : end]
        return f"{text[begin:end].strip()!r} -> {new.strip()!r}"

    def told(self, text: str) -> str:
        """The place, the rule, and what changes."""
        line = text.count("\n", 0, self.start) + 1
        return f"{self.path}:{line} {self.rule}: {self.change(text)}"


# --- rules of C, of templates, and of the C in strings of Python ---

ARRAYS = ("input", "output", "weights", "bias", "residual", "workspace", "packed", "x", "w", "y")
TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "*": "+", "/": "*",
          "+=": "-=", "-=": "+=", "//": "*", "%": "+", "and": "or", "or": "and", "&&": "||", "||": "&&"}
INSTRUCTIONS = {"add": "sub", "sub": "add", "lo": "hi", "hi": "lo", "max": "min", "min": "max", "fmadd": "fnmadd",
                "fmaq": "fmsq", "zip1q": "zip2q", "uzp1q": "uzp2q", "addq": "subq", "subq": "addq", "low": "high",
                "mul": "add", "mulq": "addq", "unpacklo": "unpackhi", "unpackhi": "unpacklo", "pmax": "pmin",
                "pmin": "pmax", "cmpgt": "cmpeq", "cgtq": "cltq", "loadu": "load", "storeu": "store"}
COMMENTS = re.compile(r"/\*.*?\*/|\{#.*?#\}|^[ ]*#.*?$", re.DOTALL | re.MULTILINE)


def _next_array(found: re.Match[str]) -> list[str]:
    return [ARRAYS[(ARRAYS.index(found[0]) + 1) % len(ARRAYS)]]


TEXT: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], list[str]]]] = {
    "constant": (re.compile(r"(?<![\w.$\\])\d+(?![\w.])"), lambda m: [str(int(m[0]) + 1), str(int(m[0]) - 1)]),
    "condition": (re.compile(r"(?<=[\w)\]}] )(?:[<>]=?|[!=]=|&&|\|\|)(?= [\w($-])"), lambda m: [TURNED[m[0]]]),
    "operator": (re.compile(r"(?<=[\w)\]}] )(?:[-+]=?|[*/%])(?= [\w($&*-])"), lambda m: [TURNED[m[0]]]),
    "operands": (re.compile(r"(?<=[(, ])(\w+), (\w+)(?=[,)])"), lambda m: [f"{m[2]}, {m[1]}"] * (m[1] != m[2])),
    "statement": (re.compile(r"^ *[^%\s/*#][^\n]*;\n", re.MULTILINE), lambda m: [""]),
    "order": (re.compile(r"^( *[^%\s/*#][^\n]*;\n)( *[^%\s/*#][^\n]*;\n)", re.MULTILINE), lambda m: [m[2] + m[1]]),
    "array": (re.compile(rf"\b(?:{'|'.join(ARRAYS)})\b"), _next_array),
    "instruction": (re.compile(rf"(?<=[_v])(?:{'|'.join(INSTRUCTIONS)})(?=_)"), lambda m: [INSTRUCTIONS[m[0]]]),
}


def of_text(path: str, text: str, offset: int = 0) -> Iterator[Mutant]:
    """All mutants of a text, comments left out."""
    hidden = [found.span() for found in COMMENTS.finditer(text)]
    for rule, (pattern, others) in TEXT.items():
        for found in pattern.finditer(text):
            start, end = found.span()
            if not any(begin <= start < close for begin, close in hidden):
                yield from (Mutant(path, rule, offset + start, offset + end, new) for new in others(found))


# --- rules of Python ---

STRIDES = {"ic": "oc", "oc": "ic", "icg": "ocg", "ocg": "icg", "ih": "iw", "iw": "ih", "oh": "ow", "ow": "oh",
           "kh": "kw", "kw": "kh", "sh": "sw", "sw": "sh", "dh": "dw", "dw": "dh", "top": "left", "left": "top",
           "mr": "nr", "nr": "mr", "lanes": "mr", "row": "step", "input": "output", "output": "input",
           "weights": "bias", "bias": "weights"}
BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%"}
COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def of_python(path: str, text: str, lines: set[int] | None = None) -> Iterator[Mutant]:
    """All mutants of a module, of certain lines where they are given."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    wide = [len(line.encode()) != len(line) for line in text.split("\n")]  # its columns are no characters

    def at(line: int, column: int) -> int:
        start = starts[line - 1]
        return start + (len(text[start:].encode()[:column].decode()) if wide[line - 1] else column)

    def span(node: Any) -> tuple[int, int]:
        return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)

    def between(first: Any, second: Any, word: str, rule: str) -> Iterator[Mutant]:
        begin, end = span(first)[1], span(second)[0]
        if word in TURNED and (found := text.find(word, begin, end)) >= 0:
            yield Mutant(path, rule, found, found + len(word), TURNED[word])

    tree = ast.parse(text)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if not hasattr(node, "lineno") or (lines is not None and node.lineno not in lines) or id(node) in told:
            continue
        start, end = span(node)
        match node:
            case ast.Constant(value=int(value)) if not isinstance(value, bool):
                yield from (Mutant(path, "constant", start, end, f"({value + by})") for by in (1, -1))
            case ast.Constant(value=str()) if text[start] in "'\"":
                yield from of_text(path, text[start:end], start)
            case ast.Compare(ops=[op]) if type(op) in COMPARED:
                yield from between(node.left, node.comparators[0], COMPARED[type(op)], "condition")
            case ast.BinOp(op=op) if type(op) in BINARY:
                yield from between(node.left, node.right, BINARY[type(op)], "operator")
            case ast.BoolOp(op=op):
                word = "and" if isinstance(op, ast.And) else "or"
                yield from between(node.values[0], node.values[1], word, "condition")
            case ast.IfExp(test=test) | ast.If(test=test):
                begin, close = span(test)
                yield Mutant(path, "condition", begin, close, f"not ({text[begin:close]})")
            case ast.Attribute(attr=attr) if attr in STRIDES:
                yield Mutant(path, "stride", end - len(attr), end, STRIDES[attr])
            case ast.AugAssign() | ast.Expr():
                yield Mutant(path, "statement", start, end, "pass")
        several = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
        for first, second in itertools.pairwise(several):
            (a, b), (c, d) = span(first), span(second)
            if text[a:b] != text[c:d] and isinstance(getattr(node, "ctx", None), (ast.Load, type(None))):
                rule = "operands" if isinstance(node, ast.Call) else "order"
                yield Mutant(path, rule, a, d, text[c:d] + text[b:c] + text[a:b])


# --- the generator, with one change ---


class Print(NamedTuple):
    """What a mutant makes of a plan: a kernel as plain data, or why there is none."""

    kernel: dict[str, Any] | None
    error: str = ""


Reach = list[dict[str, set[int]]]
"""Of each plan, the files that printing it reads, and the lines of Python that run."""


@functools.cache
def _pool() -> Any:
    """Processes that have everything imported but convgen."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["numpy", "jinja2", "msgspec", "mutants"])
    return context


def printed(plans: Iterable[Any], mutant: Mutant | None = None) -> list[Print]:
    """What the generator prints of plans, as plain data, when one file is changed."""
    plans = list(plans)
    try:
        return _apart(_print, plans, mutant)
    except multiprocessing.TimeoutError:  # some never end, whatever they are asked
        return [Print(None, "printing must end")] * len(plans)


def reached(plans: Iterable[Any]) -> Reach:
    return _apart(_reach, list(plans), None)


def _apart(function: Callable[..., Any], plans: list[Any], mutant: Mutant | None) -> Any:
    with _pool().Pool(1) as pool:
        return pool.apply_async(function, (plans, mutant)).get(10 * SECONDS)


def _late(*_: Any) -> None:
    raise TimeoutError(f"printing must end in {SECONDS} s")


def _print(plans: list[Any], mutant: Mutant | None) -> list[Print]:
    import msgspec

    signal.signal(signal.SIGALRM, _late)
    signal.alarm(SECONDS)
    try:
        if mutant:
            _change(mutant)
        from convgen.api import render
        from convgen.plan.plan import Plan
    except Exception as error:
        return [Print(None, f"{type(error).__name__}: {error}")] * len(plans)
    prints = []
    for plan in plans:
        signal.alarm(SECONDS)  # each of them may never end
        try:
            prints.append(Print(msgspec.to_builtins(render(msgspec.convert(plan, Plan)))))
        except Exception as error:  # whatever a mutant raises, it prints no kernel
            prints.append(Print(None, f"{type(error).__name__}: {error}"))
    return prints


def _change(mutant: Mutant) -> None:
    """Have Python and Jinja read another text of a file."""
    from importlib.machinery import SourceFileLoader

    import jinja2

    path = ROOT / mutant.path
    text = mutant.of(path.read_text(encoding="utf-8"))
    own_code, own_source = SourceFileLoader.get_code, jinja2.FileSystemLoader.get_source

    def get_code(loader: SourceFileLoader, name: str) -> Any:
        if Path(loader.path).resolve() == path:
            return compile(text, str(path), "exec")
        return own_code(loader, name)

    def get_source(loader: jinja2.FileSystemLoader, environment: jinja2.Environment, name: str) -> Any:
        source, filename, current = own_source(loader, environment, name)
        return (text if Path(filename or "").resolve() == path else source), filename, current

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    jinja2.FileSystemLoader.get_source = get_source  # type: ignore[method-assign]


def _reach(plans: list[Any], _: None) -> Reach:
    import jinja2
    import msgspec

    from convgen.api import render
    from convgen.emit.sources import template_folder
    from convgen.plan.plan import Plan

    algorithms = str(ROOT / "convgen" / "algorithms")
    here: dict[str, set[int]] = {}
    own = jinja2.Environment._load_template

    def load(environment: jinja2.Environment, name: str, globals: Any) -> Any:
        here.setdefault(str((Path(template_folder()) / name).resolve().relative_to(ROOT)), set())
        return own(environment, name, globals)

    def trace(frame: Any, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(algorithms):
            return None
        lines = here.setdefault(str(Path(frame.f_code.co_filename).relative_to(ROOT)), set())

        def line(frame: Any, event: str, _: Any) -> Any:
            lines.add(frame.f_lineno)
            return line
        return line

    jinja2.Environment._load_template = load  # type: ignore[method-assign]
    found = []
    for plan in plans:
        here = {}
        sys.settrace(trace)
        render(msgspec.convert(plan, Plan))
        sys.settrace(None)
        found.append(here)
    return found


# --- drawing ---


class Draw(NamedTuple):
    """Chance that only names decide: what another file says changes no choice in this one, so that an edit meets new
    mutants of what it edits alone. Highest random weight (Thaler and Ravishankar, 1998)."""

    seed: int
    turn: int

    def one(self, options: Iterable[T], name: Callable[[T], str] = str) -> T:
        return min(options, key=lambda option: self._weight(name(option)))

    def all(self, options: Iterable[int]) -> list[int]:
        return sorted(options, key=lambda option: self._weight(str(option)))

    def _weight(self, name: str) -> bytes:
        return hashlib.blake2b(f"{self.seed} {self.turn} {name}".encode(), digest_size=8).digest()

    def mutant(self, rules: Mapping[str, list[Mutant]], text: str) -> Mutant:
        return self.one(rules[self.one(rules)], lambda mutant: mutant.change(text))


def drawn(reach: Reach, rows: Mapping[str, list[int]], seed: int) -> Iterator[tuple[Mutant, list[int]]]:
    """Mutants without end, and the numbers of the plans that reach them, in any order. Kinds in turns, then any file of
    a kind, any rule, and any place; none twice. rows: their modules, and the plans for which these are."""
    by_file: dict[str, list[int]] = defaultdict(list)
    lines: dict[str, set[int]] = defaultdict(set)
    for number, files in enumerate(reach):
        for path, run in files.items():
            by_file[path].append(number)
            lines[path] |= run
    kinds: list[list[str]] = [[path for path in by_file if path.endswith(".j2")],
                              [path for path in by_file if path.endswith(".py")], list(rows)]
    seen = set()
    for turn, kind in enumerate(itertools.cycle((0, 1, 0, 1, 2))):
        draw = Draw(seed, turn)
        path = draw.one(kinds[kind])
        text = (ROOT / path).read_text(encoding="utf-8")
        rules = _mutants(path, frozenset(lines[path]) if path in lines and path.endswith(".py") else None)
        if rules:
            mutant = draw.mutant(rules, text)
            if mutant not in seen:
                seen.add(mutant)
                numbers = rows.get(path) or by_file[path]
                if path in lines and path.endswith(".py"):
                    line = text.count("\n", 0, mutant.start) + 1
                    numbers = [number for number in numbers if line in reach[number][path]] or numbers
                yield mutant, draw.all(numbers)


@functools.lru_cache(200)
def _mutants(path: str, lines: frozenset[int] | None) -> Mapping[str, list[Mutant]]:
    text = (ROOT / path).read_text(encoding="utf-8")
    found = of_python(path, text, set(lines) if lines else None) if path.endswith(".py") else of_text(path, text)
    return _by_rule(found)


def _by_rule(found: Iterable[Mutant]) -> Mapping[str, list[Mutant]]:
    rules = defaultdict(list)
    for mutant in found:
        rules[mutant.rule].append(mutant)
    return rules


def drawn_of_text(texts: Mapping[str, str], seed: int) -> Iterator[Mutant]:
    """Mutants of texts in C without end, any text, any rule and any place; none twice."""
    kinds, seen = {path: _by_rule(of_text(path, text)) for path, text in texts.items()}, set()
    for turn in itertools.count():
        draw = Draw(seed, turn)
        path = draw.one(kinds)
        mutant = draw.mutant(kinds[path], texts[path])
        if mutant not in seen:
            seen.add(mutant)
            yield mutant


def table(verdicts: Mapping[str, Counter[str]], columns: Iterable[str]) -> str:
    """Counts as lines: what was changed, down; what became of it, across; a column whose counts are all 0 left out."""
    names = [name for name in columns if any(row[name] for row in verdicts.values())]
    rows = [("", *names), *((kind, *(str(row[name]) for name in names)) for kind, row in verdicts.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
