# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the printed step of each row that blocks leads to.

A person who follows it comes to a row that blocks nothing, to one that waits, or to one of a later layer, whatever the
condition after an "otherwise" is; or to one that only this step brings about. So the persons of a history need three
steps at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import Found

MOST_STEPS = 3

WAITS = frozenset(
    (
        "answer_failed",
        "unread",
        "issued_unread",
        "reissue_clock_absent",
        "reissue_clocks_apart",
        "clock_absent",
        "clocks_apart",
        "unidentified",
        "chain_stays",
    )
)
"""Rows whose step waits for WoTrus or for a clock. Whatever comes then, no person has brought it about."""

LAYERS = (
    # Whether the host's record can be read, and then whose it is.
    ("host_fault",),
    ("name_changed",),
    # What the entry names beside the record, or in place of what is live.
    ("gone", "live_unrecorded", "bought_later"),
    ("other beside the record's",),
    # Whose the order of the record is, and which purchase is its own.
    ("other", "order_unknown", "two_roots", "other_reissue", "named_reissue", "sm2_reissue"),
    ("sm2_issued",),
    ("key_mismatch", "pair_misfit", "other_misfit", "named_misfit", "due_misfit", "dead_misfit"),
    # Whose the order is that the entry names, and then that which the name has at WoTrus.
    ("other of the entry",),
    ("other of the name",),
    # What follows an order that has ended or is due.
    ("look_for_live", "root_unproved", "root_unknown", "newer_key"),
    ("term_unknown",),
    ("dropped_revoking", "adopted_revoking", "revoking_key_lost"),
    ("order_dead", "key_changed_refused", "subject_changed_refused", "elsewhere_refused", "waiting_elsewhere_refused"),
    # What the step before has found.
    ("look_for_live named", "no_later_end", "refused_again", "ukey_blocked"),
)


_BACK = frozenset(
    (
        # An order that the step places may exist already, and be for something else: only Create shows that.
        ("other of the name", "other of the name"),
        ("order_dead", "other of the name"),
        # An entry that names the RSA order of a pair accepts the other name of its SM2 order no more.
        ("sm2_issued", "other"),
        # A record that is moved away leaves what is live unrecorded.
        *((name, "live_unrecorded") for names in LAYERS[4:7] for name in names),
        # The order of what is live, which a person names then, may have ended too.
        ("look_for_live named", "look_for_live named"),
    )
)
"""What a step may bring about of an earlier layer, or of its own."""

_VARIANTS = {
    ("other", "Correct order_id and root_order_id in the entry"): "other beside the record's",
    ("look_for_live", "The certificate {serial_number} is live and valid. If it is of"): "look_for_live named",
}
"""Rows with several steps: the row, how the step begins, and its name in a layer."""

_OF_ENTRY = frozenset(("entry_order", "entry_of_others", "entry_later", "entry_reissue", "entry_ukey"))


def is_declared(way: Sequence[str]) -> bool:
    """Return whether each step leads to a later layer, and not more than three lead out.

    :param way: names of the blocked rows, one after another
    """
    layers = {name: number for number, names in enumerate(LAYERS) for name in names}
    pairs = itertools.pairwise(way)
    is_onward = all(layers[one] < layers[other] or (one, other) in _BACK for one, other in pairs)
    return len(way) <= MOST_STEPS and is_onward


def name_of(found: Found | None, step: str, *, is_of_name: bool) -> str | None:
    """Return the name of a blocked row in a layer; ``None`` if the tables block nothing, or wait.

    :param step: the id of its printed step
    :param is_of_name: Create answered with its order in this run
    """
    if found is None or found.kind is not Action.BLOCKED or found.row.name in WAITS:
        return None
    for (row, begins), name in _VARIANTS.items():
        if found.row.name == row and step.startswith(begins):
            return name
    if found.row.name == "other" and is_of_name:
        return "other of the name"
    is_of_entry = not _OF_ENTRY.isdisjoint(found.path)
    return "other of the entry" if found.row.name == "other" and is_of_entry else found.row.name
