# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a service signs with the live certificate, by its newest documents: the host's claim."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import (
    EXPIRED,
    FOREIGN,
    NOT_SIGNED,
    SUPERSEDED,
    UNREADABLE,
    SignedDocuments,
    Signer,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import A_DAY
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_CODES = {
    SUPERSEDED: "signatures_superseded",
    EXPIRED: "signatures_superseded",
    FOREIGN: "signatures_foreign",
    NOT_SIGNED: "signatures_missing",
    UNREADABLE: "signatures_missing",
}
"""The error codes of documents that the live certificate did not sign, the clearest first."""


def documents_alarm(facts: Facts, kind: str) -> tuple[str, str, Message] | None:
    """Return the alarm for the newest documents, if it is of a kind.

    :param kind: ``failure`` or ``warning``; the entry says which it is
    """
    wanted, found = facts.wanted.signed_documents, facts.host.signed_documents
    if not wanted or found is None or facts.host.live is None:
        return None
    for is_sure, code, msg in _problems(facts, found):
        if kind == (wanted["alarm"] if is_sure else "warning"):
            return kind, code, msg
    return None


def _problems(facts: Facts, found: SignedDocuments) -> t.Iterator[tuple[bool, str, Message]]:
    """Yield whether a problem is more than a warning, its code and what it is, the clearest first."""
    wanted: t.Any = facts.wanted.signed_documents
    path = wanted["path"]
    for state, code in _CODES.items():
        for signer in found.signers:
            if signer.state == state:
                msg = Message(
                    "{msg} This ends when the live certificate has signed the newest {number}.",
                    msg=_text(path, signer),
                    number=wanted["newest"],
                )
                yield _is_recent(signer, found), code, msg
    unread = Message("{path} cannot be read. {msg}", path=path, msg=found.msg) if found.msg else None
    missing = unread or _missing(facts, found)
    if missing:
        # A slow disk or a large folder says nothing about the service.
        yield not found.limited, "signatures_missing", missing


def _is_recent(signer: Signer, found: SignedDocuments) -> bool:
    """Return whether documents are of the day of the newest one: later, the service may be repaired."""
    own, newest = read_time(signer.newest), read_time(found.newest)
    return own is None or newest is None or newest - own <= A_DAY


def _text(path: str, signer: Signer) -> Message:
    values: dict[str, t.Any] = {"path": path, **{name: value or "-" for name, value in vars(signer).items()}}
    state = signer.state
    return Message(
        "Of the newest documents of {path}, certificate {serial_number} signed {documents} after it was superseded on "
        "{since}, the last on {newest}."
        if state == SUPERSEDED
        else "Of the newest documents of {path}, certificate {serial_number} signed {documents} after it expired on "
        "{not_after}, the last on {newest}."
        if state == EXPIRED
        else "Of the newest documents of {path}, certificate {serial_number} of '{subject}' signed {documents}, the "
        "last on {newest}. It is no certificate of this entry."
        if state == FOREIGN
        else "Newest documents of {path} without a signature: {documents}, the last of {newest}."
        if state == NOT_SIGNED
        else "Newest documents of {path} that cannot be read: {documents}, the last of {newest}. {msg}",
        **values,
    )


def _missing(facts: Facts, found: SignedDocuments) -> Message | None:
    """Return that there are no documents, or no new ones."""
    wanted: t.Any = facts.wanted.signed_documents
    if not found.found:
        return Message("No file fits {path}. Links and pipes that do: {refused}.", **vars(found), path=wanted["path"])
    newest, days = read_time(found.newest), wanted["max_age_days"]
    if days is None:
        return None
    # It is a time of the host, and so is compared with that of a clock.
    age = None if newest is None else facts.clock - newest
    if age is None or age < -A_DAY:
        return Message(
            "The files of {path} have times in the future, so max_age_days does not show whether the service signs.",
            path=wanted["path"],
        )
    if age.total_seconds() / 86400 <= days:
        return None
    return Message(
        "The newest document of {path} is of {newest}, and max_age_days is {days}.",
        path=wanted["path"],
        newest=found.newest,
        days=f"{days:g}",
    )


def document_rows(facts: Facts) -> dict[str, t.Any] | None:
    """Return who signed the newest documents as results have it; ``None`` if they were not read."""
    wanted, found = facts.wanted.signed_documents, facts.host.signed_documents
    return {"path": wanted["path"], **found.as_dict()} if wanted and found else None


def document_counts(facts: Facts) -> dict[str, int | str] | None:
    """Return the number of documents in each state, and the newest time, for a table."""
    found = facts.host.signed_documents
    if not facts.wanted.signed_documents or found is None:
        return None
    return {**found.counts(), **({"newest": found.newest} if found.newest else {})} or {"files": 0}
