# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings, claims of a host and readings for the tests on what is bought, and for whom.

A name of the interface stands here once: the tests use it through these functions.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.x509.oid import NameOID

from tests.helpers.sandbox import Sandbox

from .checks import certificate
from .harness import Entry, Folder, Run, Site, entry

DAY = 86400
OWN = "示例科技有限公司"
OTHER = "另一家科技有限公司"
ORDER_MISMATCH = "order_mismatch"
ORDER_LIMIT = "order_limit"
RENEWED_RECENTLY = "renewed_recently"


def limit(orders: int) -> dict[str, Any]:
    """Return the setting of the most charged orders."""
    return {"wotrus_max_charged_orders": orders}


def replace(*order_ids: str) -> dict[str, Any]:
    """Return the settings by which another order may follow each of these."""
    return {"wotrus_replace_orders": list(order_ids)}


def namespace(name: str) -> dict[str, Any]:
    """Return the setting that keeps the order names of an inventory apart from those of others."""
    return {"wotrus_order_namespace": name}


def revoke_superseded(site: Site) -> dict[str, Any]:
    """Return the settings by which superseded certificates are revoked."""
    evidence = site.folder / "revocation.pdf"
    evidence.write_bytes(b"%PDF-1.4\n%%EOF\n")
    return {
        "wotrus_revoke_superseded": True,
        "wotrus_revocation_document": str(evidence),
        "wotrus_revocation_reason": "Superseded by a reissue",
    }


def entry_of_order(order_id: str, **changes: Any) -> Entry:
    """Return an entry that names the order at which it begins."""
    return entry(order_id=order_id, **changes)


def entry_for(common_name: str, **changes: Any) -> Entry:
    """Return an entry for an organization, whose name is the common name too."""
    return entry(common_name=common_name, organization={"name": common_name, "country_code": "CN"}, **changes)


@contextlib.contextmanager
def inventory(folder: Path, sandbox: Sandbox, *, prefix: str) -> Iterator[Site]:
    """Have an inventory on the account of the others; the same prefix gives hosts the same names."""
    folder.mkdir()
    site = Site(folder, sandbox=sandbox, prefix=prefix)
    yield site
    site.close()


def order_of(folder: Folder) -> str:
    """Return the id of the order whose certificate is live, in one spelling."""
    return spelled(folder.record["live"]["order_id"])


def pending_order_of(folder: Folder) -> str:
    """Return the id of the pending order, in one spelling."""
    return spelled(folder.record["pending"]["order_id"])


def spelled(order_id: str) -> str:
    return order_id.strip().strip("{}").upper()


def newest_order(sandbox: Sandbox) -> str:
    """Return the id of the order that was placed last, reissues included."""
    return spelled(sandbox.state()["orders"][-1]["id"])


def status_of(sandbox: Sandbox, order_id: str) -> str:
    found = {spelled(order["id"]): order["status"] for order in sandbox.state()["orders"]}
    return str(found[spelled(order_id)])


def common_name_of(folder: Folder) -> str | None:
    """Return the common name of the certificate that is live; None where nothing is."""
    if folder.release is None:
        return None
    return str(certificate(folder).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def claim_live_order(folder: Folder, order_id: str) -> None:
    """Let a host's record say that the live certificate is of this order."""
    record = folder.record
    _write(folder, live={**record["live"], "order_id": order_id, "root_order_id": order_id})


def claim_pending_order(folder: Folder, order_id: str) -> None:
    """Let a host's record say that the order that it waits for is this one."""
    record = folder.record
    _write(folder, pending={**record["pending"], "order_id": order_id, "root_order_id": order_id})


def claim_superseded_order(folder: Folder, order_id: str) -> None:
    """Let a host's record say that a reissue superseded the certificate of this order."""
    record = folder.record
    former = {**record["live"], "order_id": order_id, "root_order_id": order_id, "release": "1", "operation": "reissue"}
    former.pop("files", None)
    _write(folder, superseded=[*record["superseded"], former])


def claim_expired(folder: Folder) -> None:
    """Let a host's record say that its certificate, whose files are gone, has expired."""
    folder.live.unlink()
    dates = {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"}
    _write(folder, live={**folder.record["live"], **dates})


def claim_nothing(folder: Folder) -> None:
    """Let a host's record say nothing of any order."""
    _write(folder, live=None, pending=None)


def claim_unsent_renewal(folder: Folder) -> None:
    """Let a host's record say that a renewal was prepared, and not sent."""
    live = folder.record["live"]
    unsent = {"operation": "renew", "order_id": None, "idempotence_id": None, "months": 13}
    followed = {"follows": live["order_id"], "superseded_order_id": live["order_id"]}
    _write(folder, pending={**unsent, **followed, "definition": live["definition"]})


def _write(folder: Folder, **parts: Any) -> None:
    folder.record_file.write_text(json.dumps({**folder.record, **parts}))


def assert_blocked(run: Run, reason: str) -> None:
    """Check that a run ended as failed, and that it shows why."""
    assert run.code != 0, run.output
    rows = [row for task in run.tasks for row in task.result.get("results", ()) if "error_code" in row]
    found = [row for row in rows if row["error_code"] == reason]
    assert found, run.output
    assert any(row["msg"] in run.output for row in found), run.output
