# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claims in the record of a hostile or damaged host."""

from __future__ import annotations

import json
from typing import Any

from .harness import Folder


def claim_live_order(folder: Folder, order_id: str) -> None:
    """Claim in a host's record that another order is live."""
    record = folder.record
    _write(folder, live={**record["live"], "order_id": order_id, "root_order_id": order_id})


def claim_superseded_order(folder: Folder, order_id: str) -> None:
    """Claim in a host's record that an order was superseded.

    The record says that it was superseded by a reissue.
    """
    record = folder.record
    former = {**record["live"], "order_id": order_id, "root_order_id": order_id, "release": "1", "operation": "reissue"}
    former.pop("files", None)
    (folder.path / "releases" / "1").mkdir()
    _write(folder, superseded=[*record["superseded"], former])


def claim_expired(folder: Folder) -> None:
    """Claim in a host's record that its certificate has expired.

    The certificate's files are gone.
    """
    folder.live.unlink()
    dates = {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"}
    _write(folder, live={**folder.record["live"], **dates})


def claim_nothing(folder: Folder) -> None:
    """Let a host's record say nothing of any order."""
    _write(folder, live=None, pending=None)


def claim_unsent_renewal(folder: Folder) -> None:
    """Claim in a host's record that a renewal was not sent."""
    live = folder.record["live"]
    unsent = {"operation": "renew", "order_id": None, "idempotence_id": None, "months": 13}
    followed = {"follows": live["order_id"], "superseded_order_id": live["order_id"]}
    _write(folder, pending={**unsent, **followed, "definition": live["definition"]})


def _write(folder: Folder, **parts: Any) -> None:
    folder.record_file.write_text(json.dumps({**folder.record, **parts}))
