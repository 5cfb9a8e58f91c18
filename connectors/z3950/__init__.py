"""Z39.50 targets: ``connect(target)`` is the entry point of group ``wenyuan.connectors``."""

from connectors.z3950.connector import Z3950Connector, connect

__all__ = ["Z3950Connector", "connect"]
