# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings about names, by comparison with the names that were sent. No name is kept after the task."""

from __future__ import annotations

import html
import typing as t
import unicodedata
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._readings.certificates import Issued
from ansible_collections.wotrus.pki.plugins.module_utils._readings.query import Words
from ansible_collections.wotrus.pki.plugins.module_utils._readings.shapes import by_name


class Sent(t.NamedTuple):
    """The names of a request, and its e-mail addresses."""

    common_name: str
    organization: str
    emails: frozenset[str]


def sent_names(body: Mapping[str, t.Any]) -> Sent:
    """Return the names of a body of Create."""
    organization = by_name(body["organizationPost"])
    emails = (organization.get("orgemail"), organization.get("useremail"))
    return Sent(
        str(body["orderinfoPost"]["commonName"]),
        str(organization.get("orgname") or ""),
        frozenset(str(one).strip().casefold() for one in emails if one),
    )


def word_of_spelling(sent: Sent, data: Mapping[str, t.Any]) -> Words:
    """Yield how Query writes the names that were sent."""
    org = data.get("org")
    shown = [data.get("cn"), by_name(org).get("orgname") if isinstance(org, dict) else None]
    word = _spelling(zip((sent.common_name, sent.organization), shown), usual="usual")
    if word:
        yield "spelling", word


def words_of_subject(sent: Sent, issued: Issued, *, shown: t.Any) -> Words:
    """Yield how a certificate writes the names that were sent, and whether it has others.

    :param shown: ``cn`` as Query shows it, where WoTrus may have corrected it too
    """
    written = ((sent.common_name, issued.common_name), (sent.organization, issued.organization))
    word = _spelling(written, usual="as sent")
    if word in ("as sent", "full width", "blanks", "no-break spaces", "upper case"):
        yield "subjects", word
    is_other = issued.common_name is not None and not is_same_name(sent.common_name, issued.common_name)
    if {one.strip().casefold() for one in issued.emails} - sent.emails:
        yield "names", "with an e-mail address"
    elif is_other and shown == sent.common_name:
        yield "names", "corrected in certificates"
    elif not is_other:
        yield "names", "as sent"


def word_of_certificate_name(shown: t.Any, issued: Issued) -> Words:
    """Yield whether a certificate has the common name that Query shows."""
    if not isinstance(shown, str) or issued.common_name is None:
        return
    is_same = is_same_name(html.unescape(shown), issued.common_name)
    word = "the same" if shown == issued.common_name else "written otherwise" if is_same else "another"
    yield "certificate_name", word


def _spelling(written: t.Iterable[tuple[str, t.Any]], *, usual: str) -> str | None:
    """Return how names are written, of pairs of a sent and a shown one; ``None`` if it is no spelling."""
    found = {word for sent, shown in written if isinstance(shown, str) and (word := _way(sent, shown)) != "same"}
    if not found:
        return usual
    word = found.pop()
    return word if not found else None


def _way(sent: str, shown: str) -> str | None:
    """Return the way in which a name is written otherwise; ``same`` if it is not."""
    ways = {
        "same": sent == shown,
        "entities": html.unescape(shown) == sent,
        "no-break spaces": "\u00a0" in shown and shown.replace("\u00a0", " ") == sent,
        "blanks": shown.strip() == sent.strip(),
        "upper case": shown == sent.upper(),
        "full width": unicodedata.normalize("NFKC", shown) == sent,
    }
    return next((way for way, is_it in ways.items() if is_it), None)
