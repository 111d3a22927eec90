# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates of a host that no entry names.

They are the host's claims. They are shown, and nothing else is done with them.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_order_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time, shown_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import host_error
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import CERTIFICATE_NAME, MOST_UNLISTED
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text


def unlisted_folders(row: t.Any, *, base_dir: str, listed: t.Container[str]) -> list[dict[str, t.Any]]:
    """Return the folders with a record that no entry names, each with its ``path`` and what its record says.

    :param row: of the base directory, as the host answered it
    :param listed: the names that entries have, or that may stay
    """
    claims = row.get("unlisted") if isinstance(row, Mapping) else None
    found: dict[str, dict[str, t.Any]] = {}
    for claim in claims[:MOST_UNLISTED] if isinstance(claims, list) else ():
        name = claim.get("name") if isinstance(claim, Mapping) else None
        if isinstance(name, str) and CERTIFICATE_NAME.fullmatch(name) and name not in listed:
            order_id = claim.get("order_id")
            found[name] = {
                "name": str(name),
                "path": f"{base_dir}/{name}",
                "order_id": clean_id(order_id) if isinstance(order_id, str) and is_order_id(order_id) else None,
                "expires": shown_time(read_time(claim.get("expires"))),
            }
    return list(found.values())


def unlisted_words(folder: Json) -> Message:
    """Return the warning about a folder that no entry names."""
    return Message(
        "No entry of this host has this name, but {path} has a record. {claim} Name the certificate again, in "
        "wotrus_extra_certificates if a second wotrus_certificates replaced the first. Or remove the folder with "
        "wotrus_deployment and state: absent. If it may stay, add its name to wotrus_unlisted_certificates.",
        path=folder["path"],
        claim=_claim(folder),
    )


def _claim(folder: Json) -> Message:
    order_id, day = folder["order_id"], (folder["expires"] or "")[:10]
    if order_id and day:
        return Message("By the record, the certificate of order {order_id} ends on {day}.", order_id=order_id, day=day)
    if day:
        return Message("By the record, the certificate ends on {day}.", day=day)
    if order_id:
        return Message("By the record, its order is {order_id}.", order_id=order_id)
    return Message("The record names no order.")


def unread_words(row: t.Any, *, base_dir: str) -> Text | None:
    """Return the warning about a base directory that the host could not read; ``None`` if it could."""
    if not isinstance(row, Mapping) or not row.get("error_code"):
        return None
    return Message(
        "It is not known whether {path} has certificates that no entry names. {error}.",
        path=base_dir,
        error=host_error(row).message,
    )
