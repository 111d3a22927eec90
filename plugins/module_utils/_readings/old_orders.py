# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readings that one old order shows."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._readings.reading import DAYS, OLD_ORDER, QUERY_FIELDS, Reading
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

OF_OLD_ORDERS: t.Mapping[str, Reading] = {
    "date": Reading(
        Message("Do answers have the header Date?"),
        Message("Without it, nothing is renewed by itself, since the age of an order is not known."),
        OLD_ORDER,
        ("sent", "missing"),
        {"sent": Message("They have it."), "missing": Message("They lack it.")},
    ),
    "clocks": Reading(
        Message("How far are Date and the controller's clock apart?"),
        Message("If they are more than two days apart, nothing is renewed by itself."),
        OLD_ORDER,
        ("within a minute", "within an hour", "within two days", "more than two days"),
        {
            "within a minute": Message("At most a minute."),
            "within an hour": Message("At most an hour."),
            "within two days": Message("Hours, and at most two days."),
            "more than two days": Message("More than two days."),
        },
        compatible=frozenset(("within a minute", "within an hour", "within two days", "more than two days")),
    ),
    "create_time": Reading(
        Message("How is createTime written?"),
        Message("The age of an order and its paid term begin there. Without it, nothing is renewed by itself."),
        OLD_ORDER,
        (
            "usual",
            "seconds",
            "decimals",
            "utc",
            "slashes",
            "empty",
            "1900",
            "1970",
            "year 1",
            "moved",
            "blank",
            "milliseconds",
        ),
        {
            "usual": Message("With milliseconds and +08:00, as in the manual."),
            "seconds": Message("With seconds, without a zone."),
            "decimals": Message("With seven decimals, without a zone."),
            "utc": Message("In UTC."),
            "slashes": Message("With slashes, without a zone."),
            "empty": Message("It is null."),
            "1900": Message("It is of 1900."),
            "1970": Message("It is of 1970."),
            "year 1": Message("It is of the year 1."),
            "moved": Message("A reissue moves it."),
            "blank": Message("It is an empty text."),
            "milliseconds": Message("As milliseconds since 1970, which are not read."),
        },
        compatible=frozenset(("moved",)),
    ),
    "id_of_query": Reading(
        Message("How does Query write an order's id?"),
        Message("It decides nothing: ids are compared without case, blanks and braces."),
        OLD_ORDER,
        ("small letters", "capital letters", "braces", "blanks"),
        {
            "small letters": Message("In small letters."),
            "capital letters": Message("In capital letters."),
            "braces": Message("In braces."),
            "blanks": Message("With a blank beside it."),
        },
        compatible=frozenset(("small letters", "capital letters", "braces", "blanks")),
    ),
    "numbers": Reading(
        Message("Are numbers JSON numbers?"),
        Message("It decides nothing: both are read."),
        OLD_ORDER,
        ("numbers", "text"),
        {"numbers": Message("They are numbers."), "text": Message("They are text.")},
    ),
    "flags": Reading(
        Message("How are flags such as isCSRSubmitted written?"),
        Message("It decides nothing: each form is read."),
        OLD_ORDER,
        ("true and false", "numbers", "text"),
        {
            "true and false": Message("As true and false."),
            "numbers": Message("As 0 and 1."),
            "text": Message("As text."),
        },
    ),
    "duration": Reading(
        Message("What is the unit of duration?"),
        Message("Only months are read. In another unit, the larger term of the entry and the record counts."),
        OLD_ORDER,
        ("months", "years", "days"),
        {"months": Message("Months."), "years": Message("Years."), "days": Message("Days.")},
        is_of_product=True,
    ),
    "odd_field": Reading(
        Message("Has a field of Query another type than in the manual?"),
        Message("It decides nothing: each of these types is read, or the field counts as missing."),
        OLD_ORDER,
        ("none", "orderNumber", "org", "duration", "isPay", "isSuccess"),
        {
            "none": Message("Their types are those of the manual."),
            "orderNumber": Message("orderNumber is a number."),
            "org": Message("org is text."),
            "duration": Message("duration is text without a number."),
            "isPay": Message("isPay is text without a number."),
            "isSuccess": Message("isSuccess is text."),
        },
        compatible=frozenset(("none", "orderNumber", "org", "duration", "isPay", "isSuccess")),
    ),
    "query_field": Reading(
        Message("Does Query have each field of the manual?"),
        Message("Without cn or org, the names of the certificate decide whom an order is for."),
        OLD_ORDER,
        ("as described", *(f"{field} {state}" for field in QUERY_FIELDS for state in ("missing", "null"))),
        {
            "as described": Message("It has them."),
            **{f"{field} missing": Message("It lacks {field}.", field=field) for field in QUERY_FIELDS},
            **{f"{field} null": Message("Its {field} is null.", field=field) for field in QUERY_FIELDS},
        },
        compatible=frozenset(
            ("as described", *(f"{field} {state}" for field in QUERY_FIELDS for state in ("missing", "null")))
        ),
    ),
    "product_name": Reading(
        Message("Is productName as in the manual?"),
        Message("It decides nothing: productID does."),
        OLD_ORDER,
        ("as in the manual", "another"),
        {"as in the manual": Message("It is the same."), "another": Message("It is another one.")},
        is_of_product=True,
    ),
    "lifetime": Reading(
        Message("How long is a certificate valid?"),
        Message("A certificate that is shorter than the paid term is reissued on its order as often as that helps."),
        OLD_ORDER,
        ("the term", *(f"{days} days" for days in DAYS)),
        {
            "the term": Message("As long as was paid."),
            **{f"{days} days": Message("{days} days.", days=days) for days in DAYS},
        },
        # A bound may be longer than one term, and shorter than another.
        compatible=frozenset(("the term",)),
        is_of_product=True,
    ),
    "backdated": Reading(
        Message("Does a certificate begin long before its order?"),
        Message("The renewal window counts from its arrival, so that it is not renewed at once."),
        OLD_ORDER,
        ("no", "200 days"),
        {"no": Message("No."), "200 days": Message("Some 200 days before.")},
        # A later reissue under the same id does not.
        compatible=frozenset(("no",)),
        is_of_product=True,
    ),
    "chain": Reading(
        Message("In which order is a chain?"),
        Message("It decides nothing: a chain is built by its signatures."),
        OLD_ORDER,
        ("root first", "nearest first", "in no order", "without a root"),
        {
            "root first": Message("The root first, as in the manual."),
            "nearest first": Message("The nearest intermediate first."),
            "in no order": Message("In no order."),
            "without a root": Message("It has no root. Set wotrus_root_ca_path."),
        },
        is_of_product=True,
    ),
    "key_usage": Reading(
        Message("What may the key of a certificate do?"),
        Message("A key that may decrypt is kept until a person removes it."),
        OLD_ORDER,
        ("sign", "sign and encrypt", "encrypt", "neither"),
        {
            "sign": Message("Sign."),
            "sign and encrypt": Message("Sign and encrypt."),
            "encrypt": Message("Encrypt. Such a certificate is not deployed."),
            "neither": Message("Neither sign nor encrypt. Such a certificate is not deployed."),
        },
        is_of_product=True,
    ),
    "extended_usage": Reading(
        Message("Which extended usages does a certificate have?"),
        Message("A certificate without a usage for documents is deployed only if wotrus_verification is compatible."),
        OLD_ORDER,
        ("documents", "none", "others"),
        {
            "documents": Message("One that readers accept for documents."),
            "none": Message("None, so each is allowed."),
            "others": Message("Only others."),
        },
        is_of_product=True,
    ),
    "revocation_addresses": Reading(
        Message("Which addresses for revocation does a certificate name?"),
        Message("A firewall must allow them. Without any, a revocation is not noticed."),
        OLD_ORDER,
        ("OCSP and lists", "OCSP", "lists", "none"),
        {
            "OCSP and lists": Message("OCSP and revocation lists."),
            "OCSP": Message("OCSP alone."),
            "lists": Message("Revocation lists alone."),
            "none": Message("None."),
        },
        is_of_product=True,
    ),
    "certificate_name": Reading(
        Message("Does a certificate have the common name that Query shows?"),
        Message("Another name than the entry's is a warning in every run. Width, case and blanks do not count."),
        OLD_ORDER,
        ("the same", "written otherwise", "another"),
        {
            "the same": Message("It does."),
            "written otherwise": Message("Only width, case or blanks differ."),
            "another": Message("It has another one."),
        },
        compatible=frozenset(("the same", "written otherwise", "another")),
        is_of_product=True,
    ),
    "sign_beside": Reading(
        Message("Does RetrievePem answer pem_Sign beside pem_RSA, without a chain?"),
        Message("It decides nothing: such a pem_Sign is left out."),
        OLD_ORDER,
        ("no", "yes"),
        {"no": Message("No."), "yes": Message("Yes.")},
        is_of_product=True,
    ),
    "ended": Reading(
        Message("What is the status of an order whose certificate has expired?"),
        Message("It decides nothing: the dates of the certificate do."),
        OLD_ORDER,
        ("issued", "expired", "unknown"),
        {
            "issued": Message("issued."),
            "expired": Message("expired, which the manual does not have."),
            "unknown": Message("unknown."),
        },
    ),
    "expired": Reading(
        Message("Is an order closed when its certificate expires?"),
        Message("A closed order whose certificate has ended is followed only if its purchase is known and due."),
        OLD_ORDER,
        ("issued", "closed"),
        {"issued": Message("No.")},
    ),
    "expired_certificate": Reading(
        Message("Does RetrievePem give a certificate that has expired?"),
        Message("Without one, the paid term alone says when an order is due."),
        OLD_ORDER,
        ("given", "refused"),
        {"given": Message("It does."), "refused": Message("It refuses.")},
    ),
    "unpaid_orders": Reading(
        Message("Is an order closed that nobody pays?"),
        Message("An order that waits for its payment is a warning after wotrus_alarm_waiting_days."),
        OLD_ORDER,
        ("kept", "closed after 30 days", "closed after 60 days"),
        {"kept": Message("Not within 60 days.")},
    ),
}
