"""A CQL tree as XCQL, the XML that echoed requests carry (SRU 1.1 and 1.2 ``xQuery``; CQL 2.0, annex "XCQL")."""

from __future__ import annotations

from lxml import etree

from gateway.protocols.sru.cql_ast import CQLNode, CQLQuery, CQLSortKey, Modifier, SearchClause

#: Namespace of XCQL in SRU 1.2 answers; ``namespace=""`` prints it bare, as cql-java does.
NAMESPACE = "http://www.loc.gov/zing/cql/xcql/"


def to_xcql(query: CQLQuery, namespace: str = NAMESPACE) -> etree._Element:
    """The root element, ``triple`` or ``searchClause``. Depth is bounded by the parser's limits."""
    builder = _Builder(f"{{{namespace}}}" if namespace else "", {None: namespace} if namespace else {})
    return builder.query(query)


class _Builder:
    def __init__(self, space: str, nsmap: dict[str | None, str]) -> None:
        self.space = space
        self.nsmap = nsmap

    def add(self, parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
        element = etree.SubElement(parent, self.space + name)
        if text is not None:
            element.text = text
        return element

    def query(self, query: CQLQuery) -> etree._Element:
        holder = etree.Element(self.space + "holder", nsmap=self.nsmap)  # type: ignore[arg-type]  # the stubs know no default namespace
        work: list[tuple[etree._Element, CQLNode]] = [(holder, query.root)]
        while work:
            parent, node = work.pop()
            if isinstance(node, SearchClause):
                self.clause(self.node(parent, "searchClause", node), node)
                continue
            triple = self.node(parent, "triple", node)
            boolean = self.add(triple, "boolean")
            self.add(boolean, "value", node.boolean.value)
            self.modifiers(boolean, node.boolean.modifiers)
            work.append((self.add(triple, "leftOperand"), node.left))
            work.append((self.add(triple, "rightOperand"), node.right))
        root = holder[0]
        if query.sort:
            self.sort(root, query.sort)
        return root

    def node(self, parent: etree._Element, name: str, node: CQLNode) -> etree._Element:
        element = self.add(parent, name)
        if node.prefixes:
            prefixes = self.add(element, "prefixes")
            for prefix in node.prefixes:
                entry = self.add(prefixes, "prefix")
                if prefix.name:
                    self.add(entry, "name", prefix.name)
                self.add(entry, "identifier", prefix.uri)
        return element

    def clause(self, element: etree._Element, node: SearchClause) -> None:
        self.add(element, "index", node.index)
        relation = self.add(element, "relation")
        self.add(relation, "value", node.relation.value)
        self.modifiers(relation, node.relation.modifiers)
        self.add(element, "term", node.term)

    def modifiers(self, parent: etree._Element, modifiers: tuple[Modifier, ...]) -> None:
        if not modifiers:
            return
        holder = self.add(parent, "modifiers")
        for modifier in modifiers:
            entry = self.add(holder, "modifier")
            self.add(entry, "type", modifier.name)
            if modifier.comparison:
                self.add(entry, "comparison", modifier.comparison)
                self.add(entry, "value", modifier.value)

    def sort(self, root: etree._Element, keys: tuple[CQLSortKey, ...]) -> None:
        holder = self.add(root, "sortKeys")
        for key in keys:
            entry = self.add(holder, "key")
            self.add(entry, "index", key.index)
            self.modifiers(entry, key.modifiers)
