"""What commands do with the files that they print: compare, show or write them; the options for that, which they share.

A build system needs no more than `--update --depfile FILE`: what is out of date is verified and written, what is not
gets a new time, and FILE says what all of it depends on. With `--stamp FILE` only FILE gets a new time: what depends on
kernels that are the same is not built again, and layers may come and go, since FILE stands for all of them.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec

import click

from ..emit import sources
from ..errors import InputError, VerificationError
from ..machine.find import DESCRIBED
from ..packaging import output
from ..packaging.output import Content, State
from ..version import __version__
from .console import note, put, put_json, quietly, say
from .request import Command, Request, json_option

DIFF_LINES = 20  # of a file, that --check shows
P = ParamSpec("P")
BESIDE = ("depfile", "stamp")  # fields of a Writing: files for the build system


class Inputs(NamedTuple):
    """What files are made from, and where a lock was looked for: the first that is there is among the former."""

    depends: list[Path]
    searched: Sequence[Path] = ()

    def plus(self, paths: Iterable[str]) -> Inputs:
        """With other files that they are made from."""
        return self._replace(depends=[*self.depends, *map(Path, paths)])


class Unit(NamedTuple):
    """Files that belong together, the one to name first and their manifest last; and what --json says of them."""

    texts: Mapping[str, Content]
    about: Mapping[str, object]


class Writing(NamedTuple):
    """Where to and how: -o, None where it is not given; whether to verify, None for where that is possible, and for how
    many seconds, None for as many as usual. force:
    replace whatever is there; update: what convgen wrote. check, dry_run: write nothing. depfile: of Make. stamp: a
    file that is new whenever the others were made."""

    folder: str | None
    verify: bool | None
    timeout: float | None
    force: bool
    update: bool
    check: bool
    dry_run: bool
    quiet: bool
    as_json: bool
    depfile: str | None
    stamp: str | None

    def place(self, folder: str | None = None) -> Path:
        """The folder to write to: `folder`, if none was named. InputError for neither: files among others are hard to
        find again."""
        named = folder if self.folder is None else self.folder
        if not named:
            raise InputError("output must be given: -o DIR, or -o . for the current folder")
        return Path(named)

    def to_stdout(self, kernels: int) -> None:
        """InputError for what makes no sense there."""
        if kernels > 1:
            raise InputError(f"output must be for a single layer (output=-, layers={kernels})")
        for option in ("force", "update", "check", "dry_run", "as_json", "depfile", "stamp"):
            if getattr(self, option):
                raise InputError(f"output must be a folder for --{option.removeprefix('as_').replace('_', '-')} (-o -)")

    def guard(self, refuse: Callable[P, None], *what: P.args, **more: P.kwargs) -> None:
        """Refuse what must not be replaced; in a dry run only tell that it would be, and in a check nothing is."""
        if self.check:
            return
        try:
            refuse(*what, **more)
        except InputError as error:
            if not self.dry_run:
                raise
            note(f"would be refused: {error}")

    def deliver(self, units: Sequence[Unit], inputs: Inputs, verify: Callable[[Sequence[int]], bool],
                folder: str | None = None) -> None:
        """Write the files, all or none; or, as the options say, tell only what would be written. inputs: what they are
        made from. verify: checks the units at these places; whether it could. folder: where to, if none was named."""
        place = self.place(folder)
        for field in BESIDE:
            if named := getattr(self, field):
                output.check_place(field, Path(named))  # before the slow part
        texts = {name: text for unit in units for name, text in unit.texts.items()}
        states = output.states(place, texts)
        drifted = [at for at, unit in enumerate(units) if any(states[name] != "same" for name in unit.texts)]
        verified: list[int] = []
        besides = output.besides(place, texts)
        for unit in units:
            self.guard(output.refuse, place, unit.texts, states, self.force, self.update)  # likewise
        if not self.check and not self.dry_run:
            wanted = drifted if self.update else list(range(len(units)))
            verified = wanted if wanted and verify(wanted) else []
            output.write(place, texts, force=True)
            self._settle(place, states, inputs)
        if self.as_json:
            put_json({"convgen": __version__, "outputs": [{
                **unit.about, "verified": at in verified,
                "files": [{"path": str(place / name), "state": states[name]} for name in unit.texts],
            } for at, unit in enumerate(units)], **{field: list(map(str, paths))
                                                    for field, paths in inputs._asdict().items()},
                **besides._asdict()})  # fmt: skip
        else:
            self._tell(place, units, texts, states)
        for line in besides.told(place):
            say(line)
        if besides.unasked:
            note(f"no layer here asks for what else is in {place}: {', '.join(besides.unasked)}")
        if self.check and drifted:
            count = sum(state != "same" for state in states.values())
            say(f"{count} of {len(texts)} files drifted; with --update instead of --check they are written")
        if self.check and (drifted or besides.orphans):
            raise click.exceptions.Exit(VerificationError.exit_code)

    def _settle(self, place: Path, states: Mapping[str, State], inputs: Inputs) -> None:
        """Tell the build that the files were made: by a new time of the stamp, or of each, and by the depfile."""
        made = [place / name for name in states] if self.stamp is None else [Path(self.stamp)]
        if self.stamp is None:
            output.touch(place, [name for name, state in states.items() if state == "same"])
        if self.depfile is not None:
            output.save(Path(self.depfile), "".join(rules(made, inputs.depends)), "depfile")
        if self.stamp is not None:
            output.save(Path(self.stamp), "", "stamp")

    def _tell(self, place: Path, units: Sequence[Unit], texts: Mapping[str, Content],
              states: Mapping[str, State]) -> None:
        if self.check:
            for name, text in texts.items():
                if states[name] != "same":
                    put("\n".join(difference(place / name, text)))
        elif self.dry_run:
            for name, state in states.items():
                put(f"{state:<7} {place / name}")
        elif not self.quiet:
            for unit in units:
                put(str(place / next(iter(unit.texts))))



def difference(path: Path, text: Content) -> Iterator[str]:
    """A file beside the text that it should have, as a short unified diff, or in words where no line would show it, as
    of bytes; for one that is missing, that it is."""
    try:
        found = path.read_bytes()
    except OSError:
        yield f"{path} is missing"
        return
    if isinstance(text, bytes):
        yield f"{path} has other bytes"
        return
    if blank := output.blanks(found, text):
        yield f"{path}: {' and '.join(blank)}"
        return
    old = found.decode(errors="replace").replace("\r\n", "\n").split("\n")
    lines = list(difflib.unified_diff(old, text.split("\n"), str(path), f"{path} (expected)", n=1, lineterm=""))
    yield from lines[:DIFF_LINES]
    if len(lines) > DIFF_LINES:
        yield f"... {len(lines) - DIFF_LINES} more lines"


def rules(made: Sequence[Path], inputs: Sequence[Path]) -> Iterator[str]:
    """A depfile, as gcc -MD -MP writes one: files made, what they depend on (convgen's own sources too), and a rule
    without a recipe for each of these, so that one that is gone stops nobody. What they depend on is absolute, since
    CMake reads it in another folder than this."""
    needed = [path.absolute() for path in (*inputs, *sources.files()) if path not in made]
    yield f"{' '.join(map(_escaped, made))}: \\\n"
    yield " \\\n".join(f"  {_escaped(path)}" for path in needed) + "\n"
    yield from (f"\n{_escaped(path)}:\n" for path in needed)


def _escaped(path: Path) -> str:
    text = str(path)
    for character in " #":
        text = text.replace(character, f"\\{character}")
    return text.replace("$", "$$")


def inputs_of(request: Request) -> Inputs:
    """The files that the layers and their plans come from."""
    held = request.lock_file()
    files = [Path(source) for source in request.sources if Path(source).is_file()]
    described = [Path(request.target)] if request.target.endswith(DESCRIBED) else []
    return Inputs([*files, *described, *([held] if held else [])], request.lock_places())


def verifying(request: Request, writing: Writing) -> bool | None:
    """Whether to verify, None for where that is possible: who names a runner wants it."""
    return True if request.run and writing.verify is None else writing.verify


def writing_options(command: Command) -> Command:
    """All options of a Writing, which the command gets as one; it keeps quiet if that is asked for."""
    parts = [
        click.option("-o", "--output", "folder", metavar="DIR", help="Folder to write to, as . for this one."),
        click.option("--verify/--no-verify", default=None,
                     help="Verify before writing; the default where that is possible."),
        click.option("--timeout", type=float, help="Seconds to verify a kernel, 120 if not given; or to test a package,"
                     " 600."),
        click.option("--force", is_flag=True, help="Replace whatever files differ."),
        click.option("--update", is_flag=True,
                     help="Verify and rewrite what has drifted; only files that convgen wrote are replaced."),
        click.option("--check", is_flag=True,
                     help="Write nothing; show what differs from what would be written, and exit with 1 if anything."),
        click.option("--dry-run", is_flag=True, help="Write nothing; list what would be new, changed, and the same."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but what is wrong."),
        json_option,
        click.option("--depfile", metavar="FILE",
                     help="Write what the files depend on, as rules of Make, which Ninja, CMake and Meson read too."),
        click.option("--stamp", metavar="FILE",
                     help="Give this file alone a new time, and the others none that are the same; --depfile is then of"
                     " this one."),
    ]

    @functools.wraps(command)
    def collect(request: Request, **rest: Any) -> None:
        writing = Writing(**{field: rest.pop(field) for field in Writing._fields})
        if writing.check and (writing.dry_run or writing.update or writing.force):
            raise InputError("check must stand without dry-run, update and force")
        for field in BESIDE:
            if getattr(writing, field) == "":
                raise InputError(f"{field} must name a file ({field}='')")
        with quietly(writing.quiet):
            command(request, writing, **rest)

    for part in reversed(parts):
        collect = part(collect)
    return collect

