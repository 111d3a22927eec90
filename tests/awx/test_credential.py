# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential type, injected into a job by AWX's own code."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import build_safe_env, inject_credential

from ansible_collections.wotrus.pki.plugins.module_utils._module import ENVIRONMENT

from .jobs import credential_type

TOKEN = "tk_that_is_secret"
INPUTS = {"api_token": TOKEN, "api_url": "https://restapi.wosign.com"}
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def inject(folder: Path, **inputs: str) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Inject a credential; return environment, stored environment and arguments."""
    (folder / "env").mkdir()
    environment: dict[str, str] = {}
    stored: dict[str, str] = {}
    arguments: list[str] = []
    inject_credential(credential_type(), Credential({**INPUTS, **inputs}), environment, stored, arguments, str(folder))
    return environment, stored, arguments


def test_job_gets_every_setting_that_the_modules_read(tmp_path: Path) -> None:
    environment, _stored, arguments = inject(tmp_path, ca_certificate=CA, rate_limit="5")

    # The journal is a variable of the role, since a path says nothing to every job of a credential.
    assert set(environment) == set(ENVIRONMENT.values()) - {"WOTRUS_JOURNAL", "WOTRUS_READINGS"}
    assert environment["WOTRUS_API_TOKEN"] == TOKEN
    assert environment["WOTRUS_API_URL"] == INPUTS["api_url"]
    assert environment["WOTRUS_RATE_LIMIT"] == "5"
    file = tmp_path / Path(environment["WOTRUS_CA_PATH"]).relative_to("/runner")
    assert file.read_text() == CA
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # The token is not in an Ansible variable, which a play could show.
    assert arguments == []


def test_stored_environment_of_a_job_has_no_token(tmp_path: Path) -> None:
    environment, stored, _arguments = inject(tmp_path)

    assert TOKEN not in str(stored)
    assert stored["WOTRUS_API_TOKEN"] == "**********"
    assert TOKEN not in str(build_safe_env(environment))


@pytest.mark.parametrize("inputs", [{}, {"ca_certificate": ""}])
def test_empty_fields_use_the_defaults(tmp_path: Path, inputs: dict[str, str]) -> None:
    environment, _stored, _arguments = inject(tmp_path, **inputs)

    # The modules ignore an empty variable.
    assert environment["WOTRUS_CA_PATH"] == environment["WOTRUS_RATE_LIMIT"] == ""
