"""An SVG as PNG, by a program that draws SVG, where one is here: convgen has no fonts of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from ..errors import MissingToolError

SCALE = 2  # pixels for each of the SVG's
SECONDS = 120.0


class Size(NamedTuple):
    width: int
    height: int


class Tool(NamedTuple):
    """A program that writes SCALE times a picture. found: how it is called here; None where it is not.
    arguments: for (SVG, PNG, the SVG's size)."""

    name: str
    found: Callable[[], list[str] | None]
    arguments: Callable[[Path, Path, Size], list[str]]


def _on_path(*names: str) -> Callable[[], list[str] | None]:
    def found() -> list[str] | None:
        return next(([path] for path in map(shutil.which, names) if path), None)
    return found


def _module(name: str) -> Callable[[], list[str] | None]:
    return lambda: [sys.executable, "-m", name] if importlib.util.find_spec(name) else None


def _browser(svg: Path, png: Path, size: Size) -> list[str]:
    """A browser that root runs has no sandbox; it draws nothing but this picture."""
    own = ["--no-sandbox"] * (hasattr(os, "geteuid") and os.geteuid() == 0)
    return ["--headless", "--disable-gpu", "--hide-scrollbars", *own, f"--user-data-dir={svg.parent / 'profile'}",
            f"--force-device-scale-factor={SCALE}", f"--window-size={size.width},{size.height}",
            f"--screenshot={png}", svg.as_uri()]


TOOLS = (
    Tool("rsvg-convert", _on_path("rsvg-convert"),
         lambda svg, png, _: ["--zoom", str(SCALE), "--format", "png", "--output", str(png), str(svg)]),
    Tool("CairoSVG", _module("cairosvg"),
         lambda svg, png, _: [str(svg), "--output-scale", str(SCALE), "--output", str(png)]),
    Tool("chromium", _on_path("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), _browser),
)


def tool() -> tuple[Tool, list[str]]:
    """The first that is here, and how it is called. MissingToolError when there is none."""
    for one in TOOLS:
        if (command := one.found()) is not None:
            return one, command
    raise MissingToolError(f"PNG needs one of {', '.join(one.name for one in TOOLS)}; none is here; SVG needs none")


def png(svg: str) -> bytes:
    """A picture as PNG. MissingToolError when what should draw it is not here or fails."""
    one, command = tool()
    root = ElementTree.fromstring(svg)
    size = Size(int(root.get("width", "0")), int(root.get("height", "0")))
    with tempfile.TemporaryDirectory(prefix="convgen-", ignore_cleanup_errors=True) as folder:
        given, made = Path(folder) / "picture.svg", Path(folder) / "picture.png"
        given.write_text(svg, encoding="utf-8")
        said = ""
        try:
            said = subprocess.run([*command, *one.arguments(given, made, size)], capture_output=True, text=True,
                                  errors="replace", timeout=SECONDS, check=False).stderr
            return made.read_bytes()
        except (OSError, subprocess.TimeoutExpired) as error:
            last = (said.strip() or str(error)).splitlines()[-1]
            raise MissingToolError(f"{one.name} must be able to draw a picture ({last[:200]})") from None
