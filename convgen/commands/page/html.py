"""The page as text: one file that needs no other."""

from __future__ import annotations

from ...emit.functions import printed
from ...plan.program import View
from ...planner.glossary import Word
from ...version import __version__
from .layer import Layer
from .network import Network


class Page(View, frozen=True, kw_only=True):
    """What templates/page prints. network: where there are several layers, which the reader then opens one by one."""

    title: str
    subtitle: str
    version: str = __version__
    network: Network | None
    layers: tuple[Layer, ...]
    words: tuple[Word, ...]


def html(page: Page) -> str:
    """The page. The same data gives the same bytes."""
    return printed("page/page.html.j2", page)
