"""What our SRU server says of itself: a ZeeRex record (2.0, as SRU 1.1 to 2.0 carry it).

Everything in it follows from the tables that the server works by, so that it cannot say what is not so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gateway.protocols.sru.context_sets import ContextSets
from gateway.protocols.sru.server_request import MAX_TERMS, SCHEMAS
from gateway.protocols.sru.server_response import escape

ZEEREX = "http://explain.z3950.org/dtd/2.0/"
#: Where the schemas of the schemas are published, for those that have one.
_LOCATIONS = {
    "marcxml": "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd",
    "mods": "http://www.loc.gov/standards/mods/v3/mods-3-7.xsd",
    "dc": "http://www.loc.gov/standards/sru/recordSchemas/dc-schema.xsd",
}
#: Type of ZeeRex ``supports`` → values.
SUPPORTS: Mapping[str, tuple[str, ...]] = {
    "relation": ("=", "==", "all", "any", "adj", "exact", "within", "<", "<=", ">", ">=", "scr"),
    "booleanOperator": ("and", "or", "not", "prox"),
    "relationModifier": (
        "relevant", "ignoreCase", "ignoreAccents", "word", "string", "number", "isoDate", "masked", "unmasked",
    ),
    "maskingCharacter": ("*", "?"),
    "anchoring": ("^",),
    "sortModifier": ("ascending", "descending", "ignoreCase", "ignoreAccents"),
    "recordPacking": ("xml", "string"),
    "queryType": ("cql", "searchTerms"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Service:
    """One database at one address. ``title`` and ``description`` by language."""

    host: str
    port: int
    database: str  #: the path, without its first slash
    title: Mapping[str, str]
    description: Mapping[str, str]
    default_records: int
    max_records: int
    browsable: Collection[str] = ()  #: access points
    facets: Collection[str] = ()


def zeerex(service: Service, sets: ContextSets, version: str = "1.2") -> str:
    """The ``explain`` element; ``version`` is that of the protocol it was asked in."""
    used = {name: uri for name, uri in sets.identifiers.items() if sets.names.get(name)}
    listed = "".join(_index(name, each, sets, service) for each in used for name in sets.names[each])
    schemas = "".join(_schema(name, names[0]) for name, names in SCHEMAS.items())
    supports = dict(SUPPORTS)
    if service.browsable:
        supports["scan"] = ("true",)
    if service.facets:
        supports["facet"] = tuple(service.facets)
    shown = "".join(
        f'<supports type="{kind}">{escape(value)}</supports>' for kind, values in supports.items() for value in values
    )
    context = "".join(f'<set name="{escape(name)}" identifier="{escape(uri)}"/>' for name, uri in used.items())
    browsing = f'<setting type="maximumTerms">{MAX_TERMS}</setting>' if service.browsable else ""
    return (
        f'<explain xmlns="{ZEEREX}">'
        f'<serverInfo protocol="SRU" version="{version}" transport="http" method="GET POST SOAP">'
        f"<host>{escape(service.host)}</host><port>{service.port}</port>"
        f"<database>{escape(service.database)}</database></serverInfo>"
        f"<databaseInfo>{_texts('title', service.title)}{_texts('description', service.description)}</databaseInfo>"
        f"<indexInfo>{context}{listed}</indexInfo><schemaInfo>{schemas}</schemaInfo><configInfo>"
        f'<default type="numberOfRecords">{service.default_records}</default>'
        '<default type="contextSet">wenyuan</default><default type="index">cql.serverChoice</default>'
        '<default type="relation">=</default><default type="retrieveSchema">marcxml</default>'
        f'<setting type="maximumRecords">{service.max_records}</setting>{browsing}{shown}</configInfo></explain>'
    )


def _index(name: str, context: str, sets: ContextSets, service: Service) -> str:
    point = sets.indexes[context.lower()][name.lower()]
    scan = "true" if point in service.browsable else "false"
    sort = "true" if name.lower() in sets.sort else "false"
    return (
        f'<index search="true" scan="{scan}" sort="{sort}"><title lang="en">{escape(point)}</title>'
        f'<map><name set="{escape(context)}">{escape(name)}</name></map></index>'
    )


def _schema(name: str, identifier: str) -> str:
    location = f' location="{_LOCATIONS[name]}"' if name in _LOCATIONS else ""
    return (
        f'<schema name="{name}" identifier="{escape(identifier)}"{location} sort="false" retrieve="true">'
        f'<title lang="en">{name}</title></schema>'
    )


def _texts(name: str, texts: Mapping[str, str]) -> str:
    return "".join(f'<{name} lang="{escape(code)}">{escape(text)}</{name}>' for code, text in texts.items())
