"""The caches that hold values of records: emptied, a record is as new again."""

from __future__ import annotations

import gc
from functools import _lru_cache_wrapper

from gateway.records.charset import ansel

#: Those of fewer entries hold tables of the configuration, which stay, as in a running gateway.
_VALUES = 1_024


def of_values() -> list[_lru_cache_wrapper[object]]:
    """All of them that are there now. It looks at every object of the process, so ask once."""
    found = [item for item in gc.get_objects() if isinstance(item, _lru_cache_wrapper)]
    # What was decoded last is of a record, too, however few are kept.
    return [
        item for item in found if item is ansel._decode_escaped or (item.cache_parameters()["maxsize"] or 0) >= _VALUES
    ]
