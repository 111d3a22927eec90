# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP exchange with ``requests``: bounded in time and size, no redirects, and no trust but the one asked for."""

from __future__ import annotations

import datetime as dt
import http.cookiejar
import ssl
import sys
import time
import typing as t

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

try:
    import requests
    import requests.adapters
    import urllib3
    import urllib3.exceptions

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False

MAX_BODY = 4 * 1024 * 1024
POOL_SIZE = 8
_CHUNK = 65536
_OLD_CHUNK = 64
_BODY_PATIENCE = 2.0
_AGENT = "ansible-wotrus.pki"
_LOCATION = "X-Not-Followed"


def require_requests() -> None:
    """Check that ``requests`` is there.

    :raises MissingLibrary: it is not; the message names the Python that lacks it
    """
    if not HAS_REQUESTS:
        raise MissingLibrary(
            f"the Python library requests (2.25 or newer) is missing for {sys.executable}: install it there, "
            "for example with 'pip install requests', or in the execution environment"
        )


class Transport:
    """A pool of connections to the API."""

    def __init__(self, settings: Settings) -> None:
        require_requests()
        self._settings = settings
        if not settings.validate_certs:
            # It was asked for; a warning at each call tells nothing new.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._session = requests.Session()
        self._session.mount("https://", trust.adapter(pool_size=POOL_SIZE))
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=POOL_SIZE, max_retries=0))
        # A proxy from the environment never stands between us and a sandbox on loopback.
        self._session.trust_env = not (settings.loopback and not settings.proxy)
        self._session.hooks["response"] = [_hide_location]
        # Otherwise requests would send credentials that a .netrc has for the host.
        self._session.auth = _keep
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def send(self, request: Request, *, request_id: str) -> Answer:
        """Send a request once and read its answer whole.

        :raises AttemptFailed: there is no whole answer
        """
        try:
            with self._open(request, request_id=request_id) as response:
                return self._answer(response)
        except (OSError, urllib3.exceptions.HTTPError) as exc:
            raise self._explain(exc) from exc

    def _open(self, request: Request, *, request_id: str) -> requests.Response:
        return self._session.request(
            request.method,
            self._settings.url + request.path,
            params=list(request.query),
            data=request.body,
            headers=self._headers(request, request_id),
            timeout=(self._settings.timeout, self._settings.timeout),
            # An environment variable such as REQUESTS_CA_BUNDLE beats the session's own setting, but not this one.
            verify=self._settings.verify,
            proxies={"https": self._settings.proxy, "http": self._settings.proxy} if self._settings.proxy else None,
            allow_redirects=False,
            stream=True,
        )

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

    def _answer(self, response: requests.Response) -> Answer:
        date = parse_http_date(response.headers.get("Date"))
        return Answer(
            status=response.status_code,
            body=_read(response, patience=_BODY_PATIENCE * self._settings.timeout),
            date=date,
            location=response.headers.get(_LOCATION),
            retry_after=_retry_after(response.headers.get("Retry-After"), date),
        )

    def _explain(self, exc: Exception) -> AttemptFailed:
        host = self._settings.host
        causes = list(_causes(exc))
        tls = self._explain_tls(exc, causes)
        if tls is not None:
            return tls
        if isinstance(exc, (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)):
            return AttemptFailed(TimedOut(f"{host} did not answer in time"), passing=True, acted=True)
        refused = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
        if any(isinstance(cause, (*refused, requests.exceptions.ProxyError)) for cause in causes):
            return AttemptFailed(Unavailable(f"cannot connect to {host}: {_last(causes)}"), passing=True, acted=False)
        # InvalidURL, InvalidSchema and their like: nothing could be sent.
        if isinstance(exc, ValueError):
            error = InvalidInput(f"cannot ask {host}: {_last(causes)} (are api_url and proxy right?)")
            return AttemptFailed(error, passing=False, acted=False)
        return AttemptFailed(Unavailable(f"the connection to {host} broke: {_last(causes)}"), passing=True, acted=True)

    def _explain_tls(self, exc: Exception, causes: list[BaseException]) -> AttemptFailed | None:
        """Say what is wrong with TLS; ``None`` for anything else, a connection that broke off included."""
        host, trusted = self._settings.host, self._settings.ca_path
        hint = f"trusted is {trusted}" if trusted else "ca_path names the CA to trust"
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            error = TlsFailed(f"the TLS certificate of {host} does not verify ({hint}): {_last(causes)}")
            return AttemptFailed(error, passing=False, acted=False)
        broken_off = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
        # urllib3 before 2 has an exception of its own for a wrong name, which is no ssl.SSLError.
        failed = isinstance(exc, (requests.exceptions.SSLError, urllib3.exceptions.SSLError))
        # requests raises a plain OSError where a CA bundle of the environment is missing.
        plain = not isinstance(exc, (requests.exceptions.RequestException, urllib3.exceptions.HTTPError))
        if plain or (failed and not any(isinstance(cause, broken_off) for cause in causes)):
            error = TlsFailed(f"cannot set up TLS with {host} ({hint}): {_last(causes)}")
            return AttemptFailed(error, passing=False, acted=True)
        return None


def _keep(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _hide_location(response: requests.Response, *_args: t.Any, **_kwargs: t.Any) -> None:
    """Keep a redirect from requests, which reads its whole body and parses its target even where it does not follow."""
    if "Location" in response.headers:
        response.headers[_LOCATION] = response.headers.pop("Location")


def _read(response: requests.Response, *, patience: float) -> bytes:
    """Read a body of bounded size in bounded time, also from a server that sends one byte a second."""
    end = time.monotonic() + patience
    raw = response.raw
    # urllib3 before 2 has no read1, and its read waits until a chunk is full.
    read, size = (raw.read1, _CHUNK) if hasattr(raw, "read1") else (raw.read, _OLD_CHUNK)
    chunks: list[bytes] = []
    total = 0
    while True:
        chunk = read(size, decode_content=True)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        total += len(chunk)
        if total > MAX_BODY:
            too_large = BadAnswer(f"the answer is larger than {MAX_BODY // 2**20} MiB")
            raise AttemptFailed(too_large, passing=False, acted=True)
        if time.monotonic() > end:
            too_slow = TimedOut(f"the answer was not complete after {patience:g} s")
            raise AttemptFailed(too_slow, passing=True, acted=True)


def _retry_after(text: str | None, date: dt.datetime | None) -> float | None:
    """Read ``Retry-After``: seconds, or a date that counts from the answer's own (RFC 9110, section 10.2.3)."""
    if not text:
        return None
    if text.isascii() and text.strip().isdigit():
        return float(text)
    moment = parse_http_date(text)
    if moment is None or date is None:
        return None
    return max(0.0, (moment - date).total_seconds())


def _causes(exc: BaseException) -> t.Iterator[BaseException]:
    """Yield an exception and what is wrapped in it; requests and urllib3 keep causes in several places."""
    seen: set[int] = set()
    todo: list[object] = [exc]
    while todo:
        item = todo.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]


def _last(causes: list[BaseException]) -> str:
    """Say the innermost cause in its own words."""
    cause = causes[-1]
    for item in causes:
        if isinstance(item, OSError) and item.strerror:
            cause = item
    words = (cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)) or type(cause).__name__
    return words.strip()
