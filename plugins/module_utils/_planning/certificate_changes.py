# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes beside the dates if a certificate takes the place of the live one.

Readers that trust one root only, and programs that look for a usage or a subject, break on the day of the switch.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

ROOT, USAGES, SUBJECT = "root", "extended_key_usage", "subject"
_NAMES = {
    ROOT: Message("the root"),
    "issuer": Message("the issuer"),
    "key": Message("the key"),
    USAGES: Message("the extended key usages"),
    SUBJECT: Message("the subject"),
    "alternative_names": Message("the alternative names"),
}
_NOTABLE = (ROOT, USAGES, SUBJECT)
"""What readers and programs are known to depend on."""

_MOST_VALUES = 20
_LONGEST_VALUE = 300


def certificate_changes(former: LiveCertificate, new: Certificate) -> list[dict[str, str]]:
    """Return what a new certificate has other than a former one; what is not known of either is left out.

    :returns: for each change ``what``, and how it is in the ``former`` and the ``new`` one
    """
    found = []
    before, after = _traits(former), _traits(new)
    for what in _NAMES:
        if before[what] is None or after[what] is None or before[what] == after[what]:
            continue
        found.append({"what": what, "former": _shown(before[what]), "new": _shown(after[what])})
    return found


def changes_of(facts: Facts, certificate: Certificate) -> list[dict[str, str]]:
    """Return what changes if a certificate is deployed now; nothing if the record is not about the live one."""
    live, host = facts.live, facts.host
    if live is None or host.live is None or not host.is_live_recorded:
        return []
    return certificate_changes(live, certificate)


def planned_changes(facts: Facts, decision: Decision) -> list[dict[str, str]]:
    """Return what a plan changes, if the certificate of the order that it resumes is known already."""
    certificate = facts.known_certificate(decision.order_id or "")
    if decision.action is not Action.RESUME or not decision.is_ready or certificate is None:
        return []
    return changes_of(facts, certificate)


def change_words(changes: t.Sequence[Json]) -> Message | None:
    """Return the line about changes that readers may depend on; ``None`` without any."""
    notable = [
        Message("{what} from '{former}' to '{new}'", **{**change, "what": _NAMES[change["what"]]})
        for change in changes
        if change["what"] in _NOTABLE
    ]
    if not notable:
        return None
    return Message(
        "The new certificate changes {changes}. Check that the readers of the documents accept that.", changes=notable
    )


def _traits(certificate: LiveCertificate | Certificate) -> dict[str, t.Any]:
    names, usages = certificate.alternative_names, certificate.extended_key_usage
    root = (certificate.root_subject, certificate.root_sha256)
    return {
        ROOT: root if all(root) else None,
        "issuer": certificate.issuer,
        "key": (certificate.key_type, str(certificate.key_size)) if certificate.key_size else None,
        USAGES: None if usages is None else tuple(sorted(usages)),
        SUBJECT: certificate.subject,
        "alternative_names": None if names is None else tuple(sorted(names)),
    }


def _shown(value: str | tuple[str, ...]) -> str:
    """Return a value for a line: what the former certificate has is the host's word."""
    values = (value,) if isinstance(value, str) else value[:_MOST_VALUES]
    return ", ".join(safe_line(one, longest=_LONGEST_VALUE) for one in values)
