# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory entry, and answers of its host and the CA."""

from __future__ import annotations

import copy
import dataclasses
import email.utils
import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION
from tests.helpers.operations import Result, Runner
from tests.helpers.scripted_server import Answer, raw

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
NEW = "4798ed51-db0e-4a79-bbac-5f86a7a122b1"
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
KEY = {"type": "RSA", "size": 3072, "storage": "host"}
ENTRY: dict[str, t.Any] = {
    "name": "contracts",
    "product": "pdf_signing",
    "common_name": "沃通电子认证",
    "organization": {"name": "沃通", "country_code": "CN", "city": "深圳市"},
}
SUBJECT = {"common_name": "沃通电子认证", "organization": "沃通", "country": "CN", "locality": "深圳市"}
DEFINITION = {"product": PDF, "common_name": "沃通电子认证", "months": 12, "key": KEY, "subject": SUBJECT}
PENDING: dict[str, t.Any] = {
    "operation": "order",
    "order_id": ID,
    "root_order_id": ID,
    "months": 12,
    "definition": DEFINITION,
    "public_key_sha256": "aa",
    "requested_at": "2026-06-30T00:00:00Z",
}
ORDERED: dict[str, t.Any] = {
    "release": "01",
    "order_id": ID,
    "root_order_id": ID,
    "months": 12,
    "definition": DEFINITION,
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": "2027-01-01T00:00:00Z",
}
FILES: dict[str, t.Any] = {
    "release": "01",
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": "2027-01-01T00:00:00Z",
    "key_matches": True,
    "public_key_sha256": "aa",
    "damaged": [],
}
UKEY: dict[str, t.Any] = {"key": {"storage": "ukey"}, "ukey": {"ship_address": "深圳市南山区"}}
SUMMER = "2026-07-01T00:00:00Z"
AFTER_THE_END = "2027-02-01T00:00:00Z"


def deployment(
    *, pending: dict[str, t.Any] | None = None, live: dict[str, t.Any] | None = None, files: t.Any = None, **row: t.Any
) -> dict[str, t.Any]:
    """Return a row of ``wotrus_deployment_info``.

    :param live: what the record says of the live certificate
    :param files: what the host finds there
    """
    known = pending or live
    record = {"version": 1, "name": "contracts", "order_name": "contracts@signer1", "pending": pending, "live": live}
    waiting = {"csr": "CSR", "has_key": True, "public_key_sha256": "aa"} if pending else None
    whole = {"path": "/ssl/contracts", "record": record if known else None, "live": files, "pending": waiting}
    return copy.deepcopy({**whole, **row})


DEPLOYED = deployment(live=ORDERED, files=FILES)


def says(status: str, *, order_id: str = ID, now: str = SUMMER, **fields: t.Any) -> Answer:
    """Return what Query answers at a time of the CA."""
    usual = {"productID": PDF, "cn": "沃通电子认证", "duration": 12, "createTime": "2026-01-01T00:00:00Z", "isPay": 1}
    date = email.utils.format_datetime(parse_timestamp(now), usegmt=True)
    data = {"id": order_id, "status": status, "org": {"orgName": "沃通"}, **usual, **fields}
    return raw(json.dumps({"isSuccess": True, "data": data}), date=date)


def run_plan(
    runner: Runner, *rows: t.Any, entries: t.Sequence[dict[str, t.Any]] = (ENTRY,), **options: t.Any
) -> Result:
    """Plan for certificates of a host that answers with rows.

    Without rows, the directories do not exist.
    """

    def look(paths: t.Sequence[str], _first_keys: t.Mapping[str, str], **_options: t.Any) -> HostAnswer:
        return HostAnswer([{"path": path} for path in paths] if not rows else list(copy.deepcopy(rows)))

    own = dataclasses.replace(runner, surroundings=Run(inspect_host=look))
    given = {"base_dir": "/ssl", "host": "signer1", "certificates": list(entries), **options}
    return own(OPERATION, **copy.deepcopy(given))
