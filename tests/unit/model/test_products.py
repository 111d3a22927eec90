# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products under their names or any GUID, and their terms."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import (
    MONTHS,
    is_same_term,
    known_product,
    product_id,
    renewal_months,
)


@pytest.mark.manual("2.product-pdf", "2.product-organization", "2.product-individual")
@pytest.mark.parametrize(
    ("name", "guid"),
    [
        ("pdf_signing", "76ECE651-B59E-48F2-A47B-135614AADAD9"),
        ("organization_document_signing", "2C17C336-A772-42F8-B3DD-4F2591A5B116"),
        ("individual_document_signing", "D4D30B75-68D5-471C-B66A-21299F1DFAA5"),
    ],
)
def test_a_name_is_the_guid_of_the_manual(name: str, guid: str) -> None:
    assert product_id(name) == guid
    assert product_id(f" {name.upper()} ") == guid
    assert product_id(guid.lower()) == guid


@pytest.mark.manual("1.1-other-products")
def test_any_other_guid_is_sent_as_it_is() -> None:
    assert product_id("30b3f256-9d2d-43c5-abcb-017aa9d3cb6d") == "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"


@pytest.mark.parametrize("wrong", ["", "pdf", "pdf-signing", "76ECE651-B59E-48F2-A47B-135614AADAD", "x" * 36])
def test_other_product_is_refused_with_the_list_of_names(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="pdf_signing, organization_document_signing, individual_document_signing"):
        product_id(wrong)


def test_only_a_product_of_the_manual_is_known() -> None:
    known = known_product(" {76ece651-b59e-48f2-a47b-135614aadad9} ")

    assert known is not None
    assert (known.name, known.is_sm2, known.revokes_old) == ("pdf_signing", False, False)
    assert known_product("30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D") is None
    assert known_product(None) is None


@pytest.mark.manual("2.month")
def test_the_months_are_those_of_the_manual() -> None:
    assert MONTHS == (12, 13, 24, 25)


@pytest.mark.parametrize(("one", "other"), [(12, 12), (12, 13), (13, 12), (24, 25), (25, 24), (36, 36)])
def test_a_renewals_extra_month_is_the_same_term(one: int, other: int) -> None:
    assert is_same_term(one, other)


@pytest.mark.parametrize(("one", "other"), [(12, 24), (13, 25), (12, 25), (36, 12), (36, 37), (1, 2)])
def test_other_terms_differ(one: int, other: int) -> None:
    assert not is_same_term(one, other)


@pytest.mark.manual("V1.01.renewal-months", "2.month-13", "2.month-25")
@pytest.mark.parametrize(
    ("months", "days_left", "asked"),
    [
        (12, 29.5, 13),
        (12, 0.01, 13),
        (12, 0.0, 12),
        (12, -3.0, 12),
        (24, 10.0, 25),
        (24, -0.1, 24),
        # A definition may already say what the last renewal asked for.
        (13, 5.0, 13),
        (25, -5.0, 24),
    ],
)
def test_renewal_has_one_month_more_only_if_days_are_left(months: int, days_left: float, asked: int) -> None:
    assert renewal_months(months, days_left=days_left) == asked
