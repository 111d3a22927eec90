# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents for orders, reissues and revocations (manual, sections 2, 6 and 7)."""

from __future__ import annotations

import base64
import os
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidDocument, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, DocumentType
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

MAX_BYTES = 10 * 1024 * 1024

_MAGIC = {".pdf": (b"%PDF-",), ".jpg": (b"\xff\xd8\xff",), ".gif": (b"GIF87a", b"GIF89a")}
FILE_TYPES = tuple(_MAGIC)


def load_document(options: t.Mapping[str, t.Any], *, what: str) -> Document:
    """Read and check a document before anything is sent.

    :param options: ``path``, or ``content`` (base64) with ``file_type``; for an order also ``type``
    :param what: the option's name for messages
    :raises InvalidDocument: it is missing, unreadable, empty, larger than 10 MiB, or has another type
    """
    path, content, file_type = options.get("path"), options.get("content"), options.get("file_type")
    if bool(path) == bool(content):
        raise InvalidDocument("{option}: set either path, or content with file_type.", option=what)
    if path:
        data, suffix = read_file(path, what=what, error=InvalidDocument), os.path.splitext(path)[1]
    else:
        suffix = file_type or ""
        try:
            data = base64.b64decode("".join((content or "").split()), validate=True)
        except ValueError:
            # Without "from None", a traceback would show the content.
            raise InvalidDocument("{option}: content is not base64. Use the filter b64encode.", option=what) from None
    named = options.get("type")
    return Document(
        file_type=_check(data, suffix, what=what),
        content=base64.b64encode(data).decode("ascii"),
        type=DocumentType[named.upper()] if named else None,
    )


def read_file(path: str, *, what: str, error: type[InvalidInput] = InvalidInput) -> bytes:
    """Return the content of a file, at most a byte more than a document may have.

    :param what: the option's name for messages
    :raises InvalidInput: it cannot be read; the error is of the given type
    """
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise error(Message("{option}: cannot read {path}: {why}.", option=what, path=path, why=exc.strerror)) from exc


def _check(data: bytes, suffix: str, *, what: str) -> str:
    kind = f".{suffix.lower().lstrip('.')}".replace(".jpeg", ".jpg")
    if kind not in _MAGIC:
        raise InvalidDocument("{option}: type {value!r} is none of .pdf, .jpg and .gif.", option=what, value=suffix)
    if len(data) > MAX_BYTES:
        raise InvalidDocument("{option}: it is larger than {limit} MiB.", option=what, limit=MAX_BYTES // 2**20)
    if not data.startswith(_MAGIC[kind]):
        raise InvalidDocument("{option}: the content is not a {kind} file.", option=what, kind=kind[1:].upper())
    return kind
