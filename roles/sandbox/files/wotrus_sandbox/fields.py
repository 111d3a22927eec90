# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what was sent: JSON objects without regard to the case of their keys, as ASP.NET does."""

from __future__ import annotations

import base64
import binascii

from .errors import Refusal


class Fields:
    """One JSON object. A field that is missing, null or blank counts as not given."""

    def __init__(self, value: object, *, name: str) -> None:
        if not isinstance(value, dict):
            raise Refusal(f"{name} 格式不正确" if value is not None else f"{name} 不能为空")
        self._values = {str(key).strip().lower(): item for key, item in value.items()}

    def text(self, name: str, *, required: bool = False, longest: int = 4000) -> str:
        """Return a string field, trimmed; Refusal when it is another type, too long, or required and not given."""
        value = self._values.get(name.lower())
        if value is not None and not isinstance(value, str):
            raise Refusal(f"{name} 格式不正确")
        text = (value or "").strip()
        if required and not text:
            raise Refusal(f"{name} 不能为空")
        if len(text) > longest or "\0" in text:
            raise Refusal(f"{name} 过长" if len(text) > longest else f"{name} 格式不正确")
        return text

    def raw(self, name: str) -> object:
        """Return a field as it was sent, or None."""
        return self._values.get(name.lower())

    def child(self, name: str) -> Fields:
        """Return a required object field."""
        return Fields(self.raw(name), name=name)

    def children(self, name: str) -> list[Fields]:
        """Return a list of objects; missing or null is an empty one."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Refusal(f"{name} 格式不正确")
        return [Fields(item, name=name) for item in value]


def check_file(fields: Fields, *, required: bool = True) -> bool:
    """Check ``fileType`` and ``fileContent``; whether there is a file comes out, never its content.

    Refusal for a suffix other than .jpg, .gif, .pdf, for content that is not base64, or when one is missing.
    """
    file_type = fields.text("fileType", required=required)
    content = fields.text("fileContent", required=required or bool(file_type), longest=40_000_000)
    if not file_type and not content:
        return False
    if file_type not in (".jpg", ".gif", ".pdf"):
        raise Refusal("fileType 不正确，只支持 .jpg、.gif、.pdf")
    try:
        decoded = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("fileContent 不是有效的 base64 编码") from None
    if not decoded:
        raise Refusal("fileContent 不能为空")
    return True
