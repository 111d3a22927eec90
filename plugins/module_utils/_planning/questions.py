# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the CA must be asked, and then the decision about a certificate."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import failed
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, Question, Unasked
from ansible_collections.wotrus.pki.plugins.module_utils._planning.gates import hold_until_window
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import CallFailed
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import Unforeseen
from ansible_collections.wotrus.pki.plugins.module_utils._planning.tables import look
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def question(facts: Facts) -> Question | None:
    """Return what the CA must be asked next; ``None`` if a decision needs nothing more."""
    try:
        decide(facts)
    except Unasked as exc:
        return exc.question
    return None


def decide(facts: Facts) -> Decision:
    """Return what is to be done for a certificate.

    :raises Unasked: the CA must be asked first
    """
    try:
        decision = look(facts).decision()
    except CallFailed as exc:
        return failed(exc.error, exc.claim)
    except Unforeseen as exc:
        msg = Message("No row of the decision {table} fits. Nothing is sent. Please report this.", table=str(exc))
        return failed(WotrusError(msg))
    return hold_until_window(facts, decision)
