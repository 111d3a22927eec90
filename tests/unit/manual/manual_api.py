# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seven calls, with the answers of the manual's examples."""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import typing as t

from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.notify import OPERATION as NOTIFY
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION as REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION as REVOKE
from tests.helpers import operations, scripted_server
from tests.unit.x509 import pki

ID = "644A3E60-F1AA-4E25-821A-ACFBC462BC37"
OTHER = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
EVIDENCE = b"%PDF-1.7 evidence"
DOCUMENT = {"content": base64.b64encode(EVIDENCE).decode(), "file_type": ".pdf"}
# The certificates of pki are valid then, whatever the machine's clock says.
_DATE = "Tue, 24 Nov 2026 12:00:00 GMT"

Data = dict[str, t.Any]


def success(data: t.Any, **fields: t.Any) -> scripted_server.Answer:
    """Return a successful answer with this ``data``.

    ``fields``: of the envelope; ``...`` leaves one out.
    """
    envelope = {"isSuccess": True, "errorMsg": "", "successMsg": "", "data": data, "page": None, **fields}
    return scripted_server.raw(
        json.dumps({name: value for name, value in envelope.items() if value is not ...}), date=_DATE
    )


def refusal(words: str) -> scripted_server.Answer:
    """Answer ``isSuccess`` false."""
    return success(None, isSuccess=False, errorMsg=words)


def shown(**fields: t.Any) -> Data:
    """Return the data of Query as in the manual's example.

    The example's order is about to be issued.
    """
    return {
        "id": ID,
        "productName": "PDF 签名和加密证书",
        "productID": PDF,
        "cn": "沃通电子认证服务有限公司",
        "sn": "沃通电子认证服务有限公司",
        "org": {"id": "31cd6419-0fc2-4273-8f7f-5193d4900423", "orgName": "沃通", "status": "pending"},
        "orderNumber": "200331142742552",
        "duration": 12,
        "durationType": 0,
        "createTime": "2026-11-24T20:00:00.286+08:00",
        "status": "pendingAutoIssue",
        "isPay": 1,
        "pendingLink": "https://buy.wosign.com/ProductV4/OrderSuccess/4798.html",
        **fields,
    }


def pem(authority: pki.Authority) -> str:
    """Return a certificate as text."""
    return authority.certificate.public_bytes(Encoding.PEM).decode()


@functools.cache
def path(kind: str) -> tuple[str, str, str]:
    """Return root, intermediate and leaf of a kind of certificate.

    The leaf of ``RSA`` is for our CSR.
    """
    root = pki.root(f"{kind} root")
    intermediate = root.issue(f"{kind} intermediate", ca=True)
    leaf = intermediate.issue(f"{kind} leaf", key=operations.key("P-256" if kind == "RSA" else f"P-256/{kind}"))
    return pem(root), pem(intermediate), pem(leaf)


def pems(*kinds: str) -> Data:
    """Return the data of RetrievePem with these kinds of certificates.

    Each chain begins with the root.
    """
    data: Data = {}
    for kind in kinds:
        root, intermediate, leaf = path(kind)
        data.update({f"pem_{kind}": leaf, f"chains_{kind}": [root, intermediate]})
    return data


@dataclasses.dataclass(frozen=True)
class Call:
    """One of the seven calls: its operation, options and answers.

    Some calls have other calls before and after them.
    """

    operation: Operation
    options: Data
    data: Data
    before: tuple[Data, ...] = ()
    after: tuple[Data, ...] = ()


ISSUED = shown(status="issued")
CALLS = {
    "create": Call(
        ORDER,
        {
            "name": "contracts",
            "product": "pdf_signing",
            "common_name": "沃通电子认证服务有限公司",
            "months": 12,
            "csr": operations.csr(),
            "organization": {"name": "沃通"},
        },
        {"orderId": None, "orderId_RSA": ID},
        after=(shown(),),
    ),
    "query": Call(INFO, {"order_ids": [ID]}, shown()),
    "retrieve": Call(CERTIFICATE, {"order_id": ID, "csr": operations.csr()}, pems("RSA"), before=(ISSUED,)),
    "cancel": Call(
        ORDER,
        {"state": "cancelled", "order_id": ID, "reason": "域名填写错误"},
        {"cancelResult": True, "cancelFailedReason": ""},
        before=(shown(),),
        after=(shown(status="closed"),),
    ),
    "revoke": Call(
        REVOKE,
        {"order_id": ID, "reason": "私钥泄露", "document": DOCUMENT},
        {"revokeStatus": "pendingAudit", "revoked": False},
        before=(ISSUED,),
        after=(shown(status="pendingRevoke"),),
    ),
    "reissue": Call(
        REISSUE,
        {"order_id": ID, "csr": operations.csr("P-384"), "reason": "私钥泄露"},
        {"newOrderID": OTHER},
        before=(ISSUED, pems("RSA")),
        after=(shown(id=OTHER),),
    ),
    "notify": Call(
        NOTIFY,
        {"order_id": ID, "collect_url": "https://console.example.com/ssl/order/exiud34"},
        {"sentResult": True},
        before=(ISSUED,),
    ),
}


@dataclasses.dataclass
class ManualApi:
    """Makes one of the seven calls on the scripted server."""

    server: scripted_server.Script
    run: operations.Runner

    def __call__(
        self, name: str, answer: scripted_server.Answer | None = None, /, **options: t.Any
    ) -> tuple[Data, scripted_server.ReceivedRequest]:
        """Make one of the seven calls; return the result and request.

        :param answer: to that request, in place of the example's
        :param options: replace those of the call; ``...`` leaves one out
        """
        result = self._make(name, answer, options)
        place = len(CALLS[name].before)
        assert len(self.server.requests) > place, result
        return result, self.server.requests[place]

    def placed(self, data: Data, *, query: Data, **options: t.Any) -> Data:
        """Place an order with given answers, and return the result."""
        return self._make("create", success(data), options, after=(query,))

    def refused(self, name: str, /, **options: t.Any) -> Data:
        """Make a call that must not be sent, and return the result."""
        result = self._make(name, None, options)
        assert result["failed"] is True
        assert len(self.server.requests) <= len(CALLS[name].before), "it was sent"
        return result

    def _make(
        self, name: str, answer: scripted_server.Answer | None, options: Data, *, after: tuple[Data, ...] | None = None
    ) -> Data:
        call = CALLS[name]
        # Answers that an earlier failure did not use.
        self.server._answers.clear()
        self.server.requests.clear()
        self.server.will(*map(success, call.before), answer or success(call.data), *map(success, after or call.after))
        given = {option: value for option, value in {**call.options, **options}.items() if value is not ...}
        return self.run(call.operation, **given)


def error_of(result: Data) -> tuple[str | None, str]:
    """Return the error code and message of a result or its row."""
    row = result["orders"][0] if "orders" in result else result
    return row.get("error_code"), row.get("msg", "")
