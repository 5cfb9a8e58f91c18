"""On whose behalf something is done: what many searches share serves them in turn, not in the order of arrival."""

from __future__ import annotations

from collections.abc import Hashable
from contextvars import ContextVar
from typing import Final

#: Anything that tells one search from another; None outside of a search. Set by whoever starts a search's tasks.
ASKER: Final[ContextVar[Hashable]] = ContextVar("asker", default=None)
