# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products under their names, and under any GUID."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import product_id


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
def test_anything_else_is_refused_with_the_names_to_choose_from(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="pdf_signing, organization_document_signing, individual_document_signing"):
        product_id(wrong)
