# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CA bundles, each read once in a process.

``requests`` reads the bundle again for each connection, which takes longer than the rest of a TLS handshake.
"""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import typing as t

try:
    import requests.adapters
    import requests.exceptions
    import requests.utils
    import urllib3
    import urllib3.util.ssl_

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False

_KEPT = 8
_OUR_VARIABLE = "WOTRUS_CA_PATH"
# As requests knows them.
_REQUESTS_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def bundle_of_environment() -> str | None:
    """Return the CA bundle that the environment sets for ``requests``."""
    return next((os.environ[name] for name in _REQUESTS_VARIABLES if os.environ.get(name)), None)


def preload_bundle() -> None:
    """Read the environment's CA bundle for processes that are forked later.

    Without one, the default bundle is read.
    """
    if HAS_REQUESTS:
        bundle = os.environ.get(_OUR_VARIABLE) or bundle_of_environment() or requests.utils.DEFAULT_CA_BUNDLE_PATH
        # A bundle that cannot be read is a failure of the task that uses it.
        with contextlib.suppress(OSError):
            context_of(bundle)


class Adapter(t.Protocol):
    """An adapter of ``requests`` whose connections are used without a session."""

    def connections(self, url: str, *, verify: bool | str, proxy: str | None) -> urllib3.HTTPConnectionPool:
        """Return the connections to a URL's host.

        :param verify: the argument of ``requests``: the path of a bundle, true for the default one, or false
        :raises OSError: the bundle cannot be read
        :raises ValueError: the proxy is not a URL
        """

    def close(self) -> None:
        """Close every connection."""


def context_of(bundle: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the CAs of a bundle.

    Callers share it and must not change it.

    :raises OSError: the file cannot be read, or has no certificate (``ssl.SSLError``)
    """
    seen = os.stat(bundle)
    return _read(bundle, seen.st_mtime_ns, seen.st_size)


@functools.lru_cache(maxsize=_KEPT)
def _read(bundle: str, _changed: int, _size: int) -> ssl.SSLContext:
    context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(bundle)
    return context


def _with_scheme(proxy: str) -> str:
    """Return a proxy's URL with a scheme.

    :raises ValueError: it is not a URL; the message does not show it, since it may have a password
    """
    with_scheme: t.Callable[[str, str], str] = requests.utils.prepend_scheme_if_needed
    # The exception of urllib3 has the URL, so it is not kept as the context.
    with contextlib.suppress(ValueError):
        url = with_scheme(proxy, "http")
        if urllib3.util.parse_url(url).host:
            return url
    raise requests.exceptions.InvalidProxyURL("the proxy is not a URL")


def adapter(*, pool_size: int) -> Adapter:
    """Return an adapter whose connections share the TLS context of their bundle."""

    class Shared(requests.adapters.HTTPAdapter):
        def connections(self, url: str, *, verify: bool | str, proxy: str | None) -> urllib3.HTTPConnectionPool:
            manager = self.poolmanager
            if proxy:
                manager = self.proxy_manager_for(_with_scheme(proxy))
            pool: urllib3.HTTPConnectionPool = manager.connection_from_url(url)
            self.cert_verify(pool, url, verify, None)
            return pool

        def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
            usual: t.Callable[..., None] = super().cert_verify
            usual(conn, url, verify, cert)
            # The shared context is not for connections that verify nothing. A proxy needs the bundle itself.
            conn.conn_kw.pop("ssl_context", None)
            if conn.ca_certs and conn.proxy is None:
                conn.conn_kw["ssl_context"], conn.ca_certs = context_of(conn.ca_certs), None

    return Shared(pool_maxsize=pool_size, max_retries=0)
