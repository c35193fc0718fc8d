"""Instructions that multiply matrices of bytes: what a row has that holds them in registers of their own."""

from __future__ import annotations

from typing import NamedTuple

Index = int | str  # a number, or C for one


class Matrix(NamedTuple):
    """Registers of `rows` rows of `words` words of 32 bits. Two of them are multiplied and added to a third,

        sum[m][v] += Σ_k Σ_i a[m][4 k + i] · b[k][4 v + i]          0 <= m, k < rows, 0 <= v < words, 0 <= i < 4

    registers: how many. begin: the C that gives them their shapes, of 64 bytes at p (see shapes); end: that a task ends
    with. zero, load, store: of register t, whose rows lie n bytes apart from p on. multiply: by the element of the
    first operand. helpers: the functions that these call. stack: one (to, first, second, pixels) that puts pixels of
    two rows, of 3 bytes, side by side as 4 bytes each.
    """

    rows: int
    words: int
    registers: int
    begin: str
    end: str
    zero: str
    load: str
    store: str
    multiply: dict[str, str]
    helpers: tuple[str, ...]
    stack: str

    def product(self, element: str, c: Index, a: Index, b: Index) -> str:
        """Register c with the product of a, of numbers of an element, and b."""
        return self.multiply[element].format(c=c, a=a, b=b)


def shapes(registers: list[tuple[int, int]]) -> list[int]:
    """The 64 bytes that say how many rows, and words of each, a program uses of every register: palette 1, bytes of a
    row from byte 16 on, 16 bits each, rows from byte 48 on (Intel 64 and IA-32 Architectures Software Developer's
    Manual, volume 1, table 18-3)."""
    table = [1] + [0] * 63
    for register, (rows, words) in enumerate(registers):
        table[16 + 2 * register], table[48 + register] = 4 * words, rows
    return table
