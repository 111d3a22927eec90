# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the manual does not have, without its content: unknown fields, statuses, error texts and types.

A field can be named after a person, and a digest of a name can be guessed. So a text is its length alone, unless it is
one of the manual, or looks like a name of a program.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_known_status

FIELD, STATUS, ERROR, TYPE = KINDS = ("field", "status", "error", "type")

_IDENTIFIER = re.compile(r"(?=.{1,40}\Z)[a-z][A-Za-z]*[0-9]{0,2}(?:_[A-Z][A-Za-z]*)?")
_FORMS = (
    (re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?"), "GUID"),
    (re.compile(r"[0-9]+"), "text of {length} digits"),
    (re.compile(r"[0-9A-Fa-f]+"), "text of {length} hexadecimal digits"),
    (re.compile(r".*", re.DOTALL), "text of {length} characters"),
)
_WORDS = frozenset(("string", "success", "证书已签发", "申请吊销成功", "申请重新颁发成功"))
"""The texts of the manual's examples."""

_TYPES = ((bool, "boolean"), ((int, float), "number"), (str, "text"), (list, "list"), (dict, "object"))

_PAGE = {"total": int, "limit": int, "skip": int}
_ENVELOPE = {"isSuccess": bool, "errorMsg": str, "successMsg": str, "data": dict, "page": dict}
_ORGANIZATION = {
    **dict.fromkeys(
        (
            *("id", "orgName", "businessCategory", "orgPhone", "orgEmail", "userFirstName", "userLastName"),
            *("userEmail", "userMobile", "idCardNO", "idCardNumber", "countryCode", "state", "city", "street", "zip"),
            *("businessLicense", "otherName", "status"),
        ),
        str,
    ),
    "isUpload": bool,
}
_KINDS_OF_PEM = ("RSA", "Sign", "Encrypt")
_DATA: t.Mapping[str, t.Mapping[str, type]] = {
    "create": {"orderId": str, "orderId_RSA": str},
    "query": {
        **dict.fromkeys(
            (
                *("id", "productName", "productID", "cn", "sn", "orderNumber", "createTime", "status", "pendingLink"),
                *("csR_RSA", "uKeyPassword", "uKeyShipAddress", "idempotenceID"),
            ),
            str,
        ),
        **dict.fromkeys(("duration", "durationType", "serverCount", "isPay", "month"), int),
        **dict.fromkeys(
            ("includeRSA", "isUploadedPic", "isSNVerified", "isCSRSubmitted", "isCustomerInfoFilled"), bool
        ),
        "org": dict,
    },
    "retrieve": {
        **{f"pem_{kind}": str for kind in _KINDS_OF_PEM},
        **{f"chains_{kind}": list for kind in _KINDS_OF_PEM},
        "result": bool,
    },
    "cancel": {"cancelResult": bool, "cancelFailedReason": str},
    "revoke": {"revokeStatus": str, "revoked": bool},
    "reissue": {"newOrderID": str},
    "notify": {"sentResult": bool},
}
"""The fields of the manual, with their types in JSON, by endpoint."""

ENDPOINTS = frozenset(_DATA)
_SHAPE = re.compile(
    rf"{_IDENTIFIER.pattern}|GUID|text of [0-9]+ (?:hexadecimal )?(?:digits|characters)|"
    rf"[A-Za-z_]+: (?:{'|'.join(name for _kinds, name in _TYPES)})"
)


def shape_of(text: str) -> str:
    """Return what may be kept of a text."""
    word = text.strip()
    if _IDENTIFIER.fullmatch(word):
        return word
    return next(words for form, words in _FORMS if form.fullmatch(word)).format(length=len(word))


def is_shape(name: str) -> bool:
    """Return whether a name is one of :func:`odd_parts`, and no text of somebody."""
    return name in _WORDS or _SHAPE.fullmatch(name) is not None


def odd_parts(endpoint: str, answer: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    """Yield kind and name of each part of an answer that the manual does not have."""
    data = _named(answer).get("data")
    yield from _odd_fields(answer, _ENVELOPE)
    yield from _odd_fields(_named(answer).get("page"), _PAGE)
    yield from _odd_fields(data, _DATA[endpoint])
    if endpoint == "query":
        found = _named(data)
        yield from _odd_fields(found.get("org"), _ORGANIZATION)
        status = found.get("status")
        if isinstance(status, str) and not is_known_status(status):
            yield STATUS, shape_of(status)
    error = _named(answer).get("errormsg")
    if isinstance(error, str) and error.strip():
        yield ERROR, error.strip() if error.strip() in _WORDS else _length_of(error)


def _odd_fields(values: t.Any, known: t.Mapping[str, type]) -> t.Iterator[tuple[str, str]]:
    """Yield the fields of an object that are unknown, or of another type."""
    names = {name.casefold(): name for name in known}
    for name, value in values.items() if isinstance(values, dict) else ():
        own = names.get(name.casefold())
        if own is None:
            yield FIELD, shape_of(name)
        elif value is not None and not _is_of(value, known[own]):
            yield TYPE, f"{own}: {_type_of(value)}"


def _is_of(value: t.Any, kind: type) -> bool:
    # In Python, bool is a kind of int.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _type_of(value: t.Any) -> str:
    return next(name for kinds, name in _TYPES if isinstance(value, kinds))


def _length_of(text: str) -> str:
    return f"text of {len(text.strip())} characters"


def _named(value: t.Any) -> dict[str, t.Any]:
    return by_name(value) if isinstance(value, dict) else {}


def by_name(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the fields of an object by their names in small letters, as answers are read."""
    found: dict[str, t.Any] = {}
    for name, value in values.items():
        if found.get(name.casefold()) is None:
            found[name.casefold()] = value
    return found
