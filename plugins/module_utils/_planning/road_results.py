# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of the role registered, by the certificate that each result is about, and as other tasks take it."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import RELEASE_NAME

Json = t.Mapping[str, t.Any]
Numbered = t.Mapping[int, Json]

# The names under which the role registers what filters over all hosts read.
PLANNED = "__wotrus_planned"
PLACED = "__wotrus_placed"
REISSUED = "__wotrus_reissued"
FETCHED = "__wotrus_fetched"
FETCHED_AGAIN = "__wotrus_fetched_again"
DEPLOYED = "__wotrus_deployed"
SETTLED = "__wotrus_settled"

__all__ = [
    "DEPLOYED",
    "FETCHED",
    "FETCHED_AGAIN",
    "PLACED",
    "PLANNED",
    "REISSUED",
    "SETTLED",
    "Json",
    "Numbered",
    "at",
    "bundle_of",
    "by_number",
    "by_path",
    "live_release",
    "loop_item",
    "name_at",
    "pair_of",
    "preparation",
    "registered",
    "served_by",
]


def loop_item(plans: t.Sequence[Json], number: int, plan_id: str | None) -> dict[str, t.Any]:
    """Return what the item of a loop has for one certificate, and so its result, to tell whose it is."""
    return {"number": number, "name": plans[number]["name"], "plan_id": plan_id}


def registered(variables: Json, name: str) -> Json:
    """Return what a task of the role registered for a host; nothing where it did not."""
    found: Json = variables.get(name) or {}
    return found


def by_number(results: Json | None, plan_id: str | None) -> dict[int, Json]:
    """Return a loop's results by the position of the certificate that each is about.

    A task that did not run for this plan may have registered what it did for another one, of other certificates or of a
    round before: an item that names its plan counts for that one alone.
    """
    found: dict[int, Json] = {}
    for result in (results or {}).get("results") or ():
        item = result[result["ansible_loop_var"]] if not result.get("skipped") else None
        if isinstance(item, t.Mapping):
            if item.get("plan_id", plan_id) == plan_id:
                found[int(item["number"])] = result
        elif item is not None:
            found[int(item)] = result
    return found


def name_at(row: Json) -> str:
    """Return the certificate's name of a row of a target's module: its folder is named after it."""
    return str(row["path"]).rstrip("/").rpartition("/")[2]


def by_path(result: Json | None) -> dict[str, Json]:
    """Return the rows of a target's module by their directory."""
    return {item["path"]: item for item in (result or {}).get("deployments") or ()}


def at(results: Numbered, number: int) -> Json:
    """Return a loop's result for one certificate; nothing where the task did not run for it."""
    return results.get(number) or {}


def bundle_of(certificate: Json) -> dict[str, t.Any]:
    """Return a certificate with its chain and root, as ``wotrus_deployment`` takes it."""
    return {name: certificate[name] for name in ("certificate", "chain", "root")}


def pair_of(certificate: Json) -> dict[str, t.Any]:
    """Return the SM2 pair that came with a certificate, as ``wotrus_deployment`` takes it."""
    bundles = certificate.get("bundles") or {}
    parts = {part: bundle_of(bundles[part]) for part in ("sign", "encrypt") if bundles.get(part)}
    return {"sm2": parts} if parts else {}


def live_release(row: Json) -> str | None:
    """Return the release that is live by a row of a target's module; empty for none, ``None`` where it cannot tell.

    Ansible masks what looks like a secret, by chance even a part of a serial number.
    """
    if row.get("live"):
        release = str(row["live"].get("release") or "")
        return release if RELEASE_NAME.fullmatch(release) else None
    return None if row.get("error_code") else ""


def served_by(entry: Json) -> dict[str, t.Any]:
    """Return where a service has to serve a certificate, where its entry says so."""
    address = (entry.get("reload") or {}).get("served_at")
    return {"served_at": address} if address else {}


def preparation(plan: Json, entry: Json, options: Json) -> dict[str, t.Any]:
    """Return how ``wotrus_deployment`` prepares the host for a plan's request.

    :param options: further ones, such as ``owner``
    """
    fields = {name: plan[name] for name in ("path", "subject", "record")}
    return {**options, "state": "prepared", **fields, **_secrets_of(plan, entry)}


def _secrets_of(plan: Json, entry: Json) -> dict[str, t.Any]:
    """Return the key's options, and the password of a UKey, with what the user keeps in a secret store."""
    content = (entry.get("key") or {}).get("content")
    ukey = entry.get("ukey") or {}
    wishes = {f"ukey_{name}": ukey.get(name) for name in ("password", "password_length", "password_alphabet")}
    key = {**plan["key"], "content": content} if content else plan["key"]
    return {"key": key, **{name: value for name, value in wishes.items() if value}}
