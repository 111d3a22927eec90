# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection uses of ``cryptography``, and how its releases from 3.3 on differ.

Other files import it from here, so that each can be imported by a Python without the library.
"""

from __future__ import annotations

import datetime
import sys
import typing as t
import warnings

from ansible_collections.wotrus.pki.plugins.module_utils._errors import MissingLibrary
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

__all__ = [
    "AuthorityInformationAccessOID",
    "ExtendedKeyUsageOID",
    "InvalidSignature",
    "NameOID",
    "PrivateKey",
    "ec",
    "hashes",
    "ocsp",
    "padding",
    "parsing_errors",
    "pkcs12",
    "release_of",
    "require_cryptography",
    "rsa",
    "serialization",
    "time_text",
    "utc_time",
    "validity",
    "x509",
]

_VERSION, _PROBLEM = "0", ""
try:
    import cryptography
    from cryptography import x509
    from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.serialization import pkcs12
    from cryptography.x509 import ocsp
    from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

    PrivateKey = t.Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey]
    _VERSION = cryptography.__version__
    _GENERAL = (ValueError, TypeError, UnsupportedAlgorithm, InternalError, OverflowError, RecursionError, MemoryError)
except ImportError as error:
    _PROBLEM = str(error)

    def __getattr__(_name: str) -> None:
        """Let other files import what is not there; :func:`require_cryptography` says so."""


_OLDEST = (3, 3)


def require_cryptography() -> None:
    """Check that this Python has a supported release of ``cryptography``.

    It also hides the warning about long names. Ansible restores the filters of warnings after it has imported a
    plugin, so this is done before each use.

    :raises MissingLibrary: it has none, or an older one
    """
    # The library counts bytes, and RFC 5280 counts characters. A Chinese character has three bytes.
    warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)
    if _PROBLEM or release_of(_VERSION) < _OLDEST:
        raise MissingLibrary(
            "The Python {python} lacks the library cryptography >= 3.3. Install the distribution's package "
            "python3-cryptography, or run '{python} -m pip install cryptography', or set "
            "ansible_python_interpreter to a Python that has it. {problem}",
            python=sys.executable,
            problem=_PROBLEM or Message("It has {version}.", version=_VERSION),
        )


def release_of(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def parsing_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """Return the exceptions that ``cryptography`` 3.3 to 50 raises for unreadable data.

    Some are raised only when a field is read.
    """
    return (*_GENERAL, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, *others)


def validity(certificate: x509.Certificate) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the start and the end of a certificate's validity, in UTC."""
    return utc_time(certificate, "not_valid_before"), utc_time(certificate, "not_valid_after")


def time_text(moment: datetime.datetime) -> str:
    """Return a time as ``2026-11-24T15:31:09Z``, with four digits for each year."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def utc_time(source: t.Any, name: str) -> t.Any:
    """Return a time of a certificate, or of an answer about one, in UTC; ``None`` without one.

    ``cryptography`` before 42 has the times of certificates only without a time zone, and before 43 those of answers.
    Release 50 warns about them.
    """
    value = getattr(source, f"{name}_utc" if hasattr(source, f"{name}_utc") else name)
    return value if value is None or value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
