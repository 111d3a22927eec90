# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for AWX, with the rules of its API.

It has what configures AWX, and what launches, approves and reads jobs. It refuses what AWX refuses, and never shows a
secret again. The paths in comments are those of https://github.com/ansible/awx at the tag 24.6.1, with the line and the
function or class.
"""

from __future__ import annotations

import ast
import json
import threading
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .fake_jobs import Jobs
from .fake_notifications import completed_configuration, merged_messages
from .fake_roles import Forbidden, Roles
from .validation import Refused, refuse_if, validate

Resource = dict[str, Any]
NOBODY = "a-token-of-nobody"
ENCRYPTED = "$encrypted$"
DEFAULT_IMAGE = "quay.io/ansible/awx-ee:latest"
# The fields that AWX adds to a resource.
_DEFAULTS: dict[str, Resource] = {
    "organizations": {"description": "", "default_environment": None},
    "teams": {"description": ""},
    "labels": {},
    "instance_groups": {},
    "credential_types": {"managed": False, "namespace": None},
    "credentials": {"description": "", "inputs": {}, "organization": None},
    # awx/main/models/credential/__init__.py, CredentialInputSource
    "credential_input_sources": {"description": "", "metadata": {}},
    "execution_environments": {"description": "", "credential": None, "organization": None, "managed": False},
    "projects": {
        "description": "",
        "scm_type": "",
        "scm_url": "",
        "scm_branch": "",
        "scm_refspec": "",
        "scm_revision": "",
        "credential": None,
        "scm_update_on_launch": False,
        "collections": [],
    },
    # awx/api/serializers.py, InventorySerializer.Meta.fields
    "inventories": {"host_filter": None, "kind": "", "variables": "", "pending_deletion": False},
    "inventory_sources": {"description": "", "execution_environment": None, "update_on_launch": False},
    "hosts": {"inventory": None, "inventory_sources": []},
    "notification_templates": {"description": "", "messages": None},
    "job_templates": {
        "description": "",
        "survey_enabled": False,
        "extra_vars": "",
        "execution_environment": None,
        "ask_variables_on_launch": False,
        "ask_limit_on_launch": False,
        "ask_labels_on_launch": False,
        "ask_inventory_on_launch": False,
    },
    "workflow_job_templates": {
        "survey_enabled": False,
        "extra_vars": "",
        "ask_variables_on_launch": False,
        "allow_simultaneous": False,
    },
    "workflow_job_template_nodes": {"unified_job_template": None, "extra_data": {}},
    "workflow_approval_templates": {"description": ""},
    "schedules": {"extra_data": {}},
    "jobs": {"status": "new", "artifacts": {}, "stdout": "", "event_processing_finished": True},
    "workflow_jobs": {"status": "new", "artifacts": {}},
    "workflow_approvals": {"status": "new"},
    "project_updates": {"status": "new", "event_processing_finished": True},
    "inventory_updates": {"status": "new", "event_processing_finished": True},
}
_UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
_BRANCHES = ("success_nodes", "always_nodes", "failure_nodes")
# What the stand-in keeps for itself: about a job of a workflow, and whether a notification is being sent.
_OWN_FIELDS = ("nodes", "parent", "is_sending")
_JOBS = ("jobs", "workflow_jobs", "workflow_approvals", "project_updates", "inventory_updates")
_KINDS_FOR_JOBS = ("ssh", "vault", "cloud", "net", "kubernetes")
# The kinds that share their numbers, since they share a table: awx/main/models/unified_jobs.py:70, UnifiedJobTemplate,
# and :556, UnifiedJob. So a job template and an inventory may have the same number.
_TABLES = {**dict.fromkeys(_UNIFIED, "unified_job_templates"), **dict.fromkeys(_JOBS, "unified_jobs")}
# awx/main/models/projects.py:257, Project.FIELDS_TRIGGER_UPDATE
_FIELDS_THAT_UPDATE = ("scm_url", "scm_branch", "scm_type", "scm_refspec")
# The kind that a link leads to.
_LINKS = {
    **dict.fromkeys(_BRANCHES, "workflow_job_template_nodes"),
    **dict.fromkeys(("credentials", "galaxy_credentials"), "credentials"),
    **{kind: kind for kind in ("instance_groups", "labels", "users")},
    **{
        f"notification_templates_{event}": "notification_templates"
        for event in ("started", "success", "error", "approvals")
    },
}
# The fields by which a list can be filtered with the fields of another resource.
_RELATIONS = {
    "inventory": ("inventories",),
    "credential_type": ("credential_types",),
    "unified_job_template": _UNIFIED,
}
# awx/api/pagination.py:26, Pagination; awx/settings/defaults.py:369, MAX_PAGE_SIZE, and :372, PAGE_SIZE
_PAGE, _LARGEST_PAGE = 25, 200
_LOOKUPS = ("in", "endswith", "startswith", "isnull")
# The fields that are unique together. A name may exist once in each organization, with these exceptions:
# awx/main/models/base.py:371, CommonModel: names of organizations and execution environments exist once.
# awx/main/models/credential/__init__.py:344, CredentialType, and :90, Credential; models/jobs.py:203, JobTemplate;
# models/workflow.py:455, WorkflowJobTemplate; models/projects.py:254, Project; models/inventory.py:92, Inventory;
# models/notifications.py:60; models/organization.py:144, Team; models/label.py:26; models/schedules.py:67, Schedule
_UNIQUE: dict[str, tuple[str, ...]] = {
    "organizations": ("name",),
    "execution_environments": ("name",),
    "credential_types": ("name", "kind"),
    "credentials": ("name", "organization", "credential_type"),
    "credential_input_sources": ("target_credential", "input_field_name"),
    "schedules": ("name", "unified_job_template"),
    "inventory_sources": ("name", "inventory"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    "teams": ("name", "organization"),
    "labels": ("name", "organization"),
    "projects": ("name", "organization"),
    "inventories": ("name", "organization"),
    "notification_templates": ("name", "organization"),
    "job_templates": ("name", "organization"),
    "workflow_job_templates": ("name", "organization"),
}
# What is removed together with a resource, by the field that names the resource.
_CASCADES: dict[str, tuple[tuple[str, str], ...]] = {
    "organizations": tuple(
        (kind, "organization")
        for kind in ("teams", "labels", "credentials", "execution_environments", "notification_templates")
    ),
    "inventories": (("inventory_sources", "inventory"), ("hosts", "inventory")),
    "inventory_sources": (("inventory_updates", "inventory_source"),),
    "projects": (("project_updates", "project"),),
    "workflow_job_templates": (
        ("workflow_job_template_nodes", "workflow_job_template"),
        ("schedules", "unified_job_template"),
    ),
    "job_templates": (("schedules", "unified_job_template"),),
}
# What loses its organization with it, and stays: on_delete of organization in awx/main/models/unified_jobs.py:169,
# UnifiedJobTemplate, :742, UnifiedJob, and models/inventory.py:100, Inventory.
_ORPHANS = ("projects", "job_templates", "workflow_job_templates", "inventories", "jobs")
_ACTIVE = ("pending", "running")
# The field of a job with the resource that the job holds: _get_related_jobs in awx/main/models/jobs.py:555,
# JobTemplate; models/workflow.py:629, WorkflowJobTemplate; models/projects.py:501, Project; models/inventory.py:498,
# Inventory; models/organization.py:123, Organization
_HELD = {
    "job_templates": "job_template",
    "workflow_job_templates": "workflow_job_template",
    "projects": "project",
    "inventories": "inventory",
    "organizations": "organization",
}


class Conflict(Exception):
    """AWX would answer 409, or another status.

    :ivar status: the status
    """

    def __init__(self, reason: str, status: int = 409) -> None:
        super().__init__(reason)
        self.status = status


class FakeAwx:
    """The resources of the server, and its jobs.

    Like a new AWX, it has the organization Default with the Galaxy credential "Ansible Galaxy"
    (awx/main/management/commands/create_preload_data.py:51), and an execution environment for all organizations
    (awx/main/management/commands/register_default_execution_environments.py, and awx/settings/defaults.py:193,
    GLOBAL_JOB_EXECUTION_ENVIRONMENTS).

    :ivar writes: the method and path of each request that changed something
    :ivar repository: what all projects are cloned from: ``playbooks``, ``collections`` and ``revision``
    :ivar missing_images: images that AWX cannot read
    """

    def __init__(self) -> None:
        self.resources: dict[str, list[Resource]] = {kind: [] for kind in _DEFAULTS}
        self.surveys: dict[int, Resource] = {}
        self.links: dict[str, list[int]] = {}
        self.secrets: list[str] = []
        self.writes: list[str] = []
        self.url = ""
        self.missing_images: set[str] = set()
        self.repository: Resource = {"playbooks": [], "collections": [], "revision": "0123456789"}
        self.roles = Roles()
        self.jobs = Jobs(self)
        # An update must not have the number of its project by chance.
        self._numbers: dict[str, int] = {"unified_jobs": 100}
        default = self.add("organizations", {"name": "Default"})
        self.add("execution_environments", {"name": "AWX EE (latest)", "image": DEFAULT_IMAGE})
        for name, namespace in (
            ("Machine", "ssh"),
            ("Ansible Galaxy/Automation Hub API Token", "galaxy_api_token"),
            ("Container Registry", "registry"),
            ("Source Control", "scm"),
            ("Vault", "vault"),
        ):
            self.add_type(name, namespace)
        galaxy = self.add_credential("Ansible Galaxy", "galaxy_api_token")
        self.links[f"{default['url']}galaxy_credentials/"] = [galaxy["id"]]

    # ---- for tests

    def state(self) -> str:
        """Return all resources and roles as text, for :meth:`load`."""
        kept = ("resources", "surveys", "links", "secrets", "repository", "_numbers")
        return repr(({name: getattr(self, name) for name in kept}, vars(self.roles)))

    def load(self, state: str) -> None:
        """Replace all resources and roles."""
        own, roles = ast.literal_eval(state)
        vars(self).update(own)
        vars(self.roles).update(roles)

    def add_type(self, name: str, namespace: str) -> Resource:
        """Add a type of credentials that AWX has by itself."""
        kind = namespace.removesuffix("_api_token")
        body = {"name": name, "kind": kind, "inputs": {"fields": []}, "injectors": {}, "namespace": namespace}
        return self._add("credential_types", {**body, "managed": True})

    def add_credential(self, name: str, namespace: str, organization: int | None = None, **inputs: str) -> Resource:
        """Add a credential of a type that AWX has by itself."""
        (kind,) = [one for one in self.resources["credential_types"] if one["namespace"] == namespace]
        body = {"name": name, "organization": organization, "credential_type": kind["id"], "inputs": inputs}
        return self.add("credentials", body)

    def names(self, kind: str) -> list[str]:
        """Return the names of all resources of a kind."""
        return [resource["name"] for resource in self.resources[kind]]

    def named(self, kind: str, name: str, organization: str | None = None) -> Resource:
        """Return the resource with a name, of any or one organization."""
        found = [resource for resource in self.resources[kind] if resource.get("name") == name]
        if organization is not None:
            number = self.named("organizations", organization)["id"]
            found = [resource for resource in found if resource["organization"] == number]
        (one,) = found
        return one

    def nodes(self, workflow: str) -> dict[str, Resource]:
        """Return a workflow's nodes by identifier, with their next nodes' identifiers."""
        number = self.named("workflow_job_templates", workflow)["id"]
        own = [
            node for node in self.resources["workflow_job_template_nodes"] if node["workflow_job_template"] == number
        ]
        by_id = {node["id"]: node["identifier"] for node in own}
        return {
            node["identifier"]: {
                **node,
                **{link: [by_id[one] for one in self.linked(node, link)] for link in _BRANCHES},
            }
            for node in own
        }

    def linked(self, resource: Resource, part: str) -> list[int]:
        """Return the numbers of what is associated with a resource."""
        return self.links.get(f"{resource['url']}{part}/", [])

    def find(self, kind: str, number: int) -> Resource:
        """Return the resource with a number."""
        (found,) = [resource for resource in self.resources[kind] if resource["id"] == number]
        return found

    def find_unified(self, number: int) -> tuple[str, Resource]:
        """Return the kind and the resource of a template."""
        ((kind, found),) = [(kind, one) for kind in _UNIFIED for one in self.resources[kind] if one["id"] == number]
        return kind, found

    def ask(
        self, method: str, path: str, body: Resource | None = None, *, teams: Iterable[str] | None = None
    ) -> tuple[int, Resource]:
        """Send a request, and return the status and the answer.

        :param path: below ``/api/v2/``
        :param teams: the teams of the user; none is an administrator
        """
        numbers = None if teams is None else [self.named("teams", team)["id"] for team in teams]
        place = urllib.parse.urlsplit(f"/api/v2/{path}")
        query = dict(urllib.parse.parse_qsl(place.query))
        try:
            return self.answer(method, place.path, query, body or {}, teams=numbers)
        except Refused as exc:
            return 400, {"detail": str(exc)}
        except Forbidden as exc:
            return 403, {"detail": str(exc)}
        except Conflict as exc:
            return exc.status, {"error": str(exc)}

    # ---- requests

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Resource, *, teams: Iterable[int] | None = None
    ) -> tuple[int, Any]:
        """Answer a request.

        :param teams: the teams of the user; none is an administrator
        :raises Refused: AWX would answer 400
        :raises Forbidden: AWX would answer 403
        :raises KeyError: AWX has no such path
        """
        parts = path.strip("/").split("/")[2:]
        if method in ("POST", "PATCH", "DELETE") and parts[0] != "tokens":
            self.writes.append(f"{method} /{'/'.join(parts)}/")
        if parts[0] == "tokens":
            return 201, {"id": 1, "token": "made-by-the-server"}
        if parts[0] == "roles":
            return self._on_role(method, path, query, body)
        if len(parts) == 1:
            return self._on_list(method, parts[0], query, body, teams)
        resource = self.find(parts[0], int(parts[1]))
        if len(parts) > 2 and parts[2] in ("launch", "relaunch", "approve", "deny"):
            return self._on_action(parts[0], parts[2], resource, body, teams)
        if teams is not None and not self.roles.may_read(teams, parts[0], resource):
            raise Forbidden("You do not have permission to perform this action.")
        if len(parts) == 2:
            return self._on_thing(method, parts[0], resource, body)
        return self._on_part(method, path, query, resource, body)

    def _on_list(
        self, method: str, kind: str, query: dict[str, str], body: Resource, teams: Iterable[int] | None
    ) -> tuple[int, Resource]:
        if method == "POST":
            added = self.add(kind, body)
            return 201, self._shown_with_update(kind, added, is_updated=kind == "projects")
        kinds = {"unified_job_templates": _UNIFIED, "unified_jobs": _JOBS}.get(kind, (kind,))
        for field in set(query) - {"page", "page_size"}:
            self._check_filter(kinds, field.removeprefix("or__").split("__"))
        found = [
            self._shown(one, resource)
            for one in kinds
            for resource in self.resources[one]
            if self._fits(resource, query) and (teams is None or self.roles.may_read(teams, one, resource))
        ]
        if kind == "inventories":
            self._continue_removals()
        return 200, _page(f"/api/v2/{kind}/", query, found)

    def _check_filter(self, kinds: Iterable[str], parts: list[str]) -> None:
        """Refuse a filter by a field that does not exist.

        ansible/django-ansible-base, rest_filters/rest_framework/field_lookup_backend.py: FieldLookupBackend answers 400
        """
        own = {field for kind in kinds for field in ("id", *_DEFAULTS[kind], *_UNIQUE.get(kind, ("name",)))}
        fields = own | {"description"} | (set(_RELATIONS) if set(kinds) <= set(_JOBS) else set())
        refuse_if(parts[0] not in fields, f"{'/'.join(kinds)} has no field named '{parts[0]}'")
        if parts[0] in _RELATIONS and parts[1:]:
            self._check_filter(_RELATIONS[parts[0]], parts[1:])
        else:
            refuse_if(parts[1:] and parts[1] not in _LOOKUPS, f"Unsupported lookup '{'__'.join(parts[1:])}'")

    def _continue_removals(self) -> None:
        """Remove inventories after they were shown once more (awx/main/tasks/system.py:857, delete_inventory)."""
        for inventory in [one for one in self.resources["inventories"] if one["pending_deletion"]]:
            self._remove("inventories", inventory)

    def _fits(self, resource: Resource, query: dict[str, str]) -> bool:
        """Return whether a resource fits a query.

        ansible/django-ansible-base, rest_filters/rest_framework/field_lookup_backend.py: ``or__`` marks alternatives
        """
        either = {field.removeprefix("or__"): value for field, value in query.items() if field.startswith("or__")}
        others = ("page", "page_size")
        each = {name: value for name, value in query.items() if not name.startswith("or__") and name not in others}
        is_one = not either or any(str(resource.get(field)) == value for field, value in either.items())
        return is_one and all(self._has(resource, field, value) for field, value in each.items())

    def _has(self, resource: Resource, field: str, value: str) -> bool:
        for relation, kinds in _RELATIONS.items():
            if field.startswith(f"{relation}__") and len(kinds) == 1:
                return self._has(self.find(kinds[0], resource[relation]), field.removeprefix(f"{relation}__"), value)
        if field.startswith("unified_job_template__"):
            template = self._template_of(resource)
            return template is not None and self._has(template, field.removeprefix("unified_job_template__"), value)
        if field.endswith("__in"):
            return str(resource.get(field.removesuffix("__in"))) in value.split(",")
        if field.endswith("__endswith"):
            return str(resource.get(field.removesuffix("__endswith"), "")).endswith(value)
        if field.endswith("__startswith"):
            return str(resource.get(field.removesuffix("__startswith"), "")).startswith(value)
        if field.endswith("__isnull"):
            return (not resource.get(field.removesuffix("__isnull"))) == (value == "true")
        return str(resource.get(field)) == value

    def _template_of(self, job: Resource) -> Resource | None:
        """Return the template of a job, if it still exists."""
        # An approval has the number of its workflow too, but another template.
        if job["type"] == "workflow_approval":
            return None
        number = job.get("job_template") or job.get("workflow_job_template") or job.get("project")
        return next((one for kind in _UNIFIED for one in self.resources[kind] if one["id"] == number), None)

    def _shown(self, kind: str, resource: Resource) -> Resource:
        """Return a resource as AWX shows it, with its roles."""
        summary: Resource = {"object_roles": self.roles.of(kind, resource["id"])}
        if resource.get("organization"):
            organization = self.find("organizations", resource["organization"])
            summary["organization"] = {"id": organization["id"], "name": organization["name"]}
        shown = {name: value for name, value in resource.items() if name not in _OWN_FIELDS}
        if kind == "workflow_job_template_nodes":
            # awx/api/serializers.py:4222, WorkflowJobTemplateNodeSerializer
            shown.update({branch: self.linked(resource, branch) for branch in _BRANCHES})
            if number := resource["unified_job_template"]:
                of, template = self.find_unified(number)
                shown["related"] = {**resource["related"], "unified_job_template": template["url"]}
                # awx/api/serializers.py:459, BaseSerializer.get_summary_fields
                job_type = of.removesuffix("_templates")
                summary["unified_job_template"] = {"id": number, "name": template["name"], "unified_job_type": job_type}
        return {**shown, "summary_fields": summary}

    def _on_role(self, method: str, path: str, query: dict[str, str], body: Resource) -> tuple[int, Resource]:
        """List the teams of a role, or change them (awx/api/views/__init__.py:4423, RoleTeamsList.post)."""
        role = int(path.strip("/").split("/")[3])
        teams = self.roles.teams(role)
        if method == "POST":
            kind, number, name = self.roles.resource_of(role)
            is_member = kind == "organizations" and name in ("member", "admin")
            refuse_if(is_member, "You cannot assign an Organization participation role as a child role for a Team.")
            own = self.find("credentials", number)["organization"] if kind == "credentials" else None
            is_foreign = kind == "credentials" and own != self.find("teams", body["id"])["organization"]
            refuse_if(is_foreign, "You cannot grant credential access to a team of a different organization")
            (teams.discard if body.get("disassociate") else teams.add)(body["id"])
            return 204, {}
        return 200, _page(path, query, [{"id": number} for number in sorted(teams)])

    def _on_action(
        self, kind: str, action: str, resource: Resource, body: Resource, teams: Iterable[int] | None
    ) -> tuple[int, Resource]:
        """Launch, relaunch, approve or deny, if the user may."""
        if action in ("approve", "deny"):
            # awx/main/access.py:2954, WorkflowApprovalAccess.can_approve_or_deny
            self.roles.require(teams, "workflow_job_templates", resource["workflow_job_template"], "approval")
            self.jobs.decide(resource, is_approved=action == "approve")
            return 204, {}
        answers = body.get("extra_vars", {})
        if action == "relaunch":
            # awx/main/access.py:1784, JobAccess.can_start: a relaunch has the variables of the job, and takes no others
            kind, answers = "job_templates", resource["extra_vars"]
            resource = self.find(kind, resource["job_template"])
        # awx/main/access.py:1632, JobTemplateAccess.can_start, and :2141, WorkflowJobTemplateAccess.can_start: the role
        # for a workflow is sufficient, without roles for the templates in it
        self.roles.require(teams, kind, resource["id"], "execute")
        job = self.jobs.launch(kind, resource, json.loads(answers) if isinstance(answers, str) else answers)
        return 201, {"id": job["id"], "job": job["id"], "url": job["url"], "status": job["status"]}

    def _on_thing(self, method: str, kind: str, resource: Resource, body: Resource) -> tuple[int, Resource]:
        if method == "DELETE":
            return self._on_delete(kind, resource), {}
        if method == "PATCH":
            # awx/api/serializers.py:2972, CredentialTypeSerializer.validate
            changes_fields = body.get("inputs", resource.get("inputs")) != resource.get("inputs")
            if kind == "credential_types" and changes_fields and self._has_type(resource):
                raise Forbidden("Modifications to inputs are not allowed for credential types that are in use")
            self._validate(kind, {**resource, **body}, resource["id"])
            if kind == "notification_templates":
                body = {**body, "messages": merged_messages(resource["messages"], body.get("messages"))}
                body = _completed({**resource, **body}, body)
            if kind == "workflow_job_template_nodes":
                # awx/main/signals.py:614, delete_approval_node_type_change
                former = resource["unified_job_template"]
                self._remove_approval(former, unless=body.get("unified_job_template", former))
            is_updated = kind == "projects" and any(
                body.get(field, resource[field]) != resource[field] for field in _FIELDS_THAT_UPDATE
            )
            resource.update(self._without_secrets(kind, body))
            return 200, self._shown_with_update(kind, resource, is_updated=is_updated)
        return 200, self._shown(kind, resource)

    def _shown_with_update(self, kind: str, resource: Resource, *, is_updated: bool) -> Resource:
        """Return a resource, with the update that AWX starts by itself.

        awx/main/models/projects.py:362, Project.save. The update ends before the next request.
        """
        shown = self._shown(kind, resource)
        if is_updated:
            shown["summary_fields"]["current_update"] = {"id": self.update_project(resource)["id"]}
        return shown

    def _on_delete(self, kind: str, resource: Resource) -> int:
        """Remove a resource, and return the status."""
        # awx/api/views/__init__.py:1472, CredentialTypeDetail.destroy
        if kind == "credential_types" and (self._has_type(resource) or resource["managed"]):
            raise Forbidden("Credential types that are in use cannot be deleted")
        for job in self._related_jobs(kind, resource["id"]):
            # awx/api/views/mixin.py:118, RelatedJobsPreventDeleteMixin.perform_destroy
            if job["status"] in _ACTIVE:
                # It ends meanwhile, unless it is a workflow that the stand-in runs.
                job["status"] = job["status"] if "nodes" in job else "successful"
                raise Conflict("Resource is being used by running jobs.")
            # mixin.py:127, check_related_active_jobs: those that ended less than a minute ago
            if not job.get("event_processing_finished", True):
                # AWX goes on with the events meanwhile.
                job["event_processing_finished"] = True
                raise Forbidden(f"Related job {job['id']} is still processing events.")
        if kind == "notification_templates" and resource.pop("is_sending", False):
            # awx/api/views/__init__.py:4281, NotificationTemplateDetail.delete. AWX sends it meanwhile.
            raise Conflict("Delete not allowed while there are pending notifications", status=405)
        if kind == "inventories":
            # awx/api/views/inventory.py:89, InventoryDetail.destroy, and models/inventory.py:448, schedule_deletion
            refuse_if(resource["pending_deletion"], "Inventory is already pending deletion.")
            resource["pending_deletion"] = True
            return 202
        self._remove(kind, resource)
        return 204

    def _related_jobs(self, kind: str, number: int) -> list[Resource]:
        """Return the jobs that hold a resource."""
        jobs = self.resources["jobs"] + self.resources["workflow_jobs"] + self.resources["project_updates"]
        return [job for job in jobs if kind in _HELD and job.get(_HELD[kind]) == number]

    def _has_type(self, credential_type: Resource) -> bool:
        """Return whether a credential has this type."""
        return any(one["credential_type"] == credential_type["id"] for one in self.resources["credentials"])

    def _remove(self, kind: str, resource: Resource) -> None:
        """Remove a resource, and all that is removed with it."""
        orphans = [one for each in _ORPHANS for one in self.resources[each] if kind == "organizations"]
        for orphan in [one for one in orphans if one.get("organization") == resource["id"]]:
            orphan["organization"] = None
        for other, field in _CASCADES.get(kind, ()):
            for one in [one for one in self.resources[other] if one.get(field) == resource["id"]]:
                self._remove(other, one)
        if kind == "workflow_job_template_nodes":
            self._remove_approval(resource["unified_job_template"])
        self.resources[kind].remove(resource)
        self._remove_links(kind, resource)

    def _remove_approval(self, number: int | None, *, unless: int | None = None) -> None:
        """Remove the approval of a node, unless the node keeps it."""
        approvals = self.resources["workflow_approval_templates"]
        approvals[:] = [one for one in approvals if one["id"] != number or number == unless]

    def _remove_links(self, kind: str, resource: Resource) -> None:
        self.links = {path: links for path, links in self.links.items() if not path.startswith(resource["url"])}
        for path, links in self.links.items():
            if _LINKS[path.rstrip("/").rsplit("/", 1)[1]] == kind:
                links[:] = [number for number in links if number != resource["id"]]
        if kind == "inventory_sources":
            # The hosts of a source stay in the inventory: awx/main/models/inventory.py:571, Host.inventory_sources
            for host in self.resources["hosts"]:
                host["inventory_sources"] = [one for one in host["inventory_sources"] if one != resource["id"]]

    def _on_part(
        self, method: str, path: str, query: dict[str, str], resource: Resource, body: Resource
    ) -> tuple[int, Any]:
        part = path.strip("/").split("/")[4]
        if part == "survey_spec":
            if method == "POST":
                validate("survey_spec", body)
                self.surveys[resource["id"]] = body
            return 200, self.surveys.get(resource["id"], {})
        if part == "create_approval_template":
            made = self.add("workflow_approval_templates", body)
            resource["unified_job_template"] = made["id"]
            return 201, made
        if part == "update":
            # awx/api/views/__init__.py:1018, ProjectUpdateView.post
            update = self.update_project(resource)
            return 202, {"project_update": update["id"], **update}
        if part in ("playbooks", "stdout"):
            return 200, resource.get(part, [])
        if part == "roles":
            return 200, _page(path, query, self.roles.of_team(resource["id"]))
        if part not in _LINKS:
            raise KeyError(path)
        return self._on_links(method, path, query, body)

    def _on_links(self, method: str, path: str, query: dict[str, str], body: Resource) -> tuple[int, Resource]:
        links = self.links.setdefault(path, [])
        if method == "POST":
            if body.get("disassociate"):
                links.remove(body["id"])
            else:
                self._check_link(path, links, body["id"])
                links.append(body["id"])
            return 204, {}
        return 200, _page(path, query, [{"id": number} for number in links])

    def _check_link(self, path: str, links: list[int], number: int) -> None:
        node, part = path.rstrip("/").rsplit("/", 1)
        if part in _BRANCHES:
            # awx/api/views/__init__.py:3044, WorkflowJobTemplateNodeChildrenBaseList.is_valid_relation
            others = [self.links.get(f"{node}/{branch}/", []) for branch in _BRANCHES if branch != part]
            refuse_if(any(number in other for other in others), "Relationship not allowed.")
            # :3052, and awx/main/scheduler/dag_simple.py:169, SimpleDAG.has_cycle
            refuse_if(int(node.rsplit("/", 1)[1]) in self._reached(number), "Cycle detected.")
        if part == "galaxy_credentials":
            # awx/api/views/organization.py:220, OrganizationGalaxyCredentialsList.is_valid_relation
            kind = self.find("credentials", number)["kind"]
            refuse_if(kind != "galaxy_api_token", f"Credential must be a Galaxy credential, not {kind}.")
        if part == "credentials":
            # awx/api/views/__init__.py:2751, JobTemplateCredentialsList.is_valid_relation
            own = self._type_of(number)
            refuse_if(own in map(self._type_of, links), f"Cannot assign multiple {own} credentials.")
            kind = self.find("credential_types", own[0])["kind"]
            refuse_if(kind not in _KINDS_FOR_JOBS, f"Cannot assign a Credential of kind `{kind}`.")

    def _reached(self, node: int) -> set[int]:
        """Return a node, and all that run after it."""
        children = [
            one for branch in _BRANCHES for one in self.linked(self.find("workflow_job_template_nodes", node), branch)
        ]
        return {node}.union(*map(self._reached, children))

    def _type_of(self, credential: int) -> tuple[int, str]:
        """Return a credential's type, and the id of a vault.

        awx/main/models/credential/__init__.py:247, Credential.unique_hash
        """
        found = self.find("credentials", credential)
        return found["credential_type"], found["inputs"].get("vault_id", "") if found["kind"] == "vault" else ""

    # ---- resources

    def update_project(self, project: Resource) -> Resource:
        """Fetch the repository, install its collections, and return the update.

        They are installed only if the organization has a Galaxy credential.
        awx/main/tasks/jobs.py:1271, RunProjectUpdate.build_extra_vars_file: without one, collections_enabled is false,
        and awx/playbooks/project_update.yml installs nothing, successfully.
        """
        organization = self.find("organizations", project["organization"])
        project["scm_revision"] = self.repository["revision"]
        project["playbooks"] = list(self.repository["playbooks"])
        has_galaxy = bool(self.linked(organization, "galaxy_credentials"))
        project["collections"] = list(self.repository["collections"]) if has_galaxy else []
        done = {"finished": "now", "failed": False, "status": "successful", "scm_revision": project["scm_revision"]}
        return self.add_job("project_updates", name=project["name"], project=project["id"], **done)

    def add(self, kind: str, body: Resource) -> Resource:
        """Add a resource.

        :raises Refused: AWX would answer 400
        """
        if kind == "job_templates":
            # awx/main/models/jobs.py:348, JobTemplate.save: the organization is that of the project
            body = {**body, "organization": self.find("projects", body["project"])["organization"]}
        self._validate(kind, body, None)
        return self._add(kind, _completed(body, body) if kind == "notification_templates" else body)

    def _validate(self, kind: str, body: Resource, number: int | None) -> None:
        validate(kind, body)
        fields = _UNIQUE.get(kind, ())
        for one in self.resources[kind]:
            is_same = bool(fields) and all(one.get(field) == body.get(field) for field in fields)
            refuse_if(is_same and one["id"] != number, f"{kind} with this ({', '.join(fields)}) already exists.")
        if kind == "job_templates":
            # awx/api/serializers.py:3295, JobOptionsSerializer.validate
            playbooks = self.find("projects", body["project"]).get("playbooks", [])
            refuse_if(body["playbook"] not in playbooks, f"Playbook not found for project. {body['playbook']}")
        if kind == "execution_environments" and number is not None:
            # awx/api/serializers.py:1471, ExecutionEnvironmentSerializer.validate
            moves = body["organization"] and body["organization"] != self.find(kind, number)["organization"]
            refuse_if(moves, "Cannot change the organization of an execution environment")
        if kind == "execution_environments" and body.get("credential"):
            # awx/api/serializers.py:1466, ExecutionEnvironmentSerializer.validate_credential
            refuse_if(
                self.find("credentials", body["credential"])["kind"] != "registry",
                "Only Container Registry credentials can be associated with an Execution Environment",
            )
        if kind == "schedules":
            # awx/api/serializers.py:4194, LaunchConfigurationBaseSerializer.validate: it needs all required answers
            _kind, template = self.find_unified(body["unified_job_template"])
            self.jobs.accepted(template, body.get("extra_data") or {}, ignore_others=False)

    def _add(self, kind: str, body: Resource) -> Resource:
        table = _TABLES.get(kind, kind)
        number = self._numbers[table] = self._numbers.get(table, 0) + 1
        url = f"/api/v2/{kind}/{number}/"
        related = {"survey_spec": f"{url}survey_spec/", "update": f"{url}update/", "launch": f"{url}launch/"}
        own = {"id": number, "type": kind.removesuffix("s"), "url": url, "related": related}
        resource = {**_DEFAULTS[kind], **self._without_secrets(kind, body), **own}
        if kind == "credentials":
            resource["kind"] = self.find("credential_types", resource["credential_type"])["namespace"]
        self.resources[kind].append(resource)
        return resource

    def add_job(self, kind: str, **fields: Any) -> Resource:
        """Add a job."""
        return self._add(kind, fields)

    def _without_secrets(self, kind: str, body: Resource) -> Resource:
        """Return the body with its secrets replaced."""
        if kind == "notification_templates" and "notification_configuration" in body:
            # awx/main/models/notifications.py:190, NotificationTemplate.display_notification_configuration
            given = body["notification_configuration"]
            shown = {name: ENCRYPTED if name in ("password", "token") else value for name, value in given.items()}
            return {**body, "notification_configuration": shown}
        if kind != "credentials" or "inputs" not in body:
            return body
        fields = self.find("credential_types", body["credential_type"])["inputs"]["fields"]
        secret = {field["id"] for field in fields if field.get("secret")}
        self.secrets += [value for name, value in body["inputs"].items() if name in secret]
        shown = {name: ENCRYPTED if name in secret else value for name, value in body["inputs"].items()}
        return {**body, "inputs": shown}


def _completed(notification: Resource, body: Resource) -> Resource:
    """Return the body of a request with AWX's defaults for the configuration of a notification."""
    if "notification_configuration" not in body:
        return body
    given = completed_configuration(notification["notification_type"], body["notification_configuration"])
    return {**body, "notification_configuration": given}


def _page(path: str, query: dict[str, str], found: list[Resource]) -> Resource:
    """Return one page of a list."""
    size, number = min(int(query.get("page_size", _PAGE)), _LARGEST_PAGE), int(query.get("page", 1))
    following = f"{path}?{urllib.parse.urlencode({**query, 'page': number + 1})}"
    shown = found[(number - 1) * size : number * size]
    return {"count": len(found), "next": following if number * size < len(found) else None, "results": shown}


@contextmanager
def fake_awx() -> Iterator[FakeAwx]:
    """Run the server until the end of the block.

    A request with the token ``team NUMBER`` comes from a member of that team, one with :data:`NOBODY` is refused, and
    any other comes from an administrator.
    """
    awx = FakeAwx()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            place = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}") if length else {}
            query = dict(urllib.parse.parse_qsl(place.query))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            teams = [int(token.removeprefix("team "))] if token.startswith("team ") else None
            try:
                if token == NOBODY:
                    code, answer = 401, {"detail": "Authentication credentials were not provided."}
                else:
                    code, answer = awx.answer(self.command, place.path, query, body, teams=teams)
            except Refused as exc:
                code, answer = 400, {"error": str(exc), "__all__": [str(exc)]}
            except Forbidden as exc:
                code, answer = 403, {"detail": str(exc)}
            except Conflict as exc:
                code, answer = exc.status, {"error": str(exc)}
            except (KeyError, ValueError):
                code, answer = 404, {"detail": "Not found."}
            raw = b"" if code == 204 else json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    awx.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield awx
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
