# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What old orders show, from a server that no code of the sandbox made.

The answers are those of the manual's examples, and ``openssl`` makes the certificates.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.probe_info import OPERATION
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.reading import OLD_ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.probe import probe_lines
from tests.helpers import openssl
from tests.helpers.operations import Result, Runner
from tests.helpers.scripted_server import Answer, Script, envelope, raw, refusal

ID = "a4a78326-0546-4602-9586-8ee3c05e8068"
OTHER = "644A3E60-F1AA-4E25-821A-ACFBC462BC37"
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
NAME = "沃通电子认证服务有限公司"
PLACED = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
CHINA = dt.timezone(dt.timedelta(hours=8))

# Section 3 of the manual, of a PDF order that is issued.
QUERY: dict[str, t.Any] = {
    "id": ID,
    "productName": "PDF 签名和加密证书",
    "productID": PDF,
    "cn": NAME,
    "sn": NAME,
    "org": {
        "id": "31cd6419-0fc2-4273-8f7f-5193d4900423",
        "orgName": NAME,
        "orgPhone": "",
        "orgEmail": "",
        "userFirstName": None,
        "userLastName": None,
        "userEmail": None,
        "userMobile": None,
        "idCardNumber": None,
        "isUpload": False,
        "status": "pending",
    },
    "orderNumber": "200331142742552",
    "duration": 12,
    "durationType": 0,
    "createTime": f"{PLACED.astimezone(CHINA):%Y-%m-%dT%H:%M:%S}.286+08:00",
    "serverCount": 1,
    "includeRSA": True,
    "isUploadedPic": True,
    "isSNVerified": False,
    "isCSRSubmitted": True,
    "isCustomerInfoFilled": True,
    "status": "issued",
    "isPay": 1,
    "pendingLink": None,
}
USUAL = {
    "date": "sent",
    "clocks": "within a minute",
    "create_time": "usual",
    "id_of_query": "small letters",
    "numbers": "numbers",
    "flags": "true and false",
    "duration": "months",
    "odd_field": "none",
    "query_field": "as described",
    "product_name": "as in the manual",
    "lifetime": "200 days",
    "backdated": "no",
    "chain": "root first",
    "key_usage": "sign and encrypt",
    "extended_usage": "documents",
    "revocation_addresses": "OCSP and lists",
    "certificate_name": "the same",
    "sign_beside": "no",
}
CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment
extendedKeyUsage = 1.2.840.113583.1.1.5,emailProtection
authorityInfoAccess = OCSP;URI:http://ocsp.example/
crlDistributionPoints = URI:http://lists.example/a.crl
[signs]
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
authorityInfoAccess = OCSP;URI:http://ocsp.example/
[encrypts]
keyUsage = critical,keyEncipherment
crlDistributionPoints = URI:http://lists.example/a.crl
[agrees]
keyUsage = critical,keyCertSign
"""
OTHER_CERTIFICATES = {
    "signs": {"key_usage": "sign", "extended_usage": "others", "revocation_addresses": "OCSP"},
    "encrypts": {"key_usage": "encrypt", "extended_usage": "none", "revocation_addresses": "lists"},
    "agrees": {"key_usage": "neither", "extended_usage": "none", "revocation_addresses": "none"},
}


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A root, an intermediate and a certificate of 200 days, in PEM."""
    folder = tmp_path_factory.mktemp("ca")
    (folder / "openssl.cnf").write_text(CONFIGURATION, encoding="utf-8")

    def issue(name: str, subject: str, section: str, issuer: str | None, days: int) -> str:
        key = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key"]
        openssl.run(*key, folder=folder)
        common = ["-new", "-utf8", "-key", f"{name}.key", "-subj", subject, "-config", "openssl.cnf"]
        openssl.run("req", *common, "-out", f"{name}.csr", folder=folder)
        signing = ["-key", f"{name}.key"] if issuer is None else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"]
        extensions = ["-extfile", "openssl.cnf", "-extensions", section]
        openssl.run(
            *("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *extensions, "-days", str(days), *signing),
            folder=folder,
        )
        return (folder / f"{name}.pem").read_text(encoding="ascii")

    return {
        "root": issue("root", "/CN=Root of a test", "ca", None, 4000),
        "intermediate": issue("intermediate", "/CN=Intermediate of a test", "ca", "root", 2000),
        **{
            name: issue(name, f"/C=CN/O={NAME}/CN={NAME}", name, "intermediate", 200)
            for name in ("leaf", *OTHER_CERTIFICATES)
        },
    }


def query(**changes: t.Any) -> Answer:
    return envelope({**QUERY, **changes})


def retrieved(pems: dict[str, str], **changes: t.Any) -> Answer:
    # Section 4 of the manual.
    data = {"pem_RSA": pems["leaf"], "chains_RSA": [pems["root"], pems["intermediate"]], **changes}
    return envelope(data, errorMsg="", successMsg="", page={"total": 0, "limit": 0, "skip": 0})


def words(result: Result) -> dict[str, t.Any]:
    assert not result.get("failed"), result
    return {row["reading"]: row["word"] for row in result["readings"] if row["word"]}


def sent(server: Script) -> list[str]:
    return [f"{one.method} {one.path.partition('?')[0].rpartition('/')[2]}" for one in server.requests]


def test_old_order_shows_the_readings_of_the_manual(run_scripted: Runner, server: Script, pems: dict[str, str]) -> None:
    server.will(query(), retrieved(pems))

    result = run_scripted(OPERATION, order_ids=[ID])

    assert words(result) == USUAL
    assert sent(server) == [f"GET {ID}", "GET RetrievePem"]
    assert result["odd"] == []
    assert not result["changed"]
    others = [row for row in result["readings"] if row["word"] is None]
    assert {row["reading"] for row in others} == set(READINGS) - set(USUAL)
    assert all(row["how"] and row["means"] and row["question"] for row in others)
    assert all(row["found"] and row["orders"] == [ID] for row in result["readings"] if row["word"])
    assert {name for name, known in READINGS.items() if known.learned_by == OLD_ORDER} > set(USUAL) - {"lifetime"}


OTHERWISE = {
    "create_time seconds": ({"createTime": f"{PLACED:%Y-%m-%dT%H:%M:%S}"}, ("create_time", "seconds")),
    "create_time decimals": ({"createTime": f"{PLACED:%Y-%m-%dT%H:%M:%S}.2860000"}, ("create_time", "decimals")),
    "create_time utc": ({"createTime": f"{PLACED:%Y-%m-%dT%H:%M:%S}Z"}, ("create_time", "utc")),
    "create_time slashes": ({"createTime": f"{PLACED:%Y/%m/%d %H:%M:%S}"}, ("create_time", "slashes")),
    "create_time empty": ({"createTime": None}, ("create_time", "empty")),
    "create_time year 1": ({"createTime": "0001-01-01T00:00:00"}, ("create_time", "year 1")),
    "create_time another form": ({"createTime": "31.03.2020"}, ("create_time", None)),
    "ids in braces": ({"id": f"{{{ID}}}"}, ("id_of_query", "braces")),
    "ids with blanks": ({"id": f"{ID} "}, ("id_of_query", "blanks")),
    "ids in capital letters": ({"id": ID.upper()}, ("id_of_query", "capital letters")),
    "numbers as text": (
        {"duration": "12", "durationType": "0", "isPay": "1", "serverCount": "1"},
        ("numbers", "text"),
    ),
    "numbers of both kinds": ({"duration": "12"}, ("numbers", None)),
    "flags as numbers": (
        {"includeRSA": 1, "isUploadedPic": 1, "isSNVerified": 0, "isCSRSubmitted": 1, "isCustomerInfoFilled": 1},
        ("flags", "numbers"),
    ),
    "duration in years": ({"duration": 1, "durationType": 1}, ("duration", "years")),
    "duration in days": ({"duration": 365, "durationType": 2}, ("duration", "days")),
    "another unit of twelve": ({"durationType": 1}, ("duration", None)),
    "org is text": ({"org": ""}, ("odd_field", "org")),
    "cn is missing": ({"cn": None}, ("query_field", "cn null")),
    "another product": ({"productID": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"}, ("product_name", None)),
    "another name": ({"productName": "文档签名证书"}, ("product_name", "another")),
    "another common name": ({"cn": "沃通电子认证服务公司"}, ("certificate_name", "another")),
    "common name in full width": ({"cn": f"{NAME} "}, ("certificate_name", "written otherwise")),
    "status in capital letters": ({"status": "ISSUED"}, ("status_case", "upper")),
    "not paid": ({"isPay": 2}, ("unpaid_certificate", "given")),
}


@pytest.mark.parametrize(("changes", "wanted"), OTHERWISE.values(), ids=OTHERWISE)
def test_other_answer_shows_another_reading(
    run_scripted: Runner,
    server: Script,
    pems: dict[str, str],
    changes: dict[str, t.Any],
    wanted: tuple[str, str | None],
) -> None:
    server.will(query(**changes), retrieved(pems))

    reading, word = wanted
    assert words(run_scripted(OPERATION, order_ids=[ID])).get(reading) == word


def test_certificates_show_their_chain(run_scripted: Runner, server: Script, pems: dict[str, str]) -> None:
    chains = {
        "nearest first": [pems["intermediate"], pems["root"]],
        "without a root": [pems["intermediate"], pems["leaf"]],
        "in no order": [pems["leaf"], pems["root"], pems["intermediate"], pems["signs"]],
        None: [pems["intermediate"]],
    }
    for word, chain in chains.items():
        server.will(query(), retrieved(pems, chains_RSA=chain))
        assert words(run_scripted(OPERATION, order_ids=[ID])).get("chain") == word

    server.will(query(), retrieved(pems, pem_Sign=pems["leaf"], chains_Sign=[]))
    assert words(run_scripted(OPERATION, order_ids=[ID]))["sign_beside"] == "yes"


@pytest.mark.parametrize("name", OTHER_CERTIFICATES)
def test_certificates_show_their_usages(run_scripted: Runner, server: Script, pems: dict[str, str], name: str) -> None:
    server.will(query(), retrieved(pems, pem_RSA=pems[name]))

    assert words(run_scripted(OPERATION, order_ids=[ID])).items() >= OTHER_CERTIFICATES[name].items()


CLOCKS = {
    "within a minute": dt.timedelta(),
    "within an hour": dt.timedelta(minutes=-20),
    "within two days": dt.timedelta(hours=8),
    "more than two days": dt.timedelta(days=-1000),
}


@pytest.mark.parametrize("word", CLOCKS)
def test_date_shows_how_far_the_clocks_are_apart(run_scripted: Runner, server: Script, word: str) -> None:
    now = dt.datetime.now(dt.timezone.utc)
    date = email.utils.format_datetime(now + CLOCKS[word], usegmt=True)
    body = {"isSuccess": True, "errorMsg": None, "successMsg": "success", "data": {**QUERY, "status": "closed"}}
    server.will(raw(json.dumps(body), date=date))
    found = words(run_scripted(OPERATION, order_ids=[ID]))
    assert (found["clocks"], found["date"]) == (word, "sent")

    server.will(raw(json.dumps(body), date=None))
    found = words(run_scripted(OPERATION, order_ids=[ID]))
    assert found["date"] == "missing"
    assert "clocks" not in found


@pytest.mark.parametrize("status", ["pendingCAIssued", "pending", "closed", "expired", "已签发"])
def test_no_certificate_is_fetched_of_an_order_that_is_not_issued(
    run_scripted: Runner, server: Script, status: str
) -> None:
    server.will(query(status=status))

    run_scripted(OPERATION, order_ids=[ID])

    assert sent(server) == [f"GET {ID}"]


def test_orders_are_compared(run_scripted: Runner, server: Script, pems: dict[str, str]) -> None:
    server.will(query(), retrieved(pems), query(id=OTHER, createTime=f"{PLACED:%Y/%m/%d %H:%M:%S}", status="closed"))

    result = run_scripted(OPERATION, order_ids=[ID, OTHER])

    rows = [row for row in result["readings"] if row["reading"] == "create_time"]
    assert [(row["word"], row["orders"]) for row in rows] == [("usual", [ID]), ("slashes", [OTHER])]
    assert [row["found"].endswith(f"(order {number})") for number, row in enumerate(rows, 1)] == [True, True]
    assert words(result)["duration"] == "months"
    issued = openssl.certificate(pems["leaf"])
    dates = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (issued.not_before, issued.not_after)]
    assert [(row["order_id"], row["status"], row["not_before"], row["not_after"]) for row in result["orders"]] == [
        (ID, "issued", *dates),
        (OTHER, "closed", None, None),
    ]


def test_order_that_answers_with_its_reissue_is_recognized(
    run_scripted: Runner, server: Script, pems: dict[str, str]
) -> None:
    server.will(query(id=OTHER), query(id=OTHER), retrieved(pems))

    result = run_scripted(OPERATION, order_ids=[ID, OTHER])

    assert words(result)["replaced_order"] == "answers new"
    assert "not for" in " ".join(run_scripted.warnings)


def test_unknown_order_is_a_warning_beside_a_known_one(
    run_scripted: Runner, server: Script, pems: dict[str, str]
) -> None:
    server.will(refusal("订单不存在"), query(), retrieved(pems))
    assert words(run_scripted(OPERATION, order_ids=[OTHER, ID])).items() >= USUAL.items()
    assert OTHER in run_scripted.warnings[0]
    assert "订单不存在" in run_scripted.warnings[0]

    server.will(refusal("订单不存在"))
    assert run_scripted(OPERATION, order_ids=[OTHER])["error_code"] == "not_found"
    server.will(raw("", status=401))
    assert run_scripted(OPERATION, order_ids=[OTHER, ID])["error_code"] == "unauthorized"
    assert run_scripted(OPERATION, order_ids=[])["error_code"] == "invalid_input"


def test_number_of_an_order_is_not_sent(run_scripted: Runner, server: Script) -> None:
    result = run_scripted(OPERATION, order_ids=[ID, "200331142742552"])

    assert result["error_code"] == "invalid_input"
    assert "order number" in result["msg"]
    assert not server.requests


def test_what_the_manual_lacks_is_counted(run_scripted: Runner, server: Script, pems: dict[str, str]) -> None:
    name = {"张三": 1}
    server.will(query(riskLevel=1, orderNumber=200331142742552, **name), retrieved(pems, pem_Gm=""))

    odd = run_scripted(OPERATION, order_ids=[ID])["odd"]

    assert [(row["endpoint"], row["kind"], row["name"], row["count"]) for row in odd] == [
        ("query", "field", "riskLevel", 1),
        ("query", "field", "text of 2 characters", 1),
        ("query", "type", "orderNumber: number", 1),
        ("retrieve", "field", "pem_Gm", 1),
    ]


def test_file_of_readings_gets_what_the_probe_sees(
    run_scripted: Runner, server: Script, pems: dict[str, str], tmp_path: pathlib.Path
) -> None:
    server.will(query(), retrieved(pems))
    path = tmp_path / "readings.json"

    run_scripted(OPERATION, order_ids=[ID], readings=str(path))

    rows = json.loads(path.read_text(encoding="utf-8"))["seen"]
    assert {row["reading"]: row["word"] for row in rows} == USUAL
    assert {row["product"] for row in rows} == {None, "pdf_signing"}
    assert {row["api"] for row in rows} == {"sandbox"}
    assert run_scripted(OPERATION, order_ids=[ID], readings="readings.json")["error_code"] == "invalid_input"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_table_has_each_reading_once(run_scripted: Runner, server: Script, pems: dict[str, str], language: str) -> None:
    server.will(query(), retrieved(pems))

    lines = probe_lines(run_scripted(OPERATION, order_ids=[ID]), language)

    table = [line for line in lines if "  " in line and not line.startswith("-")]
    # Three tables with their heads, one of them with the order.
    assert len(table) == len(READINGS) + 4
    assert any(("200 天" if language == "zh" else "200 days.") in line for line in table)
