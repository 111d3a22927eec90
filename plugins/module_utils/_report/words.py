# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the page, from the catalogue of texts."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._texts import message

LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""The languages of the page, with their HTML names."""

_PREFIX = "report."


def word(key: str, language: str, **numbers: object) -> str:
    """Return a word of the page.

    :param numbers: what is put in for the names in braces; ``n`` chooses between singular and plural
    """
    text = message.text(message.Message(_PREFIX + key, **numbers), language)
    forms = text.split("|")
    return forms[0 if numbers.get("n") == 1 else -1]


def dictionary() -> dict[str, dict[str, str]]:
    """Return all words by language and key, for the page's own switch."""
    english = message.LANGUAGES["en"]
    keys = [text_id for text_id in english if text_id.startswith(_PREFIX)]
    return {
        language: {key[len(_PREFIX) :]: message.LANGUAGES[language].get(key, english[key]) for key in keys}
        for language in LANGUAGES
    }
