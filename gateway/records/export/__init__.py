"""Records and unions as XML for others: MARC with everybody's holdings, MODS, Dublin Core, and the union's own form.

Each function gives one element as text, without declaration; the same record always gives the same text.
"""

from __future__ import annotations

from gateway.core.record import Record
from gateway.records.export.dublin import dublin_core, oai_dc
from gateway.records.export.joint import joint_marc, joint_marcxml
from gateway.records.export.mods import mods, of_record
from gateway.records.export.union import union_xml

__all__ = ["dublin_core", "joint_marc", "joint_marcxml", "mods", "oai_dc", "to_dc", "to_mods", "union_xml"]


def to_mods(record: Record) -> bytes:
    """One MODS 3.7 element in UTF-8; ``gateway.records.mods`` reads it back."""
    return of_record(record, record.holdings, record.local_id).encode("utf-8")


def to_dc(record: Record) -> bytes:
    """One simple Dublin Core element, in the wrapper of SRU, in UTF-8."""
    return dublin_core(record).encode("utf-8")
