# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kubernetes API server over TLS, as far as kubectl needs it for a Secret and the rollout of one Deployment.

It refuses each request that a real one would refuse: without the token, for an unknown thing, and outside of a role.
Its pod signs with the Secret as it was when the pod was made.
"""

from __future__ import annotations

import base64
import http.server
import json
import threading
import urllib.parse
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.helpers import signed
from tests.helpers.tls import make_authority

NAMESPACE, SECRET, DEPLOYMENT = "production", "signer-certificate", "signer"
_TOKEN = "a-token-of-a-service-account"
_KINDS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {
                "name": "apps",
                "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
            }
        ],
    },
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {
                "name": "secrets",
                "singularName": "secret",
                "namespaced": True,
                "kind": "Secret",
                "verbs": ["get", "patch"],
            }
        ],
    },
    "/apis/apps/v1": {
        "kind": "APIResourceList",
        "groupVersion": "apps/v1",
        "resources": [
            {
                "name": "deployments",
                "singularName": "deployment",
                "namespaced": True,
                "kind": "Deployment",
                "verbs": ["get", "list", "watch", "patch"],
            }
        ],
    },
    # By this, kubectl knows that the server validates the fields of a Secret.
    "/openapi/v3": {"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}}},
    "/openapi/v3/api/v1": {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.32.3"},
        "paths": {
            "/api/v1/namespaces/{namespace}/secrets/{name}": {
                "patch": {
                    "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}],
                    "responses": {},
                    "x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": "Secret"},
                }
            }
        },
    },
    "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.3"},
}


class Cluster:
    """The API server and its only pod.

    :ivar secret: the data of the Secret by file
    :ivar rollouts: how many pods were made, besides the first
    :ivar requests: the method and the path of each change, and of each signature
    :ivar is_stuck: pods with other files than earlier ones do not become ready
    :ivar keeps_key: new pods sign with the key of the first one
    """

    def __init__(self, folder: Path, rules: list[dict[str, Any]]) -> None:
        """Start the server.

        :param rules: of the role of the token's user
        """
        self._rules = rules
        self.secret: dict[str, bytes] = {}
        self.rollouts = 0
        self.requests: list[str] = []
        self.is_stuck = self.keeps_key = False
        self._template: dict[str, Any] = {"metadata": {"annotations": {}}}
        self._ready: list[dict[str, Any]] = []
        self._pod: dict[str, bytes] = {}
        cluster = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                cluster.answer(self)

            do_PATCH = do_POST = do_GET

            def log_message(self, *_parts: object) -> None:
                """Say nothing."""

        authority = make_authority(folder, "cluster CA")
        context = authority.server("127.0.0.1")
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.kubeconfig = folder / "kubeconfig"
        server = f"https://127.0.0.1:{self._server.server_address[1]}"
        self.kubeconfig.write_text(json.dumps(_config(server, str(authority.path))))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        url = urllib.parse.urlsplit(request.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        body = _body(request)
        if request.headers["Authorization"] != f"Bearer {_TOKEN}":
            self._send(request, 401, _status(401, "Unauthorized"))
            return
        if url.path not in _KINDS and not self._is_allowed(_verb(request.command, query), url.path):
            self._send(request, 403, _status(403, "Forbidden"))
            return
        if request.command != "GET":
            self.requests.append(f"{request.command} {url.path}")
        secrets = f"/api/v1/namespaces/{NAMESPACE}/secrets/{SECRET}"
        deployments = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
        kind = request.headers["Content-Type"]
        if (request.command, url.path) == ("PATCH", secrets):
            assert kind == "application/apply-patch+yaml"
            assert (query["fieldManager"], query["force"]) == ("wotrus", "true")
            self._send(request, 200, self._apply(yaml.safe_load(body)))
        elif (request.command, url.path) == ("PATCH", f"{deployments}/{DEPLOYMENT}"):
            assert (kind, query["fieldManager"]) == ("application/merge-patch+json", "wotrus")
            self._send(request, 200, self._patch(json.loads(body)))
        elif (request.command, url.path) == ("GET", f"{deployments}/{DEPLOYMENT}"):
            self._send(request, 200, self._deployment())
        elif (request.command, url.path) == ("GET", deployments):
            assert query["fieldSelector"] == f"metadata.name={DEPLOYMENT}"
            self._list(request, is_watch=query.get("watch") == "true")
        elif url.path == f"/api/v1/namespaces/{NAMESPACE}/services/{DEPLOYMENT}:8080/proxy/sign":
            self._send(request, 200, self._sign(body))
        elif request.command == "GET" and url.path in _KINDS:
            self._send(request, 200, _KINDS[url.path])
        else:
            self._send(request, 404, _status(404, "NotFound"))

    def _is_allowed(self, verb: str, path: str) -> bool:
        """Return whether the role allows a request."""
        parts = path.split("/")
        group, rest = ("", parts[3:]) if parts[1] == "api" else (parts[2], parts[4:])
        if rest[:2] != ["namespaces", NAMESPACE]:
            return False
        kind, name, *below = [*rest[2:], ""][:4]
        resource = f"{kind}/{below[0]}" if below and below[0] else kind
        return any(
            group in rule["apiGroups"]
            and resource in rule["resources"]
            and verb in rule["verbs"]
            and (name in rule.get("resourceNames", [name]))
            for rule in self._rules
        )

    def _send(self, request: http.server.BaseHTTPRequestHandler, code: int, answer: object) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request.send_response(code)
        kind = "application/octet-stream" if isinstance(answer, bytes) else "application/json"
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def _list(self, request: http.server.BaseHTTPRequestHandler, *, is_watch: bool) -> None:
        if not is_watch:
            meta = {"resourceVersion": "1"}
            items = {"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": meta, "items": [self._deployment()]}
            self._send(request, 200, items)
            return
        event = json.dumps({"type": "ADDED", "object": self._deployment()}).encode() + b"\n"
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(event)
        request.close_connection = True

    def _apply(self, manifest: dict[str, Any]) -> dict[str, Any]:
        assert (manifest["kind"], manifest["metadata"]["name"]) == ("Secret", SECRET)
        assert "annotations" not in manifest["metadata"]
        self.secret = {name: base64.b64decode(data) for name, data in manifest["data"].items()}
        return {**manifest, "metadata": {**manifest["metadata"], "namespace": NAMESPACE, "uid": "1"}}

    def _patch(self, patch: dict[str, Any]) -> dict[str, Any]:
        annotations = patch["spec"]["template"]["metadata"]["annotations"]
        assert {**patch, "spec": None} == {"spec": None}
        known = self._template["metadata"]["annotations"]
        if {**known, **annotations} != known:
            known.update(annotations)
            self.rollouts += 1
            if not self.is_stuck:
                self._ready.append(dict(known))
            if not self.keeps_key and known in self._ready:
                self._pod = dict(self.secret)
        return self._deployment()

    def _deployment(self) -> dict[str, Any]:
        number, is_ready = self.rollouts + 1, self._template["metadata"]["annotations"] in self._ready
        ready = int(is_ready)
        reason = "NewReplicaSetAvailable" if is_ready else "ProgressDeadlineExceeded"
        return {
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {
                "name": DEPLOYMENT,
                "namespace": NAMESPACE,
                "uid": "2",
                "generation": number,
                "resourceVersion": str(number),
            },
            "spec": {"replicas": 1, "template": self._template},
            "status": {
                "observedGeneration": number,
                "replicas": 1,
                "updatedReplicas": ready,
                "readyReplicas": ready,
                "availableReplicas": ready,
                "conditions": [{"type": "Progressing", "status": str(is_ready), "reason": reason}],
            },
        }

    def _sign(self, document: bytes) -> bytes:
        return signed.cms(
            x509.load_pem_x509_certificate(self._pod["cert.pem"]),
            load_pem_private_key(self._pod["privkey.pem"], None),
            "-nodetach",
            content=document,
            chain=x509.load_pem_x509_certificates(self._pod["chain.pem"]),
        )


def _body(request: http.server.BaseHTTPRequestHandler) -> bytes:
    """Read the body of a request; kubectl sends a file in chunks."""
    if request.headers["Transfer-Encoding"] != "chunked":
        return request.rfile.read(int(request.headers["Content-Length"] or 0))
    body = b""
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body


def _verb(method: str, query: dict[str, str]) -> str:
    if method != "GET":
        return {"PATCH": "patch", "POST": "create"}[method]
    return "watch" if query.get("watch") == "true" else "list" if "fieldSelector" in query else "get"


def _config(server: str, authority: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "signer",
        "clusters": [{"name": "signer", "cluster": {"server": server, "certificate-authority": authority}}],
        "users": [{"name": "signer", "user": {"token": _TOKEN}}],
        "contexts": [{"name": "signer", "context": {"cluster": "signer", "user": "signer", "namespace": "default"}}],
    }


def _status(code: int, reason: str) -> dict[str, Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "code": code,
        "message": reason,
    }
