# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a key is in hardware, as far as its host says it: ``key_home``.

It is a claim of the host, and not a proof.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import KeyHome
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EVIDENCE_KEYS,
    EXTERNAL,
    HOST,
    PKCS11,
    PROVIDED,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import SENDING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, WantedCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import ATTESTATION
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

_HARDWARE = "hardware"
_FILES = (HOST, PROVIDED)
_Evidence = t.Optional[Mapping[str, t.Union[str, bool]]]


def blocked_by_home(decision: Decision, facts: Facts) -> Decision:
    """Block a request for a key in a file.

    What the record says of a key elsewhere may be about one that is gone, so the host looks again before it is sent.
    """
    wanted = facts.wanted
    is_concerned = decision.action in SENDING and wanted.key_home == _HARDWARE and wanted.storage in _FILES
    problem = _problem(wanted.storage, None) if is_concerned else None
    if problem is None:
        return decision
    code = KeyHome.error_code
    return Decision(Action.BLOCKED, code, problem, order_id=decision.order_id, next_step=next_step(code))


def require_home(wanted: WantedCertificate, evidence: _Evidence) -> None:
    """Check the home of a key before a request is sent for it.

    :param evidence: what the host says of the key that it prepared
    :raises KeyHome: it is not in hardware
    """
    problem = _problem(wanted.storage, evidence) if wanted.key_home == _HARDWARE else None
    if problem is not None:
        raise KeyHome(problem)


def live_home_words(facts: Facts) -> Message | None:
    """Return the warning about the home of the live key; ``None`` if it is as wanted."""
    if facts.wanted.key_home != _HARDWARE or facts.live is None or facts.host.live is None:
        return None
    problem = _problem(facts.live.storage or facts.wanted.storage, key_evidence(facts.host.record))
    return None if problem is None else Message("The live certificate: {msg}", msg=problem)


def _problem(storage: str, evidence: _Evidence) -> Message | None:
    """Return why a key is not in hardware by what its host says of it."""
    said = evidence or {}
    if storage in _FILES:
        return Message("key_home is hardware, and the key is in a file (key.storage {storage}).", storage=storage)
    if storage == PKCS11 and said.get("never_extractable") is not True:
        return Message("key_home is hardware, and the token does not say that the key was never extractable.")
    if storage == EXTERNAL and not said.get("attestation_sha256"):
        return Message("key_home is hardware, and key.csr_command wrote no attestation of the key.")
    return None


def key_evidence(record: Record) -> dict[str, str | bool] | None:
    """Return what the host says of the home of the live key, which nothing proves; ``None`` without any."""
    if record.live is None:
        return None
    said = dict(record.live.key_evidence or {})
    if ATTESTATION in record.live.files:
        said["attestation_sha256"] = record.live.files[ATTESTATION]["sha256"]
    named = ((name, said[name]) for name in EVIDENCE_KEYS if name in said)
    return {name: safe_line(evidence) if isinstance(evidence, str) else evidence for name, evidence in named} or None
