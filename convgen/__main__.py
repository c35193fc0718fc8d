"""``python -m convgen``."""

from .commands.main import main

main()
