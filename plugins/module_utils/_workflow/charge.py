# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an order that Create answered may have been charged in this run."""

from __future__ import annotations

import contextlib
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed
from ansible_collections.wotrus.pki.plugins.module_utils._errors import JournalFailed
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import (
    TWO_CLOCKS,
    are_clocks_agreed,
    plausible_time,
    read_time,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import times_sent
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import CHARGED, MAYBE_CHARGED, NOT_CHARGED
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask


def charge_by_facts(task: CertificateTask, placed: Placed, idempotence_id: str) -> str:
    """Return whether an answer of Create may have been charged, by all that is known of its request."""
    api, pending, clock = task.context.reader.api, task.facts.pending, task.facts.clock
    is_same = pending is not None and pending.idempotence_id == idempotence_id
    # A journal that cannot be read may have it.
    sent_at = [clock, clock]
    with contextlib.suppress(JournalFailed):
        sent_at = times_sent(api.journal.place, idempotence_id)
    return charge_of(
        placed,
        date=api.http.server_time,
        clock=None if api.is_loopback else clock,
        requested_at=read_time(pending.requested_at) if pending and is_same else None,
        sent_at=sent_at,
    )


def charge_of(
    placed: Placed,
    *,
    date: dt.datetime | None,
    clock: dt.datetime | None,
    requested_at: dt.datetime | None = None,
    sent_at: t.Collection[dt.datetime] = (),
) -> str:
    """Return whether an answer of Create may have been charged.

    An adopted order was charged earlier, if it is older than two days by ``createTime`` against the ``Date`` of the
    same answer. Closer than that, two clocks prove nothing. Nor does a time prove it that cannot be true, or a request
    that was sent before within these days.

    :param clock: this machine's time; ``None`` for a sandbox on this machine, whose clock can be moved
    :param requested_at: when the host's record prepared the same request in an earlier run, by ``Date``
    :param sent_at: when it was sent, by this machine's time; this time is one of them
    :returns: ``yes``, ``no``, or ``maybe``
    """
    created = plausible_time(placed.order.created_at, now=date) if placed.order and date else None
    if date is None or created is None:
        return MAYBE_CHARGED
    is_old = date - created > TWO_CLOCKS and (clock is None or are_clocks_agreed(date, clock))
    was_prepared = requested_at is not None and date - requested_at <= TWO_CLOCKS
    was_sent = clock is not None and sum(clock - moment <= TWO_CLOCKS for moment in sent_at) > 1
    if is_old and not (was_prepared or was_sent):
        return NOT_CHARGED
    return CHARGED if placed.created else MAYBE_CHARGED
