# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Python without the library, or with one that is too old."""

from __future__ import annotations

import datetime
import sys

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import MissingLibrary
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import csr, library
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec, generate
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates


def test_a_missing_library_names_the_python_and_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(library, "_PROBLEM", "No module named 'cryptography'")
    for call in (lambda: load_certificates("x"), lambda: generate(KeySpec())):
        with pytest.raises(MissingLibrary, match="python3-cryptography") as caught:
            call()
        assert sys.executable in str(caught.value)


@pytest.mark.parametrize(("version", "fine"), [("3.2.1", False), ("3.3", True), ("42.0.5", True), ("2.9", False)])
def test_oldest_supported_library(monkeypatch, version, fine) -> None:
    monkeypatch.setattr(library, "_VERSION", version)
    if fine:
        library.require_cryptography()
        return
    with pytest.raises(MissingLibrary, match=f"It has {version}"):
        library.require_cryptography()


NAIVE = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).replace(tzinfo=None)


def test_dates_are_aware_with_an_old_library_too() -> None:
    class Old:
        not_valid_before = NAIVE
        not_valid_after = NAIVE + datetime.timedelta(days=365)

    first, last = library.validity(Old())
    assert first == datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    assert last == datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)


def test_a_missing_library_fails_no_import_of_an_action_plugin(monkeypatch) -> None:
    monkeypatch.setattr(library, "_PROBLEM", "No module named 'cryptography'")

    csr.preload_check()

    with pytest.raises(MissingLibrary):
        csr.load_csr("")
