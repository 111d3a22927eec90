# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders that the controller's journal names, also those that no host records any more."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time


def read_journal(place: str | None) -> dict[str, Json]:
    """Return the line that first names each order, by the order's key.

    :param place: ``wotrus_journal``; a line that a killed process left unfinished is skipped
    :raises JournalFailed: the file is there, and cannot be read
    """
    if not place:
        return {}
    found: dict[str, Json] = {}
    for line in _lines_in(place, "create"):
        if line.get("new_order_id"):
            found.setdefault(id_key(str(line["new_order_id"])), line)
    return found


def times_sent(place: str | None, idempotence_id: str) -> list[dt.datetime]:
    """Return when an order was sent, each try, by this machine's clock.

    :param place: as for :func:`read_journal`
    :raises JournalFailed: the file is there, and cannot be read
    """
    lines = _lines_in(place, "create", idempotence_id) if place else ()
    times = [read_time(line.get("time")) for line in lines if line.get("event") == "send"]
    return [moment for moment in times if moment]


def journaled_root(place: str | None, order_id: str) -> str | None:
    """Return the order of the purchase, as the lines of this controller show it; ``None`` if they do not.

    An order that a reissue answered has the root of its order, whatever a later Create answered.

    :param place: as for :func:`read_journal`
    :raises JournalFailed: the file is there, and cannot be read
    """
    bought = read_journal(place).get(id_key(journaled_former(place, order_id) or order_id))
    return str(bought["new_order_id"]) if bought else None


def journaled_former(place: str | None, order_id: str) -> str | None:
    """Return the earliest order of which the lines show that an order is a reissue; ``None`` if they do not.

    It need not be a purchase: other controllers have lines of their own.

    :param place: as for :func:`read_journal`
    :raises JournalFailed: the file is there, and cannot be read
    """
    reissued: dict[str, str] = {}
    for line in _lines_in(place, "reissue") if place else ():
        new_id, former = str(line.get("new_order_id") or ""), str(line.get("order_id") or "")
        if id_key(new_id) and not is_same_id(new_id, former):
            reissued.setdefault(id_key(new_id), id_key(former))
    key = id_key(order_id)
    # A line is never about an order that was placed after it, so the links have an end.
    for _link in range(len(reissued)):
        key = reissued.get(key, key)
    return None if is_same_id(key, order_id) else key


def _lines_in(place: str, call: str, text: str = "") -> t.Iterator[Json]:
    """Yield the lines about a call that have a text; none from syslog, or without a file."""
    for line in Journal(place).lines():
        found: t.Any = None
        with contextlib.suppress(ValueError):
            found = json.loads(line) if text in line else None
        if isinstance(found, dict) and found.get("call") == call:
            yield found


def journaled_orders(place: str | None, host: str, hosts: t.Sequence[str]) -> list[str]:
    """Return the ids of the journal's orders about which a host's task asks WoTrus: the filter ``_journaled_orders``.

    The first host of the play asks about those of all hosts that are not in the play.

    :param hosts: those of the play
    """
    own = (host, None) if host == hosts[0] else (host,)
    lines = read_journal(place).values()
    return [line["new_order_id"] for line in lines if (line["host"] if line["host"] in hosts else None) in own]
