# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API that awx.awx modules use to configure AWX.

It refuses the fields and surveys that AWX refuses, and never shows a secret again.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .validation import Refused, validate

Resource = dict[str, Any]
ENCRYPTED = "$encrypted$"
# The fields that AWX adds to a resource.
_DEFAULTS: dict[str, Resource] = {
    "organizations": {"description": ""},
    "credential_types": {"managed": False},
    "credentials": {"description": "", "inputs": {}},
    "execution_environments": {"credential": None},
    "projects": {"scm_revision": "", "credential": None},
    "inventories": {"host_filter": None, "kind": "", "variables": ""},
    "inventory_sources": {},
    "notification_templates": {"messages": None},
    "job_templates": {"survey_enabled": False},
    "workflow_job_templates": {"survey_enabled": False, "extra_vars": ""},
    "workflow_job_template_nodes": {"unified_job_template": None, "extra_data": {}},
    "workflow_approval_templates": {},
    "schedules": {"extra_data": {}},
}
_UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
_LINKS = ("success_nodes", "always_nodes", "failure_nodes", "credentials")


class FakeAwx:
    """The resources of the server.

    :ivar writes: the method and path of each request that changed something
    """

    def __init__(self) -> None:
        self.resources: dict[str, list[Resource]] = {kind: [] for kind in _DEFAULTS}
        self.surveys: dict[int, Resource] = {}
        self.links: dict[str, list[int]] = {}
        self.secrets: list[str] = []
        self.writes: list[str] = []
        self.url = ""
        self._numbers = 0

    def names(self, kind: str) -> list[str]:
        """Return the names of all resources of a kind."""
        return [resource["name"] for resource in self.resources[kind]]

    def named(self, kind: str, name: str) -> Resource:
        """Return the resource with a name."""
        (found,) = [resource for resource in self.resources[kind] if resource.get("name") == name]
        return found

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
                **{link: [by_id[one] for one in self.links.get(f"{node['url']}{link}/", [])] for link in _LINKS[:3]},
            }
            for node in own
        }

    def answer(self, method: str, path: str, query: dict[str, str], body: Resource) -> tuple[int, Resource]:
        """Answer a request.

        :raises Refused: AWX would refuse it
        :raises KeyError: AWX has no such path
        """
        parts = path.strip("/").split("/")[2:]
        if method in ("POST", "PATCH") and parts[0] != "tokens":
            self.writes.append(f"{method} /{'/'.join(parts)}/")
        if parts[0] == "tokens":
            return 201, {"id": 1, "token": "made-by-the-server"}
        if len(parts) == 1:
            return self._on_list(method, parts[0], query, body)
        resource = self._find(parts[0], int(parts[1]))
        if len(parts) == 2:
            return self._on_thing(method, parts[0], resource, body)
        return self._on_part(method, path, parts[2], resource, body)

    def _on_list(self, method: str, kind: str, query: dict[str, str], body: Resource) -> tuple[int, Resource]:
        if method == "POST":
            return 201, self.add(kind, body)
        kinds = _UNIFIED if kind == "unified_job_templates" else (kind,)
        found = [
            resource
            for one in kinds
            for resource in self.resources[one]
            if all(str(resource.get(field)) == value for field, value in query.items())
        ]
        return 200, {"count": len(found), "next": None, "results": found}

    def _on_thing(self, method: str, kind: str, resource: Resource, body: Resource) -> tuple[int, Resource]:
        if method == "PATCH":
            validate(kind, {**resource, **body})
            resource.update(self._without_secrets(kind, body))
        return 200, resource

    def _on_part(self, method: str, path: str, part: str, resource: Resource, body: Resource) -> tuple[int, Resource]:
        if part == "survey_spec":
            if method == "POST":
                validate("survey_spec", body)
                self.surveys[resource["id"]] = body
            return 200, self.surveys.get(resource["id"], {})
        if part == "create_approval_template":
            made = self.add("workflow_approval_templates", body)
            resource["unified_job_template"] = made["id"]
            resource["related"]["unified_job_template"] = made["url"]
            return 201, made
        if part == "update":
            resource["scm_revision"] = "0123456789"
            done = {
                "finished": "now",
                "failed": False,
                "status": "successful",
                "scm_revision": resource["scm_revision"],
            }
            resource["last_update"] = {
                "id": resource["id"],
                "url": f"/api/v2/projects/{resource['id']}/last_update/",
                **done,
            }
            return 202, resource["last_update"]
        if part == "last_update":
            return 200, resource["last_update"]
        if part not in _LINKS and not part.startswith("notification_templates_"):
            raise KeyError(path)
        return self._on_links(method, path, body)

    def _on_links(self, method: str, path: str, body: Resource) -> tuple[int, Resource]:
        links = self.links.setdefault(path, [])
        if method == "POST":
            (links.remove if body.get("disassociate") else links.append)(body["id"])
            return 204, {}
        return 200, {"count": len(links), "next": None, "results": [{"id": number} for number in links]}

    def add(self, kind: str, body: Resource) -> Resource:
        """Add a resource."""
        validate(kind, body)
        self._numbers += 1
        number = self._numbers
        url = f"/api/v2/{kind}/{number}/"
        related = {"survey_spec": f"{url}survey_spec/", "update": f"{url}update/"}
        own = {"id": number, "type": kind.removesuffix("s"), "url": url, "related": related, "summary_fields": {}}
        resource = {**_DEFAULTS[kind], **self._without_secrets(kind, body), **own}
        self.resources[kind].append(resource)
        return resource

    def _without_secrets(self, kind: str, body: Resource) -> Resource:
        """Return the body with its secrets replaced."""
        if kind != "credentials" or "inputs" not in body:
            return body
        fields = self._find("credential_types", body["credential_type"])["inputs"]["fields"]
        secret = {field["id"] for field in fields if field.get("secret")}
        self.secrets += [value for name, value in body["inputs"].items() if name in secret]
        shown = {name: ENCRYPTED if name in secret else value for name, value in body["inputs"].items()}
        return {**body, "inputs": shown}

    def _find(self, kind: str, number: int) -> Resource:
        (found,) = [resource for resource in self.resources[kind] if resource["id"] == number]
        return found


@contextmanager
def fake_awx() -> Iterator[FakeAwx]:
    """Run the server until the end of the block."""
    awx = FakeAwx()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            place = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}") if length else {}
            try:
                code, answer = awx.answer(self.command, place.path, dict(urllib.parse.parse_qsl(place.query)), body)
            except Refused as exc:
                code, answer = 400, {"error": str(exc), "__all__": [str(exc)]}
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
