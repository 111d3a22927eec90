# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the chain of a certificate: leaf, intermediates and root.

The order of the API's certificates is not used: they come root first and may include cross certificates (manual,
section 4). A certificate follows another one if its name is the issuer's and the signature verifies (RFC 5280, section
6.1, without revocation). The other rules of a chain are in ``rules``.
"""

from __future__ import annotations

import datetime
import functools
import typing as t
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    CertificateExpired,
    KeyMismatch,
    UntrustedChain,
    WeakCertificate,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import (
    describe,
    find_extension,
    has_readable_extensions,
    is_ca,
    name_text,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    hashes,
    require_cryptography,
    time_text,
    validity,
    x509,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.rules import rule_of_issuer, rule_of_leaf
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signature import is_signed_by

_MOST_CERTIFICATES = 32
_LONGEST_PATH = 12


@dataclass(frozen=True)
class Bundle:
    """A verified chain.

    :ivar intermediates: the nearest to the leaf first, without the root
    :ivar root: the self-signed certificate or the trust anchor at the end of the chain
    :ivar broken_rule: the rule that it breaks, as a sentence; only if such a chain is allowed
    """

    leaf: x509.Certificate
    intermediates: tuple[x509.Certificate, ...]
    root: x509.Certificate
    broken_rule: Message | None = None

    @property
    def ends(self) -> datetime.datetime:
        """The earliest end on the path, that of the root included, after which readers refuse a signature."""
        return min(validity(certificate)[1] for certificate in (self.leaf, *self.intermediates, self.root))


@dataclass(frozen=True)
class _Pool:
    """The certificates to choose from, each once, in a fixed order.

    :ivar signed_by: tells whether a certificate was signed by an issuer; each pair is checked once
    """

    certificates: tuple[x509.Certificate, ...]
    anchors: frozenset[x509.Certificate]
    signed_by: t.Callable[[x509.Certificate, x509.Certificate], bool]

    def issuers(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        """Return the other certificates that signed a certificate."""
        return [issuer for issuer in self.certificates if issuer != certificate and self.signed_by(certificate, issuer)]

    def is_root(self, certificate: x509.Certificate) -> bool:
        """Return whether a certificate is a trust anchor, or without anchors, self-signed."""
        return certificate in self.anchors if self.anchors else self.signed_by(certificate, certificate)


@boundary(lambda error: BadCertificate("A certificate cannot be read: {error}.", error=error))
def build_bundle(
    certificates: Sequence[x509.Certificate],
    *,
    public_key_sha256: str | None,
    anchors: Sequence[x509.Certificate] = (),
    now: datetime.datetime | None,
    check_sm2: bool = True,
    is_strict: bool = True,
) -> Bundle:
    """Find the leaf, and of its valid chains to a root the one that ends last, or the shortest of several.

    :param certificates: leaf, intermediates and roots in any order, with duplicates and unrelated ones
    :param public_key_sha256: the digest of the leaf's key; if ``None``, the leaf is the first end entity certificate
        that signed no other certificate
    :param anchors: if given, the chain must end in one of these
    :param now: a time with a time zone; if ``None``, validity is not checked, since a target's clock may be wrong
    :param check_sm2: false if the SM2 signatures were checked before; then names and key types must match
    :param is_strict: refuse a chain that breaks a rule; if false, return it with the rule if there is no other
    :raises KeyMismatch: no certificate has the key
    :raises WeakCertificate: each chain breaks a rule
    :raises UntrustedChain: no chain of signatures leads to a root or anchor
    :raises CertificateExpired: each chain has a certificate that is not valid at ``now``
    :raises BadCertificate: there are no certificates, or too many
    :raises Sm2Unavailable: there is an SM2 signature to check, but no ``openssl`` command that can check it
    """
    require_cryptography()
    unique = list(dict.fromkeys(certificates))
    if not unique or len(unique) > _MOST_CERTIFICATES:
        raise BadCertificate("There must be 1 to 32 different certificates, not {number}.", number=len(unique))
    signed_by = functools.cache(functools.partial(is_signed_by, check_sm2=check_sm2))
    everything = sorted(
        {*unique, *anchors}, key=lambda certificate: (-validity(certificate)[1].timestamp(), _digest(certificate))
    )
    pool = _Pool(tuple(everything), frozenset(anchors), signed_by)
    leaves = _leaves(unique, public_key_sha256, pool)
    for moment, keeps_rules in ((now, True), (now, False), (None, False)):
        for leaf in leaves:
            bundle = _best_path(leaf, pool, moment, keeps_rules=keeps_rules)
            if bundle is None:
                continue
            if now and moment is None:
                raise CertificateExpired(_outside_validity(bundle, now))
            if is_strict and bundle.broken_rule:
                raise WeakCertificate(bundle.broken_rule)
            return bundle
    raise UntrustedChain(_where_it_ends(leaves[0], pool))


def describe_bundle(bundle: Bundle) -> dict[str, t.Any]:
    """Return the data of a leaf, the end of its path as ``path_not_after``, and its root."""
    return {
        **describe(bundle.leaf),
        "path_not_after": time_text(bundle.ends),
        "root_subject": name_text(bundle.root.subject),
        "root_sha256": _digest(bundle.root).hex(),
    }


def _digest(certificate: x509.Certificate) -> bytes:
    return certificate.fingerprint(hashes.SHA256())


def _leaves(certificates: list[x509.Certificate], public_key_sha256: str | None, pool: _Pool) -> list[x509.Certificate]:
    """Return the possible leaves, the best first.

    There are several only if they have the same key.
    """
    if public_key_sha256 is not None:
        fitting = [leaf for leaf in certificates if certificate_public_key_sha256(leaf) == public_key_sha256.lower()]
        if not fitting:
            raise KeyMismatch("No certificate is for the key with the SHA-256 {key}.", key=public_key_sha256)
        return sorted(
            fitting,
            key=lambda certificate: (is_ca(certificate), -validity(certificate)[0].timestamp(), _digest(certificate)),
        )
    for certificate in certificates:
        if not is_ca(certificate) and not any(
            pool.signed_by(other, certificate) for other in certificates if other is not certificate
        ):
            return [certificate]
    raise BadCertificate("There is no end entity certificate, only CA certificates.")


def _best_path(
    leaf: x509.Certificate, pool: _Pool, now: datetime.datetime | None, *, keeps_rules: bool
) -> Bundle | None:
    """Return the chain to a root that ends last, or the shortest of several; ``None`` without one.

    :param keeps_rules: only a chain that breaks no rule
    """
    own = validity(leaf)[1]
    ends = {min(own, validity(certificate)[1]) for certificate in (leaf, *pool.certificates)}
    for end in sorted(ends, reverse=True):
        lasting = tuple(certificate for certificate in pool.certificates if validity(certificate)[1] >= end)
        bundle = _shortest_path(leaf, replace(pool, certificates=lasting), now, keeps_rules=keeps_rules)
        if bundle is not None:
            return bundle
    return None


def _shortest_path(
    leaf: x509.Certificate, pool: _Pool, now: datetime.datetime | None, *, keeps_rules: bool
) -> Bundle | None:
    """Return the shortest chain to a root; ``None`` without one.

    The search is breadth first, and visits each certificate once to avoid loops.
    """
    rule = rule_of_leaf(leaf)
    seen = {leaf}
    paths: deque[tuple[tuple[x509.Certificate, ...], Message | None]] = deque()
    if _is_valid(leaf, now) and not (keeps_rules and rule):
        paths.append(((leaf,), rule))
    while paths:
        path, rule = paths.popleft()
        for issuer in pool.issuers(path[-1]):
            if issuer in seen or not _is_valid(issuer, now):
                continue
            is_root = pool.is_root(issuer)
            broken = rule_of_issuer(issuer, leaf, is_root=is_root)
            # Before it counts as seen: another way to the same issuer may keep the rules.
            if keeps_rules and broken:
                continue
            if is_root and _may_issue(issuer, path, is_root=True):
                return Bundle(leaf=leaf, intermediates=path[1:], root=issuer, broken_rule=rule or broken)
            if len(path) < _LONGEST_PATH and _may_issue(issuer, path, is_root=False):
                seen.add(issuer)
                paths.append(((*path, issuer), rule or broken))
    return None


def _is_valid(certificate: x509.Certificate, now: datetime.datetime | None) -> bool:
    first, last = validity(certificate)
    return now is None or first <= now <= last


def _may_issue(issuer: x509.Certificate, path: tuple[x509.Certificate, ...], *, is_root: bool) -> bool:
    """Return whether RFC 5280, section 6.1.4 (k) to (n), allows this issuer.

    An old root may lack the extensions. An intermediate CA may not.
    """
    constraints = find_extension(issuer, x509.BasicConstraints)
    if constraints is None:
        return is_root and has_readable_extensions(issuer)
    usage = find_extension(issuer, x509.KeyUsage)
    if not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return False
    below = sum(1 for certificate in path[1:] if certificate.subject != certificate.issuer)
    return constraints.path_length is None or below <= constraints.path_length


def _outside_validity(bundle: Bundle, now: datetime.datetime) -> Message:
    path = (bundle.leaf, *bundle.intermediates, bundle.root)
    certificate = next(certificate for certificate in path if not _is_valid(certificate, now))
    first, last, moment = map(time_text, (*validity(certificate), now))
    return Message(
        "The certificate '{subject}' is only valid from {first} to {last}, and it is now {now}.",
        subject=name_text(certificate.subject),
        first=first,
        last=last,
        now=moment,
    )


def _where_it_ends(leaf: x509.Certificate, pool: _Pool) -> Message:
    """Return a message that names the certificate whose issuer is missing."""
    way = [leaf]
    while further := [issuer for issuer in pool.issuers(way[-1]) if issuer not in way]:
        way.append(further[0])
    return Message(
        "The chain of '{leaf}' leads to none of the given trust anchors. It ends at '{end}', issued by '{issuer}'."
        if pool.anchors
        else "The chain of '{leaf}' leads to no self-signed root. It ends at '{end}', issued by '{issuer}'.",
        leaf=name_text(leaf.subject),
        end=name_text(way[-1].subject),
        issuer=name_text(way[-1].issuer),
    )
