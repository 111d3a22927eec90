# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Idempotence values, which must never change: another value for the same name is a second paid order."""

from __future__ import annotations

import uuid

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import (
    order_idempotence_id,
    reissue_idempotence_id,
)

KEY = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
ORDER = "89cb4bf6-3e53-4b49-9ab9-92d578144260"


@pytest.mark.parametrize(
    ("name", "generation", "value"),
    [
        ("contracts@signer1", 1, "c7baaba8-7bbf-56f0-8e3f-eababd4af74e"),
        ("contracts@signer1", 2, "4453e225-3b53-59c8-88a7-b5a7c8e29769"),
        ("合同@签名1", 1, "1a9e4a60-203d-5be2-8541-10252c959dac"),
    ],
)
def test_the_value_of_an_order_is_the_same_for_ever(name: str, generation: int, value: str) -> None:
    assert order_idempotence_id(name=name, generation=generation) == value


def test_the_value_of_a_reissue_is_the_same_for_ever() -> None:
    assert reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY) == "2ed108e1-7fe4-53bc-8507-df7617016a8b"


def test_blanks_around_a_name_are_not_part_of_it() -> None:
    plain = order_idempotence_id(name="contracts@signer1", generation=1)
    assert order_idempotence_id(name=" contracts@signer1\n", generation=1) == plain


def test_the_spelling_of_an_id_or_a_digest_makes_no_other_reissue() -> None:
    plain = reissue_idempotence_id(order_id=ORDER, public_key_sha256=KEY)
    assert reissue_idempotence_id(order_id=f"{ORDER.upper()} ", public_key_sha256=KEY.upper()) == plain


@pytest.mark.manual("7.idempotence-space")
def test_names_generations_and_operations_do_not_collide() -> None:
    values = [order_idempotence_id(name=name, generation=n) for name in ("a", "a\n1", "a1", "A") for n in (1, 11, 2)]
    values += [reissue_idempotence_id(order_id="a", public_key_sha256=key) for key in ("1", "2")]
    assert len(set(values)) == len(values)


def test_a_value_is_a_uuid_of_version_5() -> None:
    assert uuid.UUID(order_idempotence_id(name="a", generation=1)).version == 5
