# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of all of these tests: it has no settings of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import api
from ansible_collections.wotrus.pki.plugins.module_utils._client.run_stop import RunStop

_SETTINGS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True, scope="session")
def own_settings() -> None:
    """Remove the machine's settings from the environment.

    They are CA bundles, proxies and settings of the collection.
    """
    for name in list(os.environ):
        if name in _SETTINGS or name.lower().endswith("_proxy") or name.startswith("WOTRUS_API_"):
            del os.environ[name]


@pytest.fixture(autouse=True, scope="session")
def each_call_is_a_run() -> Iterator[None]:
    """Let no answer stop later calls of the same process: each is a run of its own, some at once."""
    with pytest.MonkeyPatch.context() as patch:
        made = RunStop()
        patch.setattr(made, "set", lambda *_found: None)
        patch.setattr(api, "STOP", made)
        yield
