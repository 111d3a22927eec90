# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Idempotence values, equal on every machine (manual, sections 2 and 7)."""

from __future__ import annotations

import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key

# Never change this: another value for the same order name would place a second paid order.
_NAMESPACE = uuid.UUID("2f6f1c52-9d0e-5b7a-8c43-6a1d7e90b4f1")


def order_idempotence_id(name: str) -> str:
    """Return the value of the first order of an order name.

    :param name: the order name, unique among all orders of the account
    :returns: a UUID version 5 (RFC 9562, section 5.5)
    """
    return str(uuid.uuid5(_NAMESPACE, f"order\n{name.strip()}"))


def follow_idempotence_id(root_order_id: str) -> str:
    """Return the idempotence value of an order that follows another one.

    The new order is a renewal or replacement. The value is derived from the followed order only, so that each order is
    followed by one order at most.

    :param root_order_id: the id that Create answered for the followed order, in any spelling
    """
    return str(uuid.uuid5(_NAMESPACE, f"follow\n{id_key(root_order_id)}"))


def reissue_idempotence_id(
    *,
    order_id: str,
    public_key_sha256: str,
    refused_order_id: str | None = None,
    ended_serial_number: str | None = None,
) -> str:
    """Return the value of a reissue.

    Each new key of an order is one reissue, and so is each certificate that ends: its key may be certified again.

    :param order_id: the reissued order, in any spelling
    :param public_key_sha256: the SHA-256 of the new key's SubjectPublicKeyInfo in hexadecimal
    :param refused_order_id: the earlier reissue for the same key that was refused, if any
    :param ended_serial_number: of the certificate that ends, if it is reissued for that; in hexadecimal
    """
    parts = ["reissue", id_key(order_id), public_key_sha256.lower()]
    parts += [id_key(refused_order_id)] if refused_order_id else []
    parts += [f"ends {ended_serial_number.lower()}"] if ended_serial_number else []
    return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))
