# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seven calls against the sandbox, which checks requests strictly."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
from cryptography import x509

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    Document,
    DocumentType,
    NewOrder,
    ReissueRequest,
)
from tests.helpers.operations import csr
from tests.helpers.sandbox import Sandbox, start_sandbox

DOCUMENT = Document(".pdf", base64.b64encode(b"%PDF-1.7 evidence").decode(), DocumentType.AUTHORIZATION)
SM2 = "5A4D3253-1C0E-4D1B-9F52-D0C5169A11CE"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("client")) as one:
        yield one


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    with Api(Settings(token=sandbox.token, url=sandbox.url, ca_path=sandbox.tls_ca)) as one:
        yield one


def new_order(product: str = "76ECE651-B59E-48F2-A47B-135614AADAD9") -> NewOrder:
    return NewOrder(
        product_id=product,
        common_name="沃通电子认证",
        months=24,
        idempotence_id=str(uuid.uuid4()),
        organization={"name": "沃通", "email": "a@example.com", "business_category": "Government Entity"},
        csr=csr(),
        documents=(DOCUMENT,),
    )


def test_order_is_placed_issued_and_revoked(sandbox: Sandbox, api: Api) -> None:
    sandbox.clock(to="2031-05-01T08:00:00Z")
    order_id = api.create(new_order()).order_id
    order = api.query(order_id)
    assert (order.status, order.months, order.common_name) == ("pendingCAIssued", 24, "沃通电子认证")
    assert order.organization.documents_uploaded is True
    assert order.created_at.date() == dt.date(2031, 5, 1)
    pems = api.retrieve(order_id)
    assert pems.rsa is not None
    assert len(pems.rsa.chain) >= 2
    assert api.query(order_id).is_issued
    assert api.notify(order_id, collect_url="https://example.com/collect") is True
    reissued = api.reissue(ReissueRequest(order_id, csr("P-384"), "new key", str(uuid.uuid4())))
    assert not is_same_id(reissued.order_id, order_id)
    with pytest.raises(errors.CancelRefused, match="证书已签发"):
        api.cancel(order_id, reason="too late")
    revocation = api.revoke(order_id, reason="lost", document=DOCUMENT)
    assert (revocation.status, revocation.revoked) == ("pendingAudit", False)
    seen = {call["endpoint"]: call["success"] for call in sandbox.calls()}
    assert seen == dict.fromkeys(("create", "query", "retrieve", "notify", "reissue", "cancel", "revoke"), True)
    sandbox.clock(offset=0)


def test_a_pending_order_is_cancelled(sandbox: Sandbox, api: Api) -> None:
    sandbox.settings(manual_review=True)
    try:
        order_id = api.create(new_order()).order_id
        with pytest.raises(errors.RejectedByApi):
            api.retrieve(order_id)
        api.cancel(order_id, reason="not wanted")
        assert api.query(order_id).status == "closed"
    finally:
        sandbox.settings(manual_review=False)


def test_orders_of_a_pair_are_distinguished(api: Api) -> None:
    placed = api.create(new_order(SM2))
    assert placed.companion_order_id
    assert not is_same_id(placed.order_id, placed.companion_order_id)
    # Our CSR belongs to the one that the result calls the order.
    pems = api.retrieve(placed.order_id)
    assert pems.rsa is not None
    leaf = x509.load_pem_x509_certificate(pems.rsa.certificate.replace("\r", "").encode())
    request = x509.load_pem_x509_csr(csr().encode())
    assert leaf.public_key() == request.public_key()


def test_reissue_without_a_field_fails_with_the_message_of_the_server(api: Api) -> None:
    order_id = api.create(new_order()).order_id
    with pytest.raises(errors.RejectedByApi, match="未签发"):
        api.reissue(ReissueRequest(order_id, csr("P-384"), "r", str(uuid.uuid4())))
