# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``cryptography`` library: is it there, and what its releases from 3.3 on do differently."""

from __future__ import annotations

import datetime
import sys
import warnings

from ansible_collections.wotrus.pki.plugins.module_utils._errors import MissingLibrary

_VERSION = "none"
_PROBLEM = ""
try:
    import cryptography
    from cryptography import x509
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm

    _VERSION = cryptography.__version__
except ImportError as error:
    _PROBLEM = str(error)

_OLDEST = (3, 3)

# It counts the bytes of a common name, of which a Chinese character has three; the limit of RFC 5280 is in characters.
warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)

__all__ = ["parsing_errors", "require_cryptography", "validity"]


def require_cryptography() -> None:
    """Raise MissingLibrary unless this Python has a ``cryptography`` that the collection can work with."""
    if _PROBLEM:
        raise MissingLibrary(f"{_advice()} The import said: {_PROBLEM}.")
    if tuple(int(part) for part in _VERSION.split(".")[:2] if part.isdigit()) < _OLDEST:
        raise MissingLibrary(f"{_advice()} It has {_VERSION}.")


def _advice() -> str:
    return (
        f"The Python {sys.executable} lacks the library cryptography >= 3.3: install the distribution's package"
        f" python3-cryptography, or run '{sys.executable} -m pip install cryptography', or set"
        " ansible_python_interpreter to a Python that has it."
    )


def parsing_errors() -> tuple[type[Exception], ...]:
    """What ``cryptography`` 3.3 to 50 raises for data that it cannot read, at times only when a field is asked for."""
    return (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        InternalError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )


def validity(certificate: x509.Certificate) -> tuple[datetime.datetime, datetime.datetime]:
    """The first and the last moment of a certificate, aware, in UTC.

    ``cryptography`` before 42 has only the properties without a time zone, and 50 warns about them.
    """
    return _moment(certificate, "not_valid_before"), _moment(certificate, "not_valid_after")


def _moment(certificate: x509.Certificate, name: str) -> datetime.datetime:
    moment = getattr(certificate, f"{name}_utc", None)
    if isinstance(moment, datetime.datetime):
        return moment
    naive: datetime.datetime = getattr(certificate, name)
    return naive.replace(tzinfo=datetime.timezone.utc)
