# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stops the orders of a run, and what does not. tests/simulation has it over whole runs."""

from __future__ import annotations

import contextlib
import multiprocessing

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client import api as api_module
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.run_stop import RunStop
from tests.helpers.scripted_server import Answer, Script, envelope, raw, refusal
from tests.unit.client.test_calls import ID, new_order

CONTRADICTIONS = {
    "data.status": envelope({"id": ID, "status": ["issued"]}),
    "data.id": envelope({"id": "no id", "status": "issued"}),
    "data.productID": envelope({"id": ID, "productID": 7}),
}
OTHERS = {
    "a page": raw("<html>Please log in</html>"),
    "a cut body": raw('{"isSuccess": true, "data": {"id"'),
    "another server": raw('{"error": "no route"}'),
    "no data": envelope(None),
    "words in place of data": envelope("处理中"),
    "a refusal": refusal("订单不存在"),
    "an odd field that is not needed": envelope({"id": ID, "status": "issued", "isPay": ["1"], "org": 7}),
    "a status that is unknown": envelope({"id": ID, "status": 5}),
}


@pytest.mark.parametrize("field", CONTRADICTIONS)
def test_success_that_cannot_be_read_stops_orders_by_name(server: Script, api: Api, field: str) -> None:
    server.will(CONTRADICTIONS[field])
    with pytest.raises(errors.BadAnswer):
        api.query(ID)

    with pytest.raises(errors.OrdersStopped) as stopped:
        api.create(new_order())

    assert f"({field})" in str(stopped.value)
    assert f"order {ID}" in str(stopped.value)
    assert not stopped.value.answer_lost
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", OTHERS.values(), ids=OTHERS)
def test_other_answer_stops_nothing(server: Script, api: Api, answer: Answer) -> None:
    server.will(answer)
    with contextlib.suppress(errors.WotrusError):
        api.query(ID)

    server.will(envelope({"orderId": ID}))
    assert api.create(new_order()).order_id == ID


def test_order_whose_answer_is_words_stops_the_next_one(server: Script, api: Api) -> None:
    server.will(envelope("下单成功"))
    with pytest.raises(errors.BadAnswer):
        api.create(new_order())

    with pytest.raises(errors.OrdersStopped):
        api.create(new_order())


def test_claim_of_a_host_that_is_another_call_stops_nothing(server: Script, api: Api) -> None:
    server.will(envelope([{"id": ID}]))
    with pytest.raises(errors.BadAnswer):
        api.query("List")

    server.will(envelope({"orderId": ID}))
    assert api.create(new_order()).order_id == ID


def test_order_that_waited_for_its_turn_is_not_sent(server: Script, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop_meanwhile(*_arguments: object) -> None:
        api_module.STOP.set("data.status", ID)

    monkeypatch.setattr(api.http, "_wait_for_turn", stop_meanwhile)

    with pytest.raises(errors.OrdersStopped) as stopped:
        api.create(new_order())

    assert not stopped.value.answer_lost
    assert not server.requests


def test_processes_of_a_run_share_it() -> None:
    stop = RunStop()
    process = multiprocessing.get_context("fork").Process(target=stop.set, args=("data.status",))
    process.start()
    process.join()

    assert "data.status" in str(stop.why)
    with pytest.raises(errors.OrdersStopped):
        stop.check()
