# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and workflows of the stand-in for AWX.

These are the rules for launches, the variables of jobs, and the order of nodes.

The paths in comments are those of https://github.com/ansible/awx at the tag 24.6.1, with the line and the function.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .fake_notifications import EVENTS, approval_texts, delivered, job_texts
from .validation import Refused, answer_errors

if TYPE_CHECKING:
    from .fake_awx import FakeAwx

Resource = dict[str, Any]
Variables = dict[str, Any]
_BRANCHES = {"successful": ("success_nodes", "always_nodes"), "failed": ("failure_nodes", "always_nodes")}


@dataclass(frozen=True)
class Ran:
    """What a job was: its status, artifacts and output, and the numbers of its hosts."""

    status: str = "successful"
    artifacts: Variables = field(default_factory=dict)
    stdout: str = ""
    hosts: Variables = field(default_factory=dict)


RunJob = Callable[[Resource, Variables], Ran]


class Jobs:
    """Launches templates, and runs workflows until a person must act.

    :ivar run_job: runs the job of a template with variables
    :ivar sent: the notifications, each with ``template``, ``event`` and what arrives
    """

    def __init__(self, awx: FakeAwx) -> None:
        self._awx = awx
        self.run_job: RunJob = lambda _template, _variables: Ran()
        self.sent: list[Resource] = []

    # ---- launch

    def accepted(
        self, template: Resource, answers: Variables, *, ignore_others: bool, needs_all: bool = True
    ) -> Variables:
        """Return the answers that a template accepts.

        awx/main/models/mixins.py:298, SurveyJobTemplateMixin._accept_or_ignore_variables: those of its survey, and no
        others unless the template asks for variables.

        :param ignore_others: whether others are ignored, as at a launch of a job template
            (awx/api/serializers.py:4708, JobLaunchSerializer.validate), or an error, as at a launch of a workflow
            (:4858, WorkflowJobLaunchSerializer.validate) and in a schedule
        :param needs_all: whether required answers must be there; not in a node of a workflow
            (awx/api/serializers.py:4226, WorkflowJobTemplateNodeSerializer)
        :raises Refused: an answer is missing or wrong
        """
        questions = self._questions(template)
        errors = [error for question in questions for error in answer_errors(question, answers)]
        if not needs_all:
            errors = [error for error in errors if not error.endswith("value missing")]
        if errors:
            raise Refused(f"variables_needed_to_start: {errors}")
        known = {question["variable"] for question in questions}
        others = sorted(set(answers) - known)
        if template.get("ask_variables_on_launch"):
            return dict(answers)
        if others and not ignore_others:
            raise Refused(f"extra_vars: Variables {', '.join(others)} are not allowed on launch.")
        return {name: value for name, value in answers.items() if name in known}

    def _questions(self, template: Resource) -> list[Resource]:
        found = self._awx.surveys.get(template["id"], {}) if template["survey_enabled"] else {}
        return list(found.get("spec", []))

    def _with_defaults(self, template: Resource, variables: Variables) -> Variables:
        """Return the template's variables, valid defaults, and given variables.

        awx/main/models/mixins.py:154, SurveyJobTemplateMixin._update_unified_job_kwargs
        """
        own = json.loads(template.get("extra_vars") or "{}")
        questions = [question for question in self._questions(template) if question.get("default") is not None]
        defaults = {question["variable"]: question["default"] for question in questions}
        valid = {
            question["variable"]: question["default"] for question in questions if not answer_errors(question, defaults)
        }
        return {**own, **valid, **variables}

    def launch(self, kind: str, template: Resource, answers: Variables) -> Resource:
        """Launch a template, as a person or by a schedule.

        awx/api/views/__init__.py:2410, JobTemplateLaunch.post, and :3195, WorkflowJobTemplateLaunch.post
        """
        accepted = self.accepted(template, answers, ignore_others=kind == "job_templates")
        if kind == "job_templates":
            return self._start_job(template, accepted)
        return self._start_workflow(template, accepted)

    def _start_job(self, template: Resource, variables: Variables) -> Resource:
        project = self._awx.find("projects", template["project"])
        # awx/main/scheduler/task_manager.py:337, DependencyManager.get_or_create_project_update
        if project["scm_update_on_launch"]:
            self._awx.update_project(project)
        # task_manager.py:349, DependencyManager.gen_dep_for_job
        sources = [one for one in self._awx.resources["inventory_sources"] if one["update_on_launch"]]
        updates = [self._update(one) for one in sources if one["inventory"] == template["inventory"]]
        job = self._awx.add_job(
            "jobs",
            name=template["name"],
            job_template=template["id"],
            project=template["project"],
            inventory=template["inventory"],
            extra_vars=self._with_defaults(template, variables),
            scm_revision=project["scm_revision"],
        )
        failed = next((one for one in updates if one["status"] == "error"), None)
        # task_manager.py:438, TaskManager.process_job_dep_failures: the job does not run
        ran = self.run_job(template, job["extra_vars"]) if failed is None else Ran("failed")
        job.update(status=ran.status, artifacts=ran.artifacts, stdout=ran.stdout, hosts=ran.hosts)
        if failed is not None:
            names = {"job_type": "inventory_update", "job_name": failed["name"], "job_id": str(failed["id"])}
            job["job_explanation"] = f"Previous Task Failed: {json.dumps(names)}"
        for notification in self._awx.linked(template, f"notification_templates_{EVENTS[ran.status]}"):
            own = self._awx.find("notification_templates", notification)
            self._send(own, EVENTS[ran.status], job_texts(own, job, f"{self._awx.url}/#/jobs/playbook/{job['id']}"))
        return job

    def _update(self, source: Resource) -> Resource:
        """Update an inventory from a source, in an execution environment whose image AWX can read or not.

        awx/main/models/mixins.py:505, ExecutionEnvironmentMixin.resolve_execution_environment: that of the source, then
        that of the organization, then awx/main/utils/execution_environments.py:21, get_default_execution_environment
        """
        inventory = self._awx.find("inventories", source["inventory"])
        organization = self._awx.find("organizations", inventory["organization"])
        environments = self._awx.resources["execution_environments"]
        (first, *_others) = [one["id"] for one in environments if not one["organization"] and not one["managed"]]
        chosen = source["execution_environment"] or organization["default_environment"] or first
        image = self._awx.find("execution_environments", chosen)["image"]
        return self._awx.add_job(
            "inventory_updates",
            name=source["name"],
            inventory_source=source["id"],
            execution_environment=chosen,
            status="error" if image in self._awx.missing_images else "successful",
        )

    def _send(self, notification: Resource, event: str, texts: Resource) -> None:
        self.sent.append({"template": notification["id"], "event": event, "text": delivered(notification, texts)})

    # ---- workflows

    def _start_workflow(self, template: Resource, variables: Variables, parent: Resource | None = None) -> Resource:
        job = self._awx.add_job(
            "workflow_jobs",
            name=template["name"],
            workflow_job_template=template["id"],
            extra_vars=self._with_defaults(template, variables),
        )
        nodes = [
            node
            for node in self._awx.resources["workflow_job_template_nodes"]
            if node["workflow_job_template"] == template["id"]
        ]
        # awx/main/scheduler/dependency_graph.py:97, workflow_job_blocked_by
        is_blocked = not template["allow_simultaneous"] and any(
            other["workflow_job_template"] == template["id"] and other.get("status") == "running"
            for other in self._awx.resources["workflow_jobs"]
        )
        job.update(
            status="pending" if is_blocked else "running",
            parent=parent,
            nodes={node["id"]: {"node": node, "artifacts": {}} for node in nodes},
        )
        if not is_blocked:
            self._continue(job)
        return job

    def _continue(self, workflow_job: Resource) -> None:
        """Run all nodes that can run.

        awx/main/scheduler/task_manager.py:173, WorkflowManager.spawn_workflow_graph_jobs
        """
        while ready := [one for one in workflow_job["nodes"].values() if self._can_run(workflow_job, one)]:
            for one in ready:
                self._run_node(workflow_job, one)
        jobs = [one["job"] for one in workflow_job["nodes"].values() if "job" in one]
        if any(job["status"] in ("pending", "running") for job in jobs):
            return
        workflow_job["status"] = "failed" if self._has_failed(workflow_job) else "successful"
        workflow_job["artifacts"] = {name: value for job in jobs for name, value in job.get("artifacts", {}).items()}
        if workflow_job["parent"]:
            self._continue(workflow_job["parent"])

    def _parents(self, workflow_job: Resource, one: Resource) -> list[tuple[str, Resource]]:
        return [
            (branch, parent)
            for parent in workflow_job["nodes"].values()
            for branch in ("success_nodes", "failure_nodes", "always_nodes")
            if one["node"]["id"] in self._awx.linked(parent["node"], branch)
        ]

    def _can_run(self, workflow_job: Resource, one: Resource) -> bool:
        """Return whether a node runs now (awx/main/scheduler/dag_workflow.py:87, WorkflowDAG.bfs_nodes_to_run).

        A node runs if it has no parent, or if a parent ended in a status that leads to it. AWX waits for those of its
        parents that may still run. Here only one of two parents ever runs.
        """
        if "job" in one:
            return False
        parents = self._parents(workflow_job, one)
        assert sum("job" in parent for _branch, parent in parents) < 2
        return not parents or any(
            "job" in parent and branch in _BRANCHES.get(parent["job"]["status"], ()) for branch, parent in parents
        )

    def _has_failed(self, workflow_job: Resource) -> bool:
        """Return whether a failed node leads nowhere.

        awx/main/scheduler/dag_workflow.py:138, WorkflowDAG.has_workflow_failed
        """
        failed = [
            one["node"] for one in workflow_job["nodes"].values() if "job" in one and one["job"]["status"] == "failed"
        ]
        return any(
            not self._awx.linked(node, "failure_nodes") and not self._awx.linked(node, "always_nodes")
            for node in failed
        )

    def _run_node(self, workflow_job: Resource, one: Resource) -> None:
        """Run a node, with the variables of awx/main/models/workflow.py:296, WorkflowJobNode.get_job_kwargs."""
        for _branch, parent in self._parents(workflow_job, one):
            if "job" in parent:
                one["artifacts"] = {**parent["artifacts"], **parent["job"].get("artifacts", {})}
        kind, template = self._awx.find_unified(one["node"]["unified_job_template"])
        if kind == "job_templates":
            # workflow.py:311: the variables of the workflow reach a job unchecked, and :372: above artifacts.
            one["job"] = self._start_job(template, {**one["artifacts"], **workflow_job["extra_vars"]})
        elif kind == "workflow_job_templates":
            # workflow.py:334: a workflow accepts only answers of its survey; :370: artifacts are added unchecked.
            accepted = self.accepted(template, workflow_job["extra_vars"], ignore_others=True, needs_all=False)
            one["job"] = {"status": "running"}
            started = self._start_workflow(template, {**accepted, **one["artifacts"]}, parent=workflow_job)
            one["job"] = started
        else:
            one["job"] = self._start_approval(workflow_job, template)

    def _start_approval(self, workflow_job: Resource, template: Resource) -> Resource:
        """Ask for an approval, and notify (awx/main/models/workflow.py:918, WorkflowApproval.signal_start)."""
        approval = self._awx.add_job(
            "workflow_approvals",
            name=template["name"],
            description=template["description"],
            workflow_job_template=workflow_job["workflow_job_template"],
        )
        approval.update(status="pending", workflow_job=workflow_job["id"])
        workflow = self._awx.find("workflow_job_templates", workflow_job["workflow_job_template"])
        url = f"{self._awx.url}/#/jobs/workflow/{workflow_job['id']}"
        for number in self._awx.linked(workflow, "notification_templates_approvals"):
            notification = self._awx.find("notification_templates", number)
            self._send(notification, "workflow_approval", approval_texts(notification, approval, workflow_job, url))
        return approval

    def decide(self, approval: Resource, *, is_approved: bool) -> None:
        """Approve or deny (awx/api/views/__init__.py:4524, WorkflowApprovalApprove.post)."""
        if approval["status"] != "pending":
            raise Refused("This workflow step has already been approved or denied.")
        approval["status"] = "successful" if is_approved else "failed"
        self._continue(self._awx.find("workflow_jobs", approval["workflow_job"]))
