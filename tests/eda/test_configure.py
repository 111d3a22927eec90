# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that configures EDA controller, with a stand-in for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.harness import COLLECTION, clean_environment

from .fake_eda import ADMINISTRATOR, ENCRYPTED, READER, FakeEda, fake_eda

EVENTS = COLLECTION / "extensions" / "eda"
SECRETS = {"WOTRUS_PUSH_TOKEN": "token-of-the-pushes", "WOTRUS_CONTROLLER_TOKEN": "token-of-the-controller"}
# What a person must set, and nothing else.
NEEDED: dict[str, Any] = {
    "wotrus_eda_project_url": "https://git.example.com/pki/signing.git",
    "wotrus_eda_controller_url": "https://awx.example.com",
    "wotrus_eda_decision_environment_image": "registry.example.com/wotrus-de:1.0.0",
}


@pytest.fixture
def server() -> Iterator[FakeEda]:
    with fake_eda() as one:
        rulebooks = (EVENTS / "rulebooks").glob("*.yml")
        one.repository = {path.name: path.read_text("utf-8") for path in rulebooks}
        yield one


def configure(
    server: FakeEda, folder: Path, *, user: str = ADMINISTRATOR, secrets: dict[str, str] | None = None, **variables: Any
) -> subprocess.CompletedProcess[str]:
    """Run the playbook."""
    name, password = user.split(":")
    environment = {
        **clean_environment(folder),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_PIPELINING": "true",
        # Each of the many calls reads the authorities, and the stand-in has no TLS.
        "SSL_CERT_FILE": os.devnull,
        # Nothing listens on this port, and the stand-in is on loopback.
        "http_proxy": "http://127.0.0.1:1",
        "AAP_HOSTNAME": f"{server.url}/",
        "AAP_USERNAME": name,
        "AAP_PASSWORD": password,
        **(SECRETS if secrets is None else secrets),
    }
    command = ["ansible-playbook", EVENTS / "configure.yml", "--extra-vars", json.dumps({**NEEDED, **variables})]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def changes(done: subprocess.CompletedProcess[str]) -> int:
    """Return the number of changes of a successful run."""
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"localhost .*changed=(\d+)", done.stdout)
    assert found
    return int(found[1])


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the message of a failed run."""
    assert done.returncode != 0, done.stdout
    return done.stdout[done.stdout.index("fatal:") :]


def test_first_run_creates_all_and_a_second_one_changes_nothing(server: FakeEda, tmp_path: Path) -> None:
    done = configure(server, tmp_path)

    assert changes(done) > 0
    assert server.names() == {
        "activations": ["WoTrus | deploy on push"],
        "decision-environments": ["WoTrus"],
        "eda-credentials": ["WoTrus controller", "WoTrus pushes"],
        "event-streams": ["WoTrus pushes"],
        "projects": ["wotrus.pki"],
    }
    activation = server.named("activations", "WoTrus | deploy on push")
    assert activation["status"] == "running"
    assert yaml.safe_load(activation["extra_var"]) == {
        "wotrus_job_template": "WoTrus | deploy on push",
        "wotrus_organization": "Default",
    }
    # The event stream is the source, and the filter is that of the rulebook.
    source = server.source_of(activation)
    assert source.keys() == {"name", "ansible.eda.pg_listener", "filters"}
    assert (source["name"], source["filters"]) == ("WoTrus pushes", [{"wotrus.pki.push": None}])
    stream = server.named("event-streams", "WoTrus pushes")
    assert stream["test_mode"] is False
    assert stream["url"] in done.stdout
    assert server.named("eda-credentials", "WoTrus pushes")["inputs"] == {
        "auth_type": "token",
        "http_header_key": "Authorization",
        "token": ENCRYPTED,
    }
    assert sorted(server.secrets) == sorted(SECRETS.values())
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS.values())

    server.writes.clear()
    # Secrets are not needed again.
    again = configure(server, tmp_path, secrets={})

    assert changes(again) == 0, again.stdout
    # The project is fetched, so that a new commit is noticed.
    project = server.named("projects", "wotrus.pki")
    assert server.writes == [f"POST /projects/{project['id']}/sync/"]


def test_changed_settings_images_and_rulebooks_are_applied_and_all_is_removed(server: FakeEda, tmp_path: Path) -> None:
    server.add_credential("Registry", "Container Registry")
    person = server.add(
        "projects", {"name": "of a person", "organization_id": 1, "url": "https://git.example.com/x.git"}
    )
    assert changes(configure(server, tmp_path)) > 0
    before = server.named("activations", "WoTrus | deploy on push")["id"]
    changed = {"wotrus_eda_decision_environment_image": "registry.example.com/wotrus-de:2.0.0", "wotrus_language": "zh"}
    server.missing_images = {changed["wotrus_eda_decision_environment_image"]}

    message = refusal(configure(server, tmp_path, **changed))

    assert "激活 WoTrus | deploy on push 没有运行。" in message
    assert "Image registry.example.com/wotrus-de:2.0.0 pull failed." in message
    # The image is pushed meanwhile.
    server.missing_images = set()
    server.repository["launch_on_push.yml"] += "# a new commit\n"
    done = configure(
        server,
        tmp_path,
        **changed,
        wotrus_eda_registry_credential="Registry",
        wotrus_eda_event_stream_inputs={"http_header_key": "X-Push-Token"},
        wotrus_eda_update_secrets=True,
    )

    assert changes(done) > 0
    activation = server.named("activations", "WoTrus | deploy on push")
    assert (activation["id"], activation["status"], activation["is_enabled"]) == (before, "running", True)
    assert yaml.safe_load(activation["extra_var"])["wotrus_job_template"] == "WoTrus | 推送部署"
    assert activation["description"] == "部署推送所涉及订单的证书 [wotrus.pki: wotrus.pki]"
    assert server.source_of(activation)["name"] == "WoTrus pushes"
    inputs = server.named("eda-credentials", "WoTrus pushes")["inputs"]
    assert inputs["http_header_key"] == "X-Push-Token"
    registry = server.named("eda-credentials", "Registry")["id"]
    assert server.named("decision-environments", "WoTrus")["eda_credential_id"] == registry
    assert len(server.secrets) == 4

    # What a person created stays.
    assert changes(configure(server, tmp_path, secrets={}, wotrus_eda_state="absent")) == 6
    left = {kind: names for kind, names in server.names().items() if names}
    assert left == {"eda-credentials": ["Registry"], "projects": [person["name"]]}


def test_all_that_is_missing_is_in_one_message_and_nothing_is_created(server: FakeEda, tmp_path: Path) -> None:
    server.add_credential("Registry", "Source Control")
    other = server.add("organizations", {"name": "Other"})["id"]
    mark = "Deploys [wotrus.pki: wotrus.pki]"
    # The names are unique among all organizations, and this one is of another.
    server.add("activations", {"name": "WoTrus | deploy on push", "organization_id": other, "description": mark})
    # A person created this one.
    server.add("projects", {"name": "wotrus.pki", "organization_id": 1, "url": "https://git.example.com/x.git"})
    before = server.names()

    done = configure(
        server,
        tmp_path,
        secrets={},
        wotrus_eda_project_url="",
        wotrus_eda_controller_url="",
        wotrus_eda_decision_environment_image="",
        wotrus_eda_decision_environment="Ours",
        wotrus_eda_project_credential="Git",
        wotrus_eda_registry_credential="Registry",
        wotrus_eda_event_stream_type="Carrier Pigeon",
        wotrus_eda_log_level="loud",
    )

    message = refusal(done)
    for part in (
        "wotrus_eda_project_url",
        "wotrus_eda_controller_url",
        "WOTRUS_PUSH_TOKEN",
        "WOTRUS_CONTROLLER_TOKEN",
        'wotrus_eda_decision_environment names "Ours", which does not exist',
        'wotrus_eda_project_credential names "Git"',
        # It exists, but it is no credential for a registry.
        'wotrus_eda_registry_credential names "Registry"',
        'wotrus_eda_event_stream_type names "Carrier Pigeon"',
        "wotrus_eda_log_level must be",
        'wotrus_eda_activation names "WoTrus | deploy on push", which this playbook did not create',
        'wotrus_eda_project names "wotrus.pki", which this playbook did not create',
    ):
        assert json.dumps(part)[1:-1] in message, message
    assert (server.writes, server.names()) == ([], before)


def test_a_refusal_of_the_server_is_shown_without_secrets(server: FakeEda, tmp_path: Path) -> None:
    message = refusal(configure(server, tmp_path, user=READER))

    assert "You do not have permission to perform this action." in message
    assert not any(secret in message for secret in SECRETS.values())
    assert not any(server.names().values())


def test_a_project_without_the_rulebook_is_refused_with_the_names_of_those_it_has(
    server: FakeEda, tmp_path: Path
) -> None:
    server.repository = {"other.yml": server.repository["launch_on_push.yml"]}

    message = refusal(configure(server, tmp_path))

    assert "The project has no rulebook launch_on_push.yml" in message
    assert "other.yml" in message
    assert server.names()["activations"] == []


def test_without_a_worker_the_playbook_fails_and_a_disabled_activation_is_not_waited_for(
    server: FakeEda, tmp_path: Path
) -> None:
    server.has_workers = False

    message = refusal(configure(server, tmp_path, wotrus_eda_timeout=2))

    assert "EDA controller was not ready after 2 s" in message
    assert "pending Wait for a worker to be available to start activation" in message
    assert changes(configure(server, tmp_path, wotrus_eda_enabled=False)) > 0
