# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readings of the manual: what it leaves open, the fixed words of each answer, and how it is learned.

A word without a text does not show for certain in answers, so it is never observed.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._readings.old_orders import OF_OLD_ORDERS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.reading import (
    ACT,
    CANNOT,
    FIRST_ORDER,
    REISSUE,
    Reading,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

READINGS: t.Mapping[str, Reading] = {
    **OF_OLD_ORDERS,
    # ---- what the first order shows, with its review and its issue
    "arrival": Reading(
        Message("Is an order rejected when it arrives?"),
        Message("A rejected order counts as placed, and ends the run for its certificate."),
        FIRST_ORDER,
        ("accepted", "rejected"),
        {"accepted": Message("No."), "rejected": Message("It was rejected.")},
        compatible=frozenset(("accepted", "rejected")),
    ),
    "fresh_order": Reading(
        Message("Does Query know an order at once?"),
        Message("A new order that Query does not know is asked for again."),
        FIRST_ORDER,
        ("known", "unknown for 3 seconds"),
        {"known": Message("It does."), "unknown for 3 seconds": Message("Only after some time.")},
        compatible=frozenset(("known",)),
    ),
    "create_answer": Reading(
        Message("Does Create answer the id of a new order?"),
        Message("Without an id, the order may be charged. A repeat of its value is the same order."),
        FIRST_ORDER,
        ("id", "none at first", "none", "busy at first"),
        {"id": Message("It does.")},
    ),
    "null_id": Reading(
        Message("How is an id written that is not there?"),
        Message("It decides nothing: null and zeros are no id."),
        FIRST_ORDER,
        ("null", "zero"),
        {"null": Message("As null."), "zero": Message("As an id of zeros.")},
    ),
    "ids": Reading(
        Message("How are ids written in Create and in reissues?"),
        Message("It decides nothing: ids are compared without case, blanks and braces."),
        FIRST_ORDER,
        ("plain", "braces", "mixed"),
        {
            "plain": Message("In small letters."),
            "braces": Message("In braces."),
            "mixed": Message("In capital letters, or with a blank."),
        },
        compatible=frozenset(("plain",)),
    ),
    "date_ahead": Reading(
        Message("Is Date ahead of the times of orders?"),
        Message("Times that are less than two days apart prove nothing."),
        FIRST_ORDER,
        ("0", "5", "28800", "94608000", "-94608000"),
        {
            "0": Message("They are of one clock."),
            "28800": Message("By eight hours."),
            "94608000": Message("By three years."),
            "-94608000": Message("It is behind them by three years."),
        },
    ),
    "payment": Reading(
        Message("Is an order paid when it is placed?"),
        Message("An order that is not paid waits for you."),
        FIRST_ORDER,
        ("at once", "later"),
        {"at once": Message("It is."), "later": Message("It is paid later.")},
    ),
    "review": Reading(
        Message("How long is the review of an order?"),
        Message("A run waits for wotrus_wait_timeout. Without an answer, the next run goes on."),
        FIRST_ORDER,
        ("by hand", "at once", "an hour", "two days"),
        {"at once": Message("It takes no time.")},
        is_of_product=True,
    ),
    "issuing": Reading(
        Message("Is an order issued by RetrievePem, or by itself?"),
        Message("Each wait calls RetrievePem at pendingCAIssued."),
        FIRST_ORDER,
        ("by RetrievePem", "by itself"),
        # Another run may have fetched what seems to be issued by itself.
        {"by RetrievePem": Message("By RetrievePem.")},
        is_of_product=True,
    ),
    "before_certificate": Reading(
        Message("What does RetrievePem answer before there is a certificate?"),
        Message("It decides nothing: the order stays pending."),
        FIRST_ORDER,
        ("refused", "null", "404"),
        {
            "refused": Message("It refuses."),
            "null": Message("It has none in its answer."),
            "404": Message("HTTP 404."),
        },
    ),
    "unpaid_certificate": Reading(
        Message("Does RetrievePem give a certificate that is not paid?"),
        Message("Without it, the order waits for you."),
        FIRST_ORDER,
        ("given", "withheld"),
        {"given": Message("It does."), "withheld": Message("It refuses.")},
    ),
    "status_case": Reading(
        Message("Are statuses written as in the manual?"),
        Message("It decides nothing: they are read in capital and small letters."),
        FIRST_ORDER,
        ("usual", "lower", "upper"),
        {
            "usual": Message("They are."),
            "lower": Message("In small letters."),
            "upper": Message("In capital letters."),
        },
    ),
    "retrieved": Reading(
        Message("Whose certificate does RetrievePem give?"),
        Message("A certificate for another key is never deployed."),
        FIRST_ORDER,
        ("own", "another order's for a day", "old and new by turns"),
        {"own": Message("That of the order's own key.")},
        compatible=frozenset(("own",)),
    ),
    "keys": Reading(
        Message("Which kinds of keys are accepted?"),
        Message("A key of a kind that was refused gives way if the entry asks for another kind."),
        FIRST_ORDER,
        ("any", "P-256 alone"),
        {"any": Message("Others than P-256, too.")},
        how=Message("Order a certificate for a key that is not of P-256."),
        is_of_product=True,
    ),
    "spelling": Reading(
        Message("How does Query write the names that were sent?"),
        Message("Names are compared without width, case and blanks. Other differences are order_mismatch."),
        FIRST_ORDER,
        ("usual", "full width", "traditional", "entities", "blanks", "no-break spaces", "upper case"),
        {
            "usual": Message("As they were sent."),
            "full width": Message("In full width."),
            "entities": Message("With entities of HTML."),
            "blanks": Message("With blanks at their end."),
            "no-break spaces": Message("With no-break spaces."),
            "upper case": Message("In capital letters."),
        },
        compatible=frozenset(("usual",)),
    ),
    "subjects": Reading(
        Message("How do certificates write the names that were sent?"),
        Message("A name that differs by more than width, case and blanks is a warning in every run."),
        FIRST_ORDER,
        ("as sent", "full width", "blanks", "no-break spaces", "upper case"),
        {
            "as sent": Message("As they were sent."),
            "full width": Message("In full width."),
            "blanks": Message("With blanks at their end."),
            "no-break spaces": Message("With no-break spaces."),
            "upper case": Message("In capital letters."),
        },
        compatible=frozenset(("as sent",)),
    ),
    "names": Reading(
        Message("Does WoTrus put other names into certificates?"),
        Message("Another name, or an e-mail address that the entry lacks, is a warning in every run."),
        FIRST_ORDER,
        ("as sent", "corrected in certificates", "with an e-mail address"),
        {
            "as sent": Message("No."),
            "corrected in certificates": Message("Another common name than Query shows."),
            "with an e-mail address": Message("An e-mail address that was not sent."),
        },
        compatible=frozenset(("as sent",)),
    ),
    # ---- what the first reissue shows
    "reissues": Reading(
        Message("Is a reissue granted?"),
        Message("Where it is refused, a person decides."),
        REISSUE,
        ("granted", "refused", "refused after the first", "refused after the third"),
        {"granted": Message("It was.")},
        compatible=frozenset(("granted",)),
    ),
    "reissue_id": Reading(
        Message("Which id does a reissue have?"),
        Message("It decides nothing: the record keeps the id of the purchase too."),
        REISSUE,
        ("new", "same", "null"),
        {
            "new": Message("A new one."),
            "same": Message("That of its order."),
            "null": Message("None, so that of its order counts."),
        },
    ),
    "replaced_order": Reading(
        Message("Does Query know an order that was reissued?"),
        Message("Without it, a renewal needs root_order_id or the journal."),
        REISSUE,
        ("known", "unknown", "answers new"),
        {
            "answers new": Message("It answers with the reissue."),
        },
        how=Message("Run wotrus.pki.probe with both ids."),
    ),
    "old_certificate": Reading(
        Message("Does RetrievePem give the old certificate after a reissue?"),
        Message("It decides nothing: the new one is waited for."),
        REISSUE,
        ("gone", "served for an hour"),
        how=Message("Fetch the certificate as soon as its reissue is issued."),
    ),
    "reissue_end": Reading(
        Message("When does the certificate of a reissue end?"),
        Message("Where it never ends later, a certificate that is shorter than its term is not reissued again."),
        REISSUE,
        ("the old one's", "the term's", "a new one's"),
        how=Message("Compare the ends of the certificates before it and after it."),
        is_of_product=True,
    ),
    # ---- what only an act shows
    "reissued_order": Reading(
        Message("What becomes of an order that was reissued?"),
        Message("Where it is revoked, a reissue of a certificate that ends waits for the last half of its window."),
        ACT,
        ("issued", "closed", "revoked"),
        how=Message("Look at the old order in the console, once its reissue is issued."),
        is_of_product=True,
    ),
    "repeat": Reading(
        Message("What does Create answer to a repeat of its value?"),
        Message("A rebuilt host finds its order by a repeat. If that is refused, name the order in order_id."),
        ACT,
        ("adopted", "refused", "refused with id", "new if dead"),
        how=Message("Move the record of a host away and run again, with wotrus_max_charged_orders at 1."),
    ),
    "values": Reading(
        Message("For how long is the value of Create kept?"),
        Message("Where it is forgotten, a lost disk and a lost record need order_id. Keep a journal."),
        ACT,
        ("kept", "forgotten after 30 days"),
        how=Message("Repeat an order that is more than a month old. It may be charged."),
    ),
    "repeat_of_reissued": Reading(
        Message("Which order does a repeat of Create answer after a reissue?"),
        Message("If it is the reissue, the order of the purchase must be named in root_order_id."),
        ACT,
        ("first", "newest"),
        how=Message("Repeat an order that was reissued."),
    ),
    "reissue_values": Reading(
        Message("Is a repeated reissue the same reissue?"),
        Message("wotrus_max_reissues bounds what a repeat may cost."),
        ACT,
        ("kept", "count for nothing"),
        how=Message("Repeat a reissue. It may be another one."),
    ),
    "long_months": Reading(
        Message("Are 13 and 25 months accepted?"),
        Message("Where they are refused, a renewal is sent for 12 or 24 months with the same value."),
        ACT,
        ("accepted", "refused"),
        {"accepted": Message("They are."), "refused": Message("They are refused.")},
        how=Message("Renew a certificate before its end."),
        is_of_product=True,
    ),
    "revocation": Reading(
        Message("Is a revocation reviewed?"),
        Message("Where it is, a run waits for wotrus_wait_timeout."),
        ACT,
        ("audited", "immediate"),
        {"audited": Message("It is."), "immediate": Message("No, it is done at once.")},
        how=Message("Revoke a certificate."),
    ),
    "revocation_review": Reading(
        Message("Does the review of a revocation end?"),
        Message("Until it ends, the order is shown as revoking."),
        ACT,
        ("ends", "never ends"),
        how=Message("Revoke a certificate, and wait."),
    ),
    # ---- what answers do not show
    "own_reissue": Reading(
        Message("Does WoTrus issue a certificate again by itself?"),
        Message("A newer certificate for the live key is deployed."),
        CANNOT,
        ("never", "at half of its life"),
        how=Message("It needs two certificates of an order from different months."),
    ),
    "months": Reading(
        Message("How long is a month of the term?"),
        Message("It decides nothing: ends within 31 days of each other are one end."),
        CANNOT,
        ("calendar", "30 days", "365 days a year"),
        how=Message("The certificate of a reissue may be as long by chance."),
    ),
    "query_lag": Reading(
        Message("Does Query show an issue at once?"),
        Message("It decides nothing: a certificate that was fetched counts."),
        CANNOT,
        ("0", "30", "900"),
        how=Message("No task asks Query after it has fetched a certificate."),
    ),
    "archive": Reading(
        Message("Is an order closed although its certificate is valid?"),
        Message("Nothing is done until the certificate is in its window."),
        CANNOT,
        ("never", "closed after 30 days", "closed after 30 days, without its certificate"),
        how=Message("A person may have closed it too."),
    ),
    "stored_but_failed": Reading(
        Message("Does isSuccess say false although a request was stored?"),
        Message("A refused request counts as one that may have been stored."),
        CANNOT,
        ("nothing", "reissue", "revoke", "cancel"),
        how=Message("Only the console shows it."),
    ),
}
"""Each reading by its name, those first that an old order shows."""


def is_contradiction(reading: str, word: str, other: str) -> bool:
    """Return whether a reading cannot have both words, which answers showed."""
    known = READINGS.get(reading)
    return known is not None and word != other and {word, other} <= known.found.keys() - known.compatible
