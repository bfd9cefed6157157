"""Whom does the connection to Readwise trust? One origin, the system's authorities, a proxy that was named.

    origin_of("https://readwise.io/")        Origin(url="https://readwise.io", host="readwise.io", …)
    origin_of("http://readwise.io")          ConfigError: the token would travel in clear text
    proxy_for(origin)                        what HTTPS_PROXY says, unless NO_PROXY names the host

Guarantees: clear text only to this machine; no proxy sees the token (https through CONNECT);
certificates and host names are always checked; SSLKEYLOGFILE is gone before a context is made, so that no key
of a session is ever written. What travels over it is `connection.py`.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import msgspec

from syncer.errors import ConfigError

_NOT_YET_VALID, _EXPIRED = 9, 10
_WRONG_HOST = (62, 64)
"""OpenSSL's verify codes (X509_V_ERR_…) that have a sentence of their own."""

_LIKE = "write it like https://readwise.io"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where Readwise is: scheme, host and port as a URL without a path."""

    url: str
    host: str
    secure: bool
    loopback: bool


def origin_of(base_url: str) -> Origin:
    """Return the origin of `readwise.base_url`; `ConfigError` unless it is https, or http on this machine."""
    try:
        parts = urlsplit(base_url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:
        raise ConfigError("readwise.base_url is not an address", hint=_LIKE) from None
    loopback = _is_loopback(host)
    if not host or parts.scheme not in ("https", "http") or not _is_bare(parts):
        raise ConfigError("readwise.base_url is not the bare https address of a server", hint=_LIKE)
    if parts.scheme == "http" and not loopback:
        hint = "write https:// instead"
        raise ConfigError(f"readwise.base_url would send the token in clear text to {host}", hint=hint)
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return Origin(url=f"{parts.scheme}://{netloc}", host=host, secure=parts.scheme == "https", loopback=loopback)


def proxy_for(origin: Origin) -> str | None:
    """Return the URL of the proxy that the environment names for `origin`, None for none.

    Raises `ConfigError` when HTTPS_PROXY names something else than an http or https proxy.
    """
    address = getproxies_environment().get("https", "")
    if not origin.secure or origin.loopback or not address or proxy_bypass(origin.host):
        return None
    url = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        hint = "write it like http://proxy.example:3128, or list readwise.io in NO_PROXY"
        raise ConfigError("HTTPS_PROXY does not name an http or https proxy", hint=hint)
    return url


def tls_context(origin: Origin, *, ca: str) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities and those in the file `ca`, "" for none.

    Where the system has none (SSL_CERT_FILE and SSL_CERT_DIR are honoured), certifi's stand in. For clear
    text to this machine it trusts nobody, as nothing will ask it.
    """
    os.environ.pop("SSLKEYLOGFILE", None)
    if not origin.secure:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    folder = ssl.get_default_verify_paths().capath  # its files are read when needed and not counted here
    if not context.cert_store_stats()["x509_ca"] and not (folder and any(Path(folder).iterdir())):
        import certifi  # comes with httpx, and is needed on few machines

        context.load_verify_locations(certifi.where())
    if ca:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError):
            hint = "it must be a readable file of certificates in PEM form"
            raise ConfigError(f"readwise.ca cannot be used: {ca}", hint=hint) from None
    return context


def certificate_trouble(error: BaseException | None, *, host: str) -> tuple[str, str] | None:
    """Return what is wrong with the server's certificate, and a hint; None for an error of another kind."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None:
        return None
    if error.verify_code in (_NOT_YET_VALID, _EXPIRED):
        state = "has expired" if error.verify_code == _EXPIRED else "is not valid yet"
        return f"the certificate of {host} {state}", "check the date and time of this machine"
    if error.verify_code in _WRONG_HOST:
        hint = "a log-in page of the network, or a proxy, may have answered instead"
        return f"the server that answered has a certificate for another name than {host}", hint
    hint = "behind a proxy that opens TLS, name its certificate file in readwise.ca"
    return f"the certificate of {host} is from an authority that this machine does not trust", hint


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_bare(parts: SplitResult) -> bool:
    """Return whether the address has neither path, query, fragment nor a user."""
    return parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
