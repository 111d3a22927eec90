# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CA bundles are read once, and what is shared stays strict."""

from __future__ import annotations

import ssl
import typing as t
from pathlib import Path

import pytest
import requests.utils

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client import trust
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from tests.helpers import tls
from tests.helpers.scripted_server import Script, envelope

MakeApi = t.Callable[..., Api]

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
ISSUED = envelope({"id": ID, "status": "issued"})


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A CA that has nothing to do with the server."""
    return tls.make_authority(tmp_path, "another CA").path


def test_bundle_is_read_once_for_all_connections(server: Script, make_api: MakeApi, authority: tls.Authority) -> None:
    server.will(ISSUED, ISSUED)
    make_api().query(ID)
    shared = trust.context_of(str(authority.path))
    make_api().query(ID)

    assert trust.context_of(str(authority.path)) is shared
    assert shared.cert_store_stats()["x509_ca"] == 1


def test_a_bundle_that_was_changed_is_read_again(another: Path, authority: tls.Authority) -> None:
    before = trust.context_of(str(another))
    another.write_bytes(another.read_bytes() + authority.path.read_bytes())

    assert before.cert_store_stats()["x509_ca"] == 1
    assert trust.context_of(str(another)).cert_store_stats()["x509_ca"] == 2


def test_call_without_verification_does_not_change_the_shared_context(
    server: Script, make_api: MakeApi, authority: tls.Authority, another: Path
) -> None:
    server.will(ISSUED, ISSUED)
    make_api().query(ID)
    make_api(validate_certs=False, ca_path=str(another)).query(ID)
    shared = trust.context_of(str(authority.path))

    assert shared.verify_mode is ssl.CERT_REQUIRED
    with pytest.raises(errors.TlsFailed):
        make_api(ca_path=str(another)).query(ID)


@pytest.mark.parametrize("variable", ["WOTRUS_CA_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_bundle_of_the_environment_is_preloaded(
    monkeypatch: pytest.MonkeyPatch, another: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, str(another))
    read: list[str] = []
    monkeypatch.setattr(trust, "context_of", read.append)

    trust.preload_bundle()

    assert read == [str(another)]


def test_the_default_bundle_is_preloaded_if_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("WOTRUS_CA_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    read: list[str] = []
    monkeypatch.setattr(trust, "context_of", read.append)

    trust.preload_bundle()

    assert read == [requests.utils.DEFAULT_CA_BUNDLE_PATH]


def test_a_bundle_that_cannot_be_preloaded_fails_in_the_task_that_uses_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for path in (tmp_path / "missing.pem", tmp_path, empty):
        monkeypatch.setenv("WOTRUS_CA_PATH", str(path))
        trust.preload_bundle()
