"""convgen schema: what a layers file may say."""

from __future__ import annotations

import click

from ..layer import formats
from .console import put_json


@click.command()
def schema() -> None:
    """Print the JSON Schema of layers files."""
    put_json(formats.schema())
