# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the page, from the catalogue of texts."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._texts import en
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, template, text

LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""The languages of the page, with their HTML names."""

_PREFIX = "report."


def word(key: str, language: str, **numbers: object) -> str:
    """Return a word of the page.

    :param numbers: what is put in for the names in braces; ``n`` chooses between singular and plural
    """
    forms = text(Message(_PREFIX + key, **numbers), language).split("|")
    return forms[0 if numbers.get("n") == 1 else -1]


def dictionary() -> dict[str, dict[str, str]]:
    """Return all words by language and key, for the page's own switch."""
    keys = [text_id[len(_PREFIX) :] for text_id in en.REPORT]
    return {language: {key: template(_PREFIX + key, language) for key in keys} for language in LANGUAGES}
