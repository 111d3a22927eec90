# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for EDA controller, with the rules of its API.

It refuses what eda-server refuses, and never shows a secret again. The paths in comments are those below src/aap_eda of
https://github.com/ansible/eda-server at the commit d05189a94e96, with the line and the function or class.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

Resource = dict[str, Any]
ENCRYPTED = "$encrypted$"
ADMINISTRATOR = "admin:administrator"
READER = "reader:reads"
# core/management/commands/create_initial_data.py:273, AAP_INPUTS, :384, EVENT_STREAM_HMAC_INPUTS, and others, in short:
# the fields with their defaults, those that are secret, and those that are required.
_TYPES: dict[str, tuple[Resource, set[str], set[str]]] = {
    "Red Hat Ansible Automation Platform": (
        {
            "host": None,
            "username": None,
            "password": None,
            "oauth_token": None,
            "verify_ssl": None,
            "request_timeout": "10",
        },
        {"password", "oauth_token"},
        {"host"},
    ),
    "HMAC Event Stream": (
        {
            "auth_type": "hmac",
            "secret": None,
            "hash_algorithm": "sha256",
            "http_header_key": "X-Hub-Signature-256",
            "signature_encoding": "base64",
            "signature_prefix": None,
        },
        {"secret"},
        {"auth_type", "secret", "hash_algorithm", "http_header_key", "signature_encoding"},
    ),
    "Token Event Stream": (
        {"auth_type": "token", "token": None, "http_header_key": "Authorization"},
        {"token"},
        {"auth_type", "token", "http_header_key"},
    ),
    "Source Control": ({"username": None, "password": None}, {"password"}, set()),
    "Container Registry": ({"host": None, "username": None, "password": None}, {"password"}, {"host"}),
}
# The fields that each kind takes, with those that it needs for a new object, and defaults.
# api/serializers/project.py:88, decision_environment.py:60, eda_credential.py:137, event_stream.py:30
# and activation.py:601; mixins.py:42: each needs organization_id
_FIELDS: dict[str, tuple[Resource, set[str]]] = {
    "projects": (
        {"description": "", "url": None, "scm_branch": "", "eda_credential_id": None},
        {"name", "organization_id", "url"},
    ),
    "decision-environments": (
        {"description": "", "image_url": None, "eda_credential_id": None},
        {"name", "organization_id", "image_url"},
    ),
    "eda-credentials": (
        {"description": "", "inputs": {}, "credential_type_id": None},
        {"name", "organization_id", "inputs", "credential_type_id"},
    ),
    "event-streams": (
        {"test_mode": False, "eda_credential_id": None},
        {"name", "organization_id", "eda_credential_id"},
    ),
    "activations": (
        {
            "description": "",
            "is_enabled": True,
            "rulebook_id": None,
            "decision_environment_id": None,
            "eda_credentials": [],
            "extra_var": None,
            "source_mappings": "",
            "restart_policy": "on-failure",
            "log_level": "error",
        },
        {"name", "organization_id", "rulebook_id", "decision_environment_id"},
    ),
}
# api/views/activation.py:156, partial_update
_ACTIVE = ("starting", "stopping", "deleting", "running", "unresponsive", "workers offline")
# api/serializers/activation.py:66
_MAPPING_KEYS = {"event_stream_id", "event_stream_name", "source_name", "rulebook_hash"}


class RefusedError(Exception):
    """The answer of a refused request.

    :ivar status: 400 for a wrong request, 403 without the permission, 404, or 409 for a conflict
    """

    def __init__(self, status: int, answer: object) -> None:
        super().__init__(answer)
        self.status = status
        self.answer = answer


def _refuse_if(is_wrong: object, answer: object, status: int = 400) -> None:
    if is_wrong:
        raise RefusedError(status, answer)


class FakeEda:
    """The objects of the server.

    :ivar writes: the method and path of each request that was made to change something
    :ivar repository: the rulebooks of the repository that all projects have, by their names
    :ivar missing_images: images that the server cannot pull
    :ivar has_workers: whether a worker starts activations
    """

    def __init__(self) -> None:
        self.objects: dict[str, list[Resource]] = {kind: [] for kind in ("organizations", "credential-types", *_FIELDS)}
        self.objects["rulebooks"] = []
        self.secrets: list[str] = []
        self.writes: list[str] = []
        self.url = ""
        self.repository: dict[str, str] = {}
        self.missing_images: set[str] = set()
        self.has_workers = True
        self._number = 0
        self._later: list[Callable[[], None]] = []
        self.add("organizations", {"name": "Default"})
        for name in _TYPES:
            self.add("credential-types", {"name": name})

    # ---- for tests

    def add(self, kind: str, fields: Resource) -> Resource:
        """Add an object without any check."""
        self._number += 1
        made = {"id": self._number, **_FIELDS.get(kind, ({}, set()))[0], **fields}
        self.objects[kind].append(made)
        return made

    def named(self, kind: str, name: str) -> Resource:
        """Return the object with a name."""
        (found,) = [one for one in self.objects[kind] if one["name"] == name]
        return found

    def add_credential(self, name: str, type_name: str, organization: str = "Default") -> Resource:
        """Add a credential that a person created."""
        numbers = {
            "organization_id": self.named("organizations", organization)["id"],
            "credential_type_id": self.named("credential-types", type_name)["id"],
        }
        return self.add("eda-credentials", {"name": name, **numbers})

    def names(self) -> dict[str, list[str]]:
        """Return the names of all objects that the playbook can create."""
        return {kind: sorted(one["name"] for one in self.objects[kind]) for kind in _FIELDS}

    def source_of(self, activation: Resource) -> Resource:
        """Return the first source of a running activation.

        core/utils/rulebook.py:85, swap_event_stream_sources: an event stream replaces the source, and the filters stay
        """
        ruleset = yaml.safe_load(self._find("rulebooks", activation["rulebook_id"])["rulesets"])[0]
        mapped = {one["source_name"]: one for one in yaml.safe_load(activation["source_mappings"])}
        source: Resource = ruleset["sources"][0]
        stream = mapped[source["name"]]
        replaced = {"name": stream["event_stream_name"], "ansible.eda.pg_listener": {}}
        return {**replaced, **({"filters": source["filters"]} if "filters" in source else {})}

    # ---- requests

    def answer(self, user: str, method: str, path: str, query: dict[str, str], body: Resource) -> tuple[int, Any]:
        """Answer a request.

        :raises RefusedError: the request is refused
        """
        parts = path.removeprefix("/api/eda/v1/").strip("/").split("/")
        _refuse_if(user not in (ADMINISTRATOR, READER), {"detail": "Invalid username/password."}, 401)
        kind = parts[0]
        _refuse_if(kind not in self.objects, {"detail": "Not found."}, 404)
        if method == "GET":
            return 200, self._read(parts, query)
        self.writes.append(f"{method} /{'/'.join(parts)}/")
        # api/views/activation.py:105 and others, check_related_permissions
        _refuse_if(user == READER, {"detail": "You do not have permission to perform this action."}, 403)
        if len(parts) == 1:
            return 201, self._shown(kind, self._create(kind, body))
        found = self._find(kind, int(parts[1]))
        if len(parts) == 3:
            return self._act(kind, found, parts[2])
        if method == "PATCH":
            self._change(kind, found, body)
            return 200, self._shown(kind, found)
        self._remove(kind, found)
        return 204, None

    def _read(self, parts: list[str], query: dict[str, str]) -> Resource:
        kind = parts[0]
        if len(parts) == 2:
            shown = self._shown(kind, self._find(kind, int(parts[1])))
            self._continue()
            return shown
        if len(parts) == 3:
            found = _sources(self._find(kind, int(parts[1]))["rulesets"])
        else:
            # api/filters/rulebook.py:27: project_id is exact
            project = query.get("project_id")
            rows = [one for one in self.objects[kind] if project in (None, str(one.get("project_id")))]
            found = [self._shown(kind, one) for one in rows]
            self._continue()
        # settings/core.py:124, PAGE_SIZE, and api/pagination.py:21, page_size_query_param
        return {"count": len(found), "next": None, "results": found[: int(query.get("page_size", "20"))]}

    def _continue(self) -> None:
        """Do what workers do in the background, after it was shown once."""
        later, self._later = self._later, []
        for work in later:
            work()

    def _act(self, kind: str, found: Resource, action: str) -> tuple[int, Any]:
        if action == "sync":
            # api/views/project.py:342, sync
            busy = found["import_state"] in ("pending", "running")
            _refuse_if(busy, {"detail": "Project import or sync is already running."}, 409)
            self._import(found)
            return 202, self._shown(kind, found)
        if action == "disable" and found["is_enabled"]:
            # api/views/activation.py:496, disable: the worker ends it later, unless it has ended
            found["is_enabled"] = False
            if found["status"] in ("starting", "running"):
                found["status"] = "stopping"
                self._later.append(lambda: found.update(status="stopped"))
        return 204, None

    # ---- objects

    def _create(self, kind: str, body: Resource) -> Resource:
        fields, needed = _FIELDS[kind]
        missing = [name for name in needed if body.get(name) in (None, "")]
        _refuse_if(missing, {name: ["This field is required."] for name in missing})
        self._check(kind, {**fields, **body}, None)
        if kind == "eda-credentials":
            body = {**body, "inputs": self._stored(body["credential_type_id"], body["inputs"], {})}
        made = self.add(kind, {name: body[name] for name in body if name in fields or name in needed})
        if kind == "projects":
            # api/views/project.py:148, create: it is imported in the background
            self._import(made)
        if kind == "activations":
            self._start(made)
        if kind == "event-streams":
            made["url"] = f"{self.url}/eda-event-streams/api/eda/v1/external_event_stream/{made['id']}/post/"
        return made

    def _change(self, kind: str, found: Resource, body: Resource) -> None:
        if kind == "activations":
            # api/views/activation.py:156, partial_update
            wrong = "Activation is not in disabled mode and in stopped status"
            _refuse_if(found["is_enabled"] or found["status"] in _ACTIVE, wrong, 409)
        self._check(kind, {**found, **body}, found)
        # api/serializers/eda_credential.py:229, EdaCredentialUpdateSerializer: the type cannot be changed
        if kind == "eda-credentials":
            # core/utils/credentials.py:116, inputs_to_store_dict: what is not sent stays
            inputs = self._stored(found["credential_type_id"], body.get("inputs", {}), found["inputs"])
            body = {**body, "inputs": inputs, "credential_type_id": found["credential_type_id"]}
        found.update({name: value for name, value in body.items() if name in found})
        if kind == "projects" and {"url", "scm_branch"} & body.keys():
            # api/views/project.py:218, _needs_project_sync: the fields decide, and not their values
            self._import(found)
        if kind == "activations":
            self._start(found)

    def _remove(self, kind: str, found: Resource) -> None:
        number, activations = found["id"], self.objects["activations"]
        if kind == "activations":
            # api/views/activation.py:253, destroy: the worker removes it later
            found["status"] = "deleting"
            self._later.append(lambda: activations.remove(found))
            return
        if kind == "event-streams":
            # api/views/event_stream.py:118, destroy
            used = [one for one in activations if number in _streams(one)]
            _refuse_if(used, f"Event stream '{found['name']}' is being referenced by {len(used)} activation(s)", 409)
        if kind == "eda-credentials":
            # api/views/eda_credential.py:257 and :270, destroy
            # api/serializers/eda_credential.py:273, get_references
            users = ("projects", "decision-environments", "event-streams")
            used = [one for each in users for one in self.objects[each] if one["eda_credential_id"] == number]
            used += [one for one in activations if number in one["eda_credentials"]]
            _refuse_if(used, f"Credential {found['name']} is being referenced by other resources", 409)
        if kind == "decision-environments":
            # api/views/decision_environment.py:204, destroy
            used = [one for one in activations if one["decision_environment_id"] == number]
            _refuse_if(used, "Decision Environment is being used by Activations and cannot be deleted.", 409)
        if kind == "projects":
            # api/views/project.py:49, DestroyProjectMixin.destroy
            busy = found["import_state"] in ("pending", "running")
            _refuse_if(busy, "Project Sync is running. Please try again in a moment.", 409)
            self.objects["rulebooks"] = [one for one in self.objects["rulebooks"] if one["project_id"] != number]
        self.objects[kind].remove(found)

    def _check(self, kind: str, body: Resource, before: Resource | None) -> None:
        # core/models/base.py:41, UniqueNamedModel: among all organizations
        same = [one for one in self.objects[kind] if one["name"] == body["name"] and one is not before]
        _refuse_if(same, {"name": [f"{kind} with this name already exists."]})
        # core/validators.py:281, check_if_organization_exists
        exists = [one for one in self.objects["organizations"] if one["id"] == body["organization_id"]]
        _refuse_if(not exists, {"organization_id": [f"Organization {body['organization_id']} does not exist"]})
        # core/validators.py:222, check_credential_types_for_scm, :433, check_credential_registry_username_password, and
        # :506, check_credential_types_for_event_stream
        fitting = {
            "projects": "Source Control",
            "decision-environments": "Container Registry",
            "event-streams": "Event Stream",
        }
        if kind in fitting and body["eda_credential_id"] is not None:
            own = self._type_of(body["eda_credential_id"])
            _refuse_if(not own.endswith(fitting[kind]), f"The type of credential can only be one of {fitting[kind]}")
        if kind == "decision-environments":
            # core/validators.py:115, _parse_image_url
            _refuse_if("/" not in body["image_url"], {"image_url": "Image url is malformed; no image path found"})
        if kind == "activations":
            self._check_activation(body)

    def _check_activation(self, body: Resource) -> None:
        # core/validators.py:52, check_if_rulebook_exists, and :59, check_if_de_exists
        rulebook = self._find("rulebooks", body["rulebook_id"], 400)
        self._find("decision-environments", body["decision_environment_id"], 400)
        extra = yaml.safe_load(body["extra_var"] or "{}")
        # core/validators.py:324, is_extra_var_dict
        _refuse_if(not isinstance(extra, dict), {"extra_var": ["Extra var is not in object format"]})
        types = [self._type_of(number) for number in body["eda_credentials"]]
        # core/validators.py:45, NOT_ACCEPTABLE_TYPES_FOR_ACTIVATION
        _refuse_if({"Source Control", "Container Registry"} & set(types), "The type of credential is not accepted")
        # core/validators.py:295, check_rulesets_require_token
        # api/serializers/activation.py:1510, _validate_rulebook
        launches = "run_job_template" in rulebook["rulesets"]
        has_controller = "Red Hat Ansible Automation Platform" in types
        _refuse_if(launches and not has_controller, "The rulebook requires a RH AAP credential.")
        mappings = yaml.safe_load(body["source_mappings"] or "[]")
        for one in mappings:
            # api/serializers/activation.py:1613, _validate_sources_with_event_streams
            _refuse_if(_MAPPING_KEYS - one.keys(), {"source_mappings": ["is missing the required keys"]})
            known = {source["name"]: source["rulebook_hash"] for source in _sources(rulebook["rulesets"])}
            _refuse_if(one["source_name"] not in known, {"source_mappings": ["The source does not exist"]})
            changed = known.get(one["source_name"]) != one["rulebook_hash"]
            _refuse_if(changed, {"source_mappings": ["Rulebook has changed since the sources were mapped."]})
            # api/serializers/activation.py:1715, _get_event_stream_ids
            stream = self._find("event-streams", one["event_stream_id"], 400)
            _refuse_if(stream["name"] != one["event_stream_name"], {"source_mappings": ["did not match with name"]})

    def _stored(self, type_number: int, inputs: Resource, before: Resource) -> Resource:
        """Return the inputs of a credential as they are shown."""
        fields, secret, required = _TYPES[self._find("credential-types", type_number, 400)["name"]]
        # core/utils/credentials.py:133, validate_inputs
        _refuse_if(inputs.keys() - fields.keys(), {"inputs": "Input keys are not defined in the schema."})
        stored = {**{name: value for name, value in fields.items() if value is not None}, **before, **inputs}
        blank = [name for name in required if not stored.get(name)]
        _refuse_if(blank, {f"inputs.{name}": ["Cannot be blank"] for name in blank})
        self.secrets += [value for name, value in inputs.items() if name in secret]
        # core/utils/credentials.py:87, inputs_to_display
        return {name: ENCRYPTED if name in secret else value for name, value in stored.items()}

    def _import(self, project: Resource) -> None:
        project.update(import_state="pending", import_error=None)

        def run() -> None:
            # services/project/imports.py:163, _sync_rulebooks: a rulebook keeps its number
            rest = {one["name"]: one for one in self.objects["rulebooks"] if one["project_id"] == project["id"]}
            for name, rulesets in self.repository.items():
                fields = {"name": name, "rulesets": rulesets, "project_id": project["id"]}
                if name in rest:
                    rest.pop(name).update(fields)
                else:
                    self.add("rulebooks", fields)
            self.objects["rulebooks"] = [one for one in self.objects["rulebooks"] if one not in rest.values()]
            # services/project/imports.py:151, _clone_and_process: without rulebooks, it is a warning
            project["import_state"] = "completed"

        self._later.append(run)

    def _start(self, activation: Resource) -> None:
        """Let a worker start an activation, if it is enabled.

        api/views/activation.py:99, create, and :404, _start; services/activation/activation_manager.py:177,
        _start_activation_instance, and :1024, _detect_running_status: it runs when ansible-rulebook has answered.
        """
        # core/enums.py:120, ACTIVATION_STATUS_MESSAGE_MAP
        wait = "Wait for a worker to be available to start activation"
        activation.update(status="pending", status_message=wait)

        def start() -> None:
            activation.update(status="starting", status_message="Worker is starting activation")
            self._later.append(run)

        def run() -> None:
            image = self._find("decision-environments", activation["decision_environment_id"])["image_url"]
            if image not in self.missing_images:
                activation.update(status="running", status_message="Container running activation")
                return
            # services/activation/engine/messages.py, IMAGE_PULL_ERROR; activation_manager.py:527, _failed_policy
            words = f"Image {image} pull failed. The image url or the credentials may be incorrect."
            again = f"Activation failed. It will attempt to restart (1/5) in 60 seconds {activation['restart_policy']}"
            start = f"Activation {activation['id']} failed to start. Reason: {words} {again}"
            activation.update(status="failed", status_message=start)

        if activation["is_enabled"] and self.has_workers:
            self._later.append(start)

    def _find(self, kind: str, number: int, status: int = 404) -> Resource:
        found = [one for one in self.objects[kind] if one["id"] == number]
        _refuse_if(not found, {"detail": f"{kind} with id {number} does not exist"}, status)
        return found[0]

    def _type_of(self, credential: int) -> str:
        number = self._find("eda-credentials", credential, 400)["credential_type_id"]
        return str(self._find("credential-types", number)["name"])

    def _shown(self, kind: str, found: Resource) -> Resource:
        """Return an object as the API shows it."""
        if kind in ("eda-credentials", "event-streams"):
            # api/serializers/eda_credential.py:90 and event_stream.py:98: other objects, instead of their numbers
            rest = {name: value for name, value in found.items() if not name.endswith("_id")}
            shown = {**rest, "organization": self._find("organizations", found["organization_id"])}
            if kind == "eda-credentials":
                return {**shown, "credential_type": self._find("credential-types", found["credential_type_id"])}
            # api/serializers/eda_credential.py:239, EdaCredentialRefSerializer
            return {**shown, "eda_credential": self._find("eda-credentials", found["eda_credential_id"])}
        if kind == "activations":
            # api/serializers/activation.py:534, to_representation, and :298, _get_user_extra_vars
            credentials = [
                self._shown("eda-credentials", self._find("eda-credentials", one)) for one in found["eda_credentials"]
            ]
            extra = yaml.dump(yaml.safe_load(found["extra_var"])) if found["extra_var"] else None
            return {**found, "eda_credentials": credentials, "extra_var": extra}
        return found


def _streams(activation: Resource) -> list[int]:
    return [one["event_stream_id"] for one in yaml.safe_load(activation["source_mappings"] or "[]")]


def _sources(rulesets: str) -> list[Resource]:
    """Return the sources of a rulebook (core/utils/rulebook.py:26, build_source_list)."""
    digest = hashlib.sha256(rulesets.encode()).hexdigest()
    found = [source for ruleset in yaml.safe_load(rulesets) for source in ruleset.get("sources", [])]
    return [
        {"name": source.get("name", f"__SOURCE_{number}"), "rulebook_hash": digest}
        for number, source in enumerate(found, 1)
    ]


@contextmanager
def fake_eda() -> Iterator[FakeEda]:
    """Run the server until the end of the block."""
    eda = FakeEda()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            place = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            assert isinstance(body, dict)
            user = base64.b64decode((self.headers.get("Authorization") or "").removeprefix("Basic ")).decode()
            try:
                status, answer = eda.answer(
                    user, self.command, place.path, dict(urllib.parse.parse_qsl(place.query)), body
                )
            except RefusedError as exc:
                status, answer = exc.status, exc.answer
            raw = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
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
    eda.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield eda
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
