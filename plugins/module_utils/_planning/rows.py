# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables: what is to be done for a certificate.

Each is read from the top, and its first row that fits counts; ``decision`` is the first table. The fields of a row are
evaluated in its order, which decides what the CA is asked, and a field may rely on those before it. A row is::

    name: field=value/value field!=value flag !flag field=* -> outcome
        Why.

``field=*`` evaluates a field, and takes any value. An outcome is an action, with the function that words it; ``next``,
if the table decides nothing, so that what led to it goes on; ``go`` to another table, about another order; or ``say``,
the same with what led there. ``final`` ends the search of whatever led there. ``unless_named`` blocks, unless a person
named the order that another one follows. ``if_wanted`` reissues, unless ``on_change`` of the entry is ``fail``. Then an
order of another organization is not for this certificate.

Orders are paid by ``renew`` and ``order`` alone: for a due renewal by the CA's dates, for a name's first order, or by a
person who named the order that another one follows.
"""

from __future__ import annotations

ROWS = """
[decision]
live_is_of_entry: stages=stuck unrecorded !stuck_in_entry entry_stage=reissues/blocked/other
        -> go undeployed of_entry
    What is live is looked for first, and costs nothing.
live_is_permitted: stages=stuck unrecorded !stuck_in_entry entry_stage=places entry_permitted
        -> go undeployed of_entry
    A person permits the order that follows.
look_for_live: stages=stuck unrecorded -> block look_for_live
    No known order leads on, and what is live is valid, and of an order that nobody names.
later_than_unknown: stages=root_unknown unknown_later entry_stage!=next -> go undeployed of_entry
    The entry names a newer order than the one whose purchase is not known.
stages: stages=* -> go stages
    So it is.

[stages]
host_fault: host=fault -> block host_fault
    Nothing is ordered on an unknown state.
entry_of_others: entry_gate=blocked -> go entry of_entry
    The entry names an order of somebody else.
placed: request=placed placed_stage!=next -> go undeployed of_pending
    An order is pending.
prepared: request=reissue prepared_stage!=next -> go prepared of_pending
    A reissue may have been sent.
followed_later: request=follower !live_leads followed_stage=places followed_later entry_stage!=next
        -> go undeployed of_entry
    A person found the order that follows.
followed: request=follower !live_leads followed_stage!=next -> go undeployed of_followed
    A renewal or replacement may have been sent.
entry_reissue: newest=named live_stage=next/reissues/stuck/blocked same_root entry!=recorded live_later
        entry_stage!=next -> go undeployed of_entry
    The entry names a later reissue of the purchase.
entry_ukey: newest=named live_stage=places/other storage=ukey same_root entry!=recorded live_later
        entry_stage!=next -> go undeployed of_entry
    Nobody sees which key of a UKey is live.
entry_later: newest=named live_stage=places live_later entry_stage!=next -> go undeployed of_entry
    A person found the order that follows.
live_order: newest=named live_stage!=next -> go deployed of_newest
    A certificate is live, or was.
entry_order: entry_stage!=next -> go undeployed of_entry
    The entry names the order with which the chain begins.
name_changed: request=renamed -> block name_changed
    The first order may exist under the former name.
first_order: host=readable entry_gate=next request=none/first newest=none/unnamed entry=none entry_stage=next
        -> order first_order
    No order is known. Only Create shows whether there is one.

[check]
not_shown_yet: answer=placed/young -> resume not_shown_yet
    A fresh order that Query does not know is not lost.
gone: answer=gone entry_other -> block order_gone
    Another order of the entry does not say what became of this one.
unknown_follows: answer=gone !entry_other unknown_named -> order follows_unknown
    A person named the purchase, which WoTrus does not show.
order_unknown: answer=gone !entry_other !unknown_named -> block order_unknown
    If the token is another account's, who replaced it would pay twice.
answer_failed: answer=failed -> block answer_failed
    A failure says nothing of the order.
is_other: answer=known whose=other -> say other said_mismatch
    Its product or name is another.
pair_misfit: answer=known whose=misfit -> final block misfit
    The purchase is none of this order.
two_roots: answer=known whose=two_roots -> final block two_roots
    Entry and record name two purchases.
bought_later: answer=known whose=bought_later -> final block bought_later
    It has a term of its own, so the other order is not its purchase.
ours: answer=known whose=ours state=* -> next
    It is for this certificate.

[other]
other_misfit: named=misfit -> final block misfit
    The purchase is none of this order.
other_reissue: named=reissue -> final block named_reissue
    Nothing follows a reissue.
other_follows: named=itself/root/alone -> final order follows
    A person named it to be replaced.
other: !named -> final block order_mismatch
    It may be another certificate's.

[named]
named_misfit: named=misfit -> final block misfit
    The purchase is none of this order.
named_reissue: named=reissue -> block named_reissue
    Nothing follows a reissue.
follows: named=itself/root/alone -> order follows
    A person named it to be replaced.

[due]
dead_in_term: pem=dead/archived -> next
    It has ended before its term, which is no renewal, or WoTrus keeps nothing of it to read.
unread: pem=unread -> block unread
    Without its dates it is not due.
not_due: renewing=shut -> next
    It is not in its renewal window.
wish_first: renewing=open wish_first -> next
    This run reissues, and may not renew.
reissue_clock_absent: renewing=open !wish_first clock=absent named=reissue -> block clock_absent
    Nothing follows a reissue, and a clock may make it seem due.
reissue_clocks_apart: renewing=open !wish_first clock=apart named=reissue -> block clocks_apart
    Nothing follows a reissue, and a clock may make it seem due.
clock_absent: clock=absent -> unless_named clock_absent
    Nothing ends by our own clock alone.
clocks_apart: clock=apart -> unless_named clocks_apart
    Nothing ends while two clocks do not agree.
due_misfit: root=misfit -> final block misfit
    The purchase is none of this order.
due_other: clock=agreed root=known term_due purchase organization=other -> say other said_mismatch
    Its organization is another.
renewal: pem=dates/over/ended renewing=open !wish_first clock=agreed root=known term_due purchase organization=ours
        -> renew renewal
    The certificate and the paid term of its known purchase are due.
root_unproved: term_due !purchase -> unless_named root_unknown
    A reissue may be passed off as a purchase.
term_runs: !term_due paid=known end=none -> next
    It has ended without a certificate, and its term runs.
root_unknown: !term_due paid=unknown end!=moves -> unless_named root_unknown
    The order of the purchase is not known.
term_unknown: !term_due paid=undated end!=moves -> unless_named term_unknown
    The age of the purchase is not known.
no_later_end: !term_due paid=known end=stuck -> unless_named no_later_end
    A reissue for its end moved nothing.
waits_for_half: !term_due paid=known end=moves too_early -> nothing waits_for_half
    The reissue would revoke what is live.
early_end_named: !term_due end=moves end_blocked named!=no -> say named says_of_early_end
    A person who names an order permits the follower of that order, and nothing else.
early_end: !term_due end=moves -> say reissue said_early
    While a paid term runs, a certificate that ends is reissued.

[live_due]
live_fault: check=fault -> go check
    The live certificate's order is not this certificate's.
live_renewal: check=ours -> go due
    A pending reissue does not hide that the renewal is due.

[dead]
dead_due: may_be_over chain_over due!=no -> go due
    Its term is over.
dead_named: !created named=itself/root/alone/misfit -> say named said_dead
    A person who names an order permits the follower of that order, and nothing else.
remedy: remedy -> next
    The entry names an order in its place.
dead_misfit: root=misfit -> final block misfit
    The purchase is none of this order.
order_dead: !remedy root=none/known -> block order_dead
    Only a person knows whether another order is wanted.

[reissue]
reissue_other: organization=other -> say other said_mismatch
    Its organization is another.
unidentified: !identified -> block unidentified
    Nobody says yet whom it is for.
sm2_reissue: sm2 -> block sm2_order
    A reissue of an SM2 order needs two requests.
refused_named: reissue_refused named!=no -> say named said_refused
    A person who names an order permits the follower of that order, and nothing else.
ukey_reissued: storage=ukey !token ukey_newer -> resume ukey_reissued
    WoTrus has reissued it under its id.
ukey_blocked: storage=ukey !token -> block ukey_blocked
    Nobody can make a request with its key.
refused_again: refused_before !wished -> block refused_again
    After a refusal, only a person asks again.
reissue: organization=ours identified !sm2 -> reissue reissue
    It is for this certificate, and costs no order.

[deployed]
live_gone: answer=gone entry_other -> next
    The entry names another order.
live_check: check=fault -> go check
    Its order is not known to be this certificate's.
live_ends: path_due due=renew/follow/reissue/blocked/judged -> go due
    It ends, which comes before every other reason.
live_dead_key: state=dead dead=stuck other_key_provided -> say reissue said_ended_with_key
    Another host with this key may have had it reissued.
live_dead: state=dead -> go dead
    Its order has ended.
rolled_back: undone -> resume rolled_back
    A newer certificate was rolled back.
companion_dead: companion=dead companion_acts -> go dead with_companion
    The SM2 order beside it has ended.
files_lost: live_key=files_lost -> resume files_lost
    A token or a command has the key.
revoking_key_lost: state=revoking live_key=lost -> unless_named under_revocation
    People review its revocation, which may never end, and nothing can be signed without its key.
revoking_damaged: state=revoking damaged -> resume files_damaged
    Files beside its key are damaged, and the review may never end.
revoking: state=revoking -> nothing revoking
    People review its revocation.
key_lost: live_key=lost -> say reissue key_lost
    Nothing can be signed without its key.
requested: wished -> say reissue requested
    A person wants a new key now.
key_old: key_old -> say reissue key_old
    Its key was made before wotrus_keys_since.
key_changed: key_changed -> if_wanted key_changed
    The entry asks for another key.
subject_changed: subject_changed -> if_wanted subject_changed
    The entry asks for another subject.
files_damaged: damaged -> resume files_damaged
    Files beside its key are damaged.
certificate_changed: newer=fits -> resume certificate_changed
    WoTrus has a newer one for the same key.
newer_key: newer=other_key -> block newer_for_other_key
    WoTrus has a newer one for another key.
chain_changed: newer_chain -> resume chain_changed
    WoTrus has a newer chain for it.
chain_ends: chain_ends -> say reissue said_chain_ends
    Another intermediate may come with a reissue.
chain_stays: chain_ends=tried -> block chain_stays
    A reissue brought the same chain.
live_stays: path_due due=waits/stuck/stuck_follow -> go due
    A reissue waits, or moves nothing.
live_expired: live_expired -> resume live_expired
    Only what is live has ended.
valid: check=ours state!=dead/revoking !undone live_key=here !wished !key_old !key_changed !subject_changed
        !damaged !newer !newer_chain !chain_ends !live_expired -> nothing valid
    All is well.

[dropped]
dropped_live: deployed -> go deployed
    The order is live.
dropped_gone: answer=gone entry_other -> next
    The entry names another order.
dropped_check: check=fault -> go check
    The order is not known to be this certificate's.
dropped_dead: state=dead -> go dead
    The order has ended too.
dropped_due: due=renew/follow/reissue/blocked/judged -> go due
    Its certificate ends.
dropped_revoking: state=revoking -> unless_named under_revocation
    People review its revocation.
dropped_key_lost: !deployed check=ours state!=dead/revoking -> say reissue said_dropped_key_lost
    Its certificate is for a lost key.

[undeployed]
gone_live_due: kind!=plain answer=young/gone live_due!=no -> go live_due of_live
    A reissue that WoTrus does not show hides no renewal.
undeployed_gone: answer=gone entry_other -> next
    The entry names another order.
undeployed_check: check=fault -> go check
    It is not known to be this certificate's.
reissue_dead: state=dead kind=reissue -> go dropped of_dropped
    Of a reissue that was refused, the order counts.
undeployed_dead: state=dead -> go dead
    It has ended.
undeployed_issued: state=issued/revoking -> go issued
    It is issued.
reissue_live_due: kind!=plain live_due!=no -> go live_due of_live
    A pending reissue does not hide that the renewal is due.
reissue_key_lost: kind=reissue/own_id next_key_lost dropped=valid -> go reissue original_without_key
    A reissue without its key is dropped, and another asked for.
reissue_dropped: kind=reissue/own_id next_key_lost dropped=acts -> go dropped of_dropped
    Its order asks for something else.
unexplained_due: state=unexplained ended due!=no -> go due
    Nobody explains its status, and its term is over.
unexplained_named: state=unexplained named!=no -> say named said_dead
    A person who names an order permits the follower of that order, and nothing else.
chain_of_live: former=* state=waiting/ready live_chain -> resume chain_of_live
    What is live needs its newer chain meanwhile.
waiting_elsewhere: former=* state=ready !next_key elsewhere identified -> if_wanted said_elsewhere
    Its key is in another storage, and its certificate would be reissued.
waiting_other: former=* state=ready !next_key organization=other -> say other said_mismatch
    It will be reissued, and its organization is another.
waiting: former=* state=waiting/ready/unexplained -> resume waiting
    It waits for WoTrus, or for a person.

[issued]
issued_companion: companion=dead -> go dead with_companion
    The SM2 order beside it has ended.
just_created: created -> resume ready
    This run placed it.
unpaid: issued=unpaid -> resume unpaid
    WoTrus gives no certificate before the payment.
issued_unread: issued=unread -> unless_named issued_unread
    Its certificate cannot be read, and WoTrus may give none that has expired.
issued_over: issued=none over due!=no -> go due
    Its term is over.
issued_unseen: issued=none -> resume ready
    It is fetched when it is deployed.
newer_live_due: issued=newer_live due!=no -> go due
    It ends, and what is live is newer.
newer_live_named: issued=newer_live entry_later -> next
    The entry names the order of what is live.
newer_live_found: issued=newer_live entry_live -> next
    What is live is the certificate of the entry's order.
live_unrecorded: issued=newer_live -> block live_unrecorded
    It was reissued since, and nobody names the reissue.
sm2_beside: issued=sm2 entry_elsewhere -> next
    The entry names the other order of the pair.
sm2_issued: issued=sm2 -> block sm2_order
    No host has such a key.
elsewhere: issued=other elsewhere -> if_wanted said_elsewhere
    Its key is in another storage.
other_live_due: issued=other kind!=plain live_due!=no -> go live_due of_live
    A pending reissue does not hide that the renewal is due.
own_id_again: issued=other kind=own_id late wished -> say reissue said_requested_late
    A person asks again for a reissue that does not come.
own_id_waits: issued=other kind=own_id -> resume reissued_under_own_id
    WoTrus still sends the old certificate.
reissue_without_key: issued=other kind!=plain pending_key -> say reissue said_reissue_key_lost
    The key of the reissue is gone.
external_key: issued=other kind!=plain storage=external !next_key for_live_key!=no -> resume ready
    Its command keeps the key.
key_mismatch: issued=other kind!=plain -> block key_mismatch
    A certificate is never paired with another key.
live_again: issued=other for_live_key=valid -> resume record_lost
    It is live already, and not recorded.
adopted_due: issued=other due=renew/follow/reissue/blocked/judged -> go due
    It ends.
adopted_revoking: issued=other state=revoking -> unless_named under_revocation
    People review its revocation.
adopted_key_lost: issued=other kind=plain state=issued -> say reissue said_adopted_key_lost
    It is for a key that is not on this host.
issued_expired: issued=expired -> go due
    It has ended.
record_lost: issued=good record_lost -> resume record_lost
    It is live already, and not recorded.
ready: issued=good !record_lost -> resume ready
    It is verified and deployed.

[prepared]
prepared_live: prepared_key_live live_stands=valid/fault -> go deployed of_live
    The files and the key of a token were found, or what is live is not this certificate's.
prepared_gone: unknown entry_other -> go undeployed of_named_reissue
    A person found the reissue.
prepared_check: check=fault -> go check
    The order is not known to be this certificate's.
prepared_live_due: live_due!=no -> go live_due of_live
    A prepared reissue does not hide that the renewal is due.
prepared_due: state=issued/revoking due=renew/follow/stuck_follow/judged -> go due
    A renewal comes before it.
prepared_over: over due!=no -> go due
    The term is over.
prepared_later: entry_later -> go undeployed of_named_reissue
    A person found the reissue.
prepared_dead: state=dead dead=acts/judged -> go dead
    The order has ended.
prepared_done: done -> resume ready
    It was done, under the id of its order.
prepared_refused_live: refused original_live -> go deployed of_live
    WoTrus answered it, so what is live counts again.
prepared_refused: refused -> go undeployed of_original
    WoTrus answered it, so the order counts again.
interrupted: check=ours !done !refused -> say reissue said_interrupted
    It may have been sent: the same request is sent again.

[entry]
entry_fault: entry=other answer=known check=fault -> go check
    It is checked when it is first read, not once the record's has ended.
entry_fine: entry=* -> next
    It is one of the record, it is asked for when it is needed, or it is for this certificate.
"""
