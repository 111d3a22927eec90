# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox reads the manual as a file or a tester says."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS, is_contradiction
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import Document
from ansible_collections.wotrus.pki.roles.sandbox.files.wotrus_sandbox.readings import (
    OTHERS,
    SEEN_BESIDE_USUAL,
    WORDS,
    load,
)
from tests.helpers.sandbox import Sandbox, SandboxFailed, start_sandbox

from . import orders
from .test_process import run


def write(folder: Path, **words: object) -> str:
    """Write a file of readings, with what another program has in it."""
    file = folder / "readings.json"
    file.write_text(json.dumps({"readings": {**words, "only_seen_elsewhere": "often"}, "product": "any"}))
    return str(file)


TODAY = dt.datetime.now(dt.UTC).date()


def seen(folder: Path, *rows: tuple[str, str] | tuple[str, str, str], day: dt.date = TODAY) -> Path:
    """Write a file as ``wotrus_readings`` has it, of readings, words and addresses."""
    last = day.isoformat()
    common = {"account": 1, "product": None, "count": 1, "first_request": "1", "last_request": "1"}
    document = Document(
        seen=[
            {"reading": reading, "word": word, "api": (*api, "wotrus")[0], **common, "first": last, "last": last}
            for reading, word, *api in rows
        ]
    )
    file = folder / "readings.json"
    file.write_bytes(document.write())
    return file


def read(sandbox: Sandbox, **words: str) -> None:
    sandbox.settings(readings=words)


def openssl(pem: str, *options: str) -> str:
    done = subprocess.run(
        ["openssl", "x509", "-noout", *options], input=pem, capture_output=True, text=True, check=True
    )
    return done.stdout


def certificate(sandbox: Sandbox, order_id: str) -> str:
    """Return the PEM, of which one form is a single line."""
    text = "".join(orders.retrieve(sandbox, order_id)["data"]["pem_RSA"].split("-----")[2].split())
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"


def test_it_starts_with_the_readings_of_a_file(tmp_path: Path, body: dict[str, Any]) -> None:
    file = write(tmp_path, create_time="slashes", status_case="upper", odd_field="orderNumber", repeat="refused")

    with start_sandbox(tmp_path, "--readings", file) as sandbox:
        order_id = orders.create(sandbox, body)
        data = orders.query(sandbox, order_id)
        repeat = sandbox.call("POST", "/v1/Order/Create", body).json()

    assert data["createTime"][4] == "/"
    assert data["status"] == "PENDINGCAISSUED"
    assert isinstance(data["orderNumber"], int)
    assert repeat["isSuccess"] is False


def test_it_starts_with_what_runs_saw(tmp_path: Path, body: dict[str, Any]) -> None:
    file = seen(tmp_path, ("create_time", "slashes"), ("chain", "nearest first"), ("id_of_query", "capital letters"))

    with start_sandbox(tmp_path, "--readings", str(file)) as sandbox:
        data = orders.query(sandbox, orders.create(sandbox, body))
        settings = sandbox.admin("GET", "/settings")

    assert data["createTime"][4] == "/"
    assert settings["id_style"] == "mixed"


def test_of_what_runs_saw_the_newest_counts(tmp_path: Path) -> None:
    file = seen(
        tmp_path,
        *(("flags", "text"), ("flags", "numbers")),
        *(("date", "sent"), ("date", "missing", "sandbox")),
        *(("fresh_order", "unknown for 3 seconds"), ("fresh_order", "known")),
        *(("ids", "braces"), ("id_of_query", "capital letters")),
        *(("key_usage", "sign"), ("numbers", "roman"), ("not known", "yet")),
    )

    # A usual word that is seen beside another one says less.
    assert load(file) == {
        "flags": "numbers",
        "date": "sent",
        "fresh_order": "unknown for 3 seconds",
        "ids": "braces",
    }


def test_what_the_sandbox_showed_counts_if_nothing_else_is_known(tmp_path: Path) -> None:
    rows = ("date", "missing", "sandbox"), ("flags", "text", "other")
    assert load(seen(tmp_path, rows[0])) == {"date": "missing"}
    assert load(seen(tmp_path, *rows)) == {"flags": "text"}
    assert load(seen(tmp_path, *rows, day=TODAY - dt.timedelta(days=366))) == {}


def test_the_sandbox_and_the_collection_agree_which_words_are_seen_beside_the_usual_one() -> None:
    for name, (usual, *others) in WORDS.items():
        # A sandbox that rejects each order would be of no use.
        known = READINGS[name].found if name != "arrival" else {}
        shown = {word for word in others if {usual, word} <= known.keys()}
        beside = {word for word in shown if not is_contradiction(name, usual, word)}
        assert beside == shown & set(SEEN_BESIDE_USUAL.get(name, ())), name


def test_an_option_wins_over_the_file_in_the_background_too(tmp_path: Path) -> None:
    file = write(tmp_path, fresh_order="unknown for 3 seconds", backdated="200 days", flags="text")
    folder = ("--data-dir", tmp_path)
    try:
        started = run("--detach", *folder, "--readings", file, "--query-delay", "0")
        assert started.returncode == 0, started.stderr
        facts = json.loads((tmp_path / "ready.json").read_text())
        shown = requests.get(facts["admin_url"] + "/settings", verify=facts["tls_ca"], timeout=300).json()
    finally:
        run("--stop", *folder)

    assert (shown["query_delay"], shown["backdate"], shown["readings"]["flags"]) == (0, 200, "text")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"readings": {"flags": "yes"}}', "the reading flags must be one of: true and false | numbers | text"),
        ('{"readings": ["flags"]}', "readings must be an object of names and words"),
        ('{"flags": "text"}', 'readings.json must be a JSON object with "readings"'),
        ('["readings"]', 'readings.json must be a JSON object with "readings"'),
        ("{", 'readings.json must be a JSON object with "readings"'),
        (None, "No such file or directory: "),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str | None, words: str) -> None:
    file = tmp_path / "readings.json"
    if content is not None:
        file.write_text(content)

    result = run("--data-dir", tmp_path / "data", "--readings", file)

    assert result.returncode == 1
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_readings_are_changed_one_by_one_and_restored(sandbox: Sandbox) -> None:
    read(sandbox, flags="text")
    read(sandbox, values="forgotten after 30 days", review="by hand")
    with pytest.raises(SandboxFailed, match="the reading ids must be one of: plain"):
        read(sandbox, ids="round")

    shown = sandbox.admin("GET", "/settings")
    assert (shown["readings"]["flags"], shown["idempotence_lifetime"], shown["manual_review"]) == (
        "text",
        2592000,
        True,
    )

    sandbox.restore_settings()
    assert sandbox.admin("GET", "/settings")["readings"] == {name: words[0] for name, words in OTHERS.items()}


@pytest.mark.parametrize("name", WORDS)
def test_each_word_has_an_answer(sandbox: Sandbox, name: str) -> None:
    for word in WORDS[name]:
        sandbox.restore_settings()
        read(sandbox, **{name: word})
        sandbox.call("POST", "/v1/Order/Create", orders.body())
        order_id = sandbox.state()["orders"][-1]["id"]
        calls = (f"/v1/Certificate/RetrievePem?orderID={order_id}", f"/v1/Order/{order_id}")
        answers = [sandbox.call("GET", path) for path in calls]
        assert {answer.status_code for answer in answers} <= {200, 404}, word
        assert all(answer.status_code == 404 or "isSuccess" in answer.json() for answer in answers), word


def test_the_date_of_an_answer(sandbox: Sandbox) -> None:
    read(sandbox, date="missing")
    assert "Date" not in sandbox.call("GET", "/v1/Order/1").headers

    sandbox.clock(to="2027-01-31T08:00:00Z")
    read(sandbox, date="sent", date_ahead="28800")
    assert sandbox.call("GET", "/v1/Order/1").headers["Date"].startswith("Sun, 31 Jan 2027 16:00:")


@pytest.mark.parametrize(("word", "status", "success"), [("null", 200, True), ("404", 404, None)])
def test_retrieve_pem_before_there_is_a_certificate(
    sandbox: Sandbox, body: dict[str, Any], word: str, status: int, *, success: bool | None
) -> None:
    read(sandbox, before_certificate=word, review="by hand")

    answer = sandbox.call("GET", f"/v1/Certificate/RetrievePem?orderID={orders.create(sandbox, body)}")

    assert answer.status_code == status
    assert success is None or answer.json()["data"] == {"pem_RSA": None, "chains_RSA": None}


def test_query_shows_an_order_that_was_fetched_as_waiting_for_a_while(sandbox: Sandbox, body: dict[str, Any]) -> None:
    read(sandbox, query_lag="30")
    order_id = orders.issued(sandbox, body)
    assert orders.status(sandbox, order_id) == "pendingCAIssued"

    sandbox.clock(advance=30)

    assert orders.status(sandbox, order_id) == "issued"


def test_an_order_that_nobody_pays_is_closed(sandbox: Sandbox, body: dict[str, Any]) -> None:
    read(sandbox, payment="later", unpaid_orders="closed after 30 days")
    order_id = orders.create(sandbox, body)
    sandbox.clock(advance=29 * 86400)
    assert orders.status(sandbox, order_id) == "pending"

    sandbox.clock(advance=86400)

    assert orders.status(sandbox, order_id) == "closed"


def test_a_request_that_is_called_failed_has_its_effect(sandbox: Sandbox, body: dict[str, Any]) -> None:
    read(sandbox, create_answer="busy at first", stored_but_failed="revoke")
    assert sandbox.call("POST", "/v1/Order/Create", body).json()["isSuccess"] is False
    order_id = orders.issued(sandbox, body)

    assert orders.revoke(sandbox, order_id)["isSuccess"] is False

    assert orders.status(sandbox, order_id) == "revoked"


def test_reissues_are_used_up_and_a_repeat_is_not_another(sandbox: Sandbox, body: dict[str, Any]) -> None:
    read(sandbox, reissues="refused after the first")
    order_id = orders.issued(sandbox, body)
    first = orders.reissue(sandbox, order_id, idempotenceID="reissue of this order")

    assert orders.same(
        orders.reissue(sandbox, order_id, idempotenceID="reissue of this order")["data"]["newOrderID"],
        first["data"]["newOrderID"],
    )
    assert orders.reissue(sandbox, order_id)["errorMsg"] == "该订单的重新颁发次数已用完"

    read(sandbox, reissues="granted", reissue_values="count for nothing")
    another = orders.reissue(sandbox, order_id, idempotenceID="reissue of this order")["data"]["newOrderID"]
    assert not orders.same(another, first["data"]["newOrderID"])


@pytest.mark.parametrize(
    ("readings", "options", "text"),
    [
        ({"names": "corrected in certificates"}, ["-subject"], "CN = Example (Corrected) Ltd."),
        ({"names": "with an e-mail address"}, ["-ext", "subjectAltName"], "email:cfo@bank.test"),
        ({"subjects": "upper case"}, ["-subject"], "O = EXAMPLE LTD."),
        ({"months": "30 days"}, ["-enddate"], "notAfter=Jan 26 08:00:"),
    ],
)
def test_what_certificates_say(sandbox: Sandbox, readings: dict[str, str], options: list[str], text: str) -> None:
    sandbox.clock(to="2027-01-31T08:00:00Z")
    read(sandbox, **readings)

    order_id = orders.issued(sandbox, orders.body({"OrgName": "Example Ltd."}))

    assert text in openssl(certificate(sandbox, order_id), "-nameopt", "oneline,-esc_msb", *options)
