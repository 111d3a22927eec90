# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CA bundles, each read once in a process.

``requests`` reads the bundle again for each connection, which takes longer than the rest of a TLS handshake.
"""

from __future__ import annotations

import contextlib
import functools
import http.cookiejar
import os
import ssl
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.response import with_one_answer
from ansible_collections.wotrus.pki.plugins.module_utils._client.time_limit import limited

try:
    import requests
    import requests.adapters
    import requests.utils
    import urllib3.util.ssl_

    HAS_REQUESTS = True
except ImportError:
    HAS_REQUESTS = False


def bundle_of_environment() -> str | None:
    """Return the CA bundle that the environment sets for ``requests``."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def preload_bundle() -> None:
    """Read the environment's CA bundle for processes that are forked later.

    Without one, the default bundle is read.
    """
    if HAS_REQUESTS:
        bundle = os.environ.get("WOTRUS_CA_PATH") or bundle_of_environment() or requests.utils.DEFAULT_CA_BUNDLE_PATH
        # A bundle that cannot be read is a failure of the task that uses it.
        with contextlib.suppress(OSError):
            context_of(bundle)


def context_of(bundle: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the CAs of a bundle.

    Callers share it and must not change it.

    :raises OSError: the file cannot be read, or has no certificate (``ssl.SSLError``)
    """
    seen = os.stat(bundle)
    return _read(bundle, seen.st_mtime_ns, seen.st_size)


@functools.lru_cache(maxsize=8)
def _read(bundle: str, _changed: int, _size: int) -> ssl.SSLContext:
    context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(bundle)
    return context


def session(*, pool_size: int) -> requests.Session:
    """Return a session whose connections share the TLS context of their bundle.

    It knows nothing of the environment, such as a password in ``.netrc``, keeps no cookies, and follows no redirects.
    """

    class Shared(requests.adapters.HTTPAdapter):
        def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
            usual: t.Callable[..., None] = super().cert_verify
            usual(conn, url, verify, cert)
            # The class, since each request of a pool comes here.
            conn.ConnectionCls = with_one_answer(limited(type(conn).ConnectionCls))
            # A proxy needs the bundle itself.
            if conn.ca_certs and conn.proxy is None:
                conn.conn_kw["ssl_context"], conn.ca_certs = context_of(conn.ca_certs), None

    class Direct(requests.Session):
        def get_redirect_target(self, *_arguments: t.Any, **_options: t.Any) -> None:
            """Follow no redirect, for which ``requests`` would read a body of any size."""

    made = Direct()
    made.trust_env = False
    made.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=()))
    for scheme in ("https://", "http://"):
        made.mount(scheme, Shared(pool_maxsize=pool_size))
    return made
