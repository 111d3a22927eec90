# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role accepts each fragment of variables in the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization

from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import variable_mistakes
from ansible_collections.wotrus.pki.plugins.module_utils._role import SPECS
from tests.helpers.documentation import module_names, module_texts
from tests.helpers.examples import ROOT, examples
from tests.helpers.operations import key

CERTIFICATES = "wotrus_certificates"
LISTS = ("wotrus_extra_certificates", "certificates")
OPTIONS = SPECS["main"]["options"]
ENTRY = {"name": "contracts", "product": "pdf_signing", "common_name": "示例", "organization": {"name": "示例"}}
ORDER_ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"


def documents() -> Iterator[tuple[str, Any]]:
    """Yield the YAML of guides, READMEs, modules and example files, each with its place."""
    yield from ((one.where, one.data) for one in examples() if one.language.startswith("yaml"))
    yield from ((name, module_texts(name)["EXAMPLES"]) for name in module_names())
    for file in sorted(ROOT.glob("docs/examples/**/group_vars/**/main.yml")):
        yield str(file.relative_to(ROOT)), yaml.safe_load(file.read_text(encoding="utf-8"))


def filled(value: Any, name: str = "") -> Any:
    """Return a value with what its templates may be."""
    if isinstance(value, dict):
        return {inner: filled(one, inner) for inner, one in value.items()}
    if isinstance(value, list):
        return [filled(one, name) for one in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    found = {"content": key("P-256").private_bytes(*form).decode(), "order_id": ORDER_ID, "root_order_id": ORDER_ID}
    found |= {"url": "https://bot.example.com/hook", "wotrus_base_dir": "/etc/ssl/wotrus"}
    return found.get(name, "12345678")


def fragments(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the role's variables in a document; a list of certificates under another name is one too."""
    if isinstance(data, list):
        for one in data:
            yield from fragments(one)
    elif isinstance(data, dict):
        own = {name: value for name, value in data.items() if name in OPTIONS}
        if own:
            yield {CERTIFICATES: [], **own}
        elif set(data) == {"pkcs12"}:
            yield {CERTIFICATES: [{**ENTRY, **data}]}
        lists = (value for name, value in data.items() if name in LISTS and isinstance(value, list))
        yield from ({CERTIFICATES: value} for value in lists)
        for value in data.values():
            yield from fragments(value)


def test_the_role_accepts_each_documented_fragment() -> None:
    shown = [(where, filled(one)) for where, data in documents() for one in fragments(data)]

    assert len(shown) > 80
    assert [
        (where, str(mistake))
        for where, wanted in shown
        for mistake in variable_mistakes(wanted, OPTIONS, host="signer1")
    ] == []
