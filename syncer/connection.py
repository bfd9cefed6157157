"""What may one request to Readwise cost? A GET bounded in bytes and in time, that tells nobody the token.

    Connection(settings, token, stop=stop).get("/api/v2/export/", {"pageCursor": "49244648"}, seconds=600)
        Answer(status=200, headers={"date": "Tue, 24 Nov 2026 10:00:00 GMT", …}, body=b'{"count": …')

Guarantees: the answer is whole and at most `MOST_BYTES`, packed and unpacked, or a `Setback` says why not;
`get` returns within `seconds` or as soon as `stop` is set, wherever the request hangs (name look-up,
handshake, headers, body); the token goes to the configured origin only, over TLS unless that is this machine,
no redirect is followed, and no text of an error holds the token or a header. What the answer means is
`readwise.py`.
"""

from __future__ import annotations

import logging
import queue
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Protocol, TypeVar

import httpx
import msgspec

from syncer import __version__
from syncer.asking import ReadwiseSettings
from syncer.errors import Interrupted, ReadwiseError, TokenError
from syncer.retry import Setback
from syncer.trust import certificate_trouble, origin_of, proxy_for, tls_context

MOST_BYTES = 64 * 1024 * 1024
"""What one page may weigh, packed or unpacked: 64 times a usual one."""

PIECE_BYTES = 1024 * 1024

CONNECT_SECONDS = 10.0

LOOK_SECONDS = 0.1
"""How often a waiting request looks whether it should stop."""

USER_AGENT = f"syncer/{__version__} (Readwise highlights to Obsidian notes)"

_T = TypeVar("_T")


class Secret(Protocol):
    """A token that shows itself only when asked; see `credentials.Token`."""

    def reveal(self) -> str:
        """Return the token itself."""


class Answer(msgspec.Struct, frozen=True):
    """A whole answer; the header names are in lower case, the body is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Readwise's server, asked one thing at a time over one kept connection that is opened with the first."""

    def __init__(self, settings: ReadwiseSettings, token: Secret, *, stop: Event) -> None:
        self._origin = origin_of(settings.base_url)
        if not re.fullmatch(r"[\x21-\x7e]+", token.reveal()):
            hint = "get one at https://readwise.io/access_token, then: syncer token set"
            raise TokenError("the token holds characters that no token of readwise has", hint=hint)
        self._settings = settings
        self._token = token
        self._stop = stop
        self._client: httpx.Client | None = None
        self._socket: socket.socket | None = None
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below, they log URLs and headers

    def get(self, path: str, query: Mapping[str, str], *, seconds: float) -> Answer:
        """Return the answer to a GET within `seconds`.

        Raises `Setback` for what may pass, `ReadwiseError` for a refused certificate, and `Interrupted`.
        """
        if self._client is None:
            self._client = self._opened()
        client, deadline = self._client, time.monotonic() + seconds
        try:
            return self._in_time(lambda: self._ask(client, path, query, deadline=deadline), deadline=deadline)
        except BaseException:
            self.close()  # whatever is left in the connection is no beginning for the next answer
            raise

    def close(self) -> None:
        """Close the connection, also under a request that still waits for it."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        if self._client is not None:
            self._client.close()
        self._client = self._socket = None

    def _opened(self) -> httpx.Client:
        context = tls_context(self._origin, ca=self._settings.ca)
        proxy = proxy_for(self._origin)
        own = context if proxy and proxy.startswith("https:") else None
        return httpx.Client(
            base_url=self._origin.url,
            timeout=httpx.Timeout(self._settings.timeout, connect=min(CONNECT_SECONDS, self._settings.timeout)),
            follow_redirects=False,
            trust_env=False,
            verify=context,
            proxy=httpx.Proxy(proxy, ssl_context=own) if proxy else None,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT},
            limits=httpx.Limits(max_connections=1, keepalive_expiry=30),
        )

    def _in_time(self, work: Callable[[], _T], *, deadline: float) -> _T:
        """Return what `work` returns, from a thread that is left behind when it takes too long.

        Only so do the name look-up, the handshake and the headers have an end: their time-outs begin anew
        with each byte. The thread ends by itself, since `close` shuts its socket.
        """
        results: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

        def run() -> None:
            try:
                results.put((work(), None))
            except BaseException as error:  # handed to the caller's thread, whatever it is
                results.put((None, error))

        Thread(target=run, daemon=True, name="readwise").start()
        while True:
            try:
                value, error = results.get(timeout=max(0.0, min(LOOK_SECONDS, deadline - time.monotonic())))
            except queue.Empty:
                self._look(deadline)
                continue
            if error is not None:
                raise error
            return value  # type: ignore[return-value]  # without an error there is a value

    def _look(self, deadline: float) -> None:
        if self._stop.is_set():
            raise Interrupted("stopped while waiting for readwise")
        if time.monotonic() >= deadline:
            raise Setback("readwise did not finish its answer in time")

    def _ask(self, client: httpx.Client, path: str, query: Mapping[str, str], *, deadline: float) -> Answer:
        headers = {"Authorization": f"Token {self._token.reveal()}"}
        try:
            with client.stream(
                "GET", path, params=query, headers=headers, extensions={"trace": self._remember_socket}
            ) as response:
                body = self._body(response, deadline=deadline)
                return Answer(response.status_code, dict(response.headers.items()), body)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise _explained(error, host=self._origin.host) from None

    def _body(self, response: httpx.Response, *, deadline: float) -> bytes:
        """Return the body, unpacked; never holds more than `MOST_BYTES` of it, and nothing once it fails."""
        unpacker = _unpacker_of(response.headers.get("content-encoding", ""))
        pieces: list[bytes] = []
        packed = whole = 0
        try:
            for chunk in response.iter_raw():
                packed += len(chunk)
                for piece in unpacker.pieces(chunk) if unpacker else (chunk,):
                    pieces.append(piece)
                    whole += len(piece)
                    if packed > MOST_BYTES or whole > MOST_BYTES:
                        raise Setback("readwise sent an answer of more than 64 MiB")
                self._look(deadline)
            if unpacker and packed:
                unpacker.end()
            return b"".join(pieces)
        finally:
            pieces.clear()  # the trace of an error would keep them while the next answer comes

    def _remember_socket(self, event: str, info: Mapping[str, object]) -> None:
        """Keep the socket of a new connection (an event of httpcore's documented trace), for `close`."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            extra = getattr(info["return_value"], "get_extra_info", None)
            self._socket = extra("socket") if extra else None


class _Gzip:
    """A gzip stream that is unpacked piece by piece."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what `chunk` holds in pieces of at most `PIECE_BYTES`, so that a bomb can be left in time."""
        try:
            while chunk:
                yield self._stream.decompress(chunk, PIECE_BYTES)
                chunk = self._stream.unconsumed_tail
        except zlib.error:
            raise Setback("readwise's answer could not be unpacked") from None

    def end(self) -> None:
        """Raise `Setback` unless the stream came to its end, and nothing after it."""
        if not self._stream.eof or self._stream.unused_data:
            raise Setback("readwise's packed answer was cut or has something behind it")


def _unpacker_of(encoding: str) -> _Gzip | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Gzip()
        case _:
            raise Setback("readwise packed its answer in a way that was not asked for")


def _explained(error: Exception, *, host: str) -> ReadwiseError | Setback:
    """Return what happened in our own words: the texts of httpx may hold headers."""
    if trouble := certificate_trouble(error, host=host):
        message, hint = trouble
        return ReadwiseError(message, hint=hint)
    match error:
        case httpx.ConnectTimeout():
            return Setback(f"{host} did not answer the connection in time")
        case httpx.ConnectError() if _was_lookup(error):
            return Setback(f"the name {host} could not be looked up")
        case httpx.ConnectError():
            return Setback(f"no connection to {host}")
        case httpx.TimeoutException():
            return Setback("readwise was silent for too long")
        case httpx.ProxyError():
            return Setback(f"the proxy made no connection to {host}")
        case httpx.TransportError():
            return Setback("the connection to readwise was cut, or what came was not HTTP")
        case _:
            return Setback(f"the request to {host} failed ({type(error).__name__})")


def _was_lookup(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, socket.gaierror):
        error = error.__cause__ or error.__context__
    return error is not None
