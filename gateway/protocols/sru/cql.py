"""CQL, the query language of SRU: text ↔ tree ↔ :class:`~gateway.core.query.Query`, and XCQL.

CQL 1.1 and 1.2 (Library of Congress) and 2.0 (OASIS searchRetrieve 1.0, part 5). ``parse(text) -> CQLQuery`` raises
:class:`CQLSyntaxError` with a position; ``unparse`` prints a tree back; ``to_query(tree) -> Query`` raises
``UnsupportedQueryError`` naming what is unknown; ``from_query(query, index_map) -> text`` writes CQL for a target.
"""

from __future__ import annotations

from gateway.protocols.sru.cql_ast import (
    CQLBoolean,
    CQLNode,
    CQLQuery,
    CQLRelation,
    CQLSortKey,
    Modifier,
    Prefix,
    SearchClause,
    Triple,
)
from gateway.protocols.sru.cql_lexer import CQLSyntaxError
from gateway.protocols.sru.cql_parser import parse
from gateway.protocols.sru.cql_printer import unparse
from gateway.protocols.sru.cql_query import to_query
from gateway.protocols.sru.cql_target import from_query
from gateway.protocols.sru.xcql import to_xcql

__all__ = [
    "CQLBoolean",
    "CQLNode",
    "CQLQuery",
    "CQLRelation",
    "CQLSortKey",
    "CQLSyntaxError",
    "Modifier",
    "Prefix",
    "SearchClause",
    "Triple",
    "from_query",
    "parse",
    "to_query",
    "to_xcql",
    "unparse",
]
