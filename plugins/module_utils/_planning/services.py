# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the play can notify the services of a certificate."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, WantedCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

TOPIC = "wotrus certificate changed"
"""The topic that the role notifies if a certificate changed."""


def without_handler(handler: str) -> Message:
    """Return why the handler of an entry was not notified."""
    return Message(
        "reload.handler {handler!r} is no handler of this play, so the service was not notified.", handler=handler
    )


def not_notified(want: WantedCertificate, run: Run) -> Message | None:
    """Return why the play cannot notify the services; ``None`` if it can, or if there are none."""
    if want.handler and not run.has_handler(want.handler):
        return without_handler(want.handler)
    if want.reload is not None or run.has_listener():
        return None
    return Message("No handler of this play listens to {topic!r}, so no service was notified.", topic=TOPIC)


def is_pending(facts: Facts, run: Run) -> bool:
    """Return whether services wait for a notification.

    If nobody was notified of what is live, they do as soon as the entry or the play has somebody to notify.
    """
    want, record = facts.wanted, facts.host.record
    if record.reload_pending or not record.unnotified or want.reload == {}:
        return record.reload_pending
    has_handler = want.handler is not None and run.has_handler(want.handler)
    return has_handler or run.has_listener() or bool((want.reload or {}).get("command"))


def undelivered(facts: Facts, run: Run) -> Message | None:
    """Return why the play cannot deliver a notification that services wait for; ``None`` if it can."""
    record = facts.host.record
    # A killed deployment is pending too, though it has nobody to notify.
    is_awaited = facts.wanted.handler or (record.reload_pending and not record.unnotified)
    return not_notified(facts.wanted, run) if is_awaited else None
