# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of the role registered, by the certificate that each result is about, and as other tasks take it."""

from __future__ import annotations

import typing as t

Json = t.Mapping[str, t.Any]
Numbered = t.Mapping[int, Json]

__all__ = ["Json", "Numbered", "at", "bundle_of", "by_number", "by_path", "pair_of", "secrets_of", "served_by"]


def by_number(registered: Json | None) -> dict[int, Json]:
    """Return a loop's results by the position of the certificate that each is about."""
    results = (registered or {}).get("results") or ()
    return {_number(result): result for result in results if not result.get("skipped")}


def _number(result: Json) -> int:
    item = result[result["ansible_loop_var"]]
    return int(item["number"] if isinstance(item, t.Mapping) else item)


def by_path(registered: Json | None) -> dict[str, Json]:
    """Return the rows of a target's module by their directory."""
    return {item["path"]: item for item in (registered or {}).get("deployments") or ()}


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


def served_by(entry: Json) -> dict[str, t.Any]:
    """Return where a service has to serve a certificate, where its entry says so."""
    address = (entry.get("reload") or {}).get("served_at")
    return {"served_at": address} if address else {}


def secrets_of(plan: Json, entry: Json) -> dict[str, t.Any]:
    """Return the key's options, and the password of a UKey, with what the user keeps in a secret store."""
    content = (entry.get("key") or {}).get("content")
    ukey = entry.get("ukey") or {}
    wishes = {f"ukey_{name}": ukey.get(name) for name in ("password", "password_length", "password_alphabet")}
    key = {**plan["key"], "content": content} if content else plan["key"]
    return {"key": key, **{name: value for name, value in wishes.items() if value}}
