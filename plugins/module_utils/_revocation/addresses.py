# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses may be asked, where a certificate of somebody else names them: those of the Internet.

An address of the own network may be that of a service which trusts its callers, such as a cloud's metadata.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput

LOOPBACK = ("127.0.0.0/8", "::1/128")

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Networks = tuple[t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network], ...]

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# RFC 6052, section 2.1.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def read_networks(texts: t.Iterable[str]) -> Networks:
    """Return networks by their texts.

    :raises InvalidInput: a text is none
    """
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            raise InvalidInput("{network!r} is no network, such as 10.1.0.0/16.", network=text) from None
    return tuple(found)


def is_allowed(text: str, networks: Networks) -> bool:
    """Return whether an address is one of the Internet, or of networks.

    :param text: as the resolver writes it
    """
    address = ipaddress.ip_address(text)
    embedded = _embedded(address)
    if any(one in network for one in (address, embedded or address) for network in networks):
        return True
    return _is_public(embedded or address)


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address to which packets for an IPv6 address go: mapped, 6to4 or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return address.ipv4_mapped or address.sixtofour or nat64


def _is_public(address: Address) -> bool:
    is_unicast = not address.is_multicast and (address.version == 4 or address in _GLOBAL_UNICAST)
    return is_unicast and address.is_global
