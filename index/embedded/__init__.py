"""The index that needs no service: SQLite is the truth, tantivy searches."""

from index.embedded.engine import EmbeddedIndex, open_index

__all__ = ["EmbeddedIndex", "open_index"]
