"""The version: in what is generated, and in records of what was measured. pyproject.toml has the same."""

__version__ = "0.1.0"
