# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSRs: what a hostile host sends, and what a CA reads that reads all of it, as ``openssl`` does."""

from __future__ import annotations

import dataclasses
import functools
import re
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers import handmade_csr as made

_OIDS = {
    "country": made.COUNTRY,
    "locality": made.LOCALITY,
    "organization": made.ORGANIZATION,
    "common_name": made.COMMON_NAME,
}
_LINE = re.compile(r" *\d+:d=(\d+) +hl=\d+ l= *(?:\d+|inf) +(?:prim|cons): +([^:]*?) *(?::(.*))?")
_PLAIN = re.compile(
    r"-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=]{1,64}\n){1,300}-----END CERTIFICATE REQUEST-----\n"
)
_HARMLESS = ([], ["Extension Request"], ["Extension Request", "X509v3 Subject Key Identifier"])

_OWN_KEY = ec.derive_private_key(666, ec.SECP256R1())

Subject = Mapping[str, str]


def _places(subject: Subject) -> list[bytes]:
    return [made.pair(oid, subject[part]) for part, oid in _OIDS.items() if subject.get(part)]


def _asking(*attributes: bytes) -> Callable[[Any, Subject], str]:
    return lambda key, subject: made.pem(made.csr(key, made.name(*_places(subject)), *attributes))


def _honest(key: Any, subject: Subject) -> str:
    return _asking()(key, subject)


_EMPTY = made.attribute(made.EXTENSION_REQUEST, made.tlv(made.SEQUENCE))
_NAME_AND_VALUE = made.tlv(made.SEQUENCE, made.tlv(made.BMP, b"\0S\0A\0N"), made.tlv(made.BMP, b"\0c\0f\0o"))

LIES: Mapping[str, Callable[[Any, Subject], str]] = {
    "another organization": lambda key, subject: _honest(key, {**subject, "organization": "Other Bank Ltd."}),
    "another common name": lambda key, subject: _honest(key, {**subject, "common_name": "CFO Signing"}),
    "an e-mail address": _asking(made.attribute(made.EXTENSION_REQUEST, made.email())),
    "a second extension request": _asking(_EMPTY, made.attribute(made.EXTENSION_REQUEST, made.email())),
    "a second list of extensions": _asking(
        made.attribute(made.EXTENSION_REQUEST, made.tlv(made.SEQUENCE), made.email())
    ),
    "the extension attribute of Microsoft": _asking(made.attribute(made.MICROSOFTS_REQUEST, made.email())),
    "a name and a value": _asking(made.attribute(made.NAME_VALUE_PAIR, _NAME_AND_VALUE)),
    "a challenge password": _asking(made.attribute(made.CHALLENGE_PASSWORD, made.tlv(made.UTF8, b"cfo@bank.test"))),
    "several attributes in one place": lambda key, subject: made.pem(
        made.csr(key, made.name(b"".join(_places(subject))))
    ),
    "lengths that are not DER": lambda key, subject: made.pem(
        made.csr(key, made.name(*_places(subject)), wrap=made.indefinite)
    ),
    "another CSR behind them": lambda key, subject: made.pem(
        made.csr(key, made.name(*_places(subject))) + made.csr(key, made.name(*_places({"common_name": "CFO Signing"})))
    ),
    "a key of its own": lambda _key, subject: _honest(_OWN_KEY, subject),
    "text around them": lambda key, subject: f"<script>\x1b[2J\n{_honest(key, subject)}-----BEGIN X-----\n",
}
"""The CSRs of a hostile host, in the words of histories."""


@dataclasses.dataclass(frozen=True)
class CsrSeen:
    """A CSR as a CA sees it.

    :ivar subject: its attributes in the words of ``openssl``, each with its value
    :ivar is_bare: it asks for nothing else, and no text is around it
    """

    subject: tuple[tuple[str, str], ...]
    is_bare: bool


@functools.cache
def read(text: str) -> CsrSeen:
    """Read a CSR with the ``openssl`` command."""
    found = (_LINE.fullmatch(line) for line in _openssl("asn1parse", text=text).splitlines())
    lines = [(int(one[1]), one[2], one[3] or "") for one in found if one]
    depths = [depth for depth, _tag, _value in lines]
    parts = [number for number, depth in enumerate(depths) if depth <= 2]
    _outer, _info, _version, subject, key, attributes, algorithm, *_signature = parts
    places = [value for _depth, tag, value in lines[subject:key] if tag not in ("SEQUENCE", "SET")]
    requests = [value for _depth, tag, value in lines[attributes:algorithm] if tag == "OBJECT"]
    sets = sum(tag == "SET" for _depth, tag, _value in lines[subject:key])
    is_single = (depths.count(0), depths.count(1)) == (1, 3) and 2 * sets == len(places)
    return CsrSeen(
        subject=tuple(zip(places[::2], places[1::2], strict=True)),
        is_bare=is_single and requests in _HARMLESS and _PLAIN.fullmatch(text) is not None,
    )


@functools.cache
def is_for_key(text: str, private_key: str) -> bool:
    """Return whether a CSR is for the key that a person provides."""
    own, sent = _openssl("pkey", "-pubout", text=private_key), _openssl("req", "-noout", "-pubkey", text=text)
    return own == sent


def _openssl(*arguments: str, text: str) -> str:
    done = subprocess.run(["openssl", *arguments], input=text.encode(), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8", "replace")


def load_key(pem: bytes) -> Any:
    """Return a private key of a host."""
    return serialization.load_pem_private_key(pem, password=None)


def names(certificate: x509.Certificate, name: str) -> bool:
    """Return whether a certificate names something, as ``openssl`` reads it."""
    return name in _printed(certificate.public_bytes(serialization.Encoding.PEM).decode())


@functools.cache
def _printed(certificate: str) -> str:
    return _openssl("x509", "-noout", "-ext", "subjectAltName", text=certificate)
