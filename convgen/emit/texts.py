"""The template engine, and text that more than one template needs. The only importer of jinja2."""

from __future__ import annotations

import functools
import re
from typing import Literal

import jinja2

from ..machine.isa import Isa
from .sources import template_folder

PAGES = (".html.j2", ".svg.j2")  # templates of what browsers read: whatever they print is escaped


@functools.cache
def templates() -> jinja2.Environment:
    """The environment of templates/."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        line_statement_prefix="%",
        variable_start_string="${",
        variable_end_string="}",
        autoescape=lambda name: name is not None and name.endswith(PAGES),
    )
    environment.filters["chomp"] = lambda text: text.rstrip("\n")
    environment.filters["c_strings"] = c_strings
    return environment


def tidy(text: str) -> str:
    """No trailing blanks, at most one empty line in a row and none at the top of a block, one newline at the end."""
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\{\n{2,}", "{\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def lanes_of(row: Isa, operation: Literal["load", "store"], valid: int, p: str, a: str = "") -> str:
    """A load or store of a whole vector, or of its first `valid` lanes when valid is not 0."""
    if operation == "load":
        return row.load_part(p, 0, valid) if valid else row.load(p)
    return row.store_tail(p, a, valid) if valid else row.store(p, a)


def c_strings(text: str) -> list[str]:
    """Text as C string literals, one a line, and more for a line that is longer than a literal may be."""
    escapes = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "?": r"\?"})  # two ? may begin a trigraph
    return [f'"{piece.translate(escapes)}"' for piece in re.findall(r"[^\n]{0,2000}\n|[^\n]{1,2000}", text)]
