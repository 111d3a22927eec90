# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API that answers anything in any field."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from tests.helpers.sandbox import Sandbox
from tests.integration.checks import live_order
from tests.integration.harness import Site
from tests.torture.form import by_form, in_groups
from tests.unit.x509 import pki

from .scene import BIDI, ESCAPE, Scene, assert_safe

ORDER_ID = "76ece651-0000-4000-8000-000000000001"
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
LARGE = 2**20

TEXTS = {
    "templates": "",
    "escape sequences": (f"沃通{ESCAPE}\r\n\x9b2J"),
    "bidirectional text": (f"沃通{BIDI}"),
    "markup": SCRIPT,
    "large texts": "x" * LARGE,
}
NUMBERS: dict[str, list[Any]] = {
    "huge numbers": [10**4000, 1e308, "9" * 5000, 2**64],
    "negative numbers": [
        -1,
        -(2**63),
        "-12",
        -0.5,
    ],
    "texts for numbers": [
        "twelve",
        [],
        {},
        True,
        "\uff11\uff12",
    ],
}

OF_ORDER = ("status", "productID", "productName", "cn", "createTime", "orderNumber", "pendingLink")
OF_ORGANIZATION = ("id", "orgName", "status")
OF_NUMBERS = ("duration", "durationType", "isPay")
QUERY: dict[str, Any] = {
    "id": ORDER_ID,
    "status": "pendingDCV",
    "productID": "76ECE651-B59E-48F2-A47B-135614AADAD9",
    "cn": "沃通",
    "duration": 12,
    "durationType": 0,
    "isPay": 0,
    "createTime": "2026-11-24T12:00:00Z",
    "org": {"id": "1", "orgName": "沃通", "status": "ok"},
}


def success(data: Any) -> str:
    """Return an answer as a server may send it."""
    return json.dumps({"isSuccess": True, "errorMsg": "", "successMsg": "", "data": data, "page": None})


def refusal(words: str) -> str:
    """Return the answer of a refused call."""
    return json.dumps({"isSuccess": False, "errorMsg": words, "successMsg": words, "data": None, "page": None})


def with_text(text: Any) -> Iterator[str]:
    """Yield answers of Query with a text in each and all fields."""
    for name in OF_ORDER:
        yield success({**QUERY, name: text})
    for name in OF_ORGANIZATION:
        yield success({**QUERY, "org": {**QUERY["org"], name: text}})
    yield success({**QUERY, **dict.fromkeys(OF_ORDER, text), "org": dict.fromkeys(OF_ORGANIZATION, text)})
    yield success({**QUERY, "id": text})
    yield refusal(text)


def assert_called(sandbox: Sandbox, endpoint: str, times: int = 1) -> None:
    """Check that a call was made, since otherwise nothing was attacked."""
    assert len(sandbox.calls(endpoint)) >= times


def read_orders(site: Site, sandbox: Sandbox, answers: list[str]) -> list[dict[str, Any]]:
    """Read an order once for each answer, and return the results."""
    for answer in answers:
        sandbox.fault("query", "answer", body=answer, when="before")
    tasks = [
        {
            "name": f"answer {number}",
            "wotrus.pki.wotrus_order_info": {"order_ids": [ORDER_ID]},
            "register": "found",
            "ignore_errors": True,
        }
        for number in range(len(answers))
    ]
    shown = [{"name": f"show {number}", "ansible.builtin.debug": {"var": "found"}} for number in range(len(answers))]

    run = site.run("-v", tasks=list(itertools.chain(*zip(tasks, shown, strict=True))))

    assert_called(sandbox, "query", len(answers))
    assert_safe(run.output)
    results = [task.result for task in run.tasks if task.name.startswith("answer ")]
    assert len(results) == len(answers)
    for result in results:
        assert not result.get("exception"), result
        rows = result.get("orders") or [result]
        assert all(row.get("error_code") or row.get("status") for row in rows), result
    return results


@pytest.mark.parametrize("names", in_groups(TEXTS))
def test_text_in_a_field_of_an_order_is_only_text(scene: Scene, sandbox: Sandbox, names: tuple[str, ...]) -> None:
    answers = [answer for name in names for answer in with_text(TEXTS[name] or scene.template)]

    results = read_orders(scene.site, sandbox, answers)

    assert max(len(json.dumps(result)) for result in results) < LARGE // 10


@pytest.mark.parametrize("names", in_groups(NUMBERS))
def test_number_in_a_field_of_an_order_is_checked(scene: Scene, sandbox: Sandbox, names: tuple[str, ...]) -> None:
    answers = [success({**QUERY, field: value}) for name in names for field in OF_NUMBERS for value in NUMBERS[name]]

    results = read_orders(scene.site, sandbox, answers)

    for result in results:
        for row in result.get("orders", []):
            assert row.get("months") is None or 0 < row["months"] <= 1200
            assert row.get("payment") in (None, "unpaid", "paid", "issued_unpaid")


@pytest.mark.parametrize("name", by_form(short=["templates"], long=list(TEXTS)))
def test_hostile_order_reaches_no_host_and_no_file(scene: Scene, sandbox: Sandbox, name: str) -> None:
    scene.site.given()
    text = TEXTS[name] or scene.template
    waiting = scene.site.host("waiting")
    sandbox.settings(manual_review=True)
    scene.site.given()
    hostile = {**QUERY, **dict.fromkeys(("productName", "orderNumber", "pendingLink", "status"), text)}
    del hostile["id"], hostile["productID"], hostile["cn"]
    sandbox.fault("query", "answer", body=success(hostile), when="before", times=-1)

    run = scene.site.run("-v", "--diff")
    report = scene.report("-v", "--diff")

    assert_safe(run.output + report.output)
    assert report.code == 0, report.output
    scene.assert_files_are_harmless()
    assert waiting.folder().release is None
    scene.assert_honest_host_is_served()


@pytest.mark.parametrize("call", by_form(short=["create"], long=["create", "reissue"]))
def test_words_of_a_refusal_are_only_words(scene: Scene, sandbox: Sandbox, call: str) -> None:
    if call == "reissue":
        scene.site.given()
    words = f"{scene.template}{ESCAPE}{BIDI}{SCRIPT}\n"
    sandbox.fault(call, "answer", body=refusal(words), when="before", times=-1)

    run = scene.site.run("-v", "--diff", variables={"wotrus_reissue": ["contracts"]} if call == "reissue" else None)

    assert_called(sandbox, call)
    assert run.code != 0
    assert_safe(run.output)
    assert "lookup('ansible.builtin.pipe'" in run.output


def test_words_of_a_refused_certificate_are_not_shown_while_it_is_awaited(scene: Scene, sandbox: Sandbox) -> None:
    words = f"{scene.template}{ESCAPE}{BIDI}{SCRIPT}\n"
    sandbox.fault("retrieve", "answer", body=refusal(words), when="before", times=-1)

    run = scene.site.issue("-v", "--diff")

    # RetrievePem fails until the CA has issued the certificate (manual, revision V1.03).
    assert_called(sandbox, "retrieve")
    assert run.result()["result"] == "waiting"
    assert_safe(run.output)
    assert words[:20] not in run.output


@pytest.mark.parametrize("call", by_form(short=["create"], long=["create", "reissue"]))
@pytest.mark.parametrize(
    "name",
    by_form(short=["templates"], long=["templates", "escape sequences", "bidirectional text", "large texts"]),
)
def test_hostile_order_id_is_not_followed(scene: Scene, sandbox: Sandbox, call: str, name: str) -> None:
    if call == "reissue":
        scene.site.given()
    text = f"../Cancel{TEXTS[name] or scene.template}"
    data = {"orderId": text, "orderId_RSA": text, "newOrderID": text}
    sandbox.fault(call, "answer", body=success(data), when="before", times=-1)

    run = scene.site.run("-v", "--diff", variables={"wotrus_reissue": ["contracts"]} if call == "reissue" else None)

    assert_called(sandbox, call)
    assert sandbox.calls()[-1]["endpoint"] == call
    assert_safe(run.output)
    assert "is not an id" in run.output
    assert run.code != 0


@pytest.mark.parametrize("chains", by_form(short=["list"], long=["list", "text", "numbers"]))
@pytest.mark.parametrize("name", by_form(short=["templates"], long=list(TEXTS)))
def test_hostile_certificate_is_not_written(scene: Scene, sandbox: Sandbox, name: str, chains: str) -> None:
    text = TEXTS[name] or scene.template
    pem = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    answered = {"list": [pem], "text": text, "numbers": [7]}[chains]
    sandbox.fault("retrieve", "answer", body=success({"pem_RSA": pem, "chains_RSA": answered}), when="before", times=-1)

    run = scene.site.run("-v", "--diff")

    assert_called(sandbox, "retrieve")
    assert_safe(run.output)
    assert scene.honest.folder().release is None
    assert run.code != 0


@pytest.mark.parametrize("name", by_form(short=["templates"], long=list(TEXTS)))
def test_words_about_a_change_are_only_words(scene: Scene, sandbox: Sandbox, name: str) -> None:
    text = TEXTS[name] or scene.template
    scene.site.given()
    of_order = {"order_id": live_order(scene.honest.folder()), "reason": "lost"}
    document = {"content": "JVBERi0xLjQK", "file_type": ".pdf"}
    answers = {
        "cancel": {"cancelResult": False, "cancelFailedReason": text},
        "revoke": {"revokeStatus": text, "revoked": text},
        "notify": {"sentResult": text},
    }
    for endpoint, data in answers.items():
        sandbox.fault(endpoint, "answer", body=success(data), when="before", times=-1)
    tasks: list[dict[str, Any]] = [
        {"wotrus.pki.wotrus_order": {"state": "cancelled", **of_order}},
        {"wotrus.pki.wotrus_revoke": {**of_order, "document": document}},
        {"wotrus.pki.wotrus_notify": {"order_id": of_order["order_id"], "collect_url": "https://example.com/"}},
    ]

    run = scene.site.run("-vvv", "--diff", tasks=[{**task, "ignore_errors": True} for task in tasks])

    for endpoint in answers:
        assert_called(sandbox, endpoint)
    assert_safe(run.output)
    assert len(run.output) < LARGE


def test_certificate_of_a_weak_ca_is_not_deployed(scene: Scene, sandbox: Sandbox) -> None:
    sandbox.settings(weak_ca=True)

    run = scene.site.run()

    assert scene.honest.folder().release is None
    assert run.code != 0


def issue_by(scene: Scene, sandbox: Sandbox, *, name: str, around: str = "") -> None:
    """Have the next run receive a certificate of another CA.

    :param name: the name of the CA and of the certificate
    :param around: a text before and after each certificate of the answer
    """
    sandbox.settings(manual_review=True)
    scene.site.given()
    folder = scene.honest.folder()
    request = x509.load_pem_x509_csr((folder.path / "pending" / "request.csr").read_bytes())
    issuer = pki.root(name, days=(-1000, 36500))
    # The key is known by its public part alone.
    leaf = issuer.issue(name, key=SimpleNamespace(public_key=request.public_key), days=(-10, 36500))
    sandbox.order(folder.pending_order_id, "issue")
    pems = [f"{around}{to_pem(one.certificate)}{around}" for one in (leaf, issuer)]
    answer = {"pem_RSA": pems[0], "chains_RSA": pems[1:]}
    sandbox.fault("retrieve", "answer", body=success(answer), when="before", times=-1)


@pytest.mark.parametrize("name", by_form(short=["templates"], long=[one for one in TEXTS if one != "large texts"]))
def test_text_around_a_certificate_is_not_written(scene: Scene, sandbox: Sandbox, name: str) -> None:
    text = TEXTS[name] or scene.template
    issue_by(scene, sandbox, name="A CA", around=f"{text}\n")

    run = scene.site.issue("-v", "--diff")

    assert_safe(run.output)
    written = scene.honest.folder().contents()
    assert len(written) > 3
    assert [file for file, content in written.items() if text.encode() in content] == []


def any_name(text: str) -> x509.Name:
    """Return a name that is longer than a common name may be."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _validate=False)])


@pytest.mark.parametrize("name", by_form(short=["templates"], long=[one for one in TEXTS if one != "large texts"]))
def test_subject_of_a_certificate_is_only_text(
    scene: Scene, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(pki, "name", any_name)
    issue_by(scene, sandbox, name=TEXTS[name] or scene.template)

    run = scene.site.run("-v", "--diff")
    report = scene.report("-v", "--diff")

    assert_safe(run.output + report.output)
    scene.assert_files_are_harmless()
    assert scene.honest.folder().release is not None, run.output


LINKS = [
    "http://buy.example.com/",
    "javascript:alert(1)",
    "https://buy.wosign.com@evil.example/",
    "https://buy.wosign.com\\@evil.example/",
    "https://buy.wosign.com\u3002evil.example/",
    "https://buy.wo\u0455ign.com/",
    f"https://buy.wosign.com/{BIDI}",
    f"https://buy.wosign.com/{ESCAPE}",
    "data:text/html,<script>alert(1)</script>",
]


@pytest.mark.parametrize("link", by_form(short=LINKS[1:2], long=LINKS))
def test_link_that_is_not_safe_is_no_link(scene: Scene, sandbox: Sandbox, link: str) -> None:
    sandbox.settings(unpaid=True)
    scene.site.given()
    sandbox.show(scene.honest.folder().pending_order_id, pendingLink=link)

    run = scene.site.run("-v")
    report = scene.report("-v")

    assert_safe(run.output + report.output)
    scene.assert_files_are_harmless()
    assert [row["pending_link"] for row in run.results()] == [None]
    assert 'class="go"' not in (scene.site.folder / "wotrus-report.html").read_text()
    assert "WoTrus sent no safe https link" in run.output
