# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send webhooks what changed in a run, and what needs somebody."""

from __future__ import annotations

import json
import re
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._client.webhook import post
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import INVISIBLE, safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import notification

_SECONDS = 30.0
"""For all webhooks together."""

_SHORTEST = 8
_LONGEST_WORDS = 400
_BETWEEN = f"[{INVISIBLE}]*"
_MASK = "********"


def notify(
    rows: Rows, webhooks_of: t.Callable[[str], t.Sequence[Json]], connection: Json, language: str = "en"
) -> list[str]:
    """Send each webhook one message about the rows of its hosts.

    :param rows: those of ``noteworthy``
    :param webhooks_of: returns the webhooks of a host: entries of ``wotrus_webhooks``
    :param connection: as for :func:`post`
    :returns: a warning for each webhook that did not take its message, without its address
    """
    found: dict[str, tuple[int, Json, list[Json]]] = {}
    for row in rows:
        for number, webhook in enumerate(webhooks_of(str(row["host"]))):
            found.setdefault(json.dumps(webhook, sort_keys=True), (number, webhook, []))[2].append(row)
    deadline = Deadline.after(_SECONDS)
    warnings = []
    for position, (number, webhook, own) in enumerate(found.values()):
        # One that is dead must not take the time of the others.
        seconds = deadline.left() / (len(found) - position)
        kind, secrets = webhook["kind"], _secrets(webhook)
        try:
            document = notification(own, language).document(kind)
            secret = webhook.get("secret")
            post(kind, webhook["url"], document, secret=secret, seconds=max(seconds, 1), connection=connection)
        except WotrusError as exc:
            failed = Message(
                "wotrus_webhooks[{number}] ({kind}) did not take the message: {error}.",
                number=number,
                kind=kind,
                # What is cut first may keep a part of a secret.
                error=safe_line(_masked(text(exc.message, language), secrets), longest=_LONGEST_WORDS),
            )
            warnings.append(text(failed, language))
    return warnings


def _secrets(webhook: Json) -> set[str]:
    """Return the texts of a webhook that nobody may see: its secret, its address, and the parts of that."""
    url = str(webhook["url"])
    parts = urllib.parse.urlsplit(url)
    pieces = {piece for piece in re.split("[/?&=]", url) if len(piece) >= _SHORTEST}
    every = {url, parts.netloc, str(parts.hostname), str(webhook.get("secret") or ""), *pieces}
    return {*every, *map(urllib.parse.unquote, every)} - {""}


def _masked(words: str, secrets: t.Collection[str]) -> str:
    """Return words without secrets: in any case, percent-encoded, and with characters without a shape between."""
    for secret in sorted(secrets, key=len, reverse=True):
        letters = re.sub(_BETWEEN, "", secret)
        if letters:
            words = re.sub(_BETWEEN.join(map(_spellings, letters)), _MASK, words, flags=re.IGNORECASE)
    return words


def _spellings(letter: str) -> str:
    """Return the pattern of a letter as it is or percent-encoded, once or more often."""
    digits = _BETWEEN.join(f"%(?:{_BETWEEN}2{_BETWEEN}5)*{_BETWEEN}{byte:02x}" for byte in letter.encode())
    return f"(?:{re.escape(letter)}|{digits})"
