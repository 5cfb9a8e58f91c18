"""The vocabulary every other package speaks: queries, records, targets, deadlines, errors and ports.

Standard library only; no input or output, no clock (``now`` is an argument), no knowledge of any protocol.
"""
