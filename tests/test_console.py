"""Tables and text on a terminal: no word is broken, nothing is wider than the terminal, colour where it means
something."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from convgen.commands import console
from convgen.commands.console import Cell, duration, ms, table

HEAD = ("layer", "plan", "ms", "GFLOP/s", "how")
ROWS = [("conv1", "direct_avx512_14x32", "0.2913", "812.0", "some words, that take a line or two of their own"),
        ("a_rather_long_name_of_a_layer", "-", "-", "-", "short")]


def lines(room, least=("GFLOP/s", "how"), rows=ROWS):
    return ["".join(line) for line in table(HEAD, rows, least, room)]


def test_without_a_terminal_all_is_written():
    text = lines(None)
    assert len(text) == 3
    assert text[1].endswith(ROWS[0][-1])
    assert text[0].index("GFLOP/s") + 7 == text[1].index("812.0") + 5  # numbers stand to the right
    assert text[1].index("direct") == text[0].index("plan")


@pytest.mark.parametrize("room", range(30, 140, 7))
def test_no_line_is_too_long_and_no_word_is_broken(room):
    words = {word for row in (HEAD, *ROWS) for cell in row for word in cell.split()}
    *text, = lines(room)
    assert max(map(len, text)) <= room
    shown = " ".join(text)
    dropped = " ".join(text).partition("(no room for ")
    assert set(dropped[0].split()) <= words
    for name in HEAD:
        assert name in shown  # as a column, or as one that is left out
    assert all(row[0] in dropped[0] for row in ROWS)
    assert not any(line.endswith(" ") for line in text)


def test_what_says_least_is_left_out_first_and_told():
    assert "GFLOP/s" in lines(130)[0]
    for room, kept in ((95, "layer plan ms GFLOP/s how"), (88, "layer plan ms how"), (66, "layer plan ms")):
        head, *_ = lines(room)
        assert head.split() == kept.split(), room
        left_out = [name for name in ("GFLOP/s", "how") if name not in kept]
        assert not left_out or f"(no room for {', '.join(left_out)}:" in " ".join(lines(room))
    empty = [(*row[:3], "-", row[4]) for row in ROWS]
    assert "no room" not in " ".join(lines(88, rows=empty))  # a column of nothing is not missed


def test_names_that_leave_no_room_stand_alone():
    text = lines(34)
    assert text[text.index("a_rather_long_name_of_a_layer") + 1].startswith("  ")


def test_cells_keep_their_colours_and_line_up():
    rows = [(Cell("ok", "green"), "1"), (Cell("FAILED", "red"), "12")]
    found = list(table(("mode", "ms"), rows))
    assert [line[1].style for line in found[1:]] == ["green", "red"]
    assert len({len("".join(line)) for line in found}) == 1


@pytest.mark.parametrize(("seconds", "text"), [(2.913e-4, "0.2913"), (1.0, "1000"), (5e-9, "0.000005000"), (None, "-"),
                                               (0.09999, "99.99"), (12.3456, "12346")])
def test_milliseconds(seconds, text):
    assert ms(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0 s"), (41.4, "41 s"), (119, "119 s"), (185, "3 min"),
                                               (3900, "1 h 5 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text


def on_terminal(*words, columns=80, code=0, **environment):
    """What a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", **environment}
    if "NO_COLOR" not in environment:
        env.pop("NO_COLOR", None)
    process = subprocess.Popen([sys.executable, "-m", "convgen", *words], stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    text = b""
    try:
        while chunk := os.read(ours, 1 << 16):
            text += chunk
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(ours)
    assert process.wait() == code
    return text.decode().replace("\r\n", "\n")


ANSI = re.compile(r"\x1b\[[0-9;]*m")
EXPLAIN = ("plan", "ic64ih28oc64oh28kh3ph1", "--target", "x86-64-v4", "--explain")


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("words", [EXPLAIN, ("targets",)], ids=["explain", "targets"])
def test_commands_keep_to_the_terminal(words, columns):
    text = ANSI.sub("", on_terminal(*words, columns=columns))
    assert max(map(len, text.splitlines())) <= columns
    piped = subprocess.run([sys.executable, "-m", "convgen", *words], capture_output=True, text=True, check=True).stdout
    whole = set(re.split(r"\s+", piped)) | {"(no", "room", "wider", "terminal,", "pipe", "file", "has", "all)"}
    left_out = re.search(r"\(no\s+room\s+for\s+([^:]*):", text)
    allowed = {word + end for word in left_out[1].split() for end in ("", ":")} if left_out else set()
    assert {word for word in text.split() if word not in whole | allowed | {"for", "a", "or"}} == set()


def test_messages_are_broken_between_words():
    text = on_terminal("plan", "ic64ih28oc64oh28kh3ph1", "--algorithm", "magic", columns=60, code=2)
    assert max(map(len, text.splitlines())) <= 60
    assert len(text.splitlines()) > 1
    assert "algorithm must be one of" in text


def test_colour_is_for_terminals_that_want_it():
    assert re.search(r"\x1b\[1m\w+\*", on_terminal(*EXPLAIN))  # the chosen plan
    assert "\x1b" not in on_terminal(*EXPLAIN, NO_COLOR="1")
    assert "\x1b" not in on_terminal(*EXPLAIN, TERM="dumb")
    piped = subprocess.run([sys.executable, "-m", "convgen", *EXPLAIN], capture_output=True, text=True, check=True)
    assert "\x1b" not in piped.stdout


def test_a_table_is_drawn_nowhere_else():
    """Commands that pad columns themselves would not know the terminal."""
    from pathlib import Path
    for path in Path(console.__file__).parent.glob("*.py"):
        if path.name != "console.py":
            assert not re.search(r"\.(l|r)just\(", path.read_text()), path.name
