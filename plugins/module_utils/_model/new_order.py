# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to place an order (manual, section 2)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.documents import Document

BUSINESS_CATEGORIES = ("Business Entity", "Private Organization", "Government Entity", "Non-Commercial Entity")


@dataclasses.dataclass(frozen=True)
class NewOrder:
    """An order to place.

    :ivar product_id: the product's GUID
    :ivar months: 12, 13, 24 or 25
    :ivar csr: the certificate signing request in PEM (RSA or ECC), or ``None`` where the key is made on a UKey
    :ivar organization: the fields of ``organizationPost`` under their playbook names; ``name`` is required
    :ivar extra: further fields of ``orderinfoPost`` under their API names
    """

    product_id: str
    common_name: str
    months: int
    idempotence_id: str
    organization: t.Mapping[str, t.Any] = dataclasses.field(repr=False)
    csr: str | None = None
    ukey_password: str | None = dataclasses.field(default=None, repr=False)
    ukey_ship_address: str | None = None
    documents: tuple[Document, ...] = ()
    extra: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
