"""Whom the connection trusts: the origin, the proxy, the certificate authorities."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from syncer.errors import ConfigError
from syncer.trust import origin_of, proxy_for, tls_context

READWISE = origin_of("https://readwise.io")


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://readwise.io", "https://readwise.io"),
        ("https://readwise.io/", "https://readwise.io"),
        ("https://ReadWise.io:8443", "https://readwise.io:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_origins(base_url: str, url: str) -> None:
    assert origin_of(base_url).url == url


@pytest.mark.parametrize(
    "base_url",
    [
        "http://readwise.io",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://192.168.1.1",
        "http://0.0.0.0",
        "ftp://readwise.io",
        "readwise.io",
        "https://",
        "",
        "https://user:secret@readwise.io",
        "https://readwise.io/api",
        "https://readwise.io?x=secret",
        "https://readwise.io:99999",
        "https://[readwise",
        "https://" + "a" * 64 + ".io",
    ],
)
def test_every_other_address_is_a_mistake_in_the_configuration(base_url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        origin_of(base_url)
    assert caught.value.hint
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_the_proxy_for_https_is_the_one_that_the_environment_names(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert proxy_for(READWISE) == "http://proxy.example:3128"
    assert proxy_for(origin_of("http://127.0.0.1:1")) is None
    assert proxy_for(origin_of("https://127.0.0.1:1")) is None
    assert proxy_for(origin_of("https://localhost:1")) is None


def test_a_proxy_without_a_scheme_is_an_http_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert proxy_for(READWISE) == "http://proxy.example:3128"


@pytest.mark.parametrize("hosts", ["readwise.io", ".io", "*", "example.org, readwise.io"])
def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", hosts)
    assert proxy_for(READWISE) is None


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_other_proxies_are_not_for_https(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert proxy_for(READWISE) is None


@pytest.mark.parametrize("address", ["socks5://proxy.example", "http://", "http://proxy:0", "http://p:x"])
def test_an_unusable_proxy_is_a_mistake_in_the_configuration(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigError, match="HTTPS_PROXY"):
        proxy_for(READWISE)


def test_no_key_of_a_session_is_ever_logged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert tls_context(READWISE, ca="").keylog_filename is None
    assert "SSLKEYLOGFILE" not in os.environ
    assert not (tmp_path / "keys").exists()


def test_certificates_and_host_names_are_checked() -> None:
    for origin in (READWISE, origin_of("http://127.0.0.1:1")):
        context = tls_context(origin, ca="")
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname


def test_where_the_system_has_no_authorities_those_of_certifi_stand_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert tls_context(READWISE, ca="").cert_store_stats()["x509_ca"] > 50


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_an_unusable_ca_file_is_a_mistake_in_the_configuration(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"readwise\.ca cannot be used"):
        tls_context(READWISE, ca=str(file))
