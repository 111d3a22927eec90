# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of WoTrus where a plan or a result depends on it. It is for people alone, and decides nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text

_BY_REASON: t.Mapping[str, t.Sequence[str]] = {
    "ca_time_unknown": ("date", "clocks", "create_time"),
    "order_mismatch": ("spelling",),
    "pending_payment": ("payment", "unpaid_certificate", "unpaid_orders"),
    **dict.fromkeys(("ends_early", "no_later_end"), ("lifetime",)),
    **dict.fromkeys(("order_unknown", "root_unknown"), ("replaced_order",)),
    **dict.fromkeys(("key_lost", "key_changed", "definition_changed", "requested"), ("reissues",)),
}


def readings_of(rows: Rows) -> list[str]:
    """Return the readings on which plans and failed results depend."""
    reasons = (row.get("reason") or row.get("error_code") for row in rows)
    return list(dict.fromkeys(reading for reason in reasons for reading in _BY_REASON.get(str(reason), ())))


def known_lines(readings: t.Iterable[str], known: t.Mapping[str, Json], language: str = "en") -> list[str]:
    """Return a line for each reading that is known, after an empty one.

    :param known: the row that counts, by reading
    """
    lines = [
        Message(
            "Known of WoTrus since {first}: {question} {found}",
            first=known[reading]["first"],
            question=READINGS[reading].question,
            found=READINGS[reading].found[known[reading]["word"]],
        )
        for reading in readings
        if reading in known
    ]
    return ["", *(text(line, language) for line in lines)] if lines else []
