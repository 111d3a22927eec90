# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known to break today.

Each entry has a history in ``histories/`` that must break the promise which it names. While the entry is here, random
histories in which its marks occur do not check the promises that it suspends. A fix removes the entry.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .world import World

REPORTED = "a_reported_charge_is_a_new_order"
ONE_ENTRY, LEARNED = "an_order_serves_one_entry", "what_is_learned_is_true_and_names_nobody"
GREEN, FREE = "green_means_all_is_well", "nobody_is_told_to_pay_for_what_is_valid"
CHECK, WITH_KEY = "check_mode_predicts_the_run", "nothing_is_live_without_its_key"
REPEAT = "a_run_after_a_good_run_changes_nothing"
PROGRESS, RUNBOOK = "the_printed_steps_lead_to_a_live_certificate", "no_certificate_needs_the_runbook"


@dataclasses.dataclass(frozen=True)
class Known:
    """Something that breaks today.

    :ivar history: the name of a file in ``histories``
    :ivar promise: what it breaks
    :ivar marks: what must have happened in a random history; each is one of the world's marks
    :ivar suspends: the promises that such a history does not check from then on
    """

    history: str
    promise: str
    marks: tuple[str, ...]
    suspends: tuple[str, ...] = ()

    @property
    def suspended(self) -> tuple[str, ...]:
        """The promises that are not checked."""
        return (self.promise, *self.suspends)


KNOWN: tuple[Known, ...] = (
    # Date has whole seconds, so an order of the same second looks like a new one.
    Known("record_lost_within_a_second", REPORTED, ("an order of a moment ago",)),
    # The step names the key's token, but its key is compared with what is live, and nothing is.
    Known("ukey_whose_link_is_lost_within_a_term", PROGRESS, ("key of the kind ukey", "lost link")),
    # A certificate that another account bought is live, and ends later than what the own account has. The printed step
    # looks for its order in the own console alone.
    Known("certificate_of_another_account", PROGRESS, ("a certificate of another account is live",), (RUNBOOK,)),
    # Of several named orders of one purchase, each follower was rejected: a run adopts one, the next another.
    Known("each_follower_of_named_orders_is_rejected", PROGRESS, ("arrival as rejected",), (RUNBOOK,)),
    # Both entries name one order and replace it, so both find one follower. Once the record is moved away, it is
    # reissued for the second, and the first does not say so.
    Known("split_entry_of_a_replaced_order", ONE_ENTRY, ("split entry with replace_orders",)),
    Known("split_entry_of_an_order_that_the_play_replaces", ONE_ENTRY, ("split entry with replace_orders",)),
    Known("split_entry_that_replaces_two_orders", PROGRESS, ("split entry with replace_orders",), (RUNBOOK,)),
    # The order of both entries was revoked, and the step of each is to replace it.
    Known("split_entry_of_a_revoked_order", ONE_ENTRY, ("split entry", "an order is replaced for two entries")),
    # A host claims the order for the copy of an entry whose record cannot be read. Once that is moved away, a repeat
    # brings the same order.
    Known("claimed_order_of_a_copied_entry", ONE_ENTRY, ("hostile record", "split entry", "damaged record")),
    # It claims a third one's order in place of its own, which is then free for the copy.
    Known("claimed_order_of_an_entry_that_claims_another", ONE_ENTRY, ("hostile record", "split entry")),
    # A repeat may have other details than the order that it finds.
    Known("other_address_in_a_repeat", LEARNED, ("other details",)),
    # A person names the follower, whose time is in the future by Date, and the runs repeat its request all the same.
    Known("refused_repeat_while_date_is_behind", PROGRESS, ("repeat as refused", "Date behind"), (RUNBOOK,)),
    # The record calls the reissue the root of its order, in whose place WoTrus shows the reissue.
    Known("claimed_reissue_as_the_root", PROGRESS, ("hostile record", "replaced_order as answers new"), (RUNBOOK,)),
    # The journal knows the claimed order as a purchase. Its lines leave the claimed root in replace_orders.
    Known("claimed_order_of_another_account", PROGRESS, ("hostile record", "another account"), (RUNBOOK,)),
    # The time of such an order is no time of an order. What the record begins goes before what the entry names.
    Known("lost_record_of_an_order_of_ten_years_ago", PROGRESS, ("an order of ten years ago",), (RUNBOOK,)),
    # What is live is an earlier certificate of the named order, and not of another one.
    Known("order_issued_anew_with_an_earlier_end", PROGRESS, ("issued anew with an earlier end",), (RUNBOOK,)),
    # Of two entries with one name, the console shows the order of the copy, and a person names it.
    Known(
        "order_of_a_copy_is_named_after_a_busy_answer",
        PROGRESS,
        ("create_answer as busy at first", "split entry"),
        (RUNBOOK,),
    ),
    Known(
        "order_of_a_copy_is_named_after_a_refused_repeat", PROGRESS, ("repeat as refused", "split entry"), (RUNBOOK,)
    ),
    # The order of one entry was revoked, and a person names that of its copy for both.
    Known("order_of_a_copy_beside_a_revoked_one", PROGRESS, ("split entry", "key of the kind external"), (RUNBOOK,)),
    # An entry names the live order of its copy, and has another key. It cannot be reissued for both.
    Known("order_of_a_copy_is_named_and_not_reissued", PROGRESS, ("reissues as refused", "split entry"), (RUNBOOK,)),
    # A person replaces what a lying record claims, and then names it. No file shows whether a UKey has its key.
    Known(
        "claimed_order_of_a_ukey_is_named",
        PROGRESS,
        ("hostile record", "key of the kind ukey", "a person replaces the order"),
        (RUNBOOK,),
    ),
    # The order of one entry is named for another whose UKey should have its key.
    Known(
        "order_of_an_exchanged_entry_is_named_for_a_ukey",
        WITH_KEY,
        ("swapped entries", "key of the kind ukey", "a person names the order"),
        (PROGRESS, RUNBOOK),
    ),
    # The record of one of two exchanged entries is moved away, and its order is found for the other.
    Known("exchanged_entries_and_a_lost_record", ONE_ENTRY, ("swapped entries", "a person moves the record away")),
    # What a record claims of one of two exchanged entries is named by the other too.
    Known("claimed_order_of_exchanged_entries", PROGRESS, ("swapped entries", "hostile record"), (RUNBOOK,)),
    # The certificate that WoTrus gives is another order's in check mode, and the own one in the run.
    Known(
        "certificate_of_another_order_in_check_mode",
        CHECK,
        ("retrieved as another order's for a day", "a person replaces the order"),
    ),
    # What was deployed for the renewal is the certificate of the order before it, which is revoked and not asked for.
    Known(
        "certificate_of_the_former_order_is_deployed_again",
        GREEN,
        ("retrieved as another order's for a day", "key of the kind provided"),
    ),
    # An order of another account waits, so the live order of the own account is not asked, and it is revoked.
    Known(
        "order_of_another_account_hides_a_revocation",
        GREEN,
        ("another account", "a person replaces the order", "a person revokes"),
    ),
    # The record names the closed order. A reissue of it that is live is not in the record of this folder.
    Known(
        "closed_order_whose_files_are_elsewhere",
        FREE,
        ("another account", "another folder", "key of the kind ukey"),
    ),
    # WoTrus corrects the name in certificates alone, and a person changes the other one. Only one may differ.
    Known(
        "corrected_name_beside_another_organization",
        PROGRESS,
        ("names as corrected in certificates", "another organization"),
        (RUNBOOK,),
    ),
    # The order has no name in Query, so its certificate alone shows that it is another host's, and that is read later.
    Known(
        "order_of_another_host_without_a_name",
        REPEAT,
        ("query_field as cn missing", "a person sets another's order_id"),
    ),
    # The record claims a revoked order, and the entry names a third one: each step is right, and there are four.
    Known(
        "claimed_order_beside_a_wrong_order_number",
        PROGRESS,
        ("hostile record", "order revoke", "a person sets another's order number"),
        (RUNBOOK,),
    ),
    # The order under the new name is for the new product. What is live is of the old one, which the entry cannot name.
    Known(
        "renamed_host_and_another_product",
        PROGRESS,
        ("key of the kind ukey", "a person moves the record away", "Date ahead"),
        (RUNBOOK,),
    ),
    # A revoked reissue is closed, and its name in the inventory is another one. The step asks to undo that, and nothing
    # on the host says what it was.
    Known(
        "renamed_certificate_of_a_closed_order",
        PROGRESS,
        ("key of the kind provided", "lost link", "order close", "a person revokes"),
        (RUNBOOK,),
    ),
    # Nothing is live, and WoTrus gives no dates, while the paid term runs: nobody may replace an order unread.
    Known(
        "link_of_a_short_expired_certificate",
        PROGRESS,
        ("expired_certificate as refused", "lifetime as 100 days", "lost link"),
        (RUNBOOK,),
    ),
    # The step asks to undo a change of the certificate, and the change is the named order.
    Known(
        "named_reissue_that_is_refused",
        PROGRESS,
        ("reissues as refused after the first", "key of the kind pkcs11"),
        (RUNBOOK,),
    ),
    # The SM2 certificate of a pair ended before its RSA order was issued. The step asks to check the clock.
    Known(
        "pair_whose_sm2_certificate_ended_first",
        PROGRESS,
        ("issuing as by itself", "key of the kind sm2", "order approve", "400 days later"),
        (RUNBOOK,),
    ),
    # Only RetrievePem would have the reissue issued, and nobody says before that whom the order is for.
    Known(
        "killed_reissue_under_the_id_of_an_order_without_a_name",
        PROGRESS,
        ("query_field as cn missing", "reissue_id as same"),
        (RUNBOOK,),
    ),
    # One order of two hosts is reissued for one of them, and Query does not show it to the other any more.
    Known(
        "order_of_two_hosts_is_reissued_and_not_shown",
        PROGRESS,
        ("replaced_order as unknown", "a person sets another's order_id"),
        (RUNBOOK,),
    ),
    # The same with two entries of one host: the run that reissues it for one is green.
    Known(
        "order_of_two_entries_is_reissued_and_not_shown",
        REPEAT,
        ("replaced_order as unknown", "split entry"),
        (PROGRESS, RUNBOOK),
    ),
    # What follows the order of one of two exchanged entries is named by the other too, and Date calls all of it due.
    Known(
        "orders_of_exchanged_entries_are_due",
        PROGRESS,
        ("swapped entries", "Date ahead", "a person sets another's order number"),
        (RUNBOOK,),
    ),
)


def suspended(world: World) -> frozenset[str]:
    """Return the promises that are not checked in a world."""
    active = [known for known in KNOWN if set(known.marks) <= world.marks]
    return frozenset(promise for known in active for promise in known.suspended)
