"""Finds out what a Z39.50 server is, by asking it: ``await probe(target, words, deadline)``."""

from connectors.z3950.probing.run import probe

__all__ = ["probe"]
