# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the matrix and the endpoints that meet them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Where(enum.Enum):
    """The place to which a try is redirected from the sandbox."""

    CLOSED_PORT = "closed port"
    EXPIRED = "expired"
    WRONG_NAME = "wrong-name"


@dataclass(frozen=True)
class Fault:
    """A fault.

    code: the error code if each try meets it. sandbox: the fault that is set at the sandbox. elsewhere: where the try
    goes instead, unseen by the sandbox. acts: the server did what it was asked for, though its answer suffers.
    passing: another try may succeed. impatient: the client waits only briefly.
    """

    label: str
    code: str
    sandbox: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Where | None = None
    acts: bool = False
    passing: bool = True
    impatient: bool = False


def _status(
    status: int, code: str = "unavailable", *, when: str = "before", passing: bool = False, **details: Any
) -> Fault:
    words = f"HTTP {status}"
    if "retry_after" in details:
        words += f", ``Retry-After: {details['retry_after']}``"
    if when == "after":
        words += ", after the server acted"
    given = {"fault": "status", "status": status, "when": when, **details}
    return Fault(words, code, given, acts=when == "after", passing=passing)


FAULTS = (
    Fault("Connection refused", "unavailable", elsewhere=Where.CLOSED_PORT),
    Fault("Reset before the server acted", "unavailable", {"fault": "drop_before"}),
    Fault("Reset after the server acted", "unavailable", {"fault": "drop_after"}, acts=True),
    Fault("Time-out before the server acted", "timeout", {"fault": "hold", "when": "before"}, impatient=True),
    Fault("Time-out after the server acted", "timeout", {"fault": "hold", "when": "after"}, acts=True, impatient=True),
    _status(401, "unauthorized"),
    _status(403, "forbidden"),
    _status(404, "bad_answer"),
    _status(429, passing=True),
    _status(429, passing=True, retry_after="7"),
    _status(429, retry_after="3600"),
    _status(500, passing=True),
    _status(502, passing=True),
    _status(502, passing=True, when="after"),
    _status(503, passing=True),
    Fault("HTML", "bad_answer", {"fault": "html"}),
    Fault("HTML, after the server acted", "bad_answer", {"fault": "html", "when": "after"}, acts=True),
    Fault("Empty answer", "bad_answer", {"fault": "empty"}),
    Fault("Cut answer", "unavailable", {"fault": "cut"}, acts=True),
    Fault("Answer cut in its JSON", "bad_answer", {"fault": "half_json"}, acts=True),
    Fault("A list where an object belongs", "bad_answer", {"fault": "wrong_type"}, acts=True),
    Fault("``data`` is null", "bad_answer", {"fault": "null_data"}, acts=True, passing=False),
    Fault("Fields of a wrong type", "bad_answer", {"fault": "wrong_fields"}, acts=True, passing=False),
    Fault("An answer of 10 MB", "bad_answer", {"fault": "huge"}, passing=False),
    Fault("Slow drip", "timeout", {"fault": "drip"}, acts=True, impatient=True),
    Fault("TLS certificate for another name", "tls_failed", elsewhere=Where.WRONG_NAME, passing=False),
    Fault("TLS certificate expired", "tls_failed", elsewhere=Where.EXPIRED, passing=False),
    Fault("Redirect", "bad_answer", {"fault": "redirect"}, passing=False),
)


@dataclass(frozen=True)
class Endpoint:
    """A call of the API.

    ``counted``: the effect that is counted at the server, for a call that has one.
    """

    name: str
    path: str
    counted: str | None = None


ENDPOINTS = (
    Endpoint("create", "/v1/Order/Create", "order"),
    Endpoint("query", "/v1/Order/"),
    Endpoint("retrieve", "/v1/Certificate/RetrievePem"),
    Endpoint("cancel", "/v1/Order/Cancel", "cancellation"),
    Endpoint("revoke", "/v1/Certificate/RevokeRequest", "request"),
    Endpoint("reissue", "/v1/Certificate/ReissueRequest", "reissue"),
    Endpoint("notify", "/v1/Notification/email", "e-mail"),
)
_BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}


def endpoint_of(path: str) -> Endpoint:
    """Return the endpoint of a request's path."""
    return _BY_PATH.get(path) or _BY_PATH["/v1/Order/"]


OK = "ok"
# Query shows whether these took effect, in place of a lost answer.
SHOWN_BY_QUERY = ("cancel", "revoke")
_OWN_CODES = {
    ("query", "HTTP 404"): "not_found",
    ("retrieve", "HTTP 404"): "rejected_by_api",
    ("retrieve", "``data`` is null"): "rejected_by_api",
}


def permanent_outcome(endpoint: Endpoint, fault: Fault) -> str:
    """Return ``ok`` or the error code of a task each of whose tries meets a fault."""
    if fault.acts and endpoint.name in SHOWN_BY_QUERY:
        return OK
    return _OWN_CODES.get((endpoint.name, fault.label), fault.code)
