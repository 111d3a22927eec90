# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name constraints of a CA (RFC 5280, section 4.2.1.10).

They limit the names for which it may issue certificates.
"""

from __future__ import annotations

import functools
import typing as t
import urllib.parse
from collections.abc import Iterator, Sequence

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import find_extension, name_text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import NameOID, x509

_MOST_COMPARISONS = 2500
"""Comparisons of a certificate with the constraints of one CA, which take about 4 ms."""


def violated_constraint(authority: x509.Certificate, below: Sequence[x509.Certificate]) -> Message | None:
    """Return how certificates violate a CA's constraints; ``None`` if they keep them.

    :param below: the certificates from the leaf up to the one that the CA issued
    """
    for number, certificate in enumerate(below):
        # A self-issued certificate is exempt, unless it is the leaf (RFC 5280, section 6.1.3 b).
        violated = None if number and certificate.subject == certificate.issuer else _violation(authority, certificate)
        if violated is not None:
            return violated
    return None


# The search for a chain compares the same two certificates in many ways.
@functools.lru_cache(maxsize=1024)
def _violation(authority: x509.Certificate, certificate: x509.Certificate) -> Message | None:
    constraints = find_extension(authority, x509.NameConstraints)
    if constraints is None:
        return None
    subject, names = name_text(authority.subject), list(_names(certificate))
    subtrees = [*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())]
    if len(names) * len(subtrees) > _MOST_COMPARISONS:
        return Message(
            "The certificate '{subject}' has too many name constraints for the names below it.", subject=subject
        )
    for kind, name in names:
        if not _is_allowed(kind, name, constraints):
            shown = name_text(name) if isinstance(name, x509.Name) else str(name)
            return Message("The certificate '{subject}' does not allow the name '{name}'.", subject=subject, name=shown)
    return None


def _names(certificate: x509.Certificate) -> Iterator[tuple[type[x509.GeneralName], t.Any]]:
    """Yield a certificate's subject, alternative names, and the subject's e-mail address, each with its kind."""
    if list(certificate.subject):
        yield x509.DirectoryName, certificate.subject
    alternative = find_extension(certificate, x509.SubjectAlternativeName)
    others = [(type(name), name.value) for name in alternative or ()]
    yield from others
    if not any(kind is x509.RFC822Name for kind, _name in others):
        for attribute in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
            yield x509.RFC822Name, str(attribute.value)


def _is_allowed(kind: type[x509.GeneralName], name: t.Any, constraints: x509.NameConstraints) -> bool:
    """Return whether name constraints allow a name.

    No excluded subtree may have it. A permitted one must, if there are any of its kind.
    """
    excluded = [subtree for subtree in constraints.excluded_subtrees or () if isinstance(subtree, kind)]
    permitted = [subtree for subtree in constraints.permitted_subtrees or () if isinstance(subtree, kind)]
    if not excluded and not permitted:
        return True
    is_within = _tests().get(kind)
    # A name that is constrained and cannot be compared here is not allowed.
    if is_within is None:
        return False
    try:
        if any(is_within(name, base.value) for base in excluded):
            return False
        return not permitted or any(is_within(name, base.value) for base in permitted)
    except ValueError:
        return False


def _tests() -> dict[type, t.Callable[[t.Any, t.Any], bool]]:
    return {
        x509.DirectoryName: _in_directory,
        x509.RFC822Name: _at_host,
        x509.DNSName: _in_domain,
        x509.UniformResourceIdentifier: lambda address, base: _on_host(
            urllib.parse.urlsplit(address).hostname or "", base
        ),
        x509.IPAddress: lambda address, network: address in network,
    }


def _in_directory(name: x509.Name, base: x509.Name) -> bool:
    wanted, found = [_folded(rdn) for rdn in base.rdns], [_folded(rdn) for rdn in name.rdns]
    return found[: len(wanted)] == wanted


def _folded(part: x509.RelativeDistinguishedName) -> set[tuple[str, str]]:
    """Return part of a name, folded for comparison (RFC 5280, section 7.1).

    Case and white space do not count.
    """
    return {(attribute.oid.dotted_string, " ".join(str(attribute.value).split()).casefold()) for attribute in part}


def _at_host(address: str, base: str) -> bool:
    local, _at, host = address.rpartition("@")
    if "@" in base:
        wanted, _at, wanted_host = base.rpartition("@")
        return (local, host.lower()) == (wanted, wanted_host.lower())
    return _on_host(host, base)


def _on_host(host: str, base: str) -> bool:
    """Return whether a host fits a constraint.

    A constraint that begins with a period is for all hosts below it.
    """
    host, base = host.lower(), base.lower()
    return host.endswith(base) if base.startswith(".") else host == base


def _in_domain(name: str, base: str) -> bool:
    name, base = name.lower(), base.lower().lstrip(".")
    return not base or name == base or name.endswith(f".{base}")
