# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a real nginx on loopback, with the guide's configuration."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.helpers.examples import examples
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import PUSH_TOKEN, free_port
from tests.helpers.tls import Authority

from .rulebook import wait_until

with_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
PATH_SECRET = "path-secret-of-a-test"


def example(caption: str) -> str:
    """Return an example of the guide for nginx."""
    (found,) = [one for one in examples(GUIDES / "guide_pushes.rst") if one.caption == caption]
    return found.text


@dataclass(frozen=True)
class Nginx:
    """A running nginx.

    :ivar folder: with all that it logs
    """

    folder: Path
    port: int
    ca: Path

    @property
    def push_address(self) -> str:
        """The address that WoTrus would get."""
        return f"https://127.0.0.1:{self.port}/push/{PATH_SECRET}"

    def request(self, method: str = "POST", path: str = f"/push/{PATH_SECRET}", body: bytes = b"{}") -> int:
        """Send a request, and return the status of the answer."""
        with requests.Session() as session:
            session.trust_env = False
            url = f"https://127.0.0.1:{self.port}{path}"
            return session.request(method, url, data=body, verify=str(self.ca), timeout=60).status_code

    @contextlib.contextmanager
    def connection(self, start: bytes) -> Iterator[socket.socket]:
        """Open a connection, and send the start of a request."""
        context = ssl.create_default_context(cafile=str(self.ca))
        with (
            socket.create_connection(("127.0.0.1", self.port)) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            connection.sendall(start)
            yield connection

    def logs(self) -> str:
        """Return all that it logged."""
        return "".join(file.read_text(errors="replace") for file in self.folder.glob("*.log"))


@contextlib.contextmanager
def nginx(folder: Path, authority: Authority, *, upstream: str | None = None, port: int = 0) -> Iterator[Nginx]:
    """Run nginx until the end of the block.

    :param upstream: the lines with ``proxy_pass``, else those of the example
    :param port: that of the webhook
    """
    folder.mkdir()
    own_port = free_port()
    text = example("/etc/nginx/conf.d/wotrus-push.conf")
    certificate = authority.server_file("127.0.0.1")
    for shown, own in {
        "        proxy_pass http://127.0.0.1:5000/wotrus;\n": upstream
        or f"proxy_pass http://127.0.0.1:{port}/wotrus;\n",
        "listen 443 ssl": f"listen 127.0.0.1:{own_port} ssl",
        "/etc/ssl/certs/hooks.example.com.pem": str(certificate),
        "/etc/ssl/private/hooks.example.com.key": str(certificate),
        "/var/log/nginx/": f"{folder}/",
        # A busy machine must not end what a test holds.
        "client_body_timeout 10s": "client_body_timeout 600s",
        "PATH_SECRET": PATH_SECRET,
        "TOKEN": PUSH_TOKEN,
    }.items():
        assert shown in text
        text = text.replace(shown, own)
    # If the example turned no log off, these would have the path.
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log debug;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{temporary}{text}}}\n"
    )
    command = ["nginx", "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    process = subprocess.Popen(command)
    try:
        wait_until("nginx listens", lambda: _is_listening(own_port) or process.poll() is not None)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Nginx(folder, own_port, authority.path)
    finally:
        process.terminate()
        process.wait()


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
