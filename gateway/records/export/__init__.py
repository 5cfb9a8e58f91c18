"""Records and unions as XML for others: MARC with everybody's holdings, MODS, Dublin Core, and the union's own form.

Each function gives one element as text, without declaration; the same record always gives the same text.
"""

from __future__ import annotations

from gateway.records.export.dublin import dublin_core
from gateway.records.export.joint import joint_marc, joint_marcxml
from gateway.records.export.mods import mods
from gateway.records.export.union import union_xml

__all__ = ["dublin_core", "joint_marc", "joint_marcxml", "mods", "union_xml"]
