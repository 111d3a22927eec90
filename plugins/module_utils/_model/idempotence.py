# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Idempotence values: the same on every machine, so that no order is placed twice (manual, sections 2 and 7)."""

from __future__ import annotations

import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key

# Never change these: another value for the same name would be a second paid order.
_NAMESPACE = uuid.UUID("2f6f1c52-9d0e-5b7a-8c43-6a1d7e90b4f1")


def order_idempotence_id(*, name: str, generation: int) -> str:
    """Return the value of an order.

    :param name: the order's name, unique among all orders of the account
    :param generation: 1 for the first order of that name, one more for each renewal or replacement
    :returns: a UUID version 5 (RFC 9562, section 5.5)
    """
    return str(uuid.uuid5(_NAMESPACE, f"order\n{name.strip()}\n{generation}"))


def reissue_idempotence_id(*, order_id: str, public_key_sha256: str) -> str:
    """Return the value of a reissue: each new key of an order is one reissue, however often it is asked for.

    :param order_id: the order that is reissued, in any spelling
    :param public_key_sha256: the SHA-256 of the new key's SubjectPublicKeyInfo in hexadecimal
    """
    return str(uuid.uuid5(_NAMESPACE, f"reissue\n{id_key(order_id)}\n{public_key_sha256.lower()}"))
