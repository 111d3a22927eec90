# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in the wrong place, and personal data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._module import argument_spec, settings_of
from ansible_collections.wotrus.pki.plugins.module_utils._orders import order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION as PLAN
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import (
    HIDDEN,
    PERSONAL,
    hidden_in_messages,
    mask_messages,
    secrets_in,
    shown_options,
)

SPEC = argument_spec(PLAN)
SECRET = "hunter2-hunter2"
MOBILE = "13800138000"


def plan_options(**entry: Any) -> dict[str, Any]:
    """Return the options of a plan for one certificate."""
    return {"certificates": [{"name": "contracts", "months": 12, **entry}], "host": "signer1"}


MISPLACED: dict[str, dict[str, Any]] = {
    "a text for a dictionary": plan_options(pkcs12=SECRET),
    "a number for a dictionary": plan_options(pkcs12=55512345),
    "a list of texts for a dictionary": plan_options(ukey=[SECRET]),
    "a list of lists for a dictionary": plan_options(key=[[SECRET]]),
    "a dictionary for a text": plan_options(pkcs12={"password": {"value": SECRET}}),
    "a misspelt option of an entry": plan_options(pkcs_12={"password": SECRET}),
    "a misspelt option of a dictionary": plan_options(pkcs12={"pasword": SECRET}),
    "a misspelt option": {**plan_options(), "api_tokne": SECRET},
    "an entry that is a text": {"certificates": [SECRET], "host": "signer1"},
    "entries that are a text": {"certificates": SECRET, "host": "signer1"},
    "a token that is a dictionary": {**plan_options(), "api_token": {"value": SECRET}},
}


@pytest.mark.parametrize("options", MISPLACED.values(), ids=MISPLACED)
def test_secret_in_the_wrong_place_is_hidden(options: dict[str, Any]) -> None:
    secret = "55512345" if "55512345" in json.dumps(options) else SECRET

    shown = shown_options(options, SPEC)

    assert secret not in json.dumps(shown)
    assert HIDDEN in json.dumps(shown)
    assert secret in dict(map(reversed, secrets_in(options, SPEC)))


def test_secrets_are_found_in_any_shape() -> None:
    entries = [
        {"key": "text", "ukey": {"password": 47114711}, "organization": {"id_card_number": {"x": ["card"]}}},
        {"documents": [{"content": "data"}, "list"], "organization": {"name": "no secret"}},
        {"key": {"pkcs11": {"pin": "key123"}}, "pkcs12": {"password": "12345678"}},
        "no entry",
    ]

    assert secrets_in({"api_token": "tk_1", "certificates": entries}, SPEC) == [
        ("api_token", "tk_1"),
        ("certificates.key", "text"),
        ("certificates.ukey.password", "47114711"),
        ("certificates.organization.id_card_number", "card"),
        ("certificates.documents.content", "data"),
        ("certificates.documents", "list"),
        ("certificates.pkcs12.password", "12345678"),
        ("certificates", "no entry"),
    ]


def test_options_without_secrets_are_shown_as_they_are() -> None:
    options = plan_options(pkcs12=None, key={"type": "ECC", "content": None}, organization={"name": "沃通"})

    assert shown_options(options, SPEC) == options
    assert secrets_in(options, SPEC) == []


def test_words_that_are_no_secret_are_not_masked_everywhere() -> None:
    assert secrets_in(plan_options(pkcs12="abc", keys=True, key=[None]), SPEC) == []


@pytest.mark.parametrize("password", ["1", "12", "abc", "2026", "12-24", "c0ffee", 1234567])
def test_short_secret_is_masked_as_a_word_of_a_message_alone(password: str | int) -> None:
    options = plan_options(pkcs12={"password": password})
    plan = {"months": 12, "planned_at": "2026-12-24T00:00:00Z", "id": f"x{password}-{password}"}

    assert secrets_in(options, SPEC) == []
    hidden = hidden_in_messages(options, SPEC)
    assert hidden == ({str(password)} if len(str(password)) > 3 else set())
    found = mask_messages({**plan, "msg": f"{password} is not x{password}0."}, hidden)
    assert found == {**plan, "msg": f"{'********' if hidden else password} is not x{password}0."}


@pytest.mark.parametrize("token", ["1", "tk", "1234567", "c0ffee"])
def test_token_that_no_output_could_be_kept_free_of_is_refused(token: str) -> None:
    same = ("ca_path", "validate_certs", "proxy", "timeout", "retries", "rate_limit")
    with pytest.raises(InvalidInput, match="api_token is too short for a token"):
        settings_of({"api_token": token, "api_url": "https://restapi.example", **dict.fromkeys(same)})


def test_personal_data_is_hidden_and_masked_in_messages() -> None:
    organization = {"name": "沃通", "user_last_name": "王", "user_mobile": MOBILE, "country_code": "CN"}
    options = plan_options(organization=organization, ukey={"ship_address": "示例路 1 号"}, extra={"fax": "010-555"})

    assert shown_options(options, SPEC)["certificates"][0]["organization"] == {
        **organization,
        "user_last_name": HIDDEN,
        "user_mobile": HIDDEN,
    }
    hidden = hidden_in_messages(options, SPEC)
    assert hidden == {MOBILE, "示例路 1 号", "010-555"}
    result = {"msg": f"手机号 {MOBILE} 错误", "results": [{"next_step": f"{MOBILE}!", "name": MOBILE}]}
    assert mask_messages(result, hidden) == {
        "msg": "手机号 ******** 错误",
        "results": [{"next_step": "********!", "name": MOBILE}],
    }


def test_every_option_with_personal_data_is_known() -> None:
    fields = order.ARGUMENTS["organization"]["options"]
    of_the_organization = {
        "name",
        "business_category",
        "country_code",
        "state",
        "city",
        "street",
        "zip",
        "business_license",
        "other_name",
    }

    assert set(fields) - of_the_organization == PERSONAL & set(fields)
    assert {"ukey_ship_address", "extra"} < PERSONAL
