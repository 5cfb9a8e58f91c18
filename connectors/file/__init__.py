"""A local file as a target: ``connect(target)`` is the entry point ``file`` of group ``wenyuan.connectors``.

``read_file`` streams the records of a file for import; searching needs them in memory, within limits.
"""

from __future__ import annotations

from connectors.file.connector import FileConnector, connect
from gateway.records.files import read_file

__all__ = ["FileConnector", "connect", "read_file"]
