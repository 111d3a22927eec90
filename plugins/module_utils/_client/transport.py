# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send one HTTP request, with limits and without redirects.

The limits are for time and size.

Proxies and CA bundles are those of ``requests``. The request itself is sent by ``urllib3``: in a process with two
calls, a session of ``requests`` takes a third of the time for itself.
"""

from __future__ import annotations

import datetime as dt
import ssl
import sys
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client import trust
from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, AttemptFailed, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    InvalidInput,
    MissingLibrary,
    TimedOut,
    TlsFailed,
    Unavailable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_http_date
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

try:
    import requests
    import requests.utils
    import urllib3
    import urllib3.exceptions
    from urllib3.util.ssl_match_hostname import CertificateError

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False

MAX_BODY = 4 * 1024 * 1024
POOL_SIZE = 8
_CHUNK = 65536
_OLD_CHUNK = 64
_BODY_PATIENCE = 2.0
_NO_TUNNEL = "Tunnel connection failed"
_AGENT = "ansible-wotrus.pki"


def require_requests() -> None:
    """Check that ``requests`` is installed.

    :raises MissingLibrary: it is not; the message names the Python that lacks it
    """
    if not HAS_REQUESTS:
        raise MissingLibrary(
            Message(
                "The Python {python} lacks the library requests >= 2.25. Install it there, for example with 'pip "
                "install requests', or in the execution environment.",
                python=sys.executable,
            )
        )


class Transport:
    """A pool of connections to the API."""

    def __init__(self, settings: Settings) -> None:
        require_requests()
        self._settings = settings
        if not settings.validate_certs:
            # The user has set validate_certs to false, so a warning at each call has no use.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._adapter = trust.adapter(pool_size=POOL_SIZE)
        self._timeout = urllib3.Timeout(connect=settings.timeout, read=settings.timeout)
        self._lock = threading.Lock()
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._base = ""

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
        self._adapter.close()

    def send(self, request: Request, *, request_id: str) -> Answer:
        """Send a request once, and read its complete answer.

        :raises AttemptFailed: there is no complete answer
        """
        try:
            response = self._open(request, request_id=request_id)
            try:
                return self._answer(response)
            finally:
                response.close()
                response.release_conn()
        # An OSError is a CA bundle that is missing; a ValueError is an invalid URL.
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as exc:
            raise self._failure_of(exc) from exc

    def _open(self, request: Request, *, request_id: str) -> urllib3.HTTPResponse:
        query = f"?{urllib.parse.urlencode(request.query)}" if request.query else ""
        pool = self._connections()
        return t.cast(
            "urllib3.HTTPResponse",
            pool.request(
                request.method,
                f"{self._base}{request.path}{query}",
                body=request.body,
                headers=self._headers(request, request_id),
                timeout=self._timeout,
                # As requests does. Without it, urllib3 before 2 keeps a failed connection open for some time.
                retries=urllib3.Retry(0, read=False),
                redirect=False,
                assert_same_host=False,
                preload_content=False,
            ),
        )

    def _connections(self) -> urllib3.HTTPConnectionPool:
        """Return the connections to the API, or to its proxy.

        :raises OSError: the CA bundle cannot be read
        :raises ValueError: the environment's proxy is not a URL
        """
        with self._lock:
            if self._pool is None:
                proxy = self._proxy()
                self._pool = self._adapter.connections(self._settings.url, verify=self._verify(), proxy=proxy)
                parts = urllib.parse.urlsplit(self._settings.url)
                # A proxy without a tunnel needs the whole URL.
                whole = proxy and parts.scheme == "http" and not proxy.lower().startswith("socks")
                self._base = self._settings.url if whole else parts.path
        return self._pool

    @property
    def _trusts_environment(self) -> bool:
        # For a sandbox on loopback, a proxy of the environment is not used.
        return not (self._settings.is_loopback and not self._settings.proxy)

    def _proxy(self) -> str | None:
        if self._settings.proxy or not self._trusts_environment:
            return self._settings.proxy
        url = self._settings.url
        found = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
        return str(found) if found else None

    @property
    def proxy_host(self) -> str | None:
        """The proxy in use, without its password; ``None`` without a proxy."""
        proxy = self._proxy()
        if not proxy:
            return None
        return urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}").netloc.rpartition("@")[2]

    def _verify(self) -> bool | str:
        verify = self._settings.verify
        return (trust.bundle_of_environment() or verify) if verify is True and self._trusts_environment else verify

    def _headers(self, request: Request, request_id: str) -> dict[str, str]:
        headers = {
            "WoTrusToken": self._settings.token,
            "RequestID": request_id,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": _AGENT,
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def _answer(self, response: urllib3.HTTPResponse) -> Answer:
        date = parse_http_date(response.headers.get("Date"))
        return Answer(
            status=response.status,
            body=_read(response, patience=_BODY_PATIENCE * self._settings.timeout),
            date=date,
            location=response.headers.get("Location"),
            retry_after=_retry_after(response.headers.get("Retry-After"), date),
        )

    def _failure_of(self, exc: Exception) -> AttemptFailed:
        host = self._settings.host
        causes = list(_causes(exc))
        tls = self._tls_failure_of(exc, causes)
        if tls is not None:
            return tls
        if isinstance(exc, urllib3.exceptions.ReadTimeoutError):
            late = TimedOut(Message("{host} did not answer in time.", host=host))
            return AttemptFailed(late, is_temporary=True, may_have_acted=True)
        why = _innermost_words(causes)
        if _is_unsent(causes):
            unreached = Unavailable(Message("Cannot connect to {host}: {why}.", host=host, why=why))
            return AttemptFailed(unreached, is_temporary=True, may_have_acted=False)
        # LocationParseError, ProxySchemeUnknown and their like: nothing could be sent.
        if isinstance(exc, ValueError):
            error = InvalidInput(Message("Cannot send to {host}: {why}. Check api_url and proxy.", host=host, why=why))
            return AttemptFailed(error, is_temporary=False, may_have_acted=False)
        broken = Unavailable(Message("The connection to {host} broke: {why}.", host=host, why=why))
        return AttemptFailed(broken, is_temporary=True, may_have_acted=True)

    def _tls_failure_of(self, exc: Exception, causes: list[BaseException]) -> AttemptFailed | None:
        """Return the failure of TLS; ``None`` for other failures.

        A broken connection is another failure.
        """
        trusted = self._settings.ca_path
        hint = (
            Message("ca_path is {path}", path=trusted)
            if trusted
            else Message("set ca_path or wotrus_ca_path to the CA to trust")
        )
        values = {"host": self._settings.host, "hint": hint, "why": _innermost_words(causes)}
        # For a wrong name, urllib3 before 2 raises its own exception, which is not an ssl.SSLError.
        if any(isinstance(cause, (ssl.SSLCertVerificationError, CertificateError)) for cause in causes):
            error = TlsFailed(Message("The TLS certificate of {host} does not verify ({hint}): {why}.", **values))
            return AttemptFailed(error, is_temporary=False, may_have_acted=False)
        broken_off = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
        failed = any(isinstance(cause, urllib3.exceptions.SSLError) for cause in causes)
        # requests raises a plain OSError if a CA bundle of the environment is missing.
        plain = isinstance(exc, OSError) and not isinstance(exc, (ValueError, urllib3.exceptions.HTTPError))
        if plain or (failed and not _by_proxy(causes) and not any(isinstance(cause, broken_off) for cause in causes)):
            error = TlsFailed(Message("Cannot set up TLS with {host} ({hint}): {why}.", **values))
            return AttemptFailed(error, is_temporary=False, may_have_acted=True)
        return None


def _by_proxy(causes: list[BaseException]) -> bool:
    return any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)


def _is_unsent(causes: list[BaseException]) -> bool:
    """Return whether nothing was sent: no connection, or a refusing proxy."""
    unreached = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    if any(isinstance(cause, unreached) for cause in causes):
        return True
    # urllib3 also raises ProxyError if the connection broke after the proxy had forwarded the request.
    return _by_proxy(causes) and any(
        isinstance(cause, (ssl.SSLError, urllib3.exceptions.SSLError)) or _NO_TUNNEL in str(cause) for cause in causes
    )


def _read(response: urllib3.HTTPResponse, *, patience: float) -> bytes:
    """Read a body with limits of size and time."""
    end = time.monotonic() + patience
    # urllib3 before 2 has no read1, and its read waits until a chunk is full.
    read, size = (response.read1, _CHUNK) if hasattr(response, "read1") else (response.read, _OLD_CHUNK)
    chunks: list[bytes] = []
    total = 0
    while True:
        chunk = read(size, decode_content=True)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        total += len(chunk)
        if total > MAX_BODY:
            too_large = BadAnswer(Message("The answer is larger than {limit} MiB.", limit=MAX_BODY // 2**20))
            raise AttemptFailed(too_large, is_temporary=False, may_have_acted=True)
        if time.monotonic() > end:
            too_slow = TimedOut(Message("The answer was not complete after {seconds:g} s.", seconds=patience))
            raise AttemptFailed(too_slow, is_temporary=True, may_have_acted=True)


def _retry_after(text: str | None, date: dt.datetime | None) -> float | None:
    """Return the seconds of ``Retry-After`` (RFC 9110, section 10.2.3).

    A date is compared with the answer's own date.
    """
    if not text:
        return None
    if text.isascii() and text.strip().isdigit():
        return float(text)
    moment = parse_http_date(text)
    if moment is None or date is None:
        return None
    return max(0.0, (moment - date).total_seconds())


def _causes(exc: BaseException) -> t.Iterator[BaseException]:
    """Yield an exception and its causes, which urllib3 keeps in several attributes."""
    seen: set[int] = set()
    todo: list[object] = [exc]
    while todo:
        item = todo.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]


def _innermost_words(causes: list[BaseException]) -> str:
    """Return the words of the innermost cause."""
    cause = causes[-1]
    for item in causes:
        if isinstance(item, OSError) and item.strerror:
            cause = item
    words = (cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)) or type(cause).__name__
    return words.strip()
