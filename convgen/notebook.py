"""What notebooks show: a title and a table as HTML. All text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(title: str, rows: Iterable[Sequence[object]], head: Sequence[str] = (), note: str = "") -> str:
    """Rows of cells below a title; the note is text as it stands, spaces too, below the table."""
    def row(cells: Sequence[object], tag: str) -> str:
        style = "text-align: left; vertical-align: top; white-space: pre-wrap"
        inside = "".join(f'<{tag} style="{style}">{escape(str(cell))}</{tag}>' for cell in cells)
        return f"<tr>{inside}</tr>"

    lines = [row(head, "th")] * bool(head) + [row(cells, "td") for cells in rows]
    text = f"<pre>{escape(note)}</pre>" if note else ""
    return f"<div><b>{escape(title)}</b><table>{''.join(lines)}</table>{text}</div>"
