# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading certificate extensions without falling over those of other people."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._x509._library import parsing_errors

with contextlib.suppress(ImportError):
    from cryptography import x509

if t.TYPE_CHECKING:
    Extension = t.TypeVar("Extension", bound=x509.ExtensionType)

__all__ = ["find_extension", "has_readable_extensions"]


def has_readable_extensions(certificate: x509.Certificate) -> bool:
    """False where an extension is malformed or stands there twice: nothing can then be said about any of them."""
    try:
        return certificate.extensions is not None
    except parsing_errors():
        return False


def find_extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """The value of an extension; None where the certificate has none of that kind, or none that can be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except parsing_errors():
        return None
