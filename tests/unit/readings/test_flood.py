# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers full of names and secrets, in each field, name, status and text: none of them is in the file."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import re
import typing as t

import pytest
from cryptography import x509

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import DEFAULT_URL, Settings
from ansible_collections.wotrus.pki.plugins.module_utils._readings import shapes
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import add_to_file
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import UNREADABLE, Watcher
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from tests.helpers import operations
from tests.unit.x509 import pki

TOKEN = "tk_0123456789abcdef"
ORDER = "a4a78326-0546-4602-9586-8ee3c05e8068"
DAY = dt.date(2026, 12, 1)
SECRETS = {
    "a Chinese name": "张三丰",
    "a Latin name": "Zhang Sanfeng",
    "a name in one word": "ZHANGSANFENG",
    "an organization": "沃通电子认证服务有限公司",
    "an e-mail address": "zhang.sanfeng@example.com",
    "a mobile number": "18610077459",
    "an identity card": "11010519491231002X",
    "an address": "深圳市南山区科技园 12 号",
    "an id": "89CB4BF6-3E53-4B49-9AB9-92D578144260",
    "a number of an order": "200331142742552",
    "a serial number": "4F2A91C07B5E3D8812AB",
    "a token": TOKEN,
    "a password": "hunter2-hunter2",
    "a CSR": "-----BEGIN CERTIFICATE REQUEST-----\nMIIDhzCCAm8CAQAwJzEJMAcG\n-----END CERTIFICATE REQUEST-----",
    "a link": "https://buy.wosign.com/ProductV4/OrderSuccess/4798ED51DB0E5F79.html",
    "a template": "{{ lookup('env', 'HOME') }}",
    "a path": "../../etc/passwd",
    "hidden characters": "张\u202e三\u200b丰\n\x1b[31m",
}
POSTS = {
    "create": "/v1/Order/Create",
    "cancel": "/v1/Order/Cancel",
    "revoke": "/v1/Certificate/RevokeRequest",
    "reissue": "/v1/Certificate/ReissueRequest",
    "notify": "/v1/Notification/email",
}


def request(endpoint: str, secret: str) -> Request:
    if endpoint == "query":
        return Request("GET", f"/v1/Order/{ORDER}")
    if endpoint == "retrieve":
        return Request("GET", "/v1/Certificate/RetrievePem", query=(("orderID", ORDER),))
    organization = dict.fromkeys(("OrgName", "OrgEmail", "UserFirstName", "UserMobile", "IDCardNO"), secret)
    body = {
        "orderinfoPost": {"productID": secret, "commonName": secret, "csR_RSA": operations.csr(), "month": 13},
        "organizationPost": organization,
        **dict.fromkeys(("orderID", "orderId", "csr", "reason", "collectUrl", "fileContent"), secret),
    }
    body["orderinfoPost"]["idempotenceID"] = secret
    return Request("POST", POSTS[endpoint], body=json.dumps(body).encode())


def bodies(endpoint: str, secret: str, pem: str) -> t.Iterator[t.Any]:
    """Yield answers that have a secret somewhere."""
    known = shapes._DATA[endpoint]
    usual = {"status": "issued", "id": ORDER, "duration": 12, "cn": secret, "pem_RSA": pem, "chains_RSA": [pem]}
    for is_success in (True, False, "true", 1, secret, None, {secret: secret}):
        yield {"isSuccess": is_success, "errorMsg": secret, "successMsg": secret, "data": {**usual, secret: secret}}
    for value in (secret, [secret], {secret: {secret: secret}}, None):
        yield {"isSuccess": True, "data": value, "page": value, secret: value}
        yield {"isSuccess": True, "data": dict.fromkeys(known, value), "page": {"total": value, secret: 0}}
        for name in known:
            yield {"isSuccess": True, "data": {**usual, name: value}}
        for name in shapes._ORGANIZATION:
            yield {"isSuccess": True, "data": {**usual, "org": {name: value, secret: value}}}
    yield secret
    yield [secret]


@pytest.fixture(scope="module")
def pem() -> str:
    """A certificate that names what is secret."""
    names = x509.SubjectAlternativeName([x509.RFC822Name("zhang.sanfeng@example.com")])
    return to_pem(pki.root("张三丰").issue("张三丰", extensions=(names,)).certificate)


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_file_has_nothing_of_what_is_personal(tmp_path: pathlib.Path, pem: str, secret: str) -> None:
    path, watcher = tmp_path / "readings.json", Watcher()
    for endpoint in ("query", "retrieve", *POSTS):
        for body in bodies(endpoint, secret, pem):
            for status in (200, 404, 500):
                content = json.dumps(body).encode()
                answer = Answer(status, content, {"Date": "Tue, 01 Dec 2026 00:00:00 GMT", secret: secret})
                watcher(request(endpoint, secret), answer, "request-1")
        watcher(request(endpoint, secret), Answer(200, f"<html>{secret}</html>".encode(), {}), "request-2")

    warnings = add_to_file(str(path), watcher, Settings(TOKEN, DEFAULT_URL), DAY)

    content = path.read_text(encoding="utf-8")
    text = "".join([content, *map(str, warnings)])
    parts = {secret, json.dumps(secret).strip('"'), *re.findall(r"[\w.@-]{4,}", secret, re.ASCII)}
    parts |= set(re.findall("[\u4e00-\u9fff]{2,}", secret))
    assert not [part for part in parts if part in text]
    assert not [part for part in ("张三丰", "zhang.sanfeng", "BEGIN", ORDER, TOKEN) if part in text]
    document = json.loads(content)
    assert {(row["reading"], row["word"]) for row in document["seen"]} <= {
        (name, word) for name, known in READINGS.items() for word in known.found
    }
    assert {row["kind"] for row in document["odd"]} <= set(shapes.KINDS)
    assert UNREADABLE not in {row["name"] for row in document["odd"]}


SHAPES = {
    "riskLevel": "riskLevel",
    "csr_Sign": "csr_Sign",
    "pendingManualReview": "pendingManualReview",
    "张三": "text of 2 characters",
    "Zhang San": "text of 9 characters",
    "tk_simulated": "text of 12 characters",
    "x" * 41: "text of 41 characters",
    # It takes no time, whatever it is.
    f"a{'A' * 38}!": "text of 40 characters",
    "0123456789abcdef0123456789abcdef": "text of 32 hexadecimal digits",
    "200331142742552": "text of 15 digits",
    ORDER: "GUID",
    "": "text of 0 characters",
}


@pytest.mark.parametrize(("text", "shape"), SHAPES.items(), ids=SHAPES.values())
def test_text_is_known_by_its_shape(text: str, shape: str) -> None:
    assert shapes.shape_of(text) == shape
