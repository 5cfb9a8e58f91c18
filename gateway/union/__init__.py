"""Union records over any index: which records describe one edition, kept up as records come, change and go."""

from gateway.union.unifier import Unifier

__all__ = ["Unifier"]
