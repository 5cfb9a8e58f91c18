from __future__ import annotations

from tests.support import z3950_diagram


def test_the_diagram_in_the_docs_is_the_table() -> None:
    page = z3950_diagram.PAGE.read_text("utf-8")
    assert z3950_diagram.written(page) == page, "run: python -m tests.support.z3950_diagram"
    assert z3950_diagram.diagram().count("-->") > 40
