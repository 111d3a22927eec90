# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of more than one operation: argument specs, reading and checks."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import ORGANIZATION_FIELDS
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidCsr, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.countries import is_country
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_order_number
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import BUSINESS_CATEGORIES, DocumentType
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import FILE_TYPES, read_file
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import (
    csr_pem,
    csr_public_key_sha256,
    load_csr,
    parse_csr,
)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"[+(]*[0-9][0-9 ()+./,#*-]*((转|x|ext\.?) *[0-9]+)?", re.IGNORECASE)

TEXT: dict[str, t.Any] = {"type": "str"}
"""The argument spec of an option that is any text."""

CSR_ARGUMENTS: dict[str, t.Any] = {"csr": TEXT, "csr_path": {"type": "path"}}

WAIT_ARGUMENTS: dict[str, t.Any] = {
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 300},
}

DOCUMENT_ARGUMENTS: dict[str, t.Any] = {
    "path": {"type": "path"},
    "content": {"type": "str", "no_log": True},
    "file_type": {"type": "str", "choices": list(FILE_TYPES)},
}

DOCUMENT_CONSTRAINTS: dict[str, t.Any] = {
    "mutually_exclusive": [("path", "content")],
    "required_one_of": [("path", "content")],
    "required_by": {"content": ["file_type"]},
}


DOCUMENT_ARGUMENT: dict[str, t.Any] = {"type": "dict", "options": DOCUMENT_ARGUMENTS, **DOCUMENT_CONSTRAINTS}
"""The argument spec of ``document``: evidence for a revocation or reissue."""


def document_list_argument() -> dict[str, t.Any]:
    """Return the argument spec of ``documents``."""
    types = [kind.name.lower() for kind in DocumentType]
    options = {"type": {"type": "str", "required": True, "choices": types}, **DOCUMENT_ARGUMENTS}
    return {"type": "list", "elements": "dict", "options": options, **DOCUMENT_CONSTRAINTS}


def organization_argument() -> dict[str, t.Any]:
    """Return the argument spec of ``organization``, with the fields' playbook names."""
    options: dict[str, t.Any] = {name: {"type": "str"} for name in ORGANIZATION_FIELDS}
    options["name"]["required"] = True
    options["business_category"]["choices"] = list(BUSINESS_CATEGORIES)
    options["id_card_number"]["no_log"] = True
    return {"type": "dict", "options": options}


def check_organization(organization: t.Mapping[str, t.Any]) -> str:
    """Check what the API demands of an organization (manual, section 2, OrgInfo), and return its name.

    :raises InvalidInput: its name is blank, its country has no code of ISO 3166-1, or an e-mail address or a telephone
        number is none; the message has no personal data
    """
    country = organization.get("country_code")
    if country and not is_country(country):
        raise InvalidInput(
            "organization.country_code is {value!r}, which is no country. It has two letters, such as CN.",
            value=country,
        )
    given = {name: value.strip() for name, value in organization.items() if value}
    for name in given.keys() & {"email", "user_email"}:
        if not _EMAIL.fullmatch(given[name]):
            raise InvalidInput("{option} is no e-mail address.", option=f"organization.{name}")
    for name in given.keys() & {"phone", "user_mobile"}:
        if not _PHONE.fullmatch(given[name]):
            raise InvalidInput("{option} is no telephone number.", option=f"organization.{name}")
    return needed(organization, "name", what="organization.name")


def read_csr(params: t.Mapping[str, t.Any], *, option: str = "csr", allow_sm2: bool = False) -> str | None:
    """Return the checked CSR of ``csr`` or ``csr_path``, in PEM and without any text around it; ``None`` without one.

    :param allow_sm2: it may have an SM2 key; an order has no field for such a request (manual, section 2)
    :raises InvalidCsr: it cannot be read, or is none
    :raises Sm2Unavailable: it has an SM2 key, and there is no ``openssl`` command that can check it
    """
    text, path = params.get(option), params.get(f"{option}_path")
    if path:
        text = read_file(path, what=f"{option}_path", error=InvalidCsr).decode("ascii", "replace")
    if text is None:
        return None
    return csr_pem(load_csr(text, allow_sm2=allow_sm2))


def csr_key(csr: str | None) -> str | None:
    """Return the SHA-256 of a checked CSR's public key, if given one."""
    return csr_public_key_sha256(parse_csr(csr)) if csr else None


def nonblank(params: t.Mapping[str, t.Any], name: str) -> str | None:
    """Return an option without surrounding blanks.

    :raises InvalidInput: it is there, but blank
    """
    return None if params.get(name) is None else needed(params, name)


def refuse_order_number(order_id: str, *, option: str) -> None:
    """Refuse an order's number in place of its id.

    :raises InvalidInput: it is one
    """
    if is_order_number(order_id):
        raise InvalidInput(
            "{option} is {number}, an order number. Set it to the id of the order, which status and the report show. "
            "If you see only the number, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
            option=option,
            number=order_id.strip(),
        )


def needed(params: t.Mapping[str, t.Any], name: str, *, what: str = "") -> str:
    """Return an option that must be there, without surrounding blanks.

    Ansible's validator accepts null for a required option, so this is checked again.

    :param what: the option's name in messages; the default is ``name``
    :raises InvalidInput: it is missing, null or blank
    """
    value = str(params.get(name) or "").strip()
    if not value:
        raise InvalidInput("{option} is missing or empty.", option=what or name)
    check_writable(value, what=what or name)
    return value


def check_writable(text: str, *, what: str) -> None:
    """Check that a text can be encoded in UTF-8.

    JSON can have half of a surrogate pair.

    :raises InvalidInput: it has none
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput(
            "{option} has an incomplete character, half of a surrogate pair. It cannot be written.", option=what
        ) from None
