# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first day with a WoTrus that reads its manual in ten ways: a first order, its reissue, and a probe.

The file of readings says what the sandbox does, and a sandbox that starts with the file answers alike.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import functools
import itertools
import json
import pathlib
import re
import time
import types
import typing as t

import pytest
import requests

from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from ansible_collections.wotrus.pki.plugins.module_utils._orders import order, probe_info
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import apply
from ansible_collections.wotrus.pki.roles.sandbox.files.wotrus_sandbox.readings import WORDS
from tests.helpers import given, openssl
from tests.helpers.operations import csr
from tests.helpers.sandbox import DAY, Sandbox, start_sandbox

HOUR = 3600
NAME = "Example 示例 Ltd"
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
_GUID = re.compile(r"(\{?)[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(\}?)( ?)")
_FORMS = 12
_values = itertools.count(1)
_ODD_YEARS = ("0001", "1900", "1970")


@dataclasses.dataclass(frozen=True)
class Day:
    """How WoTrus reads its manual, and what happens.

    :ivar words: the unusual readings; all of them show on this day
    :ivar ca_delay: seconds from the review to the certificate
    :ivar days: that pass before the reissue
    """

    words: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    months: int = 12
    ca_delay: int = 0
    days: int = 0


DAYS = {
    "the manual": Day(),
    "text and capitals": Day(
        {"create_time": "slashes", "numbers": "text", "flags": "text", "ids": "braces", "status_case": "upper"}
    ),
    "paid later": Day(
        {
            "create_time": "decimals",
            "status_case": "lower",
            "null_id": "zero",
            "payment": "later",
            "reissue_id": "null",
        }
    ),
    "ids in each form": Day({"create_time": "utc", "ids": "mixed", "duration": "days"}),
    "another clock and a bound": Day(
        {"date_ahead": "28800", "create_time": "seconds", "lifetime": "200 days"}, days=185
    ),
    "dates": Day({"backdated": "200 days", "flags": "numbers", "sign_beside": "yes"}, months=24),
    "no times": Day({"date": "missing", "create_time": "empty", "query_field": "org missing"}),
    "names": Day(
        {
            "subjects": "upper case",
            "names": "with an e-mail address",
            "spelling": "blanks",
            "odd_field": "isSuccess",
            "reissue_id": "same",
            "create_time": "moved",
        }
    ),
    "slow": Day(
        {
            "fresh_order": "unknown for 3 seconds",
            "odd_field": "orderNumber",
            "duration": "years",
            "before_certificate": "404",
        },
        ca_delay=HOUR,
    ),
    "rejected": Day({"arrival": "rejected", "spelling": "no-break spaces", "status_case": "upper"}),
}
USUAL = {**{name: words[0] for name, words in WORDS.items()}, "review": "at once"}


@pytest.fixture(scope="module")
def wotrus(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    """What plays WoTrus."""
    with start_sandbox(tmp_path_factory.mktemp("wotrus"), "--id-style", "plain") as sandbox:
        yield sandbox


@pytest.fixture
def pauses(wotrus: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries take no time here, and their time at WoTrus."""
    clock = types.SimpleNamespace(sleep=lambda seconds: wotrus.clock(advance=seconds), monotonic=time.monotonic)
    for module in (http, order):
        monkeypatch.setattr(module, "time", clock)


def live_through(sandbox: Sandbox, day: Day, folder: pathlib.Path, readings: pathlib.Path) -> None:
    """Order, pay, reissue and probe, with a file of readings."""
    runner = given.runner(sandbox, f"signer1 of {folder.name}")
    names = {"common_name": NAME, "organization": {"name": NAME, "country_code": "CN"}}
    entry = {"name": "contracts", "product": "pdf_signing", "months": day.months, "key": {"type": "ECC"}, **names}

    def run(**options: t.Any) -> str:
        result = runner(
            apply.OPERATION,
            host="signer1",
            certificates=[{**entry, "reload": "none"}],
            readings=str(readings),
            base_dir=str(folder / "ssl"),
            order_namespace=folder.name,
            # All days are one run of this process.
            max_charged_orders=len(DAYS),
            **options,
        )
        sandbox.clock(advance=HOUR)
        (row,) = result["results"]
        assert row["order_id"], row["msg"]
        return str(row["order_id"])

    first = run()
    if day.words.get("payment") == "later":
        sandbox.order(first, "paid")
    run()
    sandbox.clock(advance=DAY * day.days)
    second = run(reissue=["contracts"])
    run()
    runner(probe_info.OPERATION, order_ids=list(dict.fromkeys((first, second))), readings=str(readings))


def seen(readings: pathlib.Path) -> list[tuple[str, str]]:
    """Return the readings of a file with their words."""
    return [(row["reading"], row["word"]) for row in json.loads(readings.read_text(encoding="utf-8"))["seen"]]


# ---- what a client can tell apart


def form(value: t.Any, now: dt.datetime) -> t.Any:
    """Return an answer without what differs between two orders.

    :param now: the sandbox's time
    """
    if isinstance(value, dict):
        return {name: form(item, now) for name, item in value.items()}
    if isinstance(value, list):
        return [form(item, now) for item in value]
    if isinstance(value, str):
        return form_of_certificate(value, now) if "-----BEGIN" in value else form_of_text(value)
    return "a long number" if isinstance(value, int) and value > DAY else value


def form_of_text(text: str) -> str:
    if text.startswith("https:"):
        return "a link"
    if _GUID.fullmatch(text) and text.strip("{}0- "):
        case = "ID" if text == text.upper() else "id"
        return _GUID.sub(rf"\1{case}\2\3", text)
    return text if text[:4] in _ODD_YEARS else re.sub("[0-9]", "9", text)


def form_of_certificate(pem: str, now: dt.datetime) -> str:
    """Return a certificate's names; of one that is no CA's also its dates, in days."""
    names, begins, ends = facts_of("".join(pem.split("-----")[2].split()))
    if "Certificate Sign" in names:
        return names
    return f"{names} {round((now - begins) / dt.timedelta(days=1))} {(ends - begins).days}"


@functools.cache
def facts_of(base64: str) -> tuple[str, dt.datetime, dt.datetime]:
    """Return a certificate's names and usages, and its two dates."""
    data = f"-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n".encode()
    options = ("-subject", "-ext", "subjectAltName,keyUsage", "-dates", "-dateopt", "iso_8601")
    lines = openssl.run("x509", "-noout", *options, data=data).decode().splitlines()
    dates = {name: dt.datetime.fromisoformat(date) for name, _is, date in (line.partition("=") for line in lines[-2:])}
    return " ".join(lines[:-2]), dates["notBefore"], dates["notAfter"]


def answers(sandbox: Sandbox, day: Day) -> list[str]:
    """Return the forms of a day's answers."""
    fill_up(sandbox)
    forms: list[str] = []

    def keep(answer: requests.Response) -> requests.Response:
        now = dt.datetime.fromisoformat(sandbox.clock())
        date = email.utils.parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else None
        ahead = abs(round((date - now) / dt.timedelta(hours=1))) if date else None
        forms.append(f"{answer.status_code} {ahead} {form(answer.json() if answer.content else None, now)}")
        return answer

    def look(order_id: str) -> None:
        keep(sandbox.call("GET", f"/v1/Order/{order_id}"))
        keep(sandbox.call("GET", f"/v1/Certificate/RetrievePem?orderID={order_id}"))

    sent = body(day.months)
    created, repeated = (keep(sandbox.call("POST", "/v1/Order/Create", sent)) for _time in range(2))
    first = new_id(created, "orderId_RSA", "orderId")
    assert new_id(repeated, "orderId_RSA", "orderId") == first
    look(first)
    if day.words.get("payment") == "later":
        sandbox.order(first, "paid")
    sandbox.clock(advance=HOUR)
    look(first)
    look(first)
    renewed = {"orderID": first, "csr": csr("P-256/2"), "reason": "another key", "idempotenceID": f"reissue of {first}"}
    for _time in range(2):
        answer = keep(sandbox.call("POST", "/v1/Certificate/ReissueRequest", renewed))
        sandbox.clock(advance=HOUR)
        for order_id in dict.fromkeys((new_id(answer, "newOrderID") or first, first)):
            look(order_id)
    return forms


def body(months: int = 12) -> dict[str, t.Any]:
    """Return a body of Create with a value of its own."""
    info = {"productID": PDF, "commonName": NAME, "csR_RSA": csr(), "month": months}
    return {
        "orderinfoPost": {**info, "idempotenceID": f"value {next(_values)}"},
        "organizationPost": {"OrgName": NAME, "countryCode": "CN"},
    }


def fill_up(sandbox: Sandbox) -> None:
    """Place orders until the next one has the first of the forms that a sandbox chooses by an order's number."""
    while len(sandbox.state()["orders"]) % _FORMS:
        sandbox.call("POST", "/v1/Order/Create", body())


def new_id(answer: requests.Response, *names: str) -> str:
    """Return the id in an answer, which has no fixed form; an empty text without one."""
    data = answer.json().get("data") or {}
    return next((one.strip("{} ").lower() for name in names if (one := data.get(name)) and one.strip("0-{} ")), "")


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.usefixtures("pauses")
def test_file_says_what_wotrus_does_and_a_sandbox_answers_alike(
    wotrus: Sandbox, tmp_path: pathlib.Path, name: str
) -> None:
    day, readings = DAYS[name], tmp_path / "readings.json"
    wotrus.clock(offset=0)
    wotrus.restore_settings()
    fill_up(wotrus)
    wotrus.settings(readings=day.words, ca_delay=day.ca_delay)

    live_through(wotrus, day, tmp_path, readings)

    words, does = seen(readings), {**USUAL, **day.words}
    assert set(day.words.items()) - set(words) == set()
    others = [row for row in words if row[0] in does and row[1] != does[row[0]]]
    # Such words contradict no other one.
    assert [row for row in others if not {row[1], does[row[0]]} & READINGS[row[0]].compatible] == []

    wotrus.clock(offset=0)
    options = ("--readings", str(readings), "--ca-delay", str(day.ca_delay))
    with start_sandbox(tmp_path, *options) as rehearsal:
        for mine, theirs in zip(answers(rehearsal, day), answers(wotrus, day), strict=True):
            assert mine == theirs
