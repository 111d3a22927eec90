# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes in the role's variables: all at once, and without secrets."""

from __future__ import annotations

import datetime as dt
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._planning.option_types import most_similar, read_options
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import (
    certificates_of,
    entries_of,
    mistakes_shown,
    order_names_of,
    unknown_variables,
    variable_mistakes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._role import ENTRY_ARGUMENTS, SPECS
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from tests.unit.planning.entries import ENTRY, ID

ROLE = Path(__file__).resolve().parents[3] / "roles" / "certificate" / "meta" / "argument_specs.yml"
SPEC = yaml.safe_load(ROLE.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
SECRET = "5ecret-value"
SIGNING = {"command": "sign", "format": "pdf", "content": "/etc/signer/test.pdf"}


def mistakes(*entries: t.Any, **variables: t.Any) -> list[str]:
    """Return the mistakes in entries and in other variables."""
    whole = [{**ENTRY, **one} if isinstance(one, dict) else one for one in entries or ({},)]
    return [text(one) for one in variable_mistakes({"wotrus_certificates": whole, **variables}, SPEC, host="signer1")]


def test_variables_without_a_mistake() -> None:
    assert mistakes() == []
    assert mistakes({"key": None, "months": "24", "renew_before_days": "7.5", "documents": []}) == []
    assert mistakes({"months": 24, "renew_before_days": 400, "order_name": " contracts "}) == []
    assert mistakes(wotrus_replace_orders=f"{{{ID}}}, {ID}", wotrus_revoke_superseded="no", wotrus_keep=3) == []
    assert mistakes(wotrus_keys_since=dt.datetime(2026, 11, 25, tzinfo=dt.timezone.utc), wotrus_mode="u=rw,g=r") == []
    assert mistakes(wotrus_base_dir="~/certificates", wotrus_reissue=2026) == []


def test_all_mistakes_are_found_at_once() -> None:
    found = mistakes(
        {"months": 11, "comon_name": "x", "organization": {"zip": 4104, "country_code": False}, "key": {"size": 1}},
        {"name": "invoices", "product": "pdf", "common_name": " ", "renew_before_days": -1},
        wotrus_base_dir="certificates",
    )

    assert [one.partition(":")[0] for one in found] == [
        "wotrus_base_dir is 'certificates', but must be an absolute path, such as /etc/ssl/wotrus.",
        *["Certificate 'contracts'"] * 6,
        *["Certificate 'invoices'"] * 3,
    ]


@pytest.mark.parametrize(
    "name", ["wotrus_max_charged_orders", "wotrus_max_reissues", "wotrus_task_timeout", "wotrus_wait_timeout"]
)
def test_numbers_below_zero_are_refused(name: str) -> None:
    assert mistakes(**{name: -1}) == [f"{name} is -1, but must be 0 or more."]


@pytest.mark.parametrize("name", ["wotrus_alarm_days", "wotrus_alarm_waiting_days"])
def test_alarms_after_the_end_are_refused(name: str) -> None:
    assert mistakes(**{name: -1}) == [f"{name} is -1.0, but must be 0 or more."]
    assert mistakes(**{name: 0}) == []


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        (
            {"wotrus_prices": {"pdf_signing": 1200}},
            "wotrus_prices: pdf_signing needs a price for each term, such as 12: 1200.",
        ),
        ({"wotrus_prices": {"pdf": {12: 1200}}}, "wotrus_prices: product 'pdf' is unknown."),
        (
            {"wotrus_validate": "/bin/true"},
            "wotrus_validate must contain %s, which",
        ),
        ({"wotrus_validate": "test '%s"}, "wotrus_validate is not a valid command: No closing quotation."),
        ({"wotrus_validate": "test -d %s && true"}, "wotrus_validate has the shell operator &&, and no shell runs it."),
        ({"wotrus_replace_orders": "all"}, "wotrus_replace_orders is 'all', but must be the id of an"),
        ({"wotrus_replace_orders": ["202611250000001"]}, "wotrus_replace_orders is 202611250000001, an order number."),
    ],
)
def test_a_variable_that_would_fail_after_an_order_is_refused(variables: dict[str, t.Any], found: str) -> None:
    (mistake,) = mistakes(**variables)

    assert mistake.startswith(found)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"replace_orders": [ID, "all"]}, "replace_orders is 'all', but must be the id of an order"),
        ({"order_id": "all"}, "order_id is 'all', but must be the id of an order"),
        ({"common_name": "x" * 65}, "common_name has more than 64 characters."),
        (
            {"key": {"type": "ECC", "size": 256}},
            "key.size is for RSA keys. Set key.curve for an",
        ),
        ({"key": {"type": "RSA", "curve": "P-256"}}, "key.curve is for ECC keys. Set key.type to ECC, or leave"),
        ({"key": {"curve": "P-384"}}, "key.curve is for ECC keys."),
        ({"renew_before_days": 400}, "renew_before_days is 400.0, but must be less than the term of 12 months."),
        ({"renew_before_days": 36501}, "renew_before_days is 36501.0, but must be less than the term of 12"),
        ({"order_name": "contracts\n"}, "order_name has blanks or line breaks at its ends."),
        ({"order_name": "\u3000contracts"}, "order_name has blanks or line breaks at its ends."),
        ({"order_name": "con\ntracts"}, "order_name has control characters."),
        ({"state": "absent"}, "state is no option. Remove the certificate's entry to end its renewal."),
        ({"reload": {"command": "systemctl 'reload"}}, "reload.command is not a valid command: No closing quotation."),
        ({"reload": {"command": "reload | logger"}}, "reload.command has the shell operator |, and no shell runs it."),
        (
            {"reload": {"command": "reload", "test_signature": {**SIGNING, "command": "sign >&2"}}},
            "reload.test_signature.command has the shell operator >&",
        ),
        (
            {"reload": {"command": "reload", "test_signature": {**SIGNING, "reader": "verify file"}}},
            "reload.test_signature.reader must contain %s, which",
        ),
        *(
            (
                {"reload": {"command": "reload", "test_signature": {**SIGNING, "content": place}}},
                "reload.test_signature.content must be an absolute path or none, not ",
            )
            for place in ("test.pdf", "", "/etc/signer\0/test.pdf", "/", "//", "/etc/..")
        ),
        (
            {"reload": {"handler": "reload signer", "test_signature": SIGNING}},
            "reload.test_signature is not possible with reload.handler. Handlers run after the deployment",
        ),
        (
            {"key": {"storage": "external", "csr_command": "kms; csr"}},
            "key.csr_command has the shell operator ;",
        ),
        (
            {"key": {"storage": "external", "csr_command": "kms", "install_command": "kms `id`"}},
            "key.install_command has the shell operator `",
        ),
        ({"organization": {"name": "x", "email": "pki.example.com"}}, "organization.email is no e-mail address."),
        (
            {"organization": {"name": "x", "user_email": "a b@c.cn"}},
            "organization.user_email is no e-mail",
        ),
        ({"organization": {"name": "x", "phone": "the office"}}, "organization.phone is no telephone number."),
        (
            {"organization": {"name": "x", "user_mobile": "none 1"}},
            "organization.user_mobile is no telephone",
        ),
        (
            {"organization": {"name": "x", "country_code": "XX"}},
            "organization.country_code is 'XX', which is",
        ),
    ],
)
def test_an_entry_that_wotrus_or_the_host_would_refuse_is_found_before_the_order(
    options: dict[str, t.Any], found: str
) -> None:
    (mistake,) = mistakes(options)

    assert mistake.startswith(f"Certificate 'contracts': {found}")


@pytest.mark.parametrize("phone", ["+86 755 8600-8688", "(0755) 8600 8688 转 801", "010-12345678x5", "18610077459"])
def test_telephone_numbers_as_people_write_them(phone: str) -> None:
    assert (
        mistakes({"common_name": "名" * 64, "organization": {"name": "x", "phone": phone, "country_code": "cn"}}) == []
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (4104, "organization.zip is not text."),
        (1.5, "organization.zip is not text."),
        (False, "organization.zip is not text."),
        (dt.date(2026, 11, 25), "organization.zip is not text."),
        (["010010"], "organization.zip must be text."),
    ],
)
def test_what_yaml_did_not_read_as_text_is_refused(value: t.Any, words: str) -> None:
    (found,) = mistakes({"organization": {"name": "x", "zip": value}})

    assert found.startswith(f"Certificate 'contracts': {words}")
    assert isinstance(value, list) or "in quotes" in found


def test_entry_without_a_usable_name_has_its_number() -> None:
    found = mistakes({"name": 2026}, {"name": None}, "contracts")

    assert [one.partition(":")[0] for one in found] == [
        f"Certificate {number} of wotrus_certificates" for number in (1, 2, 3)
    ]


def test_two_entries_may_share_neither_name_nor_order_name() -> None:
    assert mistakes({}, {}) == ["Two certificates have the name 'contracts'. Each needs its own."]
    assert mistakes({}, {"name": "b", "order_name": "contracts@signer1"}) == [
        "Two certificates have the order_name 'contracts@signer1'. Each needs its own."
    ]


def test_further_certificates_of_a_host_are_checked_with_the_others() -> None:
    both = {"wotrus_certificates": [ENTRY], "wotrus_extra_certificates": [ENTRY, {**ENTRY, "name": "b", "months": 5}]}
    values = {**both, "wotrus_certificates": certificates_of(both)}

    assert [text(one) for one in variable_mistakes(values, SPEC, host="signer1")] == [
        "Certificate 'b': months is 5, but must be one of 12, 24.",
        "Two certificates have the name 'contracts'. Each needs its own.",
    ]
    wrong = {"wotrus_certificates": [ENTRY], "wotrus_extra_certificates": "none"}
    values = {**wrong, "wotrus_certificates": certificates_of(wrong)}
    (mistake,) = variable_mistakes(values, SPEC, host="signer1")
    assert text(mistake) == "wotrus_extra_certificates must be a list."


def test_a_mistake_is_reported_once() -> None:
    assert len(mistakes({"organization": "Example Ltd."})) == 1
    assert len(mistakes({"organization": {"country_code": "CN"}})) == 1
    assert len(mistakes({"common_name": 5})) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"key": SECRET},
        {"key": {"storage": "provided", "content": [SECRET]}},
        {"key": {"storage": "provided", "content": SECRET}},
        {"key": {"storage": SECRET}},
        {"ukey": [{"password": SECRET}]},
        {"ukey": SECRET, "key": {"storage": "ukey"}},
        {"pkcs12": SECRET},
        {"pkcs12": {"pasword": SECRET}},
        {"documents": SECRET},
        {"documents": [SECRET]},
        {"documents": [{"type": SECRET, "content": "x"}]},
        {"organization": {"name": "x", "id_card_number": {"number": SECRET}}},
        {"organization": {"name": "x", "business_category": SECRET}},
    ],
    ids=str,
)
def test_no_message_has_a_secret_in_a_wrong_shape(entry: dict[str, t.Any]) -> None:
    found = mistakes(entry)

    assert found
    assert SECRET not in "".join(found)


def test_a_misspelt_variable_is_found_with_the_name_that_was_meant() -> None:
    names = [
        "wotrus_max_charge_orders",
        "wotrus_certificate",
        "wotrus_contact",
        "wotrus_hosts",
        "wotrus_plan_summary",
        "wotrus_awx_prefix",
        "x",
    ]

    assert unknown_variables(names, SPEC) == [
        ("wotrus_certificate", "wotrus_certificates"),
        ("wotrus_contact", None),
        ("wotrus_max_charge_orders", "wotrus_max_charged_orders"),
    ]


def test_names_that_only_share_a_few_letters_are_not_similar() -> None:
    assert most_similar("result", ["reissue", "keep"]) is None


def test_options_have_their_types_and_defaults() -> None:
    (entry,) = entries_of([{**ENTRY, "months": "24", "key": {"type": "ECC"}}, {**ENTRY, "months": 11}])

    assert (entry["months"], entry["key"]["storage"], entry["renew_before_days"]) == (24, "host", 30.0)
    assert order_names_of([entry], host="signer1", namespace="staging") == [
        {"name": "contracts", "order_name": "staging/contracts@signer1", "storage": "host"}
    ]


def test_choice_that_yaml_reads_as_a_boolean_is_the_word() -> None:
    name = "wotrus_check_revocation"

    assert read_options({name: False}, {name: SPECS["main"]["options"][name]}) == ({name: "off"}, [])


@pytest.mark.parametrize("value", ["nan", "inf", 10**400, True, [1]])
def test_no_number(value: t.Any) -> None:
    _read, ((option, _msg),) = read_options({**ENTRY, "renew_before_days": value}, ENTRY_ARGUMENTS)

    assert option == "renew_before_days"


def test_a_failure_has_a_line_for_each_mistake_and_few_lines() -> None:
    msg, lines = mistakes_shown([f"Mistake {number}." for number in range(40)])

    assert str(msg).startswith("This host's variables have 40 mistakes")
    assert (lines[0], lines[-1], len(lines)) == ("Mistake 0.", "Mistakes that are not shown: 29.", 12)
    assert mistakes_shown(["One mistake."]) == (Message("{msg} Nothing was sent.", msg="One mistake."), [])


def test_keystores_need_a_key_and_a_private_mode() -> None:
    ukey = {"key": {"storage": "ukey"}, "ukey": {"ship_address": "Shenzhen"}}
    bundle = {"password": "correct horse"}
    assert mistakes({"pkcs12": {**bundle, "mode": "0640"}, "combined_pem": True}) == []
    for options, words in (
        ({**ukey, "pkcs12": bundle}, "pkcs12 is given, but key.storage is not host or provided."),
        ({**ukey, "combined_pem": True}, "combined_pem is given, but key.storage is not host or provided."),
        ({"pkcs12": {"password": ""}}, "pkcs12.password is empty."),
        ({"pkcs12": {**bundle, "mode": "0644"}}, "pkcs12.mode must be octal in quotes, with nothing for others"),
        ({"pkcs12": {**bundle, "mode": 0o640}}, "pkcs12.mode is not text."),
        ({"pkcs12": {**bundle, "encryption": "rc2"}}, "must be one of standard, compatible2022"),
    ):
        found = mistakes(options)
        assert len(found) == 1
        assert words in found[0]


@pytest.mark.parametrize(
    ("entry_point", "names"),
    [
        ("cancel", ["wotrus_cancel", "wotrus_cancel_reason"]),
        ("revoke", ["wotrus_revoke", "wotrus_revocation_document", "wotrus_revocation_reason"]),
    ],
)
def test_what_ends_an_order_needs_its_names_and_a_reason(entry_point: str, names: list[str]) -> None:
    found = variable_mistakes({"wotrus_certificates": [ENTRY]}, SPECS[entry_point]["options"], host="signer1")

    assert [text(one) for one in found] == [f"{name} is missing." for name in names]
