"""Which address may the token be sent to? https anywhere, http on this machine alone, and nothing but that.

    "https://readwise.io/"        → "https://readwise.io"
    "http://127.0.0.1:8080"       → "http://127.0.0.1:8080"
    "http://readwise.io"          → ValueError("must start with https://; http is only for loopback …")

Guarantees: an address that comes back has no name, password, path, query or fragment, a port that is one,
and no character outside ASCII; a host counts as loopback by its own name or number, without a look-up.
The token itself is `credentials.py`'s business, whom the connection trusts is in `trust.py`.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

_LOOKS_LIKE = 'is not an address; write it as "https://readwise.io"'


def read_address(text: str) -> str:
    """Return the address without a final slash; a `ValueError` says "what is wrong; how to write it"."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_LOOKS_LIKE) from None
    if parts.scheme not in {"https", "http"} or not host or port == 0 or not text.isascii() or " " in text:
        raise ValueError(_LOOKS_LIKE)
    if parts.username is not None or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("holds more than host and port; leave out what comes before and after them")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must start with https://; http is only for loopback (127.0.0.1, ::1, localhost)")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine by its very name or number."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
