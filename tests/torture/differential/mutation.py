# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change DER at random, with the same changes for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_CONSTRUCTED = 0x20
_TAGS = (
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0C,
    0x13,
    0x14,
    0x16,
    0x17,
    0x18,
    0x1E,
    0x30,
    0x31,
    0x80,
    0xA0,
    0xA1,
    0xA3,
)
Node = tuple[int, "bytes | list[Node]"]


def sequence(*parts: bytes) -> bytes:
    """Return a sequence of elements."""
    return _element(0x30, b"".join(parts))


def tagged(tag: int, data: bytes) -> bytes:
    """Return an element of some type."""
    return _element(tag, data)


def octets(data: bytes) -> bytes:
    """Return an octet string."""
    return _element(0x04, data)


def bits(data: bytes) -> bytes:
    """Return a bit string of whole octets."""
    return _element(0x03, b"\0" + data)


def parts_of(data: bytes) -> list[bytes]:
    """Return the elements of the content of the first element of data in DER."""
    ((_tag, content),) = _read(data[: _end(data, 0)])
    assert isinstance(content, list)
    return [_written(part) for part in content]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return data with some octets changed, cut, put in or removed."""
    place, size = chance.randrange(len(data)), chance.choice((1, 1, 1, 2, 8, 40))
    changes: tuple[Callable[[], bytes], ...] = (
        lambda: data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :],
        lambda: data[:place] + chance.randbytes(size) + data[place + size :],
        lambda: data[:place] + data[place + size :],
        lambda: data[:place] + chance.randbytes(size) + data[place:],
        lambda: data[:place],
        lambda: data + chance.randbytes(size),
    )
    return chance.choice(changes)()


def restructured(data: bytes, chance: random.Random) -> bytes:
    """Return DER whose elements were moved, doubled, removed or changed; the lengths around them fit."""
    nodes = _read(data)
    for _number in range(chance.choice((1, 1, 1, 2, 3))):
        siblings, place = chance.choice([*_places(nodes)])
        siblings[place : place + 1] = _changed(siblings[place], chance, nodes)
        if not nodes:
            return b""
    return b"".join(_written(node, chance if chance.random() < 0.1 else None) for node in nodes)


def _changed(node: Node, chance: random.Random, nodes: list[Node]) -> list[Node]:
    tag, content = node
    siblings, place = chance.choice([*_places(nodes)])
    changes: list[Callable[[], list[Node]]] = [
        list,
        lambda: [node, node],
        lambda: [siblings[place]],
        lambda: [node, siblings[place]],
        lambda: [(chance.choice(_TAGS), content)],
        lambda: [(0x30, [node])],
    ]
    if isinstance(content, bytes) and content:
        changes += [lambda: [(tag, damaged(content, chance))]] * 6
    return _copied(chance.choice(changes)())


def _copied(nodes: list[Node]) -> list[Node]:
    return [(tag, _copied(content) if isinstance(content, list) else content) for tag, content in nodes]


def _places(nodes: list[Node]) -> Iterator[tuple[list[Node], int]]:
    for place, (_tag, content) in enumerate(nodes):
        yield nodes, place
        if isinstance(content, list):
            yield from _places(content)


def _read(data: bytes) -> list[Node]:
    """Return the elements of DER, and what is within octet strings too where it is DER."""
    nodes: list[Node] = []
    position = 0
    while position < len(data):
        end = _end(data, position)
        start = end - _length(data, position)[0]
        tag, body = data[position], data[start:end]
        content: bytes | list[Node] = body
        if tag & _CONSTRUCTED or tag == 0x04:
            try:
                content = _read(body)
            except (ValueError, IndexError):
                content = body
        nodes.append((tag, content))
        position = end
    return nodes


def _end(data: bytes, position: int) -> int:
    length, start = _length(data, position)
    if start + length > len(data):
        raise ValueError("The element is cut off.")
    return start + length


def _length(data: bytes, position: int) -> tuple[int, int]:
    """Return the length of an element, and where its content begins."""
    first = data[position + 1]
    if first < 0x80:
        return first, position + 2
    octets = first & 0x7F
    return int.from_bytes(data[position + 2 : position + 2 + octets], "big"), position + 2 + octets


def _written(node: Node, chance: random.Random | None = None) -> bytes:
    """Return an element, with some lengths in a longer form if there is a chance."""
    tag, content = node
    body = content if isinstance(content, bytes) else b"".join(_written(part, chance) for part in content)
    if chance is None or chance.random() < 0.9:
        return _element(tag, body)
    if tag & _CONSTRUCTED and chance.random() < 0.5:
        return bytes([tag, 0x80]) + body + b"\0\0"
    return bytes([tag, 0x84]) + len(body).to_bytes(4, "big") + body


def _element(tag: int, body: bytes) -> bytes:
    length = len(body)
    if length < 0x80:
        return bytes([tag, length]) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body
