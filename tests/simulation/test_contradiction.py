# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that contradicts the manual stops the orders and reissues of the run that saw it, and of no later one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request

from .inventory import Certificate
from .story import AT_ONCE, BY_HAND, LIVE, RUNS, WANTED, Story, wanted

INVOICES = Certificate("invoices", "beta")
Change = Callable[[dict[str, Any]], object]

UNREADABLE: dict[str, tuple[str, Change]] = {
    "data.status": ("query", lambda data: data.update(status={"code": 5})),
    "data.id": ("query", lambda data: data.update(id="../../etc")),
    "data.cn": ("query", lambda data: data.update(cn=["a"])),
    "data.chains_RSA": ("retrieve", lambda data: data.update(chains_RSA=[7])),
    "data.pem_RSA": ("retrieve", lambda data: data.update(pem_RSA="---begin xxxxxx ---end---")),
}
PAGES = {"a page": b"<html>502 Bad Gateway</html>", "a cut body": b'{"isSuccess": true, "da', "nothing": b""}


@pytest.fixture
def answer_of(story: Story, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the answers about the first order, until that is undone."""

    def change_answers(endpoint: str, change: Callable[[bytes], bytes]) -> None:
        ca, order_id = story.world.ca, story.world.ca.by_number(1).id
        answer = ca.answer
        ca.observed.is_compared = False

        def changed(request: Request, request_id: str, token: str) -> Answer:
            found = answer(request, request_id, token)
            own = "retrieve" if request.path.endswith("RetrievePem") else "query"
            is_it = order_id in f"{request.path} {request.query}" and own == endpoint
            return Answer(found.status, change(found.body), found.headers) if is_it else found

        monkeypatch.setattr(ca, "answer", changed)

    return change_answers


def with_data(change: Change) -> Callable[[bytes], bytes]:
    """Return the change of a body."""

    def changed(body: bytes) -> bytes:
        value = json.loads(body)
        if isinstance(value["data"], dict):
            change(value["data"])
        return json.dumps(value).encode()

    return changed


@pytest.mark.parametrize("field", UNREADABLE)
def test_answer_that_contradicts_the_manual_stops_each_order_of_its_run(
    story: Story, answer_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    endpoint, change = UNREADABLE[field]
    story.world.inventory.variables["max_charged_orders"] = 9
    story.tell(BY_HAND, WANTED, RUNS)
    story.order_is("approve")
    story.tell(AT_ONCE, wanted(certificate=INVOICES))
    answer_of(endpoint, with_data(change))

    story.tell(RUNS)

    assert story.charged == 1
    assert story.row()["error_code"] in ("bad_answer", "bad_certificate")
    row = story.row(INVOICES)
    # It is blocked before anything is done, if the plans of the batch met the answer.
    assert row["result"] == ("failed" if endpoint == "retrieve" else "blocked")
    assert (row["error_code"], row["charged"]) == ("orders_stopped", "no")
    assert field in row["msg"]
    # Nothing is kept of it.
    monkeypatch.undo()
    story.tell(RUNS)
    assert (story.serves(), story.serves(INVOICES), story.charged) == ("order 1", "order 2", 2)


def test_run_without_that_certificate_orders_the_others(story: Story, answer_of: Callable[..., None]) -> None:
    story.world.inventory.variables["max_charged_orders"] = 9
    story.tell(*LIVE, wanted(certificate=INVOICES))
    answer_of("query", with_data(lambda data: data.update(status=["issued"])))
    story.tell(RUNS)
    assert story.row(INVOICES)["error_code"] == "orders_stopped"
    assert "--limit" in story.row(INVOICES)["next_step"]

    story.run(INVOICES.host)

    assert story.serves(INVOICES) == "order 2"


def test_reissue_is_stopped_too(story: Story, answer_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    story.world.inventory.variables["max_charged_orders"] = 9
    story.tell(*LIVE, wanted(certificate=INVOICES), RUNS)
    answer_of("query", with_data(lambda data: data.update(status=["issued"])))

    story.run(reissue=[INVOICES.name])

    assert "reissue" not in story.sent
    assert (story.row(INVOICES)["error_code"], story.serves(INVOICES)) == ("orders_stopped", "order 2")
    monkeypatch.undo()
    story.run(reissue=[INVOICES.name])
    assert "reissue" in story.sent


@pytest.mark.parametrize("page", PAGES)
def test_page_of_a_proxy_stops_its_own_certificate_alone(
    story: Story, answer_of: Callable[..., None], page: str
) -> None:
    story.world.inventory.variables["max_charged_orders"] = 9
    story.tell(BY_HAND, WANTED, RUNS, AT_ONCE, wanted(certificate=INVOICES))
    answer_of("query", lambda _body: PAGES[page])

    story.tell(RUNS)

    assert story.row()["error_code"] == "bad_answer"
    assert story.serves(INVOICES) == "order 2"
