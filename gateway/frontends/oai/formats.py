"""The formats in which every union record can be had, by metadataPrefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.core.record import UnionRecord
from gateway.protocols.oaipmh.response import MetadataFormat
from gateway.records import marcxml
from gateway.records.export import joint_marcxml, mods, oai_dc
from gateway.records.export.dublin import OAI_NAMESPACE, OAI_SCHEMA
from gateway.records.export.joint import SCHEMA as MARCXML_SCHEMA
from gateway.records.export.mods import NAMESPACE as MODS_NAMESPACE
from gateway.records.export.mods import SCHEMA as MODS_SCHEMA

FORMATS: Mapping[str, tuple[MetadataFormat, Callable[[UnionRecord], str]]] = MappingProxyType(
    {
        "oai_dc": (MetadataFormat("oai_dc", OAI_SCHEMA, OAI_NAMESPACE), oai_dc),
        "marcxml": (MetadataFormat("marcxml", MARCXML_SCHEMA, marcxml.NAMESPACE), joint_marcxml),
        "mods": (MetadataFormat("mods", MODS_SCHEMA, MODS_NAMESPACE), mods),
    }
)
