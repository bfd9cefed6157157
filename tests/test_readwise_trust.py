"""The token on its way: certificates that are refused, redirects that are not followed, proxies that see nothing."""

from __future__ import annotations

import importlib.util
import os
import select
import socket
import ssl
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread

import pytest

from syncer.asking import ReadwiseSettings
from syncer.errors import ReadwiseError
from syncer.readwise import Client
from tests.fake_readwise import TOKEN, Canary, FakeReadwise
from tests.readwise_faults import status

if importlib.util.find_spec("cryptography") is None:
    assert os.environ.get("CI") != "true", "cryptography is missing, so that no certificate can be made"
    pytest.skip("no cryptography to make certificates with", allow_module_level=True)

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytestmark = pytest.mark.slow  # certificates are made and servers started

TODAY = datetime.now(UTC)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, and the folder where its files lie."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> str:
        return str(self.folder / "ca.pem")

    def context(
        self, *, names: tuple[str, ...] = ("127.0.0.1",), begins: timedelta = -timedelta(1), days: int = 2
    ) -> ssl.SSLContext:
        """Return the server's side, with a certificate for these names and `days` from `begins`."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
        certificate = (
            _unsigned("server", key, begins=TODAY + begins, days=days)
            .issuer_name(self.certificate.subject)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _unsigned(name: str, key: ec.EllipticCurvePrivateKey, *, begins: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days))
    )


def authority_in(folder: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _unsigned("an authority", key, begins=TODAY - timedelta(100), days=200)
    certificate = (
        builder.issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(folder, key, certificate)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return authority_in(tmp_path)


def client_of(url: str, *, ca: str = "", deadline: float = 30.0) -> Client:
    settings = ReadwiseSettings(
        base_url=url,
        timeout=5,
        retry_first_wait=0.002,
        retry_max_wait=0.02,
        retry_deadline=deadline,
        ca=ca,
    )
    return Client(settings, Canary(), stop=Event(), on_progress=lambda _progress: None)


def test_the_authority_of_readwise_ca_is_trusted(authority: Authority) -> None:
    with FakeReadwise(tls=authority.context()) as readwise, client_of(readwise.url, ca=authority.file) as client:
        assert len(list(client.pages())) == 3


def test_the_authorities_of_ssl_cert_file_are_trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority.file)
    with FakeReadwise(tls=authority.context()) as readwise, client_of(readwise.url) as client:
        assert len(list(client.pages())) == 3


def refused(readwise: FakeReadwise, *, ca: str) -> str:
    """Return why the client refuses the server, which then has seen nothing."""
    with client_of(readwise.url, ca=ca) as client, pytest.raises(ReadwiseError) as caught:
        list(client.pages())
    assert not readwise.requests
    assert caught.value.hint
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    return caught.value.message


def test_a_certificate_from_another_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = authority_in(tmp_path / "other")
    with FakeReadwise(tls=authority.context()) as readwise:
        for ca in ("", other.file):
            assert "is from an authority that this machine does not trust" in refused(readwise, ca=ca)


def test_a_certificate_that_has_expired_is_refused(authority: Authority) -> None:
    with FakeReadwise(tls=authority.context(begins=-timedelta(9))) as readwise:
        assert refused(readwise, ca=authority.file) == "the certificate of 127.0.0.1 has expired"


def test_a_certificate_of_the_future_is_refused(authority: Authority) -> None:
    with FakeReadwise(tls=authority.context(begins=timedelta(9))) as readwise:
        assert refused(readwise, ca=authority.file) == "the certificate of 127.0.0.1 is not valid yet"


@pytest.mark.parametrize("name", ["127.0.0.2", "readwise.invalid"])
def test_a_certificate_for_another_name_is_refused(authority: Authority, name: str) -> None:
    with FakeReadwise(tls=authority.context(names=(name,))) as readwise:
        assert "for another name than 127.0.0.1" in refused(readwise, ca=authority.file)
        readwise.url = readwise.url.replace("127.0.0.1", "localhost")
        assert "for another name than localhost" in refused(readwise, ca=authority.file)


def test_a_server_that_speaks_no_tls_ends_by_the_deadline() -> None:
    with FakeReadwise() as readwise:
        readwise.url = readwise.url.replace("http:", "https:")
        with client_of(readwise.url, deadline=0.3) as client, pytest.raises(ReadwiseError, match="no complete answer"):
            list(client.pages())
        assert not readwise.requests


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_never_brings_it_the_token(number: int) -> None:
    with FakeReadwise() as readwise, FakeReadwise() as evil:
        readwise.misbehave(status(number, Location=f"{evil.url}/api/v2/export/"), times=None)
        with client_of(readwise.url) as client, pytest.raises(ReadwiseError, match=r"127\.0\.0\.1"):
            list(client.pages())
        assert len(readwise.requests) == 1
        assert not evil.requests


class Proxy(ThreadingTCPServer):
    """An HTTP proxy that notes every byte that it can read, and sends each tunnel to `target`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, target: int) -> None:
        self.target = target
        self.seen = bytearray()
        super().__init__(("127.0.0.1", 0), _Tunnel)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = self.request.recv(65536)
        self.server.seen += head
        if not head.startswith(b"CONNECT "):
            return
        with socket.create_connection(("127.0.0.1", self.server.target)) as target:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._join(self.request, target)

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        while True:
            for ready in select.select([near, far], [], [])[0]:
                data = ready.recv(65536)
                self.server.seen += data
                if not data:
                    return
                (far if ready is near else near).sendall(data)


@contextmanager
def proxy_to(url: str) -> Iterator[Proxy]:
    with Proxy(int(url.rpartition(":")[2])) as proxy:
        Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        yield proxy
        proxy.shutdown()


def test_a_proxy_for_https_carries_the_fetch_and_never_sees_the_token(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.context(names=("readwise.invalid",))
    with FakeReadwise(tls=context) as readwise, proxy_to(readwise.url) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with client_of("https://readwise.invalid", ca=authority.file) as client:
            assert len(list(client.pages())) == 3
        assert readwise.requests[0].headers["authorization"] == f"Token {TOKEN}"
        assert proxy.seen.startswith(b"CONNECT readwise.invalid:443 ")
        assert b"canary" not in proxy.seen
        assert b"Token" not in proxy.seen


def test_a_proxy_that_opens_tls_is_refused_before_the_token(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeReadwise(tls=authority.context(names=("readwise.invalid",))) as evil, proxy_to(evil.url) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with client_of("https://readwise.invalid") as client, pytest.raises(ReadwiseError, match="not trust"):
            list(client.pages())
        assert not evil.requests


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_no_proxy_is_asked_for_this_machine(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, secure: bool
) -> None:
    with FakeReadwise(tls=authority.context() if secure else None) as readwise, proxy_to(readwise.url) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with client_of(readwise.url, ca=authority.file) as client:
            assert len(list(client.pages())) == 3
        assert not proxy.seen


def test_a_proxy_that_refuses_ends_by_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeReadwise() as refusing:
        monkeypatch.setenv("HTTPS_PROXY", refusing.url)
        client = client_of("https://readwise.invalid", deadline=1.0)
        with client, pytest.raises(ReadwiseError, match="the proxy"):
            list(client.pages())
        assert not refusing.requests
