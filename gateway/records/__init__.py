"""Any payload becomes a record: bytes and text first (this layer reads, decodes and folds), then what they mean.

``iso2709`` and ``marcxml`` read bytes into :class:`gateway.records.marc.MarcRecord`; ``charset`` decides and decodes
character sets; ``text`` folds, segments and transcribes; ``identifiers`` takes standard numbers apart. Nothing here
does input or output, and nothing raises for bad content but ``gateway.core.errors.DataError``.
"""
