# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes of users, each with one sentence before anything is sent.

The guide has a table of them in each language, which this test compares with what a run says. WOTRUS_WRITE_GUIDES=1
writes it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import sentences
from tests.helpers.guides import Block
from tests.helpers.sandbox import Sandbox

from . import mistakes
from .checks import posts
from .conftest import Charged
from .harness import ROOT, Run, Site, entry

_PAGES = ROOT / "docs" / "docsite" / "rst"
GUIDES = {"en": _PAGES / "guide_mistakes.rst", "zh": _PAGES / "guide_mistakes_zh.rst"}
HEADS = {
    "en": {"mistakes": ["Input", "Message"], "commands": ["Command", "Message", "Exit code"]},
    "zh": {"mistakes": ["输入", "消息"], "commands": ["命令", "消息", "退出码"]},
}
# How the messages of one certificate begin, which the page says once.
_CERTIFICATE = re.compile(r"^(?:Certificate 'contracts': |证书 'contracts'：)")
_SENTENCE = re.compile(r".+?(?:\. |。|$)")
_MOST_LINES = 20
in_each_language = pytest.mark.parametrize("language", GUIDES)

OTHER_CODES = {"en": "1 or 4", "zh": "1 或 4"}


def compare(language: str, table: str, rows: list[list[str]]) -> None:
    """Compare a table of the guide with the run, or write it."""
    block = Block(GUIDES[language], table)
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [HEADS[language][table], *rows]:
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(row)]
    text = "\n".join(lines)
    if os.environ.get("WOTRUS_WRITE_GUIDES"):
        block.write(text)
    assert block.read() == text


def without_repetitions(messages: list[str]) -> list[str]:
    """Return messages, without the sentences that an earlier one has.

    The sentences after the first, such as what nothing was done, are the same in many messages.
    """
    seen: set[str] = set()
    shown = []
    for message in messages:
        first, *others = _SENTENCE.findall(_CERTIFICATE.sub("", message))
        shown.append("".join([first, *(one for one in others if one.strip() not in seen)]).strip())
        seen |= {one.strip() for one in others}
    return shown


def message_of(run: Run, host: str, language: str) -> str:
    """Return the message of the failed task of a host; what several hosts share is in the table of the results."""
    (task,) = [task for task in run.tasks if task.host == host and task.status == "failed"]
    shared = [row for row in run.results(host) if row["error_code"] == "order_name_shared"]
    if shared:
        return f"{shared[0]['name']}: {sentences(shared[0], ('msg', 'next_step'), language)}"
    return " ".join(str(task.result["msg"]).split())


@in_each_language
def test_every_mistake_is_a_sentence_before_anything_is_sent(
    site: Site, sandbox: Sandbox, tmp_path: Path, language: str
) -> None:
    text, by_host = mistakes.inventory()
    inventory = tmp_path / "mistakes.yml"
    inventory.write_text(text)
    site.host("unused")
    base_dir = tmp_path / "certificates"
    site.variables.update(wotrus_base_dir=str(base_dir), wotrus_max_charged_orders=len(by_host))
    site.variables["wotrus_language"] = language

    run = site.run("--inventory", str(inventory), "--limit", "all:!*unused", playbook="wotrus.pki.issue")

    assert run.code == 2, run.output
    found = {mistake: message_of(run, host, language) for host, mistake in by_host.items()}
    later = {host for host, mistake in by_host.items() if mistake in mistakes.FOUND_LATER}
    assert {task.host for task in run.tasks if task.result.get("error_code") == "invalid_input"} == {*by_host} - later
    assert not any(secret in run.output for secret in ("hunter2", "1234567890", "110101199003070011"))
    assert "Traceback" not in run.output
    assert len(run.output.splitlines()) < _MOST_LINES * len(by_host)
    assert posts(sandbox) == []
    assert {one.host for one in run.on_target()} == later
    assert not base_dir.exists()
    shown = without_repetitions([*found.values()])
    compare(language, "mistakes", [[f"``{mistake}``", f"``{msg}``"] for mistake, msg in zip(found, shown, strict=True)])


def test_what_is_as_it_is_meant_is_no_mistake(site: Site) -> None:
    site.host(wotrus_wait_timeout="0", wotrus_revoke_superseded="false", wotrus_contact="pki@example.com")
    site.variables["wotrus_certificates"] = [entry(months="12", renew_before_days=30)]
    tasks: list[dict[str, Any]] = [
        # The result of a task may have a name like a variable.
        {"ansible.builtin.command": "true", "register": "wotrus_certificate", "changed_when": False},
        {"ansible.builtin.import_role": {"name": "wotrus.pki.certificate"}},
    ]

    run = site.issue("--check", tasks=tasks)

    assert "wotrus_contact is no variable of the collection, and has no effect." in run.output


RUNS: dict[str, dict[str, Any]] = {
    "ansible-playbook -i inventory.yml wotrus.pki.renew": {"group": "signers", "playbook": "renew"},
    "ansible-playbook -i inventory.yml wotrus.pki.issue -e wotrus_hosts=signer": {
        "variables": {"wotrus_hosts": "signer"}
    },
    "ansible-playbook -i inventory.yml wotrus.pki.issue --limit web": {"options": ["--limit", "web"]},
    "ansible-playbook -i inventory.yml wotrus.pki.issue --tags deploy": {"options": ["--tags", "deploy"]},
    "ansible-playbook -i inventory.yml wotrus.pki.status --tags deploy": {
        "options": ["--tags", "deploy"],
        "playbook": "status",
    },
    "ansible-playbook -i inventory.yml wotrus.pki.issue --skip-tags wotrus_plan": {
        "options": ["--skip-tags", "wotrus_plan"]
    },
    "ansible-playbook -i inventory.yml wotrus.pki.issue --start-at-task 'Apply the plan'": {
        "options": ["--start-at-task", "Apply the plan"]
    },
    "ansible-playbook -i inventory.yml wotrus.pki.issue -e wotrus_max_charge_orders=0": {
        "variables": {"wotrus_max_charge_orders": 0}
    },
    "ansible-playbook -i inventory.yml wotrus.pki.reissue": {"playbook": "reissue"},
    "ansible-playbook -i inventory.yml wotrus.pki.reissue -e wotrus_reissue=contract": {
        "playbook": "reissue",
        "variables": {"wotrus_reissue": "contract"},
    },
    "ansible-playbook -i inventory.yml wotrus.pki.cancel": {"playbook": "cancel"},
    "env -u WOTRUS_API_TOKEN ansible-playbook -i inventory.yml wotrus.pki.issue": {"token": None},
    "WOTRUS_API_TOKEN=tk_wrong ansible-playbook -i inventory.yml wotrus.pki.issue": {"token": "tk_wrong"},
}


def test_every_mistake_of_a_command_fails_the_run(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    hosts = {language: site.host(language, wotrus_language=language).name for language in GUIDES}
    site.other_groups = {"web": {"hosts": {"web1": {}}}}
    site.variables.update(wotrus_certificates=[mistakes.ENTRY], wotrus_max_charged_orders=len(hosts))
    rows: dict[str, list[list[str]]] = {language: [] for language in GUIDES}
    for command, details in RUNS.items():
        site.group = details.get("group", "wotrus")
        site.environment["WOTRUS_API_TOKEN"] = details.get("token", sandbox.token) or ""

        playbook = f"wotrus.pki.{details.get('playbook', 'issue')}"
        options, variables = details.get("options", ()), details.get("variables")

        run = site.run(*options, playbook=playbook, variables=variables)

        for language, host in hosts.items():
            text = reason(run, host)
            if text is None:
                # A task that runs once has the language of the first host.
                run = site.run("--limit", host, playbook=playbook, variables=variables)
                text = reason(run, host)
            assert run.code in (1, 2, 4), run.output
            rows[language].append([f"``{command}``", f"``{text}``", "2" if run.code == 2 else OTHER_CODES[language]])
    assert charged() == 0
    for language, found in rows.items():
        compare(language, "commands", found)


def reason(run: Run, host: str) -> str | None:
    """Return why a run failed for a host, in one line; ``None`` if it failed for another host."""
    errors = [line for line in run.stderr.splitlines() if line.startswith(("ERROR!", "[ERROR]"))]
    lines = [line.removeprefix("ERROR! ").removeprefix("[ERROR]: ") for line in errors]
    failed = [task for task in run.tasks if task.status == "failed"]
    own = [task.result for task in failed if task.host == host]
    messages = [" ".join(one["mistakes"]) if "mistakes" in one else str(one["msg"]) for one in own]
    if failed and not own:
        return None
    text = " ".join((messages or lines)[0].split())
    # Each ansible-core has other words before those of the filter.
    text = re.sub(r"^(?:Error processing keyword 'hosts': )?(?:The filter plugin '[\w.]+' failed: )?", "", text)
    return text.replace(host, "signer1")
