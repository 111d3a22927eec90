# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document that a service is sent to sign, and its traces in the signed one."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import pathlib
import re
import secrets
import typing as t
import zlib

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput

NO_CONTENT = "none"
"""The option without a document, for a service that writes documents of its own."""

_TEXT = re.compile(rb"wotrus\.pki [0-9a-f]{32}")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_MOST_STREAMS = 1000
_LARGEST_STREAM = 100_000


@dataclasses.dataclass(frozen=True)
class SentContent:
    """A new document.

    :ivar data: the whole of it
    :ivar text: a text in it that no earlier document has
    """

    data: bytes
    text: bytes

    @classmethod
    def new(cls, *, is_pdf: bool) -> SentContent:
        """Return another one at each call: a PDF of one page, or a text in one line.

        The line has no end, which ``openssl`` would change.
        """
        text = b"wotrus.pki " + secrets.token_hex(16).encode()
        return cls(_pdf(text) if is_pdf else text, text)

    def is_in(self, signed: bytes, *, is_pdf: bool) -> bool:
        """Return whether it is what was signed, or in a PDF, whether its text is there.

        A PDF to which a service added its signature begins with it. One that was written anew has its text as it was,
        or in a compressed stream.
        """
        if not is_pdf:
            return signed == self.data
        return self.text in signed or any(self.text in stream for stream in _streams(signed))


def check_place(path: str, *, option: str) -> None:
    """Check the option that says where the document is written.

    :raises InvalidInput: it is no absolute path of a file, and not ``none``
    """
    is_file = os.path.isabs(path) and path.isprintable() and pathlib.PurePath(path).name not in ("", "..")
    if path != NO_CONTENT and not is_file:
        raise InvalidInput("{option} must be an absolute path or none, not {path!r}.", option=option, path=path)


def is_sent_content(data: bytes) -> bool:
    """Return whether a file is a document of an earlier test, of any form."""
    return _TEXT.search(data) is not None


def _streams(pdf: bytes) -> t.Iterator[bytes]:
    """Yield the beginnings of the compressed streams of a PDF, such as of its pages."""
    for start in itertools.islice(_STREAM.finditer(pdf), _MOST_STREAMS):
        data = pdf[start.end() : start.end() + _LARGEST_STREAM]
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(data, _LARGEST_STREAM)


def _pdf(text: bytes) -> bytes:
    """Return a PDF with a text on its page and as its title (ISO 32000-2, annex H.2)."""
    stream = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % text
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Title(%s)>>" % text,
    )
    pdf, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"0000000000 65535 f \n"
    for number, body in enumerate(bodies, start=1):
        places += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size, identifier = len(bodies) + 1, secrets.token_hex(16).encode()
    trailer = b"<</Size %d/Root 1 0 R/Info 6 0 R/ID[<%s><%s>]>>" % (size, identifier, identifier)
    return pdf + b"xref\n0 %d\n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (size, places, trailer, len(pdf))
