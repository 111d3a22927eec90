# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes where they would cost most, chosen by hand, and the test that finds each.

A mutant replaces one text of one file of ``plugins/module_utils``. It lives if its test still passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Mutant:
    """A mistake.

    :ivar name: what it does, in a few words
    :ivar file: below ``plugins/module_utils``
    :ivar killer: the test that must fail with it, as pytest names it
    """

    name: str
    file: str
    old: str
    new: str
    killer: str

    @property
    def path(self) -> Path:
        """The file."""
        return ROOT / "plugins" / "module_utils" / self.file

    def text(self) -> str:
        """Return the file with the mistake.

        :raises ValueError: it does not have the old text once
        """
        before = self.path.read_text(encoding="utf-8")
        if before.count(self.old) != 1:
            raise ValueError(f"{self.file} has {before.count(self.old)} times: {self.old}")
        return before.replace(self.old, self.new)


ROWS, SITUATION, SHOWN, NAMED, DUE, ON_HOST, STAGES, RENEWAL, CLAIMS = (
    f"_planning/{name}.py"
    for name in ("rows", "situation", "shown", "named", "due", "on_host", "stages", "renewal", "claims")
)
DUE_OUTCOMES, LIVE_OUTCOMES = (f"_planning/{name}.py" for name in ("due_outcomes", "live_outcomes"))
SEND, SEND_CHECK, LIMIT, CHARGE, FETCH = (
    f"_workflow/{name}.py" for name in ("send", "send_check", "limit", "charge", "fetch")
)
ROLLBACK, SWITCH, PRESENT = "_deployment/rollback.py", "_store/switch.py", "_deployment/present.py"
RECORD = "_model/record_changes.py"

OF_DECISION = "tests/unit/planning/test_decision.py::"
OF_LIMIT = "tests/unit/workflow/test_limit.py::"
OF_CHARGE = "tests/unit/workflow/test_charge.py::"
OF_STORE = "tests/unit/store/"
OF_WORLD = "tests/simulation/"

MUTANTS = (
    # ---- the rules: what follows an order, and who permits it
    Mutant(
        "a term that runs is due",
        RENEWAL,
        "    return is_one_end or facts.now >=",
        "    return True or facts.now >=",
        f"{OF_DECISION}test_certificate_that_ends_within_the_paid_term_is_reissued",
    ),
    Mutant(
        "each order is a purchase",
        RENEWAL,
        "    return is_whole or reaches_end(certificate, dates)",
        "    return True",
        f"{OF_WORLD}test_money.py::test_reissue_that_a_record_calls_a_purchase_is_not_followed",
    ),
    Mutant(
        "any end is that of the term",
        RENEWAL,
        "    return certificate.not_after >= dates.not_after - ONE_END",
        "    return certificate.not_after >= dates.not_after - 12 * ONE_END",
        f"{OF_DECISION}test_certificate_that_ends_within_the_paid_term_is_reissued",
    ),
    Mutant(
        "a name of the entry permits any follower",
        NAMED,
        "    if id_key(order_id) in facts.wanted.replace_orders:",
        "    if facts.wanted.replace_orders:",
        f"{OF_DECISION}test_order_that_follows_a_replaced_one_and_dies_is_not_replaced_without_its_own_name",
    ),
    Mutant(
        "a name of the run counts for each entry",
        NAMED,
        "    return bool(said) and not differences(",
        "    return bool(said) or not differences(",
        f"{OF_DECISION}test_order_that_is_named_for_a_run_is_followed_by_the_entry_that_it_is_for",
    ),
    Mutant(
        "a renewal follows the reissue",
        DUE_OUTCOMES,
        "        follows=case.claim.root_order_id,\n        months=months,",
        "        follows=order.id,\n        months=months,",
        f"{OF_DECISION}test_renewal_of_a_reissue_follows_the_root",
    ),
    Mutant(
        "the controller's clock alone renews",
        DUE,
        '    return "absent" if case.facts.ca_time is None else "apart"',
        '    return "agreed"',
        f"{OF_DECISION}test_nothing_is_renewed_by_the_controllers_clock_alone",
    ),
    Mutant(
        "the entry's order is followed though what is live is valid",
        ROWS,
        "entry_stage=places entry_permitted\n        -> go",
        "entry_stage=places\n        -> go",
        f"{OF_DECISION}test_valid_certificate_that_the_record_lost_is_not_replaced_by_the_entrys_order_until_a_person_names_it",
    ),
    Mutant(
        "any order of the entry is permitted to be followed",
        STAGES,
        "    return follows is not None and not facts.placed and is_named(facts, facts.known_order(follows), follows)",
        "    return follows is not None and not facts.placed",
        f"{OF_DECISION}test_valid_certificate_that_the_record_lost_is_not_replaced_by_the_entrys_order_until_a_person_names_it",
    ),
    Mutant(
        "an entry may name an order of somebody else",
        ROWS,
        "entry_of_others: entry_gate=blocked -> go entry of_entry\n    The entry names an order of somebody else.\n",
        "",
        f"{OF_WORLD}test_pairs.py::test_pair_of_another_certificate_is_red_at_once",
    ),
    Mutant(
        "a host that cannot be read is a new one",
        ROWS,
        "host_fault: host=fault -> block host_fault\n    Nothing is ordered on an unknown state.\n",
        "",
        f"{OF_DECISION}test_unreadable_host_is_blocked_without_a_query",
    ),
    Mutant(
        "another name places another first order",
        ON_HOST,
        '        return "first" if name in (None, case.facts.wanted.order_name) else "renamed"',
        '        return "first"',
        f"{OF_DECISION}test_first_order_that_was_prepared_under_another_name_is_blocked",
    ),
    Mutant(
        "a prepared reissue is another request",
        LIVE_OUTCOMES,
        "    ended = (pending.ended_serial_number, pending.ended_not_after)\n",
        "    ended = (None, None)\n",
        f"{OF_WORLD}test_terms.py::test_killed_reissue_of_a_certificate_that_ends_is_one_reissue",
    ),
    Mutant(
        "the value of a follower depends on the spelling of its root",
        "_model/idempotence.py",
        'f"follow\\n{id_key(root_order_id)}"',
        'f"follow\\n{root_order_id}"',
        "tests/unit/model/test_idempotence.py::test_spelling_of_an_id_or_digest_does_not_change_the_value",
    ),
    Mutant(
        "a key is certified once an order",
        "_model/idempotence.py",
        '    parts += [f"ends {ended_serial_number.lower()}"] if ended_serial_number else []\n',
        "",
        f"{OF_WORLD}test_terms.py::test_keys_that_stay_are_certified_again",
    ),
    # ---- identity: whom an order is for
    Mutant(
        "an order for another name is used",
        SHOWN,
        '    if order_differences(case):\n        return "other"\n',
        "",
        f"{OF_DECISION}test_order_for_something_else_is_never_reissued_deployed_or_followed",
    ),
    Mutant(
        "any root fits",
        SHOWN,
        '    return "known" if is_root and not is_younger(found, order, by=TWO_CLOCKS) else "misfit"',
        '    return "known"',
        f"{OF_DECISION}test_root_that_does_not_fit_is_not_followed",
    ),
    Mutant(
        "a root of the record may have another name",
        SHOWN,
        "    most_others = 1 if is_same_id(case.claim.root_order_id, wanted.root_order_id) else 0",
        "    most_others = 1",
        f"{OF_DECISION}test_root_that_does_not_fit_is_not_followed",
    ),
    Mutant(
        "a pair of the entry is trusted",
        SHOWN,
        '    return "bought_later" if found is not None and is_other and _is_bought_later(case, found) else "ours"',
        '    return "ours"',
        f"{OF_WORLD}test_pairs.py::test_root_of_the_chains_beginning_is_red_at_once",
    ),
    Mutant(
        "an order of the last hour is lost",
        SHOWN,
        "abs(facts.now - since) < _NOT_SHOWN_YET",
        "abs(facts.now - since) < _NOT_SHOWN_YET * 0",
        f"{OF_DECISION}test_order_of_the_last_hour_that_query_does_not_show_is_waited_for",
    ),
    Mutant(
        "a certificate that cannot be fetched is none",
        SITUATION,
        "        raise CallFailed(error, claim)\n    return answer\n",
        "        pass\n    return answer\n",
        f"{OF_WORLD}test_money.py::test_certificate_that_cannot_be_fetched_is_not_taken_for_an_expired_one",
    ),
    Mutant(
        "an order that cannot be asked for is unknown",
        SITUATION,
        "        raise CallFailed(answer.error, Claim(order_id, None))\n",
        "        pass\n",
        f"{OF_WORLD}test_money.py::test_purchase_that_cannot_be_asked_for_is_not_taken_for_unknown",
    ),
    Mutant(
        "the named root accepts two other names",
        SHOWN,
        "    return others if len(others) == len(found) else []",
        "    return []",
        f"{OF_WORLD}test_pairs.py::test_pair_of_another_certificate_is_red_at_once",
    ),
    Mutant(
        "a certificate for somebody else is deployed",
        FETCH,
        "    if len(wrong) > 1 and not is_same_id(",
        "    if len(wrong) > 2 and not is_same_id(",
        f"{OF_WORLD}test_names.py::test_certificate_of_two_other_names_is_not_deployed_until_the_entry_names_its_root",
    ),
    Mutant(
        "two ids that are missing are the same",
        "_model/ids.py",
        '    return bool(key) and key == id_key(other or "")',
        '    return key == id_key(other or "")',
        "tests/unit/model/test_ids.py::test_a_blank_id_is_none",
    ),
    Mutant(
        "the id of zeros is one",
        "_model/ids.py",
        '    return found if found.strip("0-") else None',
        "    return found or None",
        f"{OF_WORLD}test_charges.py::test_order_without_an_id_may_be_charged_and_is_found_by_the_next_run",
    ),
    Mutant(
        "an order that is not from this run is of its hosts",
        CHARGE,
        "    return CHARGED if placed.created else MAYBE_CHARGED",
        "    return CHARGED if placed.created else NOT_CHARGED",
        f"{OF_CHARGE}test_age_of_the_order_by_the_clock_of_the_answer_decides",
    ),
    # ---- renewal: when a certificate and its term are due
    Mutant(
        "the window may be the whole life",
        RENEWAL,
        "_SHARE = 3\n",
        "_SHARE = 1\n",
        f"{OF_DECISION}test_window_is_at_most_a_third_of_the_life_and_of_the_term",
    ),
    Mutant(
        "the window is cut by the life alone",
        RENEWAL,
        "    longest = min(life, length_of(months)) / _SHARE",
        "    longest = life / _SHARE",
        f"{OF_DECISION}test_window_is_at_most_a_third_of_the_life_and_of_the_term",
    ),
    Mutant(
        "the spread makes a renewal later",
        RENEWAL,
        "min(asked + spread, longest)",
        "min(asked - spread, longest)",
        "tests/unit/planning/test_plan.py::test_spread_renews_earlier_and_never_later",
    ),
    Mutant(
        "a refused order has a term",
        RENEWAL,
        "    has_no_term = order.status == REJECTED or order.is_waiting or order.is_unpaid",
        "    has_no_term = order.is_waiting or order.is_unpaid",
        f"{OF_DECISION}test_closed_order_past_its_term_is_expired_and_not_dead",
    ),
    Mutant(
        "an earlier order of the entry is newer",
        NAMED,
        "        return found > own\n",
        "        return True\n",
        f"{OF_DECISION}test_earlier_order_in_the_entry_does_not_replace_a_dead_one",
    ),
    Mutant(
        "what moves no end on is reissued again",
        DUE,
        '    return "stuck" if is_stuck else "moves"',
        '    return "stuck" if case.claim.refused else "moves"',
        f"{OF_DECISION}test_end_that_no_reissue_moves_on_is_left_to_a_person",
    ),
    Mutant(
        "a reissue revokes what is live at once",
        DUE,
        "    return found.not_after - (found.not_after - opens) / 2",
        "    return opens",
        f"{OF_DECISION}test_reissue_that_revokes_what_is_live_waits_for_the_last_half_of_the_window",
    ),
    Mutant(
        "the reissue of an end is that of a key",
        DUE_OUTCOMES,
        'Said("ends_early", why, ended=ended, handling=Handling.DUE)',
        'Said("ends_early", why, handling=Handling.DUE)',
        f"{OF_WORLD}test_terms.py::test_keys_that_stay_are_certified_again",
    ),
    Mutant(
        "a reissue that WoTrus refused is requested by the next run",
        ROWS,
        "refused_again: refused_before !wished ->",
        "refused_again: refused_before wished ->",
        f"{OF_WORLD}test_money.py::test_reissue_that_wotrus_refused_is_requested_again_only_by_a_person",
    ),
    Mutant(
        "a pending reissue hides that the renewal is due",
        ROWS,
        "reissue_live_due: kind!=plain live_due!=no ->",
        "reissue_live_due: kind=plain live_due!=no ->",
        f"{OF_DECISION}test_pending_reissue_hides_no_renewal",
    ),
    Mutant(
        "an adopted order is not looked at before it is deployed",
        ON_HOST,
        "former == found.fingerprint_sha256) or not fits_key(facts, found):",
        "former == found.fingerprint_sha256):",
        f"{OF_DECISION}test_order_of_a_lost_key_is_reissued_free_with_a_warning_that_names_it",
    ),
    Mutant(
        "a lost key is not noticed",
        ON_HOST,
        '    if live is not None and live.key_matches is not False:\n        return "here"',
        '    if live is not None:\n        return "here"',
        f"{OF_DECISION}test_live_certificate",
    ),
    Mutant(
        "an order under revocation is reissued",
        ROWS,
        "revoking: state=revoking -> nothing revoking\n",
        "revoking: state=dead -> nothing revoking\n",
        f"{OF_DECISION}test_live_certificate",
    ),
    Mutant(
        "on_change fail reissues",
        ON_HOST,
        "    return case.facts.wanted.may_reissue\n",
        "    return True\n",
        "tests/unit/planning/test_plan.py::test_changed_entry_is_reissued_or_blocked_by_on_change",
    ),
    # ---- limits
    Mutant(
        "the largest limit counts",
        LIMIT,
        "        min((limit.charged_orders for limit in limits), default=0)",
        "        max((limit.charged_orders for limit in limits), default=0)",
        f"{OF_LIMIT}test_smallest_limits_of_the_hosts_count",
    ),
    Mutant(
        "the largest limit of reissues counts",
        LIMIT,
        "min((limit.reissues for limit in limits), default=0)",
        "max((limit.reissues for limit in limits), default=0)",
        f"{OF_LIMIT}test_smallest_limits_of_the_hosts_count",
    ),
    Mutant(
        "orders of earlier batches do not count",
        LIMIT,
        "least.charged_orders - len(placed)",
        "least.charged_orders",
        f"{OF_LIMIT}test_orders_of_earlier_batches_count_if_this_one_orders_too",
    ),
    Mutant(
        "the first of all is the most urgent",
        LIMIT,
        'map(request_of, sorted(due, key=lambda row: row["expires"] or ""))',
        "map(request_of, due)",
        f"{OF_LIMIT}test_due_renewals_come_first_and_the_most_urgent_before_the_others",
    ),
    Mutant(
        "others are sent in part",
        LIMIT,
        "*(others if len(urgent) + len(others) <= left else ())",
        "*(others if len(urgent) < left else ())",
        f"{OF_LIMIT}test_reissues_that_a_person_asks_for_are_sent_if_all_of_them_fit",
    ),
    Mutant(
        "two hosts may share an order without its key",
        LIMIT,
        "        if len(claiming) < 2 or _is_shared_key(claiming):",
        "        if len(claiming) < 3 or _is_shared_key(claiming):",
        f"{OF_LIMIT}test_two_hosts_that_claim_one_order_are_both_blocked",
    ),
    Mutant(
        "two entries may follow one order",
        LIMIT,
        'naming[id_key(row["follows"])] > 1:',
        'naming[id_key(row["follows"])] > 2:',
        f"{OF_LIMIT}test_order_of_another_name_is_followed_only_if_no_other_entry_names_it",
    ),
    Mutant(
        "the count allows one more",
        LIMIT,
        "                if mine is None and len(slots) < limit:",
        "                if mine is None and len(slots) <= limit:",
        f"{OF_LIMIT}test_limit_of_zero_sends_nothing",
    ),
    Mutant(
        "a request without an answer gives its unit back",
        LIMIT,
        "        self.charged = True\n",
        "        self.charged = False\n",
        f"{OF_LIMIT}test_order_whose_answer_is_unknown_keeps_its_unit",
    ),
    Mutant(
        "a maybe gives its unit of the limit back",
        SEND,
        "            reservation.charged = charged != NOT_CHARGED",
        "            reservation.charged = charged not in (NOT_CHARGED, MAYBE_CHARGED)",
        f"{OF_WORLD}test_charges.py::test_count_alone_keeps_the_unit_of_an_order_whose_answer_is_unknown",
    ),
    # ---- sending
    Mutant(
        "an order of a provided key is charged for each host",
        SEND,
        "            charged = NOT_CHARGED if reservation.take(placed.order_id) else charge\n",
        "            charged = charge\n",
        f"{OF_WORLD}test_ends.py::test_hosts_that_share_a_key_share_one_paid_certificate",
    ),
    Mutant(
        "a busy server proves that nothing was placed",
        "_orders/open_request.py",
        "    return error.answer_lost or isinstance(error, RejectedByApi)",
        "    return error.answer_lost",
        f"{OF_WORLD}test_examples.py::test_every_promise_holds[order_that_is_stored_though_busy]",
    ),
    Mutant(
        "a key whose answer was lost gives way",
        SEND,
        "isinstance(refusal, RejectedByApi) and not refusal.answer_lost and",
        "isinstance(exc, WotrusError) and",
        f"{OF_WORLD}test_refused_keys.py::test_key_of_a_request_whose_answer_was_lost_keeps_its_kind",
    ),
    Mutant(
        "a CSR for another key than the provided one is sent",
        SEND_CHECK,
        "            public_key_sha256=wanted.public_key_sha256,",
        "            public_key_sha256=None,",
        f"{OF_WORLD}test_csrs.py::test_host_that_shares_a_provided_key_gets_no_certificate_for_a_key_of_its_own",
    ),
    Mutant(
        "the order of another host is reissued",
        SEND_CHECK,
        " in permission.foreign and not is_named:",
        " in permission.foreign and is_named:",
        f"{OF_WORLD}test_identity.py::test_reissue_of_an_order_that_another_host_claims_is_not_sent_whatever_the_forecast_says",
    ),
    Mutant(
        "an order of another organization is reissued",
        SHOWN,
        '    return "other" if not is_unsaid and organization_differences(case) else "ours"',
        '    return "ours"',
        f"{OF_DECISION}test_order_of_another_organization_is_neither_reissued_nor_renewed",
    ),
    Mutant(
        "a root may be younger",
        SHOWN,
        ' if is_root and not is_younger(found, order, by=TWO_CLOCKS) else "misfit"',
        ' if is_root else "misfit"',
        f"{OF_DECISION}test_root_that_does_not_fit_is_not_followed",
    ),
    Mutant(
        "the journal's root is not asked for",
        SEND_CHECK,
        "    if is_same_id(root_id, follows):\n        return\n",
        "    if root_id is not None:\n        return\n",
        f"{OF_WORLD}test_terms.py::test_reissue_that_a_record_calls_a_purchase_is_known_from_the_journal",
    ),
    Mutant(
        "a refused reissue of an end is asked for by each run",
        SEND,
        "        if task.decision.ended_serial_number is not None and not exc.answer_lost:",
        "        if task.decision.ended_serial_number is not None and exc.answer_lost:",
        f"{OF_WORLD}test_terms.py::test_reissue_that_wotrus_refuses_is_left_to_a_person",
    ),
    Mutant(
        "an approved plan lets another order through",
        SEND_CHECK,
        "    if is_other:\n        raise OrderLimit(",
        "    if is_other and not approved:\n        raise OrderLimit(",
        f"{OF_WORLD}test_examples.py::test_every_promise_holds[approved_plan_and_an_order_that_follows]",
    ),
    Mutant(
        "an order of this minute was charged earlier",
        CHARGE,
        "    is_old = date - created > TWO_CLOCKS and",
        "    is_old = date - created > dt.timedelta() and",
        f"{OF_CHARGE}test_age_of_the_order_by_the_clock_of_the_answer_decides",
    ),
    Mutant(
        "a request of yesterday's record is no request",
        CHARGE,
        "date - requested_at <= TWO_CLOCKS",
        "date - requested_at <= dt.timedelta()",
        f"{OF_CHARGE}test_old_order_is_not_charged_unless_it_may_have_been_placed_since",
    ),
    Mutant(
        "clocks that differ agree",
        CHARGE,
        "(clock is None or are_clocks_agreed(date, clock))",
        "True",
        f"{OF_CHARGE}test_old_order_is_not_charged_unless_it_may_have_been_placed_since",
    ),
    # ---- deployment and rollback
    Mutant(
        "a rolled back certificate is forgotten",
        ROWS,
        "rolled_back: undone -> resume rolled_back\n    A newer certificate was rolled back.\n",
        "",
        f"{OF_DECISION}test_rolled_back_certificate_is_deployed_again_without_an_order",
    ),
    Mutant(
        "a release without its key is made live again",
        ROLLBACK,
        "    if not facts.key_matches:\n",
        "    if facts is None:\n",
        f"{OF_STORE}test_removed.py::test_former_release_without_its_key_is_not_deployed",
    ),
    Mutant(
        "a second rollback goes further back",
        ROLLBACK,
        "        if record.live.release == current.live and last is not None and last.operation == ROLLED_BACK:",
        "        if last is None:",
        f"{OF_STORE}test_removed.py::test_rolling_back_twice_is_rolling_back_once",
    ),
    Mutant(
        "services do not hear of a rollback",
        ROLLBACK,
        "    wants_reload = current.live != release and",
        "    wants_reload = current.live == release and",
        f"{OF_STORE}test_reload.py::test_a_rollback_by_a_person_is_reloaded",
    ),
    Mutant(
        "a rollback does not ask the validate command",
        ROLLBACK,
        "                if validates:\n",
        "                if not validates:\n",
        f"{OF_STORE}test_removed.py::test_validate_may_refuse_a_rollback",
    ),
    Mutant(
        "a rollback is recorded as a renewal",
        RECORD,
        "        superseded.append(_former(record.live, ROLLED_BACK))",
        '        superseded.append(_former(record.live, "renew"))',
        f"{OF_STORE}test_removed.py::test_rolling_back_twice_is_rolling_back_once",
    ),
    Mutant(
        "a failed switch stays",
        SWITCH,
        "            set_symlink(layout, former)\n",
        "            pass\n",
        f"{OF_STORE}test_failing_disk.py::test_switch_with_wrong_files_is_undone",
    ),
    Mutant(
        "the record says that a failed switch was made",
        SWITCH,
        "            if with_reload != before:\n                write_record(layout, before)\n",
        "",
        f"{OF_STORE}test_failing_disk.py::test_switch_with_wrong_files_is_undone",
    ),
    Mutant(
        "the live files are not read back",
        SWITCH,
        "        if read_file(layout.live / name) != data:",
        "        if read_file(layout.live / name) is None:",
        f"{OF_STORE}test_failing_disk.py::test_switch_with_wrong_files_is_undone",
    ),
    Mutant(
        "the live key is not tried",
        SWITCH,
        "    if key is not None and not proves_key(key, read_certificate(layout.live)):",
        "    if key is None and not layout:",
        f"{OF_STORE}test_failing_disk.py::test_switch_is_undone_if_the_new_key_does_not_sign",
    ),
    Mutant(
        "a killed switch forgets its services",
        SWITCH,
        "    if with_reload != before:\n        write_record(layout, with_reload)\n",
        "",
        f"{OF_STORE}test_kill.py::test_a_new_certificate_is_served_or_its_reload_is_pending",
    ),
    Mutant(
        "what the validate command refused is live",
        PRESENT,
        "    if done.problem:\n",
        "    if done is None:\n",
        f"{OF_STORE}test_present.py::test_release_that_validate_refused_can_be_deployed_later",
    ),
    # ---- what signs in production, and where its key is
    Mutant(
        "a document of a former certificate is as good as one of before the switch",
        "_deployment/signed_documents.py",
        "    return SUPERSEDED if moment > since + _RELOAD else FORMER, certificate",
        "    return FORMER, certificate",
        f"{OF_STORE}test_signed_documents.py::test_a_service_that_keeps_its_former_key_is_found_after_the_switch_alone",
    ),
    Mutant(
        "a certificate in a document is the signer's by its name alone",
        "_x509/document_signatures.py",
        "                if is_signed(message, content, certificate):",
        "                if certificate:",
        f"{OF_STORE}test_signed_documents.py::test_a_certificate_that_is_only_in_the_document_must_have_signed_it",
    ),
    Mutant(
        "a key that the token calls extractable is hardware",
        "_planning/key_home.py",
        '    if storage == PKCS11 and said.get("never_extractable") is not True:',
        '    if storage == PKCS11 and "never_extractable" not in said:',
        "tests/unit/planning/test_key_home.py::test_nothing_is_sent_without_the_words_of_the_host",
    ),
    Mutant(
        "a request is sent whatever its host says of the key",
        SEND_CHECK,
        "    require_home(task.facts.wanted, task.key_evidence)\n",
        "",
        f"{OF_WORLD}test_key_home.py::test_nothing_is_sent_for_a_key_of_which_the_token_says_nothing",
    ),
)
