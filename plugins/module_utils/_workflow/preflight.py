# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks before the first order, which cost and change nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import sys
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    Forbidden,
    InvalidInput,
    MissingLibrary,
    NotFound,
    RejectedByApi,
    StoreFailed,
    TlsFailed,
    Unauthorized,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key, is_guid
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params, Rows, filled, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import known_product, product_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, refuse_host
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import COMMANDS, option_of
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import YEAR, api_of, check_place, read_file
from ansible_collections.wotrus.pki.plugins.module_utils._safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import host_message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import (
    Message,
    Text,
    shown,
    text,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import text_in
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import shared_name_messages, shared_names
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import first_names, sentences, table
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import require_cryptography
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sm2 import require_sm2

VARIABLES, API, HOST = "variables", "api", "host"
PARTS = (VARIABLES, API, HOST)

ARGUMENTS: dict[str, t.Any] = {
    "parts": {"type": "list", "elements": "str", "choices": list(PARTS), "default": [VARIABLES]}
}

_MOST_ROWS = 200
"""The rows that are read of a host's answer."""
_MOST_ORDERS = 5
"""The recorded orders that are queried. WoTrus may have forgotten the oldest."""

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

_CURES = {
    "python": Message("Install Python 3.9 or newer on the host, or set ansible_python_interpreter."),
    "cryptography": Message("Install the package python3-cryptography on the host, or set ansible_python_interpreter."),
    "user": Message("Run with --become, or set wotrus_base_dir to a directory of that user."),
    "path": Message("Fix the owner or the permissions of the path that is named."),
    "space": Message("Free some space on the host, or set wotrus_base_dir to another file system."),
    "accounts": Message("Create it on the host, or correct wotrus_owner, wotrus_group or wotrus_trusted_groups."),
    "commands": Message("Install the program on the host, or correct the command."),
    "key_files": Message("Correct key.import_from, or run with --become."),
    "tokens": Message("Correct key.pkcs11, insert the token, or install the library that the message names."),
}
"""What to do if a check of ``wotrus_host_info`` failed."""

PING = Message("Run ansible -m ping for the host, with the same become, and fix what it shows.")
"""What to do about a host that does not answer as a module does."""

_COLUMNS = ("check", "result", "hosts", "msg", "next_step")
# No order can have this id. WoTrus answers that it does not know it, or that the token is wrong.
_NO_ORDER = "ffffffff-ffff-ffff-ffff-ffffffffffff"
# A certificate is refused before it is valid. CAs allow clocks some minutes.
_MOST_SECONDS = 300
_MOST_NAMES = 3
_WORST_FIRST = (FAILED, WARNING, PASSED)
_CHECK_OF_OPTION = {"api_url": "url", "ca_path": "tls", "proxy": "proxy"}


@dataclasses.dataclass(frozen=True)
class Check:
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


def passed(check: str, msg: Text) -> Check:
    """Return a check that passed."""
    return Check(check, PASSED, msg)


def failed(check: str, msg: Text, step: Text | None = None) -> Check:
    """Return a check that failed, with what to do."""
    return Check(check, FAILED, msg, step or Message("Fix what was found, then run again."))


def _refused(check: str, exc: WotrusError) -> Check:
    """Return a check that failed by an error."""
    return failed(check, exc.message, next_step(exc.error_code))


def check_controller() -> Check:
    """Check the libraries of the controller's Python."""
    try:
        require_cryptography()
    except MissingLibrary as exc:
        return _refused("controller", exc)
    if sys.platform != "darwin":
        return passed("controller", Message("The controller's Python has the libraries."))
    unsupported = Message("macOS is not supported as a controller, since its proxy look-up can end a forked worker.")
    step = Message("Run Ansible in an execution environment or another Linux container.")
    return Check("controller", WARNING, unsupported, step)


def check_journal(place: str) -> Check:
    """Check that the journal can be written, without writing into it.

    :param place: ``wotrus_journal``
    """
    try:
        Journal(place).check()
    except WotrusError as exc:
        return _refused("journal", exc)
    return passed("journal", Message("The journal {path} can be written.", path=place))


def check_readings(place: str, settings: Settings, day: dt.date) -> Check:
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
        return Check("readings", WARNING, unusable, step)
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


def check_api(params: Params, settings: t.Callable[[Params], Settings]) -> tuple[list[Check], dt.datetime | None]:
    """Check the API with a Query for an order that cannot exist.

    :param settings: returns the checked settings of the options
    :returns: the checks, and WoTrus's time, if it gave one
    """
    try:
        checked = dataclasses.replace(settings(params), retries=0)
        with Api(checked) as api:
            return _ask(api, checked), api.http.server_time
    except MissingLibrary as exc:
        return [_refused("controller", exc)], None
    except InvalidInput as exc:
        # The message begins with the option, or with the variable that set it.
        first = str(exc).partition(" ")[0].lower()
        check = next((check for option, check in _CHECK_OF_OPTION.items() if first.endswith(option)), "token")
        return [failed(check, exc.message, Message("Fix the setting, then run again."))], None


def _ask(api: Api, settings: Settings) -> list[Check]:
    """Query an order that cannot exist, and read the answer."""
    proxy = api.http.proxy
    through = Message("The proxy {proxy} is used." if proxy else "No proxy is used.", proxy=proxy)
    accepted = passed("token", Message("WoTrus accepts the token."))
    answers = passed("url", Message("{host} answers as WoTrus does.", host=settings.host))
    try:
        api.query(_NO_ORDER)
    except (NotFound, RejectedByApi) as exc:
        if exc.is_temporary or not (api.http.is_envelope or _refuses_a_wrong_token(settings)):
            return [_other_answer(settings, exc), passed("proxy", through)]
    except (Unauthorized, Forbidden) as exc:
        accepted = _refused("token", exc)
        if not api.http.is_envelope:
            unknown = Message("{host} refuses the token, and may be another server than WoTrus's.", host=settings.host)
            answers = Check("url", WARNING, unknown, Message("Check wotrus_api_url too."))
    except TlsFailed as exc:
        return [passed("proxy", through), _refused("tls", exc)]
    except WotrusError as exc:
        unreachable = failed("url", exc.message, Message("Check wotrus_api_url, the network and the proxy."))
        if proxy and exc.answer_lost:
            # Either of them may have kept silent.
            return [unreachable]
        if proxy and isinstance(exc, Unavailable):
            lost = Message("WoTrus cannot be reached through the proxy {proxy}: {error}.", proxy=proxy, error=exc)
            return [failed("proxy", lost, Message("Check wotrus_proxy, or HTTPS_PROXY and NO_PROXY."))]
        return [passed("proxy", through), unreachable]
    tls = passed("tls", Message("The server's certificate verifies."))
    if not settings.validate_certs:
        unverified = Message("The server's certificate is not verified, since validate_certs is false.")
        step = Message("Set validate_certs to true, and wotrus_ca_path to the CA to trust.")
        tls = Check("tls", WARNING, unverified, step)
    return [accepted, answers, tls, passed("proxy", through)]


def _other_answer(settings: Settings, error: WotrusError) -> Check:
    """Return that the answer says nothing about the token: WoTrus is busy, or it is another server."""
    if error.is_temporary:
        return failed("url", error.message, Message("Run again later."))
    return failed(
        "url",
        Message("{host} does not answer as WoTrus does: {error}.", host=settings.host, error=error),
        Message("Correct wotrus_api_url, or leave it out for WoTrus's own address."),
    )


def _refuses_a_wrong_token(settings: Settings) -> bool:
    """Return whether a server answers 401 for a wrong token, as WoTrus does (manual, section 1.2).

    Others answer 404 to any path that they do not know.
    """
    try:
        # No token is that id either.
        with Api(dataclasses.replace(settings, token=_NO_ORDER)) as api:
            api.query(_NO_ORDER)
    except WotrusError as exc:
        return isinstance(exc, Unauthorized)
    return False


def check_clock(check: str, theirs: dt.datetime | None, ours: dt.datetime) -> Check:
    """Compare a clock with WoTrus's.

    :param check: ``clock`` for the controller's, ``host_clock`` for a host's
    """
    if theirs is None:
        unknown = Message("WoTrus's time is not known.")
        return Check(check, WARNING, unknown, Message("Fix the connection to WoTrus first."))
    seconds = round((ours - theirs).total_seconds())
    if abs(seconds) <= _MOST_SECONDS:
        return passed(check, Message("The clock agrees with WoTrus's."))
    differs = Message("The clock differs from WoTrus's by {seconds} s.", seconds=f"{seconds:+d}")
    return failed(check, differs, Message("Synchronize the clock, such as with chrony."))


def check_entries(entries: Rows, *, has_handler: t.Callable[[str], bool], local: t.Callable[[str], str]) -> list[Check]:
    """Check what the entries of a host need on the controller.

    :param has_handler: whether the play may have a handler of that name
    :param local: finds a relative path as Ansible does
    """
    return [*_check_documents(entries, local), *check_handlers(entries, has_handler), *_check_sm2(entries)]


def _check_documents(entries: Rows, local: t.Callable[[str], str]) -> t.Iterator[Check]:
    for entry in entries:
        for number, document in enumerate(entry.get("documents") or ()):
            path = document.get("path")
            try:
                what = f"{entry['name']}: documents[{number}]"
                load_document({**document, "path": local(path) if path else None}, what=what)
            except WotrusError as exc:
                yield _refused("documents", exc)


def check_handlers(entries: Rows, has_handler: t.Callable[[str], bool]) -> t.Iterator[Check]:
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


def _check_sm2(entries: Rows) -> t.Iterator[Check]:
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
        yield Check("sm2", WARNING, exc.message, step)
    else:
        yield passed("sm2", Message("The controller's openssl checks SM2 signatures."))


def host_options(values: Json, entries: Rows) -> dict[str, t.Any]:
    """Return the options of ``wotrus_host_info`` for a host's variables."""

    def given(*paths: str) -> list[str]:
        return sorted({str(value) for entry in entries for path in paths if (value := option_of(entry, path))})

    commands = given(*COMMANDS)
    validate = values.get("wotrus_validate")
    tokens = [token for entry in entries if (token := option_of(entry, "key.pkcs11"))]
    options = {
        "base_dir": values.get("wotrus_base_dir"),
        "names": [str(entry["name"]) for entry in entries],
        "owner": values.get("wotrus_owner"),
        "group": values.get("wotrus_group"),
        "file_owners": given("pkcs12.owner"),
        "file_groups": given("pkcs12.group"),
        "trusted_groups": values.get("wotrus_trusted_groups"),
        "commands": sorted({*commands, str(validate)}) if validate else commands,
        "first_keys": {
            str(entry["name"]): str(file) for entry in entries if (file := option_of(entry, "key.import_from"))
        },
        "tokens": [filled({name: token.get(name) for name in ("module", "token", "slot")}) for token in tokens],
    }
    return filled(options)


def read_host(answer: Json, server_time: dt.datetime | None) -> list[Check]:
    """Return the checks that a host answered, which is not trusted."""
    found = [passed("connection", Message("Ansible's modules run on the host."))]
    answered = answer.get("checks")
    rows = answered if isinstance(answered, list) else []
    if len(rows) > _MOST_ROWS:
        cut = Message("The host answered {number} checks, of which {most} are read.", number=len(rows), most=_MOST_ROWS)
        found.append(failed("connection", cut, PING))
    for row in rows[:_MOST_ROWS]:
        check = row.get("check") if isinstance(row, Mapping) else None
        asked = host_message(row) if check == REVOCATION else None
        if asked is not None:
            found.append(passed(REVOCATION, asked))
        if not isinstance(check, str) or check not in _CURES:
            continue
        if row.get("passed") is True:
            # In the same words for all hosts, which are one row then.
            found.append(passed(check, Message("No problem was found.")))
        else:
            msg = host_message(row, safe_line(str(row.get("msg") or "")))
            found.append(failed(check, msg or "", _CURES[check]))
    ours = read_time(answer.get("time"))
    silent = failed("host_clock", Message("The host answered no time."), PING)
    return [*found, check_clock("host_clock", server_time, ours) if ours else silent]


def check_recorded_orders(params: Params, settings: t.Callable[[Params], Settings], answer: Json) -> list[Check]:
    """Check that the token's account has an order that the host's records name.

    :param settings: as for :func:`check_api`
    :param answer: of the host, which is not trusted
    """
    claimed = answer.get("order_ids")
    rows = claimed[:_MOST_ROWS] if isinstance(claimed, list) else []
    named = {id_key(one): str(clean_id(one)) for one in rows if isinstance(one, str) and is_guid(one)}
    order_ids = list(named.values())[:_MOST_ORDERS]
    if not order_ids:
        return []
    try:
        with Api(dataclasses.replace(settings(params), retries=0)) as api:
            unknown = all(_is_unknown(api, order_id) for order_id in order_ids)
    except WotrusError:
        # The checks of the API say why.
        return []
    if not unknown:
        return [passed("orders", Message("WoTrus knows an order of the host's records."))]
    msg = Message(
        "WoTrus knows no order that the host's records name: {orders}."
        if len(order_ids) == len(named)
        else "WoTrus knows none of {number} orders of the host's records: {orders}. The records name {total}.",
        number=len(order_ids),
        orders=order_ids,
        total=len(named),
    )
    return [failed("orders", msg, next_step(NotFound.error_code))]


def _is_unknown(api: Api, order_id: str) -> bool:
    """Return whether WoTrus does not know an order."""
    try:
        api.query(order_id)
    except (NotFound, RejectedByApi) as exc:
        if exc.is_temporary:
            raise
        return True
    return False


def preflight_rows(results: Mapping[str, Json], language: str = "en") -> list[dict[str, t.Any]]:
    """Return the rows of the table, equal ones of hosts as one.

    :param results: of ``wotrus_preflight``, by host
    """

    def shown_row(row: Json) -> tuple[t.Any, ...]:
        return row["check"], row["result"], text_in(row, "msg", language), text_in(row, "next_step", language) or None

    hosts = grouped((shown_row(row), host) for host in results for row in _rows_of(host, results))
    fields = ("check", "result", "msg", "next_step")
    rows = [dict(zip(fields, key), hosts=_names(found, len(results), language)) for key, found in hosts.items()]
    return sorted(rows, key=lambda row: ([*CHECKS].index(row["check"]), _WORST_FIRST.index(row["result"])))


def preflight_lines(results: Mapping[str, Json], language: str = "en") -> list[str]:
    """Return the table, and a line that says whether something would fail."""
    rows = preflight_rows(results, language)
    failing = sum(row["result"] == FAILED for row in rows)
    # In capitals, a failure is seen at once; and the table does not repeat its message in the last column.
    loud = {FAILED: FAILED.upper()}
    lines = [
        {**row, "check": text(CHECKS[row["check"]], language), "result": loud.get(row["result"], row["result"])}
        for row in rows
    ]
    last = Message(
        "checks that failed: {number}. Nothing was ordered or changed."
        if failing
        else "Nothing would fail. Run wotrus.pki.issue with --check next, which shows the plan.",
        number=failing,
    )
    return [*table(lines, _COLUMNS, language), "", text(last, language)]


def preflight_failures(host: str, results: Mapping[str, Json], language: str = "en") -> list[str]:
    """Return the messages of a host's checks that failed."""
    failing = [row for row in _rows_of(host, results) if row["result"] == FAILED]
    return [sentences(row, ("msg", "next_step"), language) for row in failing]


def _rows_of(host: str, results: Mapping[str, Json]) -> list[Json]:
    """Return the rows of a host, one for a failed task, and one for each order name that another host has too."""
    own = results[host]
    rows = own["checks"] if "checks" in own else [failed("run", str(own.get("msg") or "")).as_row()]
    named = [{**row, "host": name} for name, result in results.items() for row in result.get("order_names") or ()]
    found = [sharing for sharing in shared_names(named) if {host} < {row["host"] for row in sharing}]
    return [*rows, *(failed("order_names", *shared_name_messages(sharing)).as_row() for sharing in found)]


def _names(hosts: t.Sequence[str], every: int, language: str) -> str:
    if len(hosts) == every and every > 1:
        return text(Message("all {number}", number=every), language)
    return first_names(hosts, language, most=_MOST_NAMES)


OPERATION = Operation("wotrus_preflight", ARGUMENTS, refuse_host)
