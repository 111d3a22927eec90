# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that the stand-in refuses as AWX does, and its pages."""

from __future__ import annotations

import pytest

from .fake_awx import FakeAwx


@pytest.fixture
def awx() -> FakeAwx:
    return FakeAwx()


def test_list_has_25_objects_a_page(awx: FakeAwx) -> None:
    for number in range(30):
        awx.add("labels", {"name": f"label {number:02}", "organization": 1})

    _status, first = awx.ask("GET", "labels/?organization=1")
    _status, second = awx.ask("GET", first["next"].removeprefix("/api/v2/"))

    names = [one["name"] for one in first["results"] + second["results"]]
    assert (first["count"], len(first["results"]), second["next"]) == (30, 25, None)
    assert names == [f"label {number:02}" for number in range(30)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("credentials/?credential_type__kind__in=ssh,vault", 200),
        ("credentials/?credential_type__colour=red", 400),
        ("workflow_job_template_nodes/?name=plan", 400),
        ("unified_jobs/?unified_job_template__description__endswith=x", 200),
        ("teams/?name__like=x", 400),
    ],
)
def test_filter_by_a_field_that_does_not_exist_is_refused(awx: FakeAwx, path: str, expected: int) -> None:
    assert awx.ask("GET", path)[0] == expected


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [("organizations", "member", 400), ("organizations", "execute", 204), ("credentials", "use", 400)],
)
def test_team_gets_no_membership_and_no_credential_without_an_organization(
    awx: FakeAwx, kind: str, name: str, expected: int
) -> None:
    team = awx.add("teams", {"name": "planners", "organization": 1})["id"]
    role = awx.roles.of(kind, awx.resources[kind][0]["id"])[f"{name}_role"]["id"]

    assert awx.ask("POST", f"roles/{role}/teams/", {"id": team})[0] == expected


def test_second_link_between_two_nodes_and_a_cycle_are_refused(awx: FakeAwx) -> None:
    workflow = awx.add("workflow_job_templates", {"name": "own", "organization": 1})["id"]
    first, second = (
        awx.add("workflow_job_template_nodes", {"identifier": name, "workflow_job_template": workflow})["id"]
        for name in ("plan", "issue")
    )
    node = "workflow_job_template_nodes"

    assert awx.ask("POST", f"{node}/{first}/success_nodes/", {"id": second})[0] == 204
    assert awx.ask("POST", f"{node}/{first}/failure_nodes/", {"id": second})[0] == 400
    assert awx.ask("POST", f"{node}/{second}/success_nodes/", {"id": first})[0] == 400


def test_notification_that_is_being_sent_is_not_removed(awx: FakeAwx) -> None:
    body = {"name": "own", "organization": 1, "notification_type": "slack", "notification_configuration": {}}
    awx.add("notification_templates", body)["is_sending"] = True

    assert [awx.ask("DELETE", "notification_templates/1/")[0] for _each in range(2)] == [405, 204]
