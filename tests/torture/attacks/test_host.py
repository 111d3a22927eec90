# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A managed host that answers anything."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import live_order, posts
from tests.integration.claims import (
    claim_expired,
    claim_live_order,
    claim_nothing,
    claim_superseded_order,
    claim_unsent_renewal,
)
from tests.integration.conftest import Charged
from tests.integration.harness import COLLECTION, DECIDING, Folder, TaskRun, entry, entry_for
from tests.integration.test_plan_file import apply, plan
from tests.torture.form import by_form, in_groups

from .scene import BIDI, ESCAPE, HERE, LIMIT, MARK, NAME, Scene, assert_safe

Answer = str | dict[str, Any]
TEXT = f"{ESCAPE}{BIDI}<script>alert(1)</script>"
ROW: dict[str, Any] = {"path": HERE, "record": None, "live": None, "pending": None}
# A line of /etc/shadow, which no style sheet's `:root:lang(en)` is like.
LINE_OF_SHADOW = re.compile(r"root:[^:\n]*:\d")
LARGEST_OUTPUT = 2**20
CODE = 'x"} 1\nwotrus_evil{a="b'


def hostile_row(scene: Scene) -> dict[str, Any]:
    """Return what is known of a certificate, with hostile texts."""
    text = f"{TEXT}{scene.template}"
    return {
        "path": HERE,
        "changed": False,
        "msg": text,
        "error_code": 'x"} 1\nevil{a="b',
        "next_step": text,
        "record": {"version": 1, "name": text, "order_name": text, "live": {"order_id": text}, "pending": text},
        "live": {"release": f"../../{text}", "not_after": text, "damaged": [text]},
        # How ansible-core writes texts with the tag !unsafe, and with a tag of its own.
        "previous": {"__ansible_unsafe": text},
        "reloaded": {"__ansible_type": "_AnsibleTaggedStr", "value": text, "tags": []},
        "pending": {"csr": text, "has_key": text},
        "backup_file": text,
    }


def _nested(depth: int) -> str:
    return '{"deployments": ' + "[" * depth + "]" * depth + "}"


ANSWERS: dict[str, Callable[[Scene], Answer]] = {
    "facts of the role": (
        lambda scene: {
            "deployments": [ROW],
            "ansible_facts": {
                "wotrus_max_charged_orders": 99,
                "wotrus_report_dir": str(scene.trap.parent),
                "wotrus_report": {"html": str(scene.trap)},
                "wotrus_validate": scene.command,
            },
        }
    ),
    "private facts": (
        lambda _scene: {
            "deployments": [ROW],
            "ansible_facts": {"__wotrus_check_result": {"limit": 99}, "__wotrus_host_plan": {"plans": []}},
        }
    ),
    "facts of the connection": (
        lambda scene: {
            "deployments": [ROW],
            "ansible_facts": {
                "ansible_connection": "local",
                "ansible_become_exe": scene.command,
                "ansible_shell_executable": scene.command,
                MARK: True,
            },
        }
    ),
    "interpreter": (
        lambda scene: {
            "deployments": [ROW],
            "ansible_facts": {"discovered_interpreter_python": f"/bin/sh -c '{scene.command}' #"},
        }
    ),
    "new host": (
        lambda _scene: {
            "deployments": [ROW],
            "changed": True,
            "add_host": {"host_name": MARK, "groups": ["wotrus"], "host_vars": {"ansible_connection": "local"}},
        }
    ),
    "new group": (lambda _scene: {"deployments": [ROW], "changed": True, "add_group": MARK, "parent_groups": ["all"]}),
    "artifacts": (
        lambda _scene: {
            "deployments": [ROW],
            "ansible_stats": {
                "data": {"wotrus_max_charged_orders": 99, MARK: 1},
                "aggregate": False,
                "per_host": False,
            },
        }
    ),
    "internal keys": (
        lambda scene: {
            "deployments": [ROW],
            "_ansible_no_log": False,
            "_ansible_verbose_always": True,
            "_ansible_ignore_errors": True,
            "_ansible_delegated_vars": {"ansible_host": MARK},
            "_ansible_item_label": TEXT,
            f"_ansible_{ESCAPE}": scene.template,
            "_ansible_nothing": TEXT,
        }
    ),
    "rows": (lambda scene: {"deployments": [hostile_row(scene)]}),
    "error code": (
        # That of a row becomes the reason of a plan, which is a label of a metric.
        lambda scene: {
            "deployments": [{**ROW, "msg": f"{TEXT}{scene.template}", "error_code": CODE}],
        }
    ),
    "warnings": (lambda scene: {"deployments": [ROW], "warnings": [f"{TEXT}{scene.template}"] * 10_000}),
    "deprecations": (
        lambda scene: {
            "deployments": [ROW],
            # A collection's name of a wrong form, or an item that is no object, would let ansible-core drop the list.
            "deprecations": [{"msg": f"{TEXT}{scene.template}", "version": TEXT}],
        }
    ),
    "deprecations of wrong types": (lambda _scene: {"deployments": [ROW], "deprecations": [TEXT, 7]}),
    "diff": (
        lambda scene: {
            "deployments": [ROW],
            "changed": True,
            "diff": [{"before": TEXT, "after": f"{TEXT}\n" * 100, "prepared": scene.template, "before_header": TEXT}],
        }
    ),
    "invocation": (lambda scene: {"deployments": [ROW], "invocation": {"module_args": {TEXT: scene.template}}}),
    "exception": (
        lambda scene: {
            "failed": True,
            "msg": TEXT,
            "exception": f"Traceback\n{TEXT}{scene.template}",
            "error_code": CODE,
        }
    ),
    "huge answer": (lambda _scene: {"deployments": [{**ROW, "msg": "x" * 2**22}], "msg": TEXT * 2**17}),
    "deep answer": (lambda _scene: _nested(100_000)),
    "no JSON": (lambda scene: f"Traceback {TEXT}\n{scene.template}\n" * 1000),
    "lines after the answer": (
        lambda scene: f"{TEXT}\n" + json.dumps({"deployments": [ROW]}) + f"\n{TEXT}{scene.template}.\n" * 1000
    ),
    "wrong types": (
        lambda _scene: {
            "deployments": {"0": [1]},
            "warnings": {"a": 1},
            "diff": 7,
            "ansible_facts": [1],
            "changed": "x",
        }
    ),
    # One row, as for one directory: other numbers of rows are refused before a row is read.
    "rows of wrong types": (lambda _scene: {"deployments": [7]}),
    # A search that begins at each line, and goes on over the blank ones, ends at the text.
    "blank lines": (lambda _scene: "\n" * 4_000_000 + "x\n" + json.dumps({"deployments": [ROW]})),
    "many small objects": (lambda _scene: '{"deployments": [' + "{}," * 8_000_000 + "{}]}"),
    "definition of a wrong type": (
        lambda _scene: {
            "deployments": [
                {
                    **ROW,
                    "record": {
                        "version": 1,
                        "order_name": f"contracts@{NAME}",
                        "live": {"release": "01", "order_id": "A", "definition": {"key": "x"}},
                    },
                    "live": {"release": "01", "key_matches": True},
                    "releases": ["01"],
                }
            ]
        }
    ),
    "skipped": (lambda _scene: {"skipped": True, "unreachable": True, "changed": False, "deployments": []}),
}


def probe(name: str) -> dict[str, Any]:
    """Return a task that shows the inventory and a host's variables."""
    shown = {
        "hosts": "{{ groups['all'] }}",
        "groups": "{{ groups.keys() | list }}",
        "facts": f"{{{{ hostvars['{name}'].ansible_facts.keys() | list }}}}",
        "variables": f"{{{{ hostvars['{name}'].keys() | list }}}}",
        "limit": f"{{{{ hostvars['{name}'].wotrus_max_charged_orders | default(1) }}}}",
        "connection": f"{{{{ hostvars['{name}'].ansible_connection }}}}",
        "interpreter": f"{{{{ hostvars['{name}'].ansible_python_interpreter }}}}",
    }
    return {"name": "Probe", "ansible.builtin.debug": {"msg": shown}}


def probed(tasks: list[TaskRun], host: str) -> list[dict[str, Any]]:
    """Return what the probes showed."""
    found = [dict(task.result["msg"]) for task in tasks if task.name == "Probe" and task.host == host]
    assert found
    return found


def hostile_hosts(scene: Scene, names: tuple[str, ...]) -> list[str]:
    """Add a host for each answer, and return their names."""
    scene.site.variables["wotrus_max_charged_orders"] = limit_for(names)
    return [scene.hostile(ANSWERS[name](scene), f"hostile{number}").name for number, name in enumerate(names)]


def limit_for(names: tuple[str, ...]) -> int:
    """Return the order limit: a host without a record may be charged."""
    return LIMIT + len(names)


@pytest.mark.parametrize("names", in_groups(ANSWERS))
def test_answer_of_a_host_reaches_nothing(scene: Scene, names: tuple[str, ...]) -> None:
    hosts = hostile_hosts(scene, names)
    scene.site.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "1"

    run = scene.site.run(
        "-v",
        "--diff",
        play={"post_tasks": [probe(host) for host in hosts]},
        variables=scene.site.revoking_superseded(),
    )

    scene.assert_honest_host_is_served()
    assert_safe(run.output)
    assert [task.name for task in run.tasks if task.host == scene.honest.name and task.status == "failed"] == []
    assert {host for host in hosts if not run.recap[host]["failures"]} == set()
    assert "CUSTOM STATS" not in run.output
    assert "Callback dispatch" not in run.output
    assert "<script>" not in str([task.result.get("invocation") for task in run.tasks if task.action in DECIDING])
    for shown in probed(run.tasks, scene.honest.name):
        assert MARK not in str(shown)
        assert sorted(shown["hosts"]) == sorted([scene.honest.name, *hosts])
        assert set(shown["facts"]) <= {"discovered_interpreter_python"}
        hostile = {"wotrus_report_dir", "wotrus_report", "wotrus_validate", "backup_file"}
        assert not hostile & set(shown["variables"])
        # A template of ansible-core before 2.19 is text.
        assert (int(shown["limit"]), shown["connection"]) == (limit_for(names), "local")


def test_host_that_hangs_stops_no_other(scene: Scene) -> None:
    hostile = scene.hostile({}, wotrus_task_timeout=2)
    pipe = scene.site.folder / "answer-of-hostile"
    pipe.unlink()
    os.mkfifo(pipe)
    try:
        run = scene.site.run()
    finally:
        # Its Python waits for a writer.
        with contextlib.suppress(OSError):
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))

    scene.assert_honest_host_is_served()
    failed = [task.result for task in run.tasks if task.host == hostile.name and task.status == "failed"]
    assert [one["error_code"] for one in failed] == ["host_unreadable"]
    assert "wotrus_task_timeout" in failed[0]["msg"]


@pytest.mark.parametrize(
    "names", in_groups(["facts of the role", "rows", "error code", "wrong types", "huge answer", "no JSON"])
)
def test_answer_of_a_host_reaches_no_file_of_the_controller(scene: Scene, names: tuple[str, ...]) -> None:
    scene.site.given()
    hostile_hosts(scene, names)

    run = scene.report("-v", "--diff")

    assert run.code == 0, run.output
    assert len(run.output) < LARGEST_OUTPUT
    assert_safe(run.output)
    scene.assert_files_are_harmless()
    assert not LINE_OF_SHADOW.search((scene.site.folder / "wotrus-report.html").read_text())


def test_host_of_a_report_sets_no_variable(scene: Scene) -> None:
    elsewhere = scene.site.folder / "elsewhere"
    elsewhere.mkdir()
    facts = {
        "wotrus_report": {"html": MARK},
        "wotrus_report_dir": str(elsewhere),
        "wotrus_report_host": scene.honest.name,
        MARK: True,
    }
    answer = {"changed": False, "stdout": "0", "stat": {"exists": False}, "ansible_facts": facts}
    hostile = scene.hostile(answer)
    scene.site.other_groups["all"] = {"vars": {"wotrus_report_host": hostile.name}}
    report = {"name": "Report", "ansible.builtin.import_playbook": str(COLLECTION / "playbooks" / "report.yml")}
    shown = {"ansible.builtin.debug": {"msg": "{{ hostvars['localhost'].keys() | list }}"}}
    play = {"name": "Then", "hosts": "localhost", "gather_facts": False, "tasks": [{"name": "Probe", **shown}]}
    playbook = scene.site.folder / "report-and-probe.json"
    playbook.write_text(json.dumps([report, play]))

    run = scene.site.run("-v", playbook=playbook)

    assert [task for task in run.tasks if "user of this run" in task.name and task.status == "ok"] != []
    (variables,) = [task.result["msg"] for task in run.tasks if task.name == "Probe"]
    assert "wotrus_report" not in variables
    assert MARK not in variables
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "module",
    by_form(short=["wotrus_deployment"], long=["wotrus_deployment", "wotrus_deployment_info", "wotrus_order_info"]),
)
@pytest.mark.parametrize(
    "name",
    by_form(short=["rows"], long=["facts of the role", "rows", "artifacts", "lines after the answer", "deep answer"]),
)
def test_answer_to_a_single_module_reaches_nothing(scene: Scene, module: str, name: str) -> None:
    hostile = scene.hostile(ANSWERS[name](scene))
    path = str(hostile.folder().path)
    options: dict[str, dict[str, Any]] = {
        "wotrus_deployment": {"path": path, "state": "absent"},
        "wotrus_deployment_info": {"paths": [path]},
        "wotrus_order_info": {"order_ids": ["A"]},
    }
    task = {
        f"wotrus.pki.{module}": options[module],
        "vars": {"wotrus_in_process": False},
        "ignore_errors": True,
        "when": f"inventory_hostname == '{hostile.name}'",
    }

    run = scene.site.run("-v", "--diff", tasks=[task, probe(hostile.name)])

    assert_safe(run.output)
    (shown,) = probed(run.tasks, scene.honest.name)
    assert MARK not in str(shown)
    assert set(shown["facts"]) <= {"discovered_interpreter_python"}
    assert int(shown["limit"]) == LIMIT


@pytest.mark.parametrize(
    "playbook", by_form(short=["revoke"], long=["revoke", "cancel", "report", "issue", "deploy_on_push"])
)
def test_answer_for_another_directory_is_not_used(scene: Scene, sandbox: Sandbox, playbook: str) -> None:
    sandbox.settings(manual_review=playbook == "cancel")
    scene.site.variables.update(wotrus_certificates=[entry(), entry("invoices")], wotrus_max_charged_orders=9)
    other = scene.site.host("hostile").folder("invoices")
    scene.site.given()
    record = other.record
    live = record["live"] and {**record["live"], "key_matches": True, "damaged": []}
    row = {"path": str(other.path), "record": record, "live": live, "pending": record["pending"], "changed": False}
    hostile = scene.hostile(
        {"deployments": [row, {**row, "path": HERE}] if playbook in ("report", "issue", "revoke") else [row]}
    )
    sandbox.clear_calls()
    variables: dict[str, Any] = {
        "wotrus_revoke": ["contracts"],
        "wotrus_cancel": ["contracts"],
        "wotrus_cancel_reason": "no longer needed",
        **scene.site.revocation(),
    }
    if playbook == "deploy_on_push":
        hostile_order = (record["live"] or record["pending"])["order_id"]
        scene.site.variables["wotrus_certificates"] = [entry()]
        variables["wotrus_order_ids"] = hostile_order

    run = scene.site.run(
        "-v",
        "--limit",
        f"{hostile.name},localhost",
        playbook=COLLECTION / "playbooks" / f"{playbook}.yml",
        variables=variables,
    )

    assert posts(sandbox) == []
    assert f"The host answered for {other.path}, not for {hostile.folder().path}" in run.output
    codes = [task.result.get("error_code") for task in run.tasks if task.host == hostile.name]
    assert "host_unreadable" in codes


def test_host_that_changes_after_the_approval_gets_nothing_else(scene: Scene, sandbox: Sandbox) -> None:
    sandbox.settings(manual_review=True)
    scene.site.given()
    plan(scene.site, "--check")
    folder = scene.honest.folder()
    sandbox.order(folder.pending_order_id, "issue")
    (folder.pending / "privkey.pem").unlink()
    sandbox.clear_calls()

    run = apply(scene.site)

    assert posts(sandbox) == []
    assert "The approved plan is stale, so nothing was sent." in run.failures[0]


def _live(folder: Folder, victim: Folder) -> None:
    claim_live_order(folder, live_order(victim))
    (folder.live / "privkey.pem").unlink()


def _superseded(folder: Folder, victim: Folder) -> None:
    claim_superseded_order(folder, live_order(victim))


CLAIMS: dict[str, Callable[[Folder, Folder], None]] = {
    "claim of a live order": _live,
    "claim of a superseded order": _superseded,
    "claim of other dates": lambda folder, _victim: claim_expired(folder),
    "claim of an unsent request": lambda folder, _victim: claim_unsent_renewal(folder),
    "claim of nothing": lambda folder, _victim: claim_nothing(folder),
}


@pytest.mark.parametrize("names", in_groups(CLAIMS))
def test_claim_of_a_record_costs_nothing_and_changes_no_other_order(
    scene: Scene, sandbox: Sandbox, charged: Charged, names: tuple[str, ...]
) -> None:
    scene.site.variables["wotrus_max_charged_orders"] = limit_for(names)
    hosts = [
        scene.site.host(f"hostile{number}", wotrus_certificates=[entry_for("Evil Corp")])
        for number in range(len(names))
    ]
    scene.site.given()
    victim = scene.honest.folder()
    order_id = live_order(victim)
    for host, name in zip(hosts, names, strict=True):
        CLAIMS[name](host.folder(), victim)
    before = charged()

    run = scene.site.run(variables=scene.site.revoking_superseded())

    assert charged() == before
    assert sandbox.status(order_id) == "issued"
    assert sandbox.admin("GET", f"/orders/{order_id}")["reissues"] == 0
    assert_safe(run.output)
    scene.assert_honest_host_is_served()


def _texts(scene: Scene, folder: Folder) -> None:
    record, text = folder.record, f"{TEXT}{scene.template}"
    live = {**record["live"], "subject": text, "issuer": text}
    folder.record_file.write_text(json.dumps({**record, "name": text, "order_name": text, "live": live}))


def _record(text: Callable[[Scene], str]) -> Callable[[Scene, Folder], None]:
    def write(scene: Scene, folder: Folder) -> None:
        folder.record_file.write_text(text(scene), errors="surrogatepass")

    return write


def _link(_scene: Scene, folder: Folder) -> None:
    folder.record_file.unlink()
    folder.record_file.symlink_to("/etc/shadow")


def _pipe(_scene: Scene, folder: Folder) -> None:
    folder.record_file.unlink()
    os.mkfifo(folder.record_file)


def _certificate(scene: Scene, folder: Folder) -> None:
    for name in ("cert.pem", "chain.pem", "fullchain.pem", "root.pem"):
        (folder.live / name).write_text(f"{TEXT}{scene.template}")


FILES: dict[str, Callable[[Scene, Folder], None]] = {
    "record of texts": _texts,
    "record that is too large": _record(lambda _scene: json.dumps({"version": 1, "name": "x" * 2**23})),
    "record that is too deep": _record(lambda _scene: _nested(100_000)),
    "record that is a link": _link,
    "record that is a named pipe": _pipe,
    "files of texts": _certificate,
}


@pytest.mark.parametrize("names", in_groups(FILES))
def test_file_of_a_host_is_only_its_own(scene: Scene, sandbox: Sandbox, names: tuple[str, ...]) -> None:
    scene.site.variables["wotrus_max_charged_orders"] = limit_for(names)
    hosts = [scene.site.host(f"hostile{number}") for number in range(len(names))]
    scene.site.given()
    for host, name in zip(hosts, names, strict=True):
        FILES[name](scene, host.folder())
    sandbox.clear_calls()

    run = scene.site.run("-v", "--diff")
    report = scene.report("-v", "--diff")

    assert len(run.output + report.output) < LARGEST_OUTPUT
    assert_safe(run.output + report.output)
    assert not LINE_OF_SHADOW.search(run.output + report.output)
    assert report.code == 0, report.output
    scene.assert_files_are_harmless()
    assert posts(sandbox) == []
    scene.assert_honest_host_is_served()
