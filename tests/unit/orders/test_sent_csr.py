# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module sends the CSR of its user, extensions included, and none of the text around it."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION as REISSUE
from tests.helpers import handmade_csr as made
from tests.helpers import operations
from tests.helpers.scripted_server import Script, envelope

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
NAME = made.name(made.pair(made.COMMON_NAME, "what the CSR says"))
ASKING = made.csr(operations.key("P-256"), NAME, made.attribute(made.EXTENSION_REQUEST, made.email()))
AROUND = f"<script>\x1b[2J</script>\n{made.pem(ASKING)}\n-----BEGIN X-----\n"


@pytest.mark.parametrize("option", ["csr", "csr_path"])
def test_csr_of_an_order_is_sent_without_the_text_around_it(
    run_scripted: operations.Runner, server: Script, order: dict[str, t.Any], tmp_path: pathlib.Path, option: str
) -> None:
    (tmp_path / "request.csr").write_text(AROUND)
    server.will(envelope({"orderId": ID}), envelope({"id": ID, "status": "pending"}))

    del order["csr"]
    run_scripted(ORDER, **order, **{option: AROUND if option == "csr" else str(tmp_path / "request.csr")})

    assert server.requests[0].json["orderinfoPost"]["csR_RSA"] == made.pem(ASKING)


def test_csr_of_a_reissue_is_sent_without_the_text_around_it(run_scripted: operations.Runner, server: Script) -> None:
    server.will(
        envelope({"id": ID, "status": "issued", "productID": PDF}),
        envelope({"pem_RSA": None}),
        envelope({"newOrderID": ID}),
        envelope({"id": ID, "status": "pending"}),
    )

    run_scripted(REISSUE, order_id=ID, csr=AROUND, reason="The key changes")

    assert server.requests[2].json["csr"] == made.pem(ASKING)


def test_large_csr_is_not_sent(run_scripted: operations.Runner, server: Script, order: dict[str, t.Any]) -> None:
    large = made.csr(operations.key("P-256"), NAME, made.attribute("1.2.3.4", made.tlv(made.UTF8, b"x" * 12_300)))

    failed = run_scripted(ORDER, **{**order, "csr": made.pem(large)})

    assert failed["error_code"] == "invalid_csr"
    assert server.requests == []
