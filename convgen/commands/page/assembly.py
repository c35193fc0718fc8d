"""Instructions of the inner loop, counted in what a compiler made of it: by objdump, where that is here.

The hot loop is an innermost one (a jump back, with no other inside): of the micro-kernel's function, where a compiler
has left it one, else of all; that with the largest share of multiply-adds. A load that a multiply-add does itself is
counted as both. What goes by the stack pointer is a spill or its reload.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import NamedTuple

from ...errors import MissingToolError

SECONDS = 60.0

# what an instruction is, by the beginning of its name: the first line that matches counts
KINDS = {
    "multiply-adds": r"v?fn?m(add|sub)|fml[as]|vfma|vfms",
    "multiplications, additions": r"v?(mul|add|sub)[ps][sdh]|fmul|fadd|fsub",
    "broadcasts": r"v?p?broadcast|ld1r|v?movs[lh]dup|v?movddup|dup",
    "shuffles": r"v?p?(shuf|perm|unpck|blend|align)|v?(insert|extract)[fi]|zip[12]|uzp[12]|trn[12]|ext",
    "moves": r"v?(mov[aud]|movdq|movups)|ld[pru]|ld1|st[pru]|st1",
    "address, loop, other": r"",
}
STACK = re.compile(r"\((%rsp|%rbp)|\[(sp|x29)")
MEMORY = re.compile(r"\(%|\[(x|sp)")
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*([^#\n<]*)(?:<[^>]*>)?")
JUMP = re.compile(r"^(j(?!mp)\w+|jmp|b\.\w+|b\.?\w*|cbn?z|tbn?z|bne|blt|bge)$")


class Instruction(NamedTuple):
    address: int
    name: str
    operands: str

    @property
    def kind(self) -> str:
        return next(kind for kind, pattern in KINDS.items() if re.match(pattern, self.name))

    @property
    def spills(self) -> bool:
        return bool(STACK.search(self.operands))

    @property
    def loads(self) -> bool:
        """Whether it reads memory: in AT&T's order a source comes first; in ARM's names loads begin with ld."""
        first = self.operands.split("),")[0] + ")" if "(" in self.operands else self.operands
        if self.name.startswith(("ld", "st")):
            return self.name.startswith("ld")
        return bool(MEMORY.search(first)) and not self.stores and not self.name.startswith(("lea", "prefetch"))

    @property
    def stores(self) -> bool:
        if self.name.startswith("st"):
            return True
        return self.kind == "moves" and self.operands.rstrip().endswith(")")


class Loop(NamedTuple):
    """Counts of a turn of the hot loop, by kind. text: its instructions."""

    counts: dict[str, int]
    text: str


def hot_loop(library: str, function: str) -> Loop | None:
    """The hot loop of a built kernel, whose micro-kernel is this function; None where no loop multiplies and adds.
    MissingToolError without objdump."""
    tool = shutil.which("objdump")
    if tool is None:
        raise MissingToolError("objdump is not here, so the compiler's instructions are not counted")
    try:
        done = subprocess.run([tool, "-d", "--no-show-raw-insn", library], capture_output=True, text=True,
                              timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        raise MissingToolError("objdump cannot read the built kernel") from None
    return find(done.stdout, function)


def find(text: str, function: str) -> Loop | None:
    """The hot loop in a disassembly."""
    functions = {match[1]: part for part in text.split("\n\n") if (match := re.search(r"<([^>+]+)>:", part))}
    own = [part for name, part in functions.items() if name.split(".")[0] == function]
    loops = [loop for part in own or functions.values() for loop in _innermost(_code(part))]
    best = max(loops, key=_share, default=[])
    if not _share(best):
        return None
    return Loop(_counts(best), "\n".join(f"{one.name:<14} {one.operands}".rstrip() for one in best))


def _code(text: str) -> list[Instruction]:
    return [Instruction(int(match[1], 16), match[2], match[3].strip())
            for match in map(LINE.match, text.splitlines()) if match]


def _innermost(code: list[Instruction]) -> list[list[Instruction]]:
    """The instructions from the target of each jump back to it, where no other such loop is inside."""
    place = {one.address: index for index, one in enumerate(code)}
    ranges = []
    for index, one in enumerate(code):
        if JUMP.match(one.name) and (target := re.search(r"([0-9a-f]+)\s*$", one.operands)):
            begin = place.get(int(target[1], 16), index + 1)
            if begin <= index:
                ranges.append((begin, index + 1))
    return [code[begin:end] for begin, end in ranges
            if not any((low, high) != (begin, end) and begin <= low and high <= end for low, high in ranges)]


def _share(code: list[Instruction]) -> float:
    """Of multiply-adds; without any, of their parts, which count less."""
    kinds = [one.kind for one in code]
    return (kinds.count("multiply-adds") + 0.1 * kinds.count("multiplications, additions")) / max(1, len(kinds))


def _counts(code: list[Instruction]) -> dict[str, int]:
    found = {kind: sum(one.kind == kind for one in code) for kind in KINDS}
    found |= {"loads, those of other instructions too": sum(one.loads for one in code),
              "stores": sum(one.stores for one in code),
              "on the stack: spills and reloads": sum(one.spills for one in code)}
    return {kind: count for kind, count in found.items() if count or kind.startswith(("multiply", "on the"))}
