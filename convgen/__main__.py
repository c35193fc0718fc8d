"""``python -m convgen``."""

from .commands.cli import main

main()
