# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks before the first order, which cost and change nothing: their results, and those of the controller."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import sys
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidInput,
    MissingLibrary,
    StoreFailed,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import known_product, product_id
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, refuse_host
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import option_of
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import YEAR, api_of, check_place, read_file
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sm2 import require_sm2

VARIABLES, API, HOST = "variables", "api", "host"
PARTS = (VARIABLES, API, HOST)

ARGUMENTS: dict[str, t.Any] = {
    "parts": {"type": "list", "elements": "str", "choices": list(PARTS), "default": [VARIABLES]}
}

PASSED, WARNING, FAILED = "passed", "warning", "failed"

REVOCATION = "revocation"
CHECKS = {
    "variables": Message("variables"),
    "names": Message("variable names"),
    "order_names": Message("order names"),
    "documents": Message("documents"),
    "handlers": Message("handlers"),
    "controller": Message("controller"),
    "journal": Message("journal"),
    "readings": Message("readings of the manual"),
    "token": Message("token"),
    "orders": Message("recorded orders"),
    "url": Message("API address"),
    "tls": Message("TLS"),
    "proxy": Message("proxy"),
    "clock": Message("controller's clock"),
    "sm2": Message("SM2"),
    "connection": Message("connection"),
    "python": Message("Python"),
    "cryptography": Message("cryptography"),
    "user": Message("user"),
    "path": Message("directory"),
    "space": Message("space"),
    "accounts": Message("owner and group"),
    "commands": Message("commands"),
    "key_files": Message("existing keys"),
    "tokens": Message("tokens with keys, without PINs"),
    "host_clock": Message("host's clock"),
    REVOCATION: Message("revocation, for the firewall"),
    "run": Message("run"),
}
"""The checks with their titles, in the order of the table."""

# A certificate is refused before it is valid. CAs allow clocks some minutes.
_MOST_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class CheckResult:
    """The result of a check.

    :ivar check: one of :data:`CHECKS`
    :ivar result: ``passed``, ``warning`` or ``failed``
    :ivar msg: what was found
    :ivar next_step: what a person can do, unless it passed
    """

    check: str
    result: str
    msg: Text
    next_step: Text | None = None

    def as_row(self) -> dict[str, t.Any]:
        """Return it as a result has it."""
        row = shown(msg=self.msg, next_step=self.next_step)
        lines = {name: safe_line(row[name]) for name in ("msg", "next_step") if row[name] is not None}
        return {"check": self.check, "result": self.result, **row, **lines}


def passed(check: str, msg: Text) -> CheckResult:
    """Return a check that passed."""
    return CheckResult(check, PASSED, msg)


def failed(check: str, msg: Text, step: Text | None = None) -> CheckResult:
    """Return a check that failed, with what to do."""
    return CheckResult(check, FAILED, msg, step or Message("Fix what was found, then run again."))


def refused(check: str, exc: WotrusError) -> CheckResult:
    """Return a check that failed by an error."""
    return failed(check, exc.message, next_step(exc.error_code))


def check_controller() -> CheckResult:
    """Check the libraries of the controller's Python."""
    try:
        require_cryptography()
    except MissingLibrary as exc:
        return refused("controller", exc)
    if sys.platform != "darwin":
        return passed("controller", Message("The controller's Python has the libraries."))
    unsupported = Message("macOS is not supported as a controller, since its proxy look-up can end a forked worker.")
    step = Message("Run Ansible in an execution environment or another Linux container.")
    return CheckResult("controller", WARNING, unsupported, step)


def check_journal(place: str) -> CheckResult:
    """Check that the journal can be written, without writing into it.

    :param place: ``wotrus_journal``
    """
    try:
        Journal(place).check()
    except WotrusError as exc:
        return refused("journal", exc)
    return passed("journal", Message("The journal {path} can be written.", path=place))


def check_readings(place: str, settings: Settings, day: dt.date) -> CheckResult:
    """Return how much is known of WoTrus at an address, by the file of readings.

    :param place: ``wotrus_readings``
    """
    try:
        check_place(place)
    except InvalidInput as exc:
        return failed("readings", exc.message, Message("Fix the setting, then run again."))
    try:
        document, folder = read_file(place), os.path.dirname(place)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StoreFailed("{path} is no folder in which this user can make a file", path=folder)
    except WotrusError as exc:
        unusable = Message("The file of wotrus_readings cannot be used: {error}.", error=exc)
        step = Message("Move it away, or correct the owner and the permissions of its folder.")
        return CheckResult("readings", WARNING, unusable, step)
    known = document.words(api=api_of(settings), account=document.account(settings), day=day).values()
    most = sum(bool(reading.found) for reading in READINGS.values())
    if not known:
        return passed("readings", Message("None of the {most} readings that answers show is known yet.", most=most))
    found = Message(
        "{number} of the {most} readings that answers show are known since {first}. The oldest is forgotten on {last}.",
        number=len(known),
        most=most,
        first=min(row["first"] for row in known),
        last=min(dt.date.fromisoformat(row["last"]) for row in known) + YEAR,
    )
    return passed("readings", found)


def check_clock(check: str, theirs: dt.datetime | None, ours: dt.datetime) -> CheckResult:
    """Compare a clock with WoTrus's.

    :param check: ``clock`` for the controller's, ``host_clock`` for a host's
    """
    if theirs is None:
        unknown = Message("WoTrus's time is not known.")
        return CheckResult(check, WARNING, unknown, Message("Fix the connection to WoTrus first."))
    seconds = round((ours - theirs).total_seconds())
    if abs(seconds) <= _MOST_SECONDS:
        return passed(check, Message("The clock agrees with WoTrus's."))
    differs = Message("The clock differs from WoTrus's by {seconds} s.", seconds=f"{seconds:+d}")
    return failed(check, differs, Message("Synchronize the clock, such as with chrony."))


def check_entries(
    entries: Rows, *, has_handler: t.Callable[[str], bool], local: t.Callable[[str], str]
) -> list[CheckResult]:
    """Check what the entries of a host need on the controller.

    :param has_handler: whether the play may have a handler of that name
    :param local: finds a relative path as Ansible does
    """
    return [*_check_documents(entries, local), *check_handlers(entries, has_handler), *_check_sm2(entries)]


def _check_documents(entries: Rows, local: t.Callable[[str], str]) -> t.Iterator[CheckResult]:
    for entry in entries:
        for number, document in enumerate(entry.get("documents") or ()):
            path = document.get("path")
            try:
                what = f"{entry['name']}: documents[{number}]"
                load_document({**document, "path": local(path) if path else None}, what=what)
            except WotrusError as exc:
                yield refused("documents", exc)


def check_handlers(entries: Rows, has_handler: t.Callable[[str], bool]) -> t.Iterator[CheckResult]:
    """Yield a failed check for each handler that the play lacks."""
    for entry in entries:
        handler = option_of(entry, "reload.handler")
        if handler and not has_handler(handler):
            found = Message(
                "Certificate {name!r}: reload.handler {handler!r} is no handler of this play.",
                name=entry["name"],
                handler=handler,
            )
            step = Message(
                "Use reload.command, or run the role in a play of yours that has the handler. The playbooks of the "
                "collection have no handlers."
            )
            yield failed("handlers", found, step)


def _check_sm2(entries: Rows) -> t.Iterator[CheckResult]:
    """Check the controller's openssl if a product may be an SM2 one."""
    may_be_sm2 = False
    for entry in entries:
        # A product that is no product is a mistake in the variables.
        with contextlib.suppress(InvalidInput):
            found = known_product(product_id(str(entry["product"])))
            may_be_sm2 |= found is None or found.is_sm2
    if not may_be_sm2:
        return
    try:
        require_sm2()
    except WotrusError as exc:
        step = Message("Install OpenSSL 3 with SM2 on the controller, if the product has SM2 certificates.")
        yield CheckResult("sm2", WARNING, exc.message, step)
    else:
        yield passed("sm2", Message("The controller's openssl checks SM2 signatures."))


OPERATION = Operation("wotrus_preflight", ARGUMENTS, refuse_host)
