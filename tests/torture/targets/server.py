# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An OpenSSH server on loopback, in its own mount namespace.

Nobody else sees its accounts and file systems.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.helpers.pushes import free_port

LOGIN = "signer"
CLOCK = "*/faketime/libfaketime.so.1"
_ID = 64123
_LONGEST_START = 30
_FILES = ("passwd", "group", "shadow", "sudoers")
_PROGRAMS = ("sshd", "ssh", "ssh-keygen", "sudo", "unshare", "nsenter")
_PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])


def missing() -> list[str]:
    """Return the missing programs and rights for tests of this folder."""
    programs = [program for program in _PROGRAMS if shutil.which(program, path=_PATH) is None]
    clocks = [] if list(Path("/usr/lib").glob(CLOCK)) else ["libfaketime"]
    return [*programs, *clocks, *([] if os.geteuid() == 0 else ["root"])]


class Server:
    """A host with an account that may become root.

    :ivar small: a file system for four pages; :ivar readonly: one that nothing can be written to
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.small = folder / "small"
        self.readonly = folder / "readonly"
        for made in (self.home, self.small, self.readonly):
            made.mkdir()
        os.chown(self.home, _ID, _ID)
        self.port = free_port()
        for name in ("host", "user"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        self._write_accounts()
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-ec", self._script()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": _PATH},
            text=True,
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if "Server listening" in line:
                return
        raise AssertionError("sshd did not start")

    @property
    def variables(self) -> dict[str, Any]:
        """Variables with which Ansible logs in and becomes root."""
        options = (
            f"-o UserKnownHostsFile={self.folder / 'known'} -o StrictHostKeyChecking=accept-new -o ControlMaster=no"
        )
        return {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": LOGIN,
            "ansible_ssh_private_key_file": str(self.folder / "user"),
            "ansible_ssh_args": options,
            "ansible_become": True,
            # The account cannot reach the folder of the test.
            "ansible_remote_tmp": "~/.ansible/tmp",
        }

    def inside(self, *command: str) -> str:
        """Run a command as root where the server's file systems are."""
        return _run("nsenter", "--mount", "--target", str(self._process.pid), *command)

    def stop(self) -> None:
        """End the server, and with it its file systems."""
        self._process.terminate()
        self._process.communicate(timeout=_LONGEST_START)

    def _write_accounts(self) -> None:
        own = {
            "passwd": f"{LOGIN}:x:{_ID}:{_ID}::{self.home}:/bin/sh\n",
            "group": f"{LOGIN}:x:{_ID}:\n",
            "shadow": f"{LOGIN}:*:19000:0:99999:7:::\n",
        }
        for name, line in own.items():
            (self.folder / name).write_text(Path("/etc", name).read_text() + line)
            shutil.copystat(Path("/etc", name), self.folder / name)
        (self.folder / "sudoers").write_text(f"root ALL=(ALL:ALL) ALL\n{LOGIN} ALL=(ALL:ALL) NOPASSWD: ALL\n")
        (self.folder / "sudoers").chmod(0o440)
        (self.folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder / 'host'}\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self.folder / 'user.pub'}\nStrictModes no\nPasswordAuthentication no\n"
            f"AllowUsers {LOGIN}\nSubsystem sftp internal-sftp\nLogLevel INFO\n"
        )

    def _script(self) -> str:
        lines = [f"mount --bind {shlex.quote(str(self.folder / name))} /etc/{name}" for name in _FILES]
        lines += [
            f"mount -t tmpfs -o size=16k wotrus {shlex.quote(str(self.small))}",
            f"mount -t tmpfs -o ro wotrus {shlex.quote(str(self.readonly))}",
            "mount -t tmpfs wotrus /run",
            "mkdir /run/sshd",
            f'exec "$(command -v sshd)" -D -e -f {shlex.quote(str(self.folder / "config"))}',
        ]
        return "\n".join(lines)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env={"PATH": _PATH}).stdout


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Run a server until the end of the block."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()
