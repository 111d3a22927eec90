# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Idempotence values must never change.

Another value for the same name is a second paid order.
"""

from __future__ import annotations

import typing as t
import uuid

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import (
    follow_idempotence_id,
    order_idempotence_id,
    reissue_idempotence_id,
)

KEY = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
ORDER = "89cb4bf6-3e53-4b49-9ab9-92d578144260"


REFUSED = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contracts@signer1", "7fbd13f4-c436-543e-b178-8e2e25ad0805"),
        ("production/contracts@signer1", "28aa4738-e3b8-50be-932d-148713247296"),
        ("合同@签名1", "60f0ef86-0228-5ea9-a6ba-6df716f410a0"),
    ],
)
def test_value_of_an_order_never_changes(name: str, value: str) -> None:
    assert order_idempotence_id(name) == value


def test_value_of_a_following_order_never_changes() -> None:
    assert follow_idempotence_id(ORDER) == "c2a1e7ff-65ea-50ff-a523-fc15d4fdfdca"


def test_value_of_a_reissue_never_changes() -> None:
    assert reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY) == "2ed108e1-7fe4-53bc-8507-df7617016a8b"
    after_a_refusal = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY, refused_order_id=REFUSED)
    assert after_a_refusal == "227c5567-c4e0-5d71-bdaf-fea379e01f74"


def test_blanks_around_a_name_are_not_part_of_it() -> None:
    assert order_idempotence_id(" contracts@signer1\n") == order_idempotence_id("contracts@signer1")


@pytest.mark.parametrize("spell", [str, str.upper, "{{{}}}".format, " {} ".format, " {{ {} }}\n".format])
def test_spelling_of_an_id_or_digest_does_not_change_the_value(spell: t.Callable[[str], str]) -> None:
    assert follow_idempotence_id(spell(ORDER)) == follow_idempotence_id(ORDER)
    plain = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY, refused_order_id=REFUSED)
    spelled = reissue_idempotence_id(
        order_id=spell(ORDER), public_key_sha256=KEY.upper(), refused_order_id=spell(REFUSED)
    )
    assert spelled == plain


def test_a_reissue_after_a_refused_one_is_another() -> None:
    first = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY)
    second = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY, refused_order_id=REFUSED)
    third = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY, refused_order_id=ORDER)
    assert len({first, second, third}) == 3


@pytest.mark.parametrize("nothing", [None, ""])
def test_value_of_a_reissue_has_no_part_for_a_missing_refused_one(nothing: str | None) -> None:
    plain = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY)
    assert reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY, refused_order_id=nothing) == plain


@pytest.mark.manual("7.idempotence-space")
def test_names_roots_and_operations_do_not_collide() -> None:
    texts = ("a", "a\n1", "a1", "b")
    values = [order_idempotence_id(text) for text in (*texts, "A")] + [follow_idempotence_id(text) for text in texts]
    values += [reissue_idempotence_id(order_id="a", public_key_sha256=key) for key in ("1", "2")]
    values += [reissue_idempotence_id(order_id="a", public_key_sha256="1", refused_order_id="b")]
    assert len(set(values)) == len(values)


def test_a_value_is_a_uuid_of_version_5() -> None:
    assert [uuid.UUID(value).version for value in (order_idempotence_id("a"), follow_idempotence_id("a"))] == [5, 5]
