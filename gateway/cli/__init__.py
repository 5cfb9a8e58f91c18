"""The only door for a person with a terminal: ``wenyuan COMMAND``."""

from gateway.cli.main import main

__all__ = ["main"]
