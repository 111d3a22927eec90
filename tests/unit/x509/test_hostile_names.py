# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate's name with control characters is shown by its bytes.

Characters that change the reading direction are among them.
"""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import UntrustedChain
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from tests.unit.x509 import pki


def test_name_is_shown_with_control_characters_escaped() -> None:
    hostile = pki.root("沃通\x1b[2J\r\u202egpj")

    shown = describe(hostile.certificate)

    assert shown["subject"] == shown["issuer"] == "CN=沃通\\1B[2J\\0D\\E2\\80\\AEgpj,C=CN"


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u2060", "\xad", "\ufeff"])
def test_name_with_an_invisible_character_is_another_name(hidden: str) -> None:
    shown = describe(pki.root(f"沃{hidden}通").certificate)

    escaped = "".join(f"\\{byte:02X}" for byte in hidden.encode())
    assert shown["common_name"] == f"沃{escaped}通"


def test_a_failure_shows_it_so_too() -> None:
    leaf = pki.root("Issuer\x1b[2J").issue("Leaf\n")

    with pytest.raises(UntrustedChain, match=r"Leaf\\0A.*Issuer\\1B\[2J") as caught:
        build_bundle([leaf.certificate], public_key_sha256=None, now=pki.NOW)
    assert str(caught.value).isprintable()
