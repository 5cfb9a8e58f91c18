"""Who may come in: accounts of a file, or one of the environment."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.core.errors import ConfigurationError

_MARK = "{sha256}"


def authenticator(accounts: Mapping[str, str]) -> Callable[[str, str], bool]:
    """Checks (user, password) in a time that tells nothing; a password may be ``{sha256}`` and its hexadecimal hash."""

    def check(user: str, password: str) -> bool:
        known = accounts.get(user)
        wanted = known if known is not None else ""
        if wanted.startswith(_MARK):
            given, wanted = hashlib.sha256(password.encode()).hexdigest(), wanted[len(_MARK) :].lower()
        else:
            given = password
        return hmac.compare_digest(given.encode(), wanted.encode()) and known is not None

    return check


def read_accounts(path: Path) -> dict[str, str]:
    """``user:password`` on each line; empty lines and those that begin with ``#`` are passed over.

    ``ConfigurationError`` that names the line, never what stands in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file of accounts {path} cannot be read", detail=str(error)) from error
    accounts: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            accounts.update([_account(line, f"line {number} of {path}")])
    if not accounts:
        raise ConfigurationError(f"The file of accounts {path} has none; nobody could come in")
    return accounts


def _account(text: str, where: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not user or not colon or not password:
        raise ConfigurationError(f"{where} is no account; write user:password")
    return user, password


def one_account(text: str) -> dict[str, str]:
    """``user:password`` out of the environment."""
    return dict([_account(text, "WENYUAN_Z3950_ACCOUNT")])
