# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents for orders, reissues and revocations (manual, sections 2, 6 and 7)."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import enum
import os
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidDocument

MAX_BYTES = 10 * 1024 * 1024

_MAGIC = {".pdf": (b"%PDF-",), ".jpg": (b"\xff\xd8\xff",), ".gif": (b"GIF87a", b"GIF89a")}
_SAME = {".jpeg": ".jpg"}
FILE_TYPES = tuple(_MAGIC)


class DocumentType(enum.Enum):
    """The values of the manual's ``documentType``.

    Their names are those of the option ``type``.
    """

    AUTHORIZATION = 1
    BUSINESS_LICENSE = 2
    ID_CARD = 3


@dataclasses.dataclass(frozen=True)
class Document:
    """A checked document.

    :ivar file_type: ``.pdf``, ``.jpg`` or ``.gif``
    :ivar content: the bytes in base64
    """

    file_type: str
    content: str = dataclasses.field(repr=False)
    type: DocumentType | None = None


def load_document(options: t.Mapping[str, t.Any], *, what: str) -> Document:
    """Read and check a document before anything is sent.

    :param options: ``path``, or ``content`` (base64) with ``file_type``; for an order also ``type``
    :param what: the option's name for messages
    :raises InvalidDocument: it is missing, unreadable, empty, larger than 10 MiB, or has another type
    """
    path, content, file_type = options.get("path"), options.get("content"), options.get("file_type")
    if bool(path) == bool(content):
        raise InvalidDocument(f"{what}: set either path, or content with file_type.")
    if path:
        data, suffix = _read(path, what=what), os.path.splitext(path)[1]
    else:
        data, suffix = _decode(content or "", what=what), file_type or ""
    named = options.get("type")
    return Document(
        file_type=_check(data, suffix, what=what),
        content=base64.b64encode(data).decode("ascii"),
        type=DocumentType[named.upper()] if named else None,
    )


def _read(path: str, *, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise InvalidDocument(f"{what}: cannot read {path}: {exc.strerror}.") from exc


def _decode(content: str, *, what: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        # Without "from None", a traceback would show the content.
        raise InvalidDocument(f"{what}: content is not base64. Use the filter b64encode.") from None


def _check(data: bytes, suffix: str, *, what: str) -> str:
    kind = suffix.lower() if suffix.startswith(".") else f".{suffix.lower()}"
    kind = _SAME.get(kind, kind)
    if kind not in _MAGIC:
        raise InvalidDocument(f"{what}: type {suffix or '(none)'} is not accepted. Use {', '.join(FILE_TYPES)}.")
    if not data:
        raise InvalidDocument(f"{what}: the document is empty.")
    if len(data) > MAX_BYTES:
        raise InvalidDocument(f"{what}: the document is larger than {MAX_BYTES // 2**20} MiB.")
    if not data.startswith(_MAGIC[kind]):
        raise InvalidDocument(f"{what}: the content is not a {kind[1:].upper()} file. Correct the file or its type.")
    return kind
