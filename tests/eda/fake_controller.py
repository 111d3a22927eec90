# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of an automation controller's API that ``run_job_template`` uses."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_PROMPTS = ("limit", "labels", "inventory", "variables")


class FakeController:
    """An API with one job template, whose jobs all succeed.

    :ivar launched: the request of each launch
    """

    def __init__(self, template: str) -> None:
        self.launched: list[dict[str, Any]] = []
        controller = self
        shown = {
            "id": 7,
            "type": "job_template",
            "name": template,
            "summary_fields": {"organization": {"name": "Default"}},
            "related": {"launch": "/api/v2/job_templates/7/launch/"},
            **{f"ask_{field}_on_launch": field == "variables" for field in _PROMPTS},
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                done = {"status": "successful", "created": "2026-01-01T00:00:00Z", "artifacts": {}}
                jobs = [{"id": number, **done} for number in range(1, len(controller.launched) + 1)]
                answers: dict[str, Any] = {
                    "/api/v2/config/": {"version": "24.6.1"},
                    "/api/v2/unified_job_templates/": {"count": 1, "next": None, "results": [shown]},
                    "/api/v2/jobs/": {"count": len(jobs), "next": None, "results": jobs},
                }
                self._answer(answers[path])

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                controller.launched.append({**body, "extra_vars": _parsed(body["extra_vars"])})
                number = len(controller.launched)
                self._answer({"id": number, "url": f"/api/v2/jobs/{number}/"})

            def _answer(self, content: object) -> None:
                text = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeController:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _parsed(variables: Any) -> Any:
    return json.loads(variables) if isinstance(variables, str) else variables
