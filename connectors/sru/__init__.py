"""SRU targets: ``connect(target)`` is the entry point ``sru`` of group ``wenyuan.connectors``."""

from __future__ import annotations

from connectors.sru.connector import SRUConnector, connect

__all__ = ["SRUConnector", "connect"]
