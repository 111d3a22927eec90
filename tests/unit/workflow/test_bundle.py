# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user hands on has nothing of persons, hosts and orders, whatever the files have."""

from __future__ import annotations

import json
import typing as t
import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.bundle import bundle_lines, letter_lines

REQUEST = str(uuid.UUID(int=1))
SEEN = {
    "reading": "create_time",
    "word": "usual",
    "api": "wotrus",
    "account": 1,
    "product": None,
    "count": 3,
    "first": "2026-12-01",
    "first_request": REQUEST,
    "last": "2026-12-04",
    "last_request": REQUEST,
}
ODD = {
    "endpoint": "query",
    "kind": "field",
    "name": "loginName",
    "count": 2,
    "first": "2026-12-01",
    "last": "2026-12-04",
}
END = {
    "time": "2026-12-01T08:00:00.000+00:00",
    "event": "end",
    "request_ids": [REQUEST],
    "call": "create",
    "outcome": "refused",
    "error_code": "rejected_by_api",
}
# A person, a host, an order, a token, and what could end a line.
PERSONAL = (
    "张三",
    "Zhang San",
    "sign-1.example.com",
    "89CB4BF6-3E53-4B49-9AB9-92D578144260",
    "tk_of-the-company",
    "a\n# b",
)


def bundle(seen: t.Sequence[t.Any] = (), odd: t.Sequence[t.Any] = (), journal: t.Sequence[t.Any] = ()) -> list[str]:
    return bundle_lines({"Python": "3.12.1"}, seen, odd, [f"{json.dumps(line)}\n" for line in journal])


def test_bundle_has_what_shows_a_fault() -> None:
    lines = bundle([SEEN], [ODD], [{**END, "event": "send"}, END])

    text = "\n".join(lines)
    for part in ("Python 3.12.1", "create_time: usual", "2026-12-04", "loginName", "create refused rejected_by_api"):
        assert part in text
    assert text.count(REQUEST) == 3
    assert text.count("refused") == 1
    assert len([line for line in bundle(journal=[END] * 99) if "refused" in line]) == 50


def test_old_order_without_a_file_is_in_the_bundle() -> None:
    row = {"reading": "chain", "word": "root first", "orders": list(PERSONAL), "question": "In which order?"}

    text = "\n".join(bundle([row, {**row, "reading": "ids", "word": None}]))

    assert "chain: root first" in text
    assert "ids" not in text
    assert not [word for word in PERSONAL if word in text]


def test_bundle_has_nothing_personal() -> None:
    for word in PERSONAL:
        seen = [{**SEEN, name: word} for name in ("reading", "word", "api", "product", "first_request", "last_request")]
        odd = [{**ODD, name: word} for name in ("endpoint", "kind", "name")]
        journal = [
            *({**END, name: word} for name in (*END, "user", "host", "certificate", "new_order_id", "plan", "limits")),
            *({**END, "request_ids": ids} for ids in ([word], [[word]], {word: 1}, None)),
            *({**END, "error_code": [word]}, [word], word),
        ]
        lines = bundle(seen, odd, journal)

        assert word not in "\n".join(lines)
        assert lines[-1].startswith("  ")


def test_letter_is_in_both_languages_and_leaves_out_what_is_known() -> None:
    lines = letter_lines({})
    assert [line[:2] for line in lines if line[1:2] == "."] == [f"{number}." for number in (*range(1, 7), *range(1, 7))]
    assert sum(line.isascii() for line in lines) == len(lines) // 2 + 1

    assert len(letter_lines({"lifetime": "the term"})) == len(lines) - 2
    assert letter_lines({"lifetime": "200 days", "date": "sent"}) == lines
