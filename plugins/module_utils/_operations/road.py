# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's road: what one task's results are for the next one.

Pure functions over plain data. Every list stands in the order of the host's certificates, so that the results of a loop
over their numbers fit; an item that a task skipped has nothing to say. The plan decides, and nothing is decided here.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.decision import Action

Json = t.Mapping[str, t.Any]
Rows = t.Sequence[Json]

PLACING = (Action.ORDER.value, Action.RENEW.value)
ASKING = (*PLACING, Action.REISSUE.value)
OPEN = (*ASKING, Action.RESUME.value)


def to_prepare(plans: Rows, entries: Rows, options: Json | None = None) -> list[dict[str, t.Any]]:
    """Return what ``wotrus_deployment`` prepares: a record, and a key with its request, for each request to send.

    :param entries: the certificates' entries of the inventory
    :param options: options for each, such as ``owner``
    """
    wanted: list[dict[str, t.Any]] = []
    for plan, entry in zip(plans, entries):
        if plan["action"] in ASKING:
            password = (entry.get("ukey") or {}).get("password")
            own = {"ukey_password": password} if password else {}
            fields = {name: plan[name] for name in ("path", "key", "subject", "record")}
            wanted.append({**(options or {}), "state": "prepared", **fields, **own})
    return wanted


def requests(plans: Rows, deployments: Rows, prepared: Rows | None = None) -> list[str | None]:
    """Return the certificate signing request of each certificate: just prepared, or pending since an earlier run."""
    fresh = {item["path"]: item.get("csr") for item in prepared or ()}
    found: list[str | None] = []
    for plan, state in zip(plans, deployments):
        pending = (state.get("pending") or {}).get("csr")
        found.append(fresh.get(plan["path"]) or pending)
    return found


def order_ids(plans: Rows, placed: Rows = (), reissued: Rows = ()) -> list[str | None]:
    """Return the order of each open certificate: just placed or reissued, else the one that is resumed."""
    found: list[str | None] = []
    for number, plan in enumerate(plans):
        own = _at(placed, number).get("order_id") or _at(reissued, number).get("new_order_id")
        resumed = plan.get("order_id") if plan["action"] == Action.RESUME.value else None
        found.append(own or resumed)
    return found


def to_record(plans: Rows, placed: Rows = (), reissued: Rows = ()) -> list[dict[str, t.Any]]:
    """Return what ``wotrus_deployment`` notes once an order's id is known, and before anybody waits for it."""
    noted: list[dict[str, t.Any]] = []
    for number, plan in enumerate(plans):
        record = _record(plan, _at(placed, number), _at(reissued, number))
        if record.get("order_id"):
            noted.append({"path": plan["path"], "state": "recorded", "record": record})
    return noted


def to_present(
    plans: Rows, fetched: Rows, placed: Rows = (), reissued: Rows = (), options: Json | None = None
) -> list[dict[str, t.Any]]:
    """Return what ``wotrus_deployment`` makes live: the certificates that were fetched."""
    ready: list[dict[str, t.Any]] = []
    for number, plan in enumerate(plans):
        certificate = _at(fetched, number)
        if certificate.get("issued"):
            record = _record(plan, _at(placed, number), _at(reissued, number))
            ready.append(
                {
                    **(options or {}),
                    "path": plan["path"],
                    "state": "present",
                    "key": plan["key"],
                    "certificate": certificate["certificate"],
                    "chain": certificate["chain"],
                    "root": certificate["root"],
                    "record": {"order_id": certificate["order_id"], **record, "reload_owed": True},
                }
            )
    return ready


def foreign(plans: Rows, fetched: Rows, placed: Rows = ()) -> list[dict[str, t.Any]]:
    """Return, for the next plan, the certificates that exist for a key that is not the pending one.

    A rebuilt host adopts an order whose certificate belongs to the key that it lost. A reissue under the order's own id
    shows the old certificate until the new one is there, so that says nothing. An empty item is for all others.
    """
    found: list[dict[str, t.Any]] = []
    for number, plan in enumerate(plans):
        result = _at(fetched, number)
        reissue = plan["action"] == Action.REISSUE.value or (plan.get("operation") == Action.REISSUE.value)
        if result.get("error_code") != "key_mismatch" or reissue:
            found.append({})
            continue
        generation = _at(placed, number).get("generation") or plan.get("generation")
        seen = {name: result.get(name) for name in ("order_id", "info", "seen_at")}
        found.append({**seen, "generation": generation})
    return found


def table(rows: Rows) -> list[str]:
    """Return plans as the lines of a table that a person can read.

    :param rows: plans, each with its ``host``
    """
    columns = ("host", "name", "action", "reason", "charged", "next_action")
    heads = ("host", "certificate", "action", "reason", "charged", "next")
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[number]) for line in [list(heads), *cells]) for number in range(len(columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in [list(heads), *cells]
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _at(results: Rows, number: int) -> Json:
    """Return a loop's result for one certificate; nothing where the task did not run or skipped it."""
    result = results[number] if number < len(results) else {}
    return {} if result.get("skipped") else result


def _record(plan: Json, placed: Json, reissued: Json) -> dict[str, t.Any]:
    """Return what the record says of a request, with what its answer added."""
    said = dict(plan.get("record") or {})
    if placed.get("order_id"):
        said.update({name: placed[name] for name in ("order_id", "generation", "idempotence_id")})
    if reissued.get("new_order_id"):
        said.update(order_id=reissued["new_order_id"], idempotence_id=reissued["idempotence_id"])
    return {name: value for name, value in said.items() if value is not None}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, "") else str(value)
