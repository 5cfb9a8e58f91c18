"""Z39.50 without input or output (ANSI/NISO Z39.50-2003): both roles, versions 2 and 3.

``connection`` turns bytes into APDUs and back and guards the state; ``querymap`` and ``rpnquery`` go between Type-1
queries and ``core.Query``; ``records`` and ``diagnostics`` understand what comes. docs/protocols/z3950.md says what of
the standard is here and what is not.
"""

from gateway.protocols.z3950.connection import ENDED, NEED_DATA, PAUSED, Connection
from gateway.protocols.z3950.state import Role, State

__all__ = ["ENDED", "NEED_DATA", "PAUSED", "Connection", "Role", "State"]
