"""Results in a file, as they come: a line of JSON each. Whoever stops a long measurement loses nothing, and goes on.

The first line is the question that all others answer; then the limits of each run, and its layers. A last line that
was not written to its end is none.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..errors import InputError
from ..layer.names import show
from .contest import Race
from .peaks import Peaks
from .timing import Measured

RULE = "be a file that bench has written, or none yet"
CURE = "move it away, or name another"


class Question(msgspec.Struct, frozen=True, tag="question"):
    """What results depend on besides the layer: who measured, where, and what was asked for, each by its name."""

    version: dict[str, str]
    asked: dict[str, str]


class Limits(msgspec.Struct, frozen=True, tag="limits"):
    """Those of one run."""

    peaks: Peaks


class Layer(msgspec.Struct, frozen=True, tag="layer", kw_only=True):
    """A layer's result. key: which layer it is. kind: of sample.KINDS. reproduce: the command that measures it again.
    row: its figures, without limits, and race those of its rivals; None where the layer failed, of which `failed`
    tells, and with which exit code."""

    key: str
    kind: str
    reproduce: str = ""
    row: Measured | None = None
    race: Race | None = None
    failed: str = ""
    exit_code: int = 0


Line = Question | Limits | Layer


class Kept:
    """The results of a question in a file, which is made if need be. InputError for a file of anything else."""

    def __init__(self, path: Path, question: Question) -> None:
        self.path, self.layers, self.limits = path, dict[str, Layer](), list[Peaks]()
        try:
            text = path.read_bytes() if path.exists() else b""
            whole = text[: text.rfind(b"\n") + 1]
            lines = [self._read(number, line) for number, line in enumerate(whole.splitlines(), 1)]
            if not lines and text:
                raise self._refused(RULE, "line 1")
            for line in lines:
                self._take(line, question)
            if whole != text:
                with path.open("r+b") as file:
                    file.truncate(len(whole))
            if not lines:
                self.add(question)
        except OSError as error:
            raise self._refused("be readable and writable", error.strerror or str(error)) from None

    def add(self, line: Line) -> None:
        """Write a line; it is in the file when the call returns."""
        try:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise self._refused("be writable", error.strerror or str(error)) from None
        if not isinstance(line, Question):
            self._take(line)

    def _read(self, number: int, line: bytes) -> Line:
        try:
            found: Line = msgspec.json.decode(line, type=Line)
        except msgspec.MsgspecError:
            raise self._refused(RULE, f"line {number}") from None
        if isinstance(found, Question) != (number == 1):
            raise self._refused(RULE, f"line {number}")
        return found

    def _take(self, line: Line, question: Question | None = None) -> None:
        if isinstance(line, Question) and question is not None:
            self._compare("of this version of convgen", line.version, question.version)
            self._compare("of the same question", line.asked, question.asked)
        elif isinstance(line, Limits):
            self.limits.append(line.peaks)
        elif isinstance(line, Layer):
            self.layers[line.key] = line

    def _compare(self, what: str, there: dict[str, str], here: dict[str, str]) -> None:
        for name in dict.fromkeys((*there, *here)):
            if there.get(name) != here.get(name):
                raise self._refused(f"be {what}", f"{name}={there.get(name, 'none')}, here {here.get(name, 'none')}")

    def _refused(self, rule: str, value: str) -> InputError:
        return InputError(f"results must {rule} ({show(str(self.path))}: {value}); {CURE}")
