# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results have one row per certificate.

Table, summary and artifacts use the same words.
"""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox

from . import tables
from .harness import Site

ISSUE = "wotrus.pki.issue"


def test_tables_messages_and_next_steps_are_in_the_language_of_the_run(site: Site) -> None:
    host = site.host()
    host.folder().path.parent.mkdir(parents=True, exist_ok=True)
    host.folder().path.parent.chmod(0o777)

    run = site.run(playbook=ISSUE, variables={"wotrus_language": "zh"})

    assert run.code == 2
    assert run.result()["msg"].startswith(f"{host.folder().path.parent} can be written by other users")
    shown = " ".join(run.output.split())
    for words in ("下一步", "失败", "其他用户可以写入", "查明消息中的路径属于谁，然后重新运行。"):
        assert words in shown


def test_results_and_summary_show_who_has_to_act(site: Site, sandbox: Sandbox) -> None:
    reviewed, unpaid = site.host("reviewed"), site.host("unpaid")
    sandbox.settings(manual_review=True)
    site.issue(variables={"wotrus_max_charged_orders": 2})
    sandbox.order(unpaid.folder().pending_order_id, "unpaid")

    run = site.issue(playbook=ISSUE)

    counts = tables.summary(run)
    assert (counts[tables.WAITING_FOR_YOU], counts[tables.WAITING_FOR_CA], counts[tables.CHARGED]) == (1, 1, 0)
    ca, you = tables.result(run, reviewed), tables.result(run, unpaid)
    assert (ca["result"], ca["waiting for"], ca["charged"]) == ("waiting", tables.BY_CA, tables.NO)
    assert (you["result"], you["waiting for"], you["charged"]) == ("waiting", tables.BY_YOU, tables.NO)
    assert sandbox.url in you["next step"]
