# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send one HTTP request over a session of ``requests``, with limits of time and size, and without redirects."""

from __future__ import annotations

import ssl
import sys
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client import trust
from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings, check_proxy, with_scheme
from ansible_collections.wotrus.pki.plugins.module_utils._client.time_limit import limit
from ansible_collections.wotrus.pki.plugins.module_utils._client.trust import HAS_REQUESTS
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    InvalidInput,
    MissingLibrary,
    TimedOut,
    TlsFailed,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

if HAS_REQUESTS:
    import requests
    import requests.utils
    import urllib3
    import urllib3.exceptions
    from urllib3.util.ssl_match_hostname import CertificateError

MAX_BODY = 4 * 1024 * 1024
POOL_SIZE = 8
_CHUNK = 65536
_OLD_CHUNK = 64
_PATIENCE = 2.0
_SLOWEST_UPLOAD = 16 * 1024
"""Bytes a second."""


class Transport:
    """Connections to the API.

    :ivar proxy_host: the proxy in use, without its password; ``None`` without a proxy
    """

    def __init__(self, settings: Settings) -> None:
        """Read the environment's proxy and CA bundle; nothing is sent.

        :raises MissingLibrary: the Python has no ``requests``; the message names it
        :raises InvalidInput: the environment's proxy is not a URL
        """
        if not HAS_REQUESTS:
            raise MissingLibrary(
                "The Python {python} lacks the library requests >= 2.25. Install it there.", python=sys.executable
            )
        self._settings = settings
        if not settings.validate_certs:
            # The user has set validate_certs to false, so a warning at each call has no use.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        proxy = settings.proxy
        verify: bool | str = (settings.ca_path or True) if settings.validate_certs else False
        # For a sandbox on loopback, neither proxy nor CA bundle of the environment is used.
        if settings.proxy or not settings.is_loopback:
            url = settings.url
            proxy = proxy or requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
            verify = (trust.bundle_of_environment() or True) if verify is True else verify
        if proxy:
            check_proxy(proxy)
        self.proxy_host = urllib.parse.urlsplit(with_scheme(proxy)).netloc.rpartition("@")[2] if proxy else None
        self._session = trust.session(pool_size=POOL_SIZE)
        self._session.verify = verify
        self._session.proxies = {"http": proxy, "https": proxy} if proxy else {}

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def send(self, request: Request, *, request_id: str) -> Answer:
        """Send a request once, and read its complete answer.

        :raises WotrusError: there is no complete answer
        """
        seconds = _PATIENCE * self._settings.timeout + len(request.body or b"") / _SLOWEST_UPLOAD
        try:
            with (
                limit(seconds),
                self._session.request(
                    request.method,
                    f"{self._settings.url}{request.path}",
                    params=request.query,
                    data=request.body,
                    headers=self._headers(request, request_id),
                    timeout=self._settings.timeout,
                    stream=True,
                ) as response,
            ):
                return Answer(response.status_code, _read(response.raw), response.headers)
        # An OSError is a CA bundle that is missing; a ValueError is an invalid URL.
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as exc:
            raise self._failure_of(exc) from exc

    def _headers(self, request: Request, request_id: str) -> dict[str, str]:
        headers = {
            "WoTrusToken": self._settings.token,
            "RequestID": request_id,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "ansible-wotrus.pki",
        }
        return headers if request.body is None else {**headers, "Content-Type": "application/json"}

    def _failure_of(self, exc: Exception) -> WotrusError:
        causes = list(_causes(exc))

        def has(*kinds: type[BaseException]) -> bool:
            return any(isinstance(cause, kinds) for cause in causes)

        path = self._settings.ca_path
        hint = Message("ca_path is {path}" if path else "set ca_path or wotrus_ca_path to the CA to trust", path=path)
        values: dict[str, t.Any] = {"host": self._settings.host, "hint": hint, "why": _innermost_words(causes)}
        is_tls, is_proxy = has(urllib3.exceptions.SSLError), has(urllib3.exceptions.ProxyError)
        is_broken_off = has(ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
        # For a wrong name, urllib3 before 2 raises its own exception, which is not an ssl.SSLError.
        if has(ssl.SSLCertVerificationError, CertificateError):
            return TlsFailed("The TLS certificate of {host} does not verify ({hint}): {why}.", **values)
        # requests raises a plain OSError if a CA bundle of the environment is missing.
        is_plain = isinstance(exc, OSError) and not has(requests.RequestException, urllib3.exceptions.HTTPError)
        if is_plain or (is_tls and not is_proxy and not is_broken_off):
            return TlsFailed("Cannot set up TLS with {host} ({hint}): {why}.", **values, answer_lost=not is_plain)
        if has(urllib3.exceptions.ReadTimeoutError):
            return TimedOut("{host} did not answer in time.", **values, is_temporary=True, answer_lost=True)
        # urllib3 also raises ProxyError if the connection broke after the proxy had forwarded the request.
        is_refused = is_tls or has(ssl.SSLError) or any("Tunnel connection failed" in str(cause) for cause in causes)
        unconnected = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
        if has(*unconnected) or (is_proxy and is_refused):
            return Unavailable("Cannot connect to {host}: {why}.", **values, is_temporary=True)
        unusable = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError)
        if has(urllib3.exceptions.LocationValueError, *unusable):
            return InvalidInput("Cannot send to {host}: {why}. Check api_url and proxy.", **values)
        return Unavailable("The connection to {host} broke: {why}.", **values, is_temporary=True, answer_lost=True)


def _read(response: t.Any) -> bytes:
    """Read a body with a limit of its size."""
    # urllib3 before 2 takes a body that is cut off for whole.
    response.enforce_content_length = True
    # It has no read1 either, and its read waits until a chunk is full.
    read, size = (response.read1, _CHUNK) if hasattr(response, "read1") else (response.read, _OLD_CHUNK)
    body = bytearray()
    while chunk := read(size, decode_content=True):
        body += chunk
        if len(body) > MAX_BODY:
            raise BadAnswer("The answer is larger than {limit} MiB.", limit=MAX_BODY // 2**20, answer_lost=True)
    return bytes(body)


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
    """Return the words of the innermost cause that is an error of the system, or else of the innermost one."""
    words = [item.strerror for item in causes if isinstance(item, OSError) and item.strerror]
    return (words or [str(causes[-1]) or type(causes[-1]).__name__])[-1].strip()
