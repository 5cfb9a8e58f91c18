import pytest

from gateway.core.errors import ConfigurationError
from gateway.core.record import Flavour
from gateway.settings import load_gateway_settings, load_targets, target_from_url


def test_a_z3950_address_is_a_whole_target():
    target = target_from_url("z3950://127.0.0.1:9999/Default?charset=gbk&syntax=unimarc&flavour=cnmarc&max_records=7")
    assert (target.connector, target.host, target.port, target.database) == ("z3950", "127.0.0.1", 9999, "Default")
    assert (target.term_charset, target.record_charset, target.syntax) == ("gbk", "gbk", "unimarc")
    assert (target.flavour, target.max_records, target.id) == (Flavour.CNMARC, 7, "127.0.0.1-9999-Default")


def test_charsets_of_terms_and_of_records_are_independent():
    target = target_from_url("z3950://h/db?term_charset=big5&record_charset=marc-8")
    assert (target.term_charset, target.record_charset, target.port) == ("big5", "marc-8", 210)


def test_sru_addresses_keep_their_path_and_lose_their_prefix():
    target = target_from_url("sru+http://127.0.0.1:8080/sru/db?version=1.1")
    assert (target.connector, target.url) == ("sru", "http://127.0.0.1:8080/sru/db")
    assert target.options["version"] == "1.1"
    assert target.syntax == "marcxml"


def test_ipv6_and_credentials():
    target = target_from_url("z3950://ann:s%40cret@[::1]:210/db")
    assert (target.host, target.user, target.password) == ("::1", "ann", "s@cret")
    assert "cret" not in target.url
    assert "cret" not in repr(target)


def test_a_file_address():
    target = target_from_url("file:///data/%E5%8E%BF.mrc?charset=gbk")
    assert (target.connector, target.url, target.record_charset) == ("file", "/data/县.mrc", "gbk")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("nonsense", "no known target"),
        ("gopher://x/y", "no known target"),
        ("z3950:///db", "names no host"),
        ("z3950://h:99999/db", "port"),
        ("z3950://h/db?charst=gbk", "Did you mean 'charset'"),
        ("z3950://h/db?charset=klingon", "charset"),
        ("z3950://h/db?max_records=0", "max_records"),
        ("z3950://h/db?profile=no-such", "no profile"),
    ],
)
def test_mistakes_are_named(spec, words):
    with pytest.raises(ConfigurationError, match=words):
        target_from_url(spec)


def test_a_near_miss_of_a_known_id_is_suggested():
    known = {"shaanxi": target_from_url("z3950://h/db")}
    assert target_from_url("shaanxi", known) is known["shaanxi"]
    with pytest.raises(ConfigurationError, match="Did you mean 'shaanxi'"):
        target_from_url("shanxi", known)


def test_a_folder_of_files_over_defaults(tmp_path, monkeypatch):
    (tmp_path / "_defaults.yaml").write_text("timeout: 3\nattributes: {title: 1=4, author: 1=1003}\n", encoding="utf-8")
    (tmp_path / "xian.yaml").write_text(
        "url: z3950://127.0.0.1/x\nname: 西安图书馆\nuser: u\npassword_env: XIAN_PW\nattributes: {title: 1=5}\n",
        encoding="utf-8",
    )
    (tmp_path / "baoji.yaml").write_text("url: sru+http://127.0.0.1/sru\ntimeout: 9\n", encoding="utf-8")
    monkeypatch.setenv("XIAN_PW", "secret")
    baoji, xian = load_targets(tmp_path)
    assert (baoji.id, baoji.timeout, xian.timeout) == ("baoji", 9, 3)
    assert xian.label() == "西安图书馆"
    assert dict(xian.attributes) == {"title": "1=5", "author": "1=1003"}
    assert xian.password == "secret"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("url: z3950://h/db\npasword_env: X\n", "did you mean 'password_env'"),
        ("url: z3950://h/db\npassword_env: NOT_SET_ANYWHERE\n", "NOT_SET_ANYWHERE"),
        ("url: [z3950\n", "not YAML"),
        ("- a\n- b\n", "keys and values"),
        ("name: x\n", "url"),
        ("url: z3950://h/db\nregion: Xi'an\n", "region"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path, text, words):
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_targets(tmp_path)
    assert "one" in str(caught.value)


def test_two_files_with_one_id(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("id: same\nurl: z3950://h/db\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="used by another file"):
        load_targets(tmp_path)


def test_settings_environment_over_file_and_arguments_over_both(tmp_path, monkeypatch):
    path = tmp_path / "gateway.yaml"
    path.write_text("port: 1\ndeadline: 2\nfetch: 3\n", encoding="utf-8")
    monkeypatch.setenv("WENYUAN_DEADLINE", "4")
    settings = load_gateway_settings(path, fetch=5, host=None)
    assert (settings.port, settings.deadline, settings.fetch, settings.host) == (1, 4.0, 5, "127.0.0.1")


def test_bad_settings_name_their_key(monkeypatch):
    monkeypatch.setenv("WENYUAN_PORT", "many")
    with pytest.raises(ConfigurationError, match="port"):
        load_gateway_settings()


def test_options_of_sru_in_an_address():
    target = target_from_url(
        "sru+http://sru.example.org/db?packing=string&method=post&relations=%3D%20any&explain=yes&x-token=A"
    )
    assert target.options == {
        "packing": "string",
        "method": "post",
        "relations": "= any",
        "explain": "yes",
        "x-token": "A",
    }
