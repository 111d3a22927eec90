# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is left by runs of the role and modules.

The runs succeed, fail, or are in check mode.
"""

from __future__ import annotations

import base64
import itertools
import os
import re
import resource
import secrets
import signal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers.ansible_tasks import PLUGINS
from tests.helpers.operations import csr
from tests.helpers.sandbox import Sandbox
from tests.integration.checks import posts
from tests.integration.harness import Host, Site, entry
from tests.torture.form import by_form
from tests.torture.kill.breakpoint import Breakpoint

from .capture import Capture

_IDENTITY = "11010119900307001X"
# What needs no faults, and what WoTrus may answer where secrets have just been sent.
_ENDINGS = ("success", "check", "status", "html", "wrong_fields", "cut", "refused")
_KINDS = ("host", "ukey", "provided")
_ALL = list(itertools.product(_KINDS, _ENDINGS))
_MODULES = list(itertools.product(("own process", "delegated", "asynchronous"), _ENDINGS[:-1]))
_WHILE_IT_RUNS = re.compile(r" in \w{10}/\w+/ansible-tmp-[\d.-]+/AnsiballZ_wotrus_\w+\.py$")
_SHORT = [("host", "success"), ("ukey", "wrong_fields"), ("provided", "check")]


def password() -> str:
    """Return one that looks different in each encoding."""
    return f"Pä $%/+{secrets.token_hex(6)}"


@pytest.fixture
def evidence() -> bytes:
    return b"%PDF-1.7\n" + secrets.token_bytes(60)


@pytest.fixture
def private_key() -> str:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def entry_with_secrets(kind: str, *, evidence: bytes, private_key: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return an entry and the secrets in it, by their names."""
    content = base64.b64encode(evidence).decode()
    hidden = {"identity number": _IDENTITY, "document": content[8:48]}
    options: dict[str, Any] = {
        "organization": {"name": "示例科技有限公司", "id_card_number": _IDENTITY},
        "documents": [{"type": "business_license", "content": content, "file_type": ".pdf"}],
    }
    if kind == "ukey":
        hidden["UKey password"] = password()
        options.update(key={"storage": "ukey"}, ukey={"password": hidden["UKey password"], "ship_address": "示例路 1"})
    else:
        hidden["PKCS#12 password"] = password()
        options["pkcs12"] = {"password": hidden["PKCS#12 password"]}
    if kind == "provided":
        hidden["private key"] = private_key.splitlines()[1]
        options["key"] = {"storage": "provided", "content": private_key}
    return entry(**options), hidden


def allowed(hit: str) -> bool:
    """Return whether a secret was found in its own private file."""
    name, place = re.split(r" \(.+?\) in ", hit, maxsplit=1)
    files = {"UKey password": "/ukey_password", "private key": "/privkey.pem"}
    return place.startswith("hosts/") and place.endswith(files.get(name, "\0"))


@pytest.mark.parametrize(("kind", "end"), by_form(short=_SHORT, long=_ALL))
def test_no_secret_is_found_after_a_run(
    site: Site, sandbox: Sandbox, capture: Capture, evidence: bytes, private_key: str, kind: str, end: str
) -> None:
    host = site.host()
    one, hidden = entry_with_secrets(kind, evidence=evidence, private_key=private_key)
    site.variables["wotrus_certificates"] = [one]
    hidden["token"] = sandbox.token
    options = ["--diff"]
    if end == "check":
        options.append("--check")
    elif end == "refused":
        site.environment["WOTRUS_API_URL"] = "https://127.0.0.1:9"
        site.variables["wotrus_max_charged_orders"] = 9
    elif end != "success":
        sandbox.fault("create", end, times=-1)

    run = capture.run(*options)

    assert (run.code == 0) == (end in ("success", "check")), run.output
    failed = [task.name.rpartition(" : ")[2] for task in run.tasks if task.status == "failed"]
    assert failed == ([] if run.code == 0 else ["Fail if a certificate needs attention"]), run.output
    assert ("live" in {file.name for file in host.folder().path.glob("*")}) == (end == "success")
    assert list(capture.kept.glob("*/*/ansible-tmp-*")) == []
    found = [hit for hit in capture.hits(hidden) if not allowed(hit)]
    assert found == []


def module_tasks(
    bastion: Host, *, evidence: bytes, private_key: str, keywords: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return tasks that give every secret to modules, and the secrets."""
    one, hidden = entry_with_secrets("provided", evidence=evidence, private_key=private_key)
    hidden["UKey password"] = password()
    path = str(bastion.folder().path)
    document = {"content": one["documents"][0]["content"], "file_type": ".pdf"}
    wanted = {name: one[name] for name in ("product", "common_name", "organization", "documents")}
    live: dict[str, Any] = {name: f"{{{{ fetched.{name} }}}}" for name in ("certificate", "chain", "root")}
    ukey = {"ukey_password": hidden["UKey password"], "ukey_ship_address": "示例路 1"}
    of_order = {"order_id": "{{ placed.order_id }}", "reason": "lost"}
    called: list[tuple[str, dict[str, Any], str]] = [
        (
            "wotrus_deployment",
            {"path": path, "state": "prepared", "key": one["key"], "subject": {"common_name": "x"}},
            "made",
        ),
        ("wotrus_order", {**wanted, "months": 12, "name": f"{bastion.name}-ukey", **ukey}, "shipped"),
        ("wotrus_order", {**wanted, "months": 12, "name": bastion.name, "csr": "{{ made.csr }}"}, "placed"),
        ("wotrus_certificate", {"order_id": "{{ placed.order_id }}", "wait_timeout": 60}, "fetched"),
        ("wotrus_deployment", {"path": path, "pkcs12": one["pkcs12"], **live}, "deployed"),
        ("wotrus_reissue", {**of_order, "csr": csr("P-256/2"), "document": document}, "reissued"),
        ("wotrus_revoke", {**of_order, "document": document}, "revoked"),
    ]
    tasks = [
        {
            "name": name,
            f"wotrus.pki.{module}": options,
            "register": name,
            # What builds on an order that check mode did not place has nothing to work on.
            "when": f"not ansible_check_mode or {name in ('made', 'shipped', 'placed')}",
            **keywords,
        }
        for module, options, name in called
    ]
    return tasks, hidden


@pytest.mark.parametrize(("way", "end"), by_form(short=[("delegated", "status")], long=_MODULES))
def test_no_secret_is_found_after_a_module(
    site: Site, sandbox: Sandbox, capture: Capture, evidence: bytes, private_key: str, way: str, end: str
) -> None:
    bastion = site.host("bastion", ansible_connection="elsewhere")
    host = bastion if way == "own process" else site.host()
    keywords: dict[str, Any] = {"delegate_to": bastion.name}
    if way == "own process":
        keywords = {"vars": {"wotrus_in_process": False}}
    elif way == "asynchronous":
        keywords.update({"async": 120, "poll": 1})
    tasks, hidden = module_tasks(bastion, evidence=evidence, private_key=private_key, keywords=keywords)
    hidden["token"] = sandbox.token
    site.environment.update(ANSIBLE_CONNECTION_PLUGINS=str(PLUGINS), ELSEWHERE_LOG=str(site.folder / "files"))
    if end not in ("success", "check"):
        sandbox.fault("create", end, times=-1)

    run = capture.run("--diff", *(["--check"] if end == "check" else []), tasks=tasks, play={"hosts": host.name})

    assert (run.code == 0) == (end in ("success", "check")), run.output
    failed = [task.name for task in run.tasks if task.status == "failed"]
    assert failed == ([] if run.code == 0 else ["shipped"]), run.output
    found = [hit for hit in capture.hits(hidden) if not allowed(hit)]
    if way == "asynchronous":
        # Ansible has no pipelining for it: the module's file is there until the process that watches it ends.
        assert any(capture.kept.glob("*/*/ansible-tmp-*")), "no folder of a module was searched"
        found = [hit for hit in found if not _WHILE_IT_RUNS.search(hit)]
    assert found == []


def test_file_with_secrets_is_not_kept_on_a_host_even_with_keep_remote_files(
    site: Site, sandbox: Sandbox, capture: Capture, evidence: bytes, private_key: str
) -> None:
    host = site.host()
    one, hidden = entry_with_secrets("provided", evidence=evidence, private_key=private_key)
    site.variables["wotrus_certificates"] = [one]
    site.environment["ANSIBLE_KEEP_REMOTE_FILES"] = "true"

    run = capture.run()

    assert run.code != 0
    assert any("ANSIBLE_KEEP_REMOTE_FILES" in message for message in run.failures)
    assert capture.hits({**hidden, "token": sandbox.token}) == []
    assert not host.base_dir.exists()
    assert posts(sandbox) == []


def test_process_that_has_a_key_leaves_no_core_dump(site: Site, breakpoints: Breakpoint) -> None:
    site.host(ansible_python_interpreter=str(breakpoints.interpreter))
    before = resource.getrlimit(resource.RLIMIT_CORE)
    breakpoints.set(8)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        started = site.start()
        held = breakpoints.wait(started)
        assert held is not None
        limits = Path(f"/proc/{held.pid}/limits").read_text()
        folder = Path(f"/proc/{held.pid}/cwd").resolve()
        os.kill(held.pid, signal.SIGABRT)
        breakpoints.release()
        run = started.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)

    assert run.code != 0
    assert re.search(r"^Max core file size +0 ", limits, re.MULTILINE)
    assert list(folder.glob("core*")) == []


_WRONG = ["pkcs12", "ukey", "pkcs11", "unknown option", "unknown entry option"]
_WRONG_RUNS = list(itertools.product(_WRONG, ("role", "controller", "own process", "delegated")))


@pytest.mark.parametrize(("wrong", "way"), by_form(short=_WRONG_RUNS[::7], long=_WRONG_RUNS))
def test_no_secret_in_the_wrong_place_is_found(
    site: Site, sandbox: Sandbox, capture: Capture, evidence: bytes, private_key: str, wrong: str, way: str
) -> None:
    bastion = site.host("bastion", ansible_connection="elsewhere")
    host = site.host()
    one, hidden = entry_with_secrets("host", evidence=evidence, private_key=private_key)
    hidden["misplaced"] = password()
    changes: dict[str, dict[str, Any]] = {
        "pkcs12": {"pkcs12": hidden["misplaced"]},
        "ukey": {"ukey": [hidden["misplaced"]]},
        "pkcs11": {"key": {"storage": "pkcs11", "pkcs11": hidden["misplaced"]}},
        "unknown option": {"pkcs12": {"pasword": hidden["misplaced"]}},
        "unknown entry option": {"pkcs_12": {"password": hidden["misplaced"]}},
    }
    site.variables["wotrus_certificates"] = [{**one, **changes[wrong]}]
    site.environment.update(ANSIBLE_CONNECTION_PLUGINS=str(PLUGINS), ELSEWHERE_LOG=str(site.folder / "files"))
    hidden["token"] = sandbox.token
    task: dict[str, Any] = {
        "wotrus.pki.wotrus_plan_info": {
            "certificates": "{{ wotrus_certificates }}",
            "host": host.name,
            "base_dir": str(host.base_dir),
        }
    }
    if way == "own process":
        task["vars"] = {"wotrus_in_process": False}
    elif way == "delegated":
        task["delegate_to"] = bastion.name

    run = capture.run("--limit", host.name, tasks=None if way == "role" else [task])

    assert run.code != 0
    found = capture.hits(hidden)
    assert found == []


def test_search_finds_what_is_shown(site: Site, capture: Capture) -> None:
    site.host()
    word = password()
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.debug": {"msg": "{{ shown }}"}},
        {"ansible.builtin.debug": {"msg": "{{ shown | b64encode }}"}},
        {"ansible.builtin.command": {"argv": ["/bin/true", "{{ shown }}"]}},
        {"ansible.builtin.command": "/bin/true", "environment": {"SHOWN": "{{ shown | urlencode }}"}},
    ]
    site.variables["shown"] = word

    capture.run(tasks=tasks)

    hits = capture.hits({"word": word})
    places = {hit.rpartition(" in ")[2] for hit in hits}
    assert {"ansible.log", "commands", "journal-1.jsonl", "output"} <= places
    assert any(place.endswith("AnsiballZ_command.py") for place in places)
    assert any("base64" in hit for hit in hits)
