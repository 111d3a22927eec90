# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``sm2`` of ``wotrus_deployment``: the certificates of an SM2 pair, which are deployed with the others.

Their signatures were checked by ``wotrus_certificate``, where the ``openssl`` command is. Here they are read, and put
in order by the names in them. Their keys are not kept here, but on a UKey or where the requests were made.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import SM2_PARTS

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle

Texts = t.Mapping[str, tuple[str, str]]
"""By part of the pair: certificate and chain in one text, and the root."""

__all__ = ["Texts", "argument", "read_texts", "sm2_bundles"]


def argument() -> dict[str, t.Any]:
    """Return the argument spec of the option."""
    part = {
        "type": "dict",
        "options": {
            "certificate": {"type": "str", "required": True},
            "chain": {"type": "list", "elements": "str"},
            "root": {"type": "str"},
        },
    }
    return {"type": "dict", "options": dict.fromkeys(SM2_PARTS, part), "required_one_of": [SM2_PARTS]}


def read_texts(value: t.Mapping[str, t.Any] | None) -> dict[str, tuple[str, str]]:
    """Return what the option gives."""
    parts = {name: (value or {}).get(name) for name in SM2_PARTS}
    return {
        name: ("\n".join([part["certificate"] or "", *(part["chain"] or [])]), part["root"] or "")
        for name, part in parts.items()
        if part
    }


def sm2_bundles(texts: Texts) -> dict[str, Bundle]:
    """Return the certificates of a pair in order.

    :raises BadCertificate: a text holds no certificate, or a damaged one
    :raises UntrustedChain: the names in the certificates do not lead to the root
    """
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

    bundles: dict[str, Bundle] = {}
    for part, (text, root) in texts.items():
        try:
            anchors = load_certificates(root) if root.strip() else []
            bundles[part] = build_bundle(
                [*load_certificates(text), *anchors],
                public_key_sha256=None,
                anchors=anchors,
                now=None,
                check_sm2=False,
            )
        except WotrusError as exc:
            raise type(exc)(f"sm2.{part}: {exc} Nothing was installed.") from exc
    return bundles
