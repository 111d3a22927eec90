# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of the connection to the API, and their checks."""

from __future__ import annotations

import dataclasses
import os
import ssl
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.loopback import is_loopback_host

DEFAULT_URL = "https://restapi.wosign.com"
"""The API's base address (manual, section 1.6)."""

_PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Checked connection settings.

    :ivar timeout: the seconds to connect, and the seconds to wait for each answer
    :ivar retries: the number of tries after the first, for calls that may be repeated
    :ivar rate_limit: the requests a second of the whole run; 0 is no limit
    """

    token: str = dataclasses.field(repr=False)
    url: str = DEFAULT_URL
    ca_path: str | None = None
    validate_certs: bool = True
    proxy: str | None = dataclasses.field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 4
    rate_limit: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", _check_token(self.token))
        object.__setattr__(self, "url", _check_url(self.url))
        if self.ca_path:
            _check_ca(self.ca_path)
        if self.proxy:
            check_proxy(self.proxy)
        if not 0 < self.timeout <= 3600:
            raise InvalidInput("timeout must be more than 0 and at most 3600 s, not {value:g}.", value=self.timeout)
        if not 0 <= self.rate_limit < float("inf"):
            raise InvalidInput("rate_limit must be 0 or more requests a second, not {value:g}.", value=self.rate_limit)
        if self.retries < 0:
            raise InvalidInput("retries must be 0 or more, not {value}.", value=self.retries)

    @property
    def host(self) -> str:
        """The API's host and port, for messages."""
        return urllib.parse.urlsplit(self.url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this machine, as the sandbox is."""
        return is_loopback_host(urllib.parse.urlsplit(self.url).hostname or "")


def _check_ca(path: str) -> None:
    """Refuse a file without a CA, which would only be found after the request is in the journal."""
    if not os.access(path, os.R_OK):
        raise InvalidInput("{option} {path} does not exist or is not readable.", option="ca_path", path=path)
    try:
        # A folder is for openssl rehash, and each certificate in it is read when it is needed.
        if not os.path.isdir(path):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        raise InvalidInput("{option} {path} is no CA certificate in PEM.", option="ca_path", path=path) from None


def _check_token(token: str) -> str:
    text = token.strip()
    if not text:
        raise InvalidInput("No API token. Set WOTRUS_API_TOKEN or the variable wotrus_api_token.")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput(
            "{option} has blanks, line breaks or non-ASCII characters. A token has none.", option="api_token"
        )
    return text


def _check_url(url: str) -> str:
    option = "api_url"
    try:
        parts = urllib.parse.urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as exc:
        raise InvalidInput("{option} is not a URL: {error}.", option=option, error=exc) from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput("{option} must have neither credentials nor a query.", option=option)
    if parts.scheme not in ("https", "http") or not host:
        raise InvalidInput("{option} {url!r} must look like {example}.", option=option, url=url, example=DEFAULT_URL)
    if parts.scheme == "http" and not is_loopback_host(host):
        raise InvalidInput(
            "{option} {url!r} must begin with https, since plain http shows the token to the network.",
            option=option,
            url=url,
        )
    if parts.path not in ("", "/"):
        raise InvalidInput(
            "{option} {url!r} must have no path. Each call adds its own, such as /v1/Order.", option=option, url=url
        )
    return url.strip().rstrip("/")


def with_scheme(proxy: str) -> str:
    """Return a proxy's URL with its scheme, which is ``http`` by default."""
    return proxy if "://" in proxy else f"http://{proxy}"


def check_proxy(proxy: str) -> None:
    """Refuse an invalid proxy URL without showing its password.

    In a password, some characters begin another part of the URL. The rest of it would be shown as the host.
    """
    try:
        parts = urllib.parse.urlsplit(with_scheme(proxy))
        is_cut = parts.path not in ("", "/") or bool(parts.query or parts.fragment)
        usable = is_cut or (bool(parts.hostname) and parts.port != 0 and parts.scheme.lower() in _PROXY_SCHEMES)
    except ValueError:
        is_cut = usable = False
    if is_cut:
        raise InvalidInput(
            "{option} must have no path and no query. Write the characters / ? # of a password as %2F %3F %23.",
            option="proxy",
        )
    if not usable:
        raise InvalidInput("{option} must be a URL such as http://proxy.example.com:3128.", option="proxy")
