"""``python -m convgen``."""

from .cli import main

main()
