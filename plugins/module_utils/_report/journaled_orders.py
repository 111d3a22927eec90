# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders that the controller's journal names, also those that no host records any more."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import SYSLOG
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json


def read_journal(place: str | None) -> dict[str, Json]:
    """Return the line that first names each order, by the order's key.

    :param place: ``wotrus_journal``; a line that a killed process left unfinished is skipped
    :raises OSError: the file is there, and cannot be read
    """
    if not place or place == SYSLOG or not os.path.exists(place):
        return {}
    found: dict[str, Json] = {}
    with open(place, encoding="utf-8", errors="replace") as file:
        for text in file:
            line: t.Any = None
            with contextlib.suppress(ValueError):
                line = json.loads(text)
            if isinstance(line, dict) and line.get("call") == "create" and line.get("new_order_id"):
                found.setdefault(id_key(str(line["new_order_id"])), line)
    return found


def journaled_orders(place: str | None, host: str, hosts: t.Sequence[str]) -> list[str]:
    """Return the ids of the journal's orders about which a host's task asks WoTrus: the filter ``_journaled_orders``.

    The first host of the play asks about those of all hosts that are not in the play.

    :param hosts: those of the play
    """
    own = (host, None) if host == hosts[0] else (host,)
    lines = read_journal(place).values()
    return [line["new_order_id"] for line in lines if (line["host"] if line["host"] in hosts else None) in own]
