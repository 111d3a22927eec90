# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people read of a run: the one formatter, for webhooks and for the notifications of AWX.

The forms are those of the documentation of DingTalk (Custom robots, message types), WeCom (Group robots, markdown) and
Feishu (Custom bot usage guide, cards). Text of hosts, certificates and the CA becomes text in them: it names nobody,
and hides no link.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import encode
from ansible_collections.wotrus.pki.plugins.module_utils._client.webhook import DINGTALK, FEISHU, JSON, WECOM
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    DEPLOYED,
    UNCHANGED,
    WAITING,
    is_failing,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line, safe_link
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import CANCELLED, REVOKED, REVOKING
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import first_names, head, sentences, word

LARGEST = {DINGTALK: 20_000, WECOM: 4_096, FEISHU: 20_000, JSON: 100_000}
"""The bytes of a document. WeCom counts only those of its text, so its documents are shorter than they may be."""

ESCAPES = (
    ("\\", "\N{FULLWIDTH REVERSE SOLIDUS}"),
    ("`", "'"),
    ("*", "\N{FULLWIDTH ASTERISK}"),
    ("<", "\N{FULLWIDTH LESS-THAN SIGN}"),
    ("@", "\N{FULLWIDTH COMMERCIAL AT}"),
    ("](", "] ("),
)
"""What has a meaning in a bot's Markdown, and what stands for it: escapes are not documented for any of them.

``<@user>``, ``<at id=all>`` and ``@all`` name people, ``<font>`` colours, and ``[text](address)`` hides an address.
"""

LONGEST_NAMES, LONGEST_LINE, LONGEST_LINK = 20, 600, 500
_MOST = 50
_CHANGED = (DEPLOYED, REVOKED, REVOKING, CANCELLED)


@dataclasses.dataclass(frozen=True)
class Notification:
    """What people read.

    :ivar paragraphs: Markdown with the number of certificates that each is about
    :ivar rows: the certificates, for programs
    """

    title: str
    paragraphs: t.Sequence[tuple[str, int]]
    rows: t.Sequence[Json]
    language: str = "en"

    def markdown(self, number: int) -> str:
        """Return the first paragraphs, and the number of the other certificates."""
        more = sum(count for _text, count in self.paragraphs[number:])
        last = [text(Message("and {number} more", number=more), self.language)] if more else []
        return "\n\n".join([*(words for words, _count in self.paragraphs[:number]), *last])

    def within(self, largest: int) -> str:
        """Return as many paragraphs as fit into a number of bytes."""
        return next(text for text in map(self.markdown, self._numbers()) if len(text.encode()) <= largest)

    def document(self, kind: str) -> dict[str, t.Any]:
        """Return the document for a webhook, with as much as the kind allows."""
        return next(document for document in self._documents(kind) if len(encode(document)) <= LARGEST[kind])

    def _documents(self, kind: str) -> t.Iterator[dict[str, t.Any]]:
        """Yield the document with less and less."""
        if kind != JSON:
            yield from (message(kind, self.title, self.markdown(number)) for number in self._numbers())
            return
        number = len(self.rows)
        while True:
            more = len(self.rows) - number
            yield {"title": self.title, "certificates": list(self.rows[:number]), "more": more}
            number //= 2

    def _numbers(self) -> t.Iterator[int]:
        return reversed(range(min(len(self.paragraphs), _MOST) + 1))


def message(kind: str, title: str, markdown: str) -> dict[str, t.Any]:
    """Return a message in the form of a bot."""
    if kind == FEISHU:
        header = {"title": {"tag": "plain_text", "content": title}}
        return {
            "msg_type": "interactive",
            "card": {"header": header, "elements": [{"tag": "markdown", "content": markdown}]},
        }
    whole = f"### {title}\n\n{markdown}"
    if kind == WECOM:
        return {"msgtype": "markdown", "markdown": {"content": whole}}
    return {"msgtype": "markdown", "markdown": {"title": title, "text": whole}}


def noteworthy(rows: Rows, *, only_changes: bool = False) -> list[Json]:
    """Return the rows that people read of: what needs somebody first, then what changed.

    :param only_changes: only rows of hosts where something changed
    """
    changed = [bool(row["steps"]) or row["result"] in _CHANGED for row in rows]
    hosts = {row["host"] for row, is_new in zip(rows, changed) if is_new}
    found = [
        row
        for row, is_new in zip(rows, changed)
        if is_new or (_needs_somebody(row) and (row["host"] in hosts or not only_changes))
    ]
    return sorted(found, key=lambda row: not _needs_somebody(row))


def _needs_somebody(row: Json) -> bool:
    return row["waiting_for"] == "you" or is_failing(row) or bool(row.get("alarm"))


def notification(rows: Rows, language: str = "en") -> Notification:
    """Return what people read of results. Certificates with the same words are one paragraph.

    :param rows: those of :func:`noteworthy`
    """
    counts = collections.Counter(_state(row, language) for row in rows)
    title = Message("WoTrus certificates: {counts}", counts=[f"{state} {n}" for state, n in counts.items()])
    alike: dict[tuple[str, str, str | None], list[str]] = {}
    for row in rows:
        same = (_state(row, language), _words(row, language), _link(row))
        alike.setdefault(same, []).append(f"{row['host']} {row['name']}".strip())
    paragraphs = [
        (_paragraph(state, names, words, link, language), len(names)) for (state, words, link), names in alike.items()
    ]
    return Notification(text(title, language), paragraphs, [_plain(row, language) for row in rows], language)


def _paragraph(state: str, names: t.Sequence[str], words: str, link: str | None, language: str) -> str:
    line = f"**{state}** {escaped(first_names(names, language, most=LONGEST_NAMES))}: {escaped(words)}"
    opened = text(Message("Open the link"), language)
    return f"{line} [{opened}]({link})" if link else line


def escaped(words: str) -> str:
    """Return one line of text for Markdown, in which nothing has a meaning."""
    words = safe_line(words, longest=LONGEST_LINE)
    for special, stand_in in ESCAPES:
        words = words.replace(special, stand_in)
    return words


def _state(row: Json, language: str) -> str:
    if row["result"] == WAITING and row["waiting_for"] == "you":
        return text(Message("waits for you"), language)
    if row["result"] == UNCHANGED:
        return text(Message("needs attention"), language)
    return word("result", row["result"], language).replace("_", " ")


def _words(row: Json, language: str) -> str:
    if row["result"] == DEPLOYED and not row.get("alarm") and row.get("expires"):
        return f"{head('expires', language)} {str(row['expires'])[:10]}"
    return sentences(row, ("msg", "next_step"), language)


def _link(row: Json) -> str | None:
    """Return the link that a person opens, in which nothing ends the link of Markdown."""
    link = safe_link(row.get("pending_link"))
    return urllib.parse.quote(link, safe="%/:?&=#+,;~!$'-._") if link and len(link) <= LONGEST_LINK else None


def _plain(row: Json, language: str) -> dict[str, t.Any]:
    fields = ("host", "name", "result", "order_id", "waiting_for", "expires", "error_code")
    given = {field: row.get(field) for field in fields}
    return {**given, "link": safe_link(row.get("pending_link")), "message": safe_line(_words(row, language))}
