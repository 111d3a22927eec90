# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates of an order as text, before anything is verified (manual, section 4)."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class PemBundle:
    """One certificate with what came along: ``chain`` in the answer's order, which promises nothing."""

    certificate: str
    chain: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class RetrievedPems:
    """The answer of RetrievePem: an RSA or ECC certificate, or an SM2 pair, or both, or nothing yet."""

    rsa: PemBundle | None = None
    sign: PemBundle | None = None
    encrypt: PemBundle | None = None

    @property
    def empty(self) -> bool:
        """No certificate in it."""
        return not (self.rsa or self.sign or self.encrypt)


def merged(pems: t.Sequence[RetrievedPems]) -> RetrievedPems:
    """Put together what an order and its companion have, of each kind the first (manual, section 2)."""
    kinds = ("rsa", "sign", "encrypt")
    return RetrievedPems(**{kind: next(filter(None, (getattr(one, kind) for one in pems)), None) for kind in kinds})
