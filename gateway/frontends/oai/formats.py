"""The formats in which every union record can be had, by metadataPrefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.core.record import UnionRecord
from gateway.frontends.oai import dublin, joint, mods
from gateway.protocols.oaipmh.response import MetadataFormat
from gateway.records import marcxml

FORMATS: Mapping[str, tuple[MetadataFormat, Callable[[UnionRecord], str]]] = MappingProxyType(
    {
        "oai_dc": (MetadataFormat("oai_dc", dublin.SCHEMA, dublin.NAMESPACE), dublin.dublin_core),
        "marcxml": (MetadataFormat("marcxml", joint.SCHEMA, marcxml.NAMESPACE), joint.joint_marcxml),
        "mods": (MetadataFormat("mods", mods.SCHEMA, mods.NAMESPACE), mods.mods),
    }
)
