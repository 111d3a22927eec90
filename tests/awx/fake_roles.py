# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of teams in the stand-in for AWX.

The paths in comments are those of https://github.com/ansible/awx at the tag 24.6.1, with the line and the function.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Resource = dict[str, Any]

# The roles of a resource, and for each the roles that include it.
# awx/main/models/jobs.py:263, JobTemplate; models/workflow.py:480, WorkflowJobTemplate; models/projects.py:323,
# Project; models/inventory.py:177, Inventory
_INCLUDED_BY: dict[str, dict[str, tuple[str, ...]]] = {
    "job_templates": {"admin": (), "execute": ("admin",), "read": ("execute", "admin")},
    "workflow_job_templates": {
        "admin": (),
        "execute": ("admin",),
        "approval": ("admin",),
        "read": ("execute", "admin", "approval"),
    },
    "inventories": {
        "admin": (),
        "use": ("admin",),
        "update": ("admin",),
        "adhoc": ("admin",),
        "read": ("use", "update", "adhoc", "admin"),
    },
    # awx/main/models/organization.py:65, Organization
    "organizations": {
        **dict.fromkeys(("admin", "member", "execute", "job_template_admin", "approval", "auditor"), ()),
    },
    "projects": {"admin": (), "use": ("admin",), "update": ("admin",), "read": ("use", "update", "admin")},
    # awx/main/models/credential/__init__.py:115, Credential
    "credentials": {"admin": (), "use": ("admin",), "read": ("use", "admin")},
}
# The template of a job, by which its rights are found.
# awx/main/access.py:1732, JobAccess.filtered_queryset; access.py:2170, WorkflowJobAccess.filtered_queryset;
# access.py:2924, WorkflowApprovalAccess.filtered_queryset: who may read the workflow may read its approvals.
_TEMPLATES = {
    "jobs": ("job_templates", "job_template"),
    "workflow_jobs": ("workflow_job_templates", "workflow_job_template"),
    "workflow_approvals": ("workflow_job_templates", "workflow_job_template"),
}


class Forbidden(Exception):
    """AWX would answer 403."""


class Roles:
    """The roles of all resources, and the teams that have them."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, str], int] = {}
        self._teams: dict[int, set[int]] = {}

    def of(self, kind: str, number: int) -> dict[str, Resource]:
        """Return the roles of a resource, as its summary has them."""
        names = _INCLUDED_BY.get(kind, {})
        for name in names:
            self._numbers.setdefault((kind, number, name), 1000 + len(self._numbers))
        return {f"{name}_role": {"id": self._numbers[kind, number, name], "name": name} for name in names}

    def resource_of(self, role: int) -> tuple[str, int, str]:
        """Return the kind, the number and the name of a role."""
        (found,) = [known for known, number in self._numbers.items() if number == role]
        return found

    def teams(self, role: int) -> set[int]:
        """Return the teams that have a role, which may be changed."""
        return self._teams.setdefault(role, set())

    def of_team(self, team: int) -> list[Resource]:
        """Return the roles that a team has itself (awx/api/views/__init__.py:799, TeamRolesList)."""
        return [
            {
                "id": role,
                # awx/main/models/rbac.py:48, role_names
                "name": {"approval": "Approve"}.get(name, name.replace("_", " ").title()),
                "summary_fields": {
                    "resource_type": kind.removesuffix("s").replace("inventorie", "inventory"),
                    "resource_id": number,
                    "resource_name": f"{kind} {number}",
                },
            }
            for (kind, number, name), role in self._numbers.items()
            if team in self.teams(role)
        ]

    def has(self, teams: Iterable[int], kind: str, number: int, name: str) -> bool:
        """Return whether one of the teams has a sufficient role."""
        self.of(kind, number)
        sufficient = (name, *_INCLUDED_BY[kind][name])
        return any(set(teams) & self.teams(self._numbers[kind, number, one]) for one in sufficient)

    def may_read(self, teams: Iterable[int], kind: str, resource: Resource) -> bool:
        """Return whether a member of teams may read a resource."""
        kind, field = _TEMPLATES.get(kind, (kind, "id"))
        return kind in _INCLUDED_BY and self.has(teams, kind, resource[field], "read")

    def require(self, teams: Iterable[int] | None, kind: str, number: int, name: str) -> None:
        """Check that one of the teams has a sufficient role.

        :param teams: none is an administrator

        :raises Forbidden: AWX would answer 403
        """
        if teams is not None and not self.has(teams, kind, number, name):
            raise Forbidden(f"the role {name} for {kind} {number} is missing")
