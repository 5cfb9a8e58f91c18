"""OAI-PMH targets: ``connect(target)`` is the entry point ``oai_pmh`` of group ``wenyuan.connectors``."""

from __future__ import annotations

from connectors.oai_pmh.connector import OAIConnector, connect

__all__ = ["OAIConnector", "connect"]
