from __future__ import annotations

import hashlib

import pytest

from gateway.app import z3950_options
from gateway.core.errors import ConfigurationError
from gateway.frontends.z3950.accounts import authenticator, one_account, read_accounts
from gateway.settings import load_gateway_settings

HASH = hashlib.sha256(b"geheim").hexdigest()


@pytest.mark.parametrize(
    ("user", "password", "welcome"),
    [
        ("plain", "open:sesame", True),
        ("plain", "wrong", False),
        ("hashed", "geheim", True),
        ("hashed", HASH, False),
        ("nobody", "", False),
        ("", "", False),
        ("plain", "打开", False),
    ],
)
def test_who_is_welcome(user, password, welcome) -> None:
    check = authenticator({"plain": "open:sesame", "hashed": "{sha256}" + HASH})
    assert check(user, password) is welcome


def test_a_file_of_accounts(tmp_path) -> None:
    path = tmp_path / "accounts"
    path.write_text("# cataloguers\n\nreader:a:b \n张三:密码\n", "utf-8")
    assert read_accounts(path) == {"reader": "a:b", "张三": "密码"}


@pytest.mark.parametrize("text", ["", "# nobody\n", "secret-without-colon\n", ":x\n", "x:\n"])
def test_a_wrong_file_is_named_and_its_secrets_are_not(tmp_path, text) -> None:
    path = tmp_path / "accounts"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="accounts") as caught:
        read_accounts(path)
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_accounts(tmp_path / "none")


def test_the_settings_of_the_server(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("WENYUAN_Z3950_ACCOUNT", "env:ironment")
    path = tmp_path / "accounts"
    path.write_text("file:d\n")
    settings = load_gateway_settings(None, z3950_accounts=path, z3950_charset="GB2312", z3950_idle_seconds=5)
    assert "ironment" not in repr(settings)
    options = z3950_options(settings)
    assert (options.term_charset, options.record_charset, options.idle_seconds) == ("gbk", "gbk", 5)
    assert options.authenticate is not None
    assert options.authenticate("env", "ironment")
    assert options.authenticate("file", "d")
    assert not options.authenticate("file", "ironment")


def test_everybody_is_welcome_by_default() -> None:
    options = z3950_options(load_gateway_settings(None))
    assert (options.authenticate, options.tls, options.record_charset) == (None, None, "utf-8")


@pytest.mark.parametrize(
    "wrong", [{"z3950_charset": "klingon"}, {"z3950_tls_certificate": "/nonexistent.pem"}], ids=["charset", "tls"]
)
def test_wrong_settings(wrong) -> None:
    with pytest.raises(ConfigurationError):
        z3950_options(load_gateway_settings(None, **wrong))


@pytest.mark.parametrize("text", ["nocolon", ":", "x:"])
def test_a_wrong_account_in_the_environment(text) -> None:
    with pytest.raises(ConfigurationError, match="WENYUAN_Z3950_ACCOUNT"):
        one_account(text)
