# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All output and files of a run, and a search for secrets."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import shlex
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.helpers.ansible_tasks import host_folders
from tests.integration.harness import Run, Site

# Folders of a site where a run may leave something.
_LEFT = ("hosts", "home")
# A shell of the host: notes its commands, and keeps what stands in Ansible's temporary folders while they run.
_SHELL = """#!/bin/sh
printf '%s\\n' "$@" >>{commands}
for folder in {temporary}; do
    [ ! -d "$folder" ] || cp -R "$folder" "$(mktemp -d {kept}/XXXXXXXXXX)"
done
exec /bin/sh "$@"
"""


def forms(secret: str) -> dict[str, bytes]:
    """Return the forms of a secret: plain, escaped and encoded."""
    data = secret.encode()
    found = {
        "plain": data,
        "JSON": json.dumps(secret)[1:-1].encode(),
        "JSON in Python": repr(json.dumps(secret)[1:-1])[1:-1].encode(),
        "Python": repr(secret)[1:-1].encode(),
        "percent": quote(secret, safe="").encode(),
        "percent, with slashes": quote(secret).encode(),
        "form": quote_plus(secret).encode(),
        "hexadecimal": binascii.hexlify(data),
    }
    for shift in range(3):
        # What is certain of base64, wherever the secret begins in a longer text.
        whole = base64.b64encode(bytes(shift) + data)
        sure = whole[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
        found[f"base64, shifted by {shift}"] = sure
        found[f"URL base64, shifted by {shift}"] = sure.translate(bytes.maketrans(b"+/", b"-_"))
    return found


class Capture:
    """Watches the runs of a site.

    :ivar kept: folder with what was captured; its path is short, since sockets of ansible-core are below it
    """

    def __init__(self, site: Site, kept: Path) -> None:
        self.site = site
        self.kept = kept
        home = site.folder / "home"
        temporary = [home / ".ansible" / "tmp", *host_folders(home).values()]
        shell = site.folder / "shell"
        shell.write_text(
            _SHELL.format(
                commands=shlex.quote(str(self.kept / "commands")),
                temporary=" ".join(shlex.quote(str(one)) for one in temporary),
                kept=shlex.quote(str(self.kept)),
            )
        )
        shell.chmod(0o755)
        site.variables["ansible_shell_executable"] = str(shell)
        site.environment.update(
            ANSIBLE_LOG_PATH=str(self.kept / "ansible.log"),
            TMPDIR=str(self.kept),
            ANSIBLE_INJECT_INVOCATION="true",
            ANSIBLE_DISPLAY_TRACEBACK="always",
        )

    def run(self, *options: str, **details: object) -> Run:
        """Run with the greatest verbosity."""
        with self._watching():
            started = self.site.start("-vvvv", *options, **details)
            run = started.finish()
            started.wait_for_rest()
        (self.kept / "output").write_text(run.output)
        for journal in self.site.folder.glob("journal-*"):
            shutil.copy(journal, self.kept)
        return run

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """Note the arguments of all processes of this machine, over and over."""
        ended = threading.Event()
        seen: set[bytes] = set()

        def look() -> None:
            while not ended.wait(0.01):
                for file in Path("/proc").glob("[0-9]*/cmdline"):
                    with contextlib.suppress(OSError):
                        seen.add(file.read_bytes())

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()
            (self.kept / "processes").write_bytes(b"\n".join(sorted(seen)))

    def places(self) -> Iterator[tuple[str, bytes]]:
        """Yield everything that was captured: its place and its content."""
        left = [file for name in _LEFT for file in (self.site.folder / name).rglob("*")]
        for file in [*self.kept.rglob("*"), *left]:
            if file.is_file() and not file.is_symlink():
                kept = file.is_relative_to(self.kept)
                yield str(file.relative_to(self.kept if kept else self.site.folder)), file.read_bytes()
        yield "the sandbox's log", self.site.sandbox.log.read_bytes()

    def hits(self, secrets: Mapping[str, str]) -> list[str]:
        """Return where which secret was found."""
        wanted = {text: (name, form) for name, secret in secrets.items() for form, text in forms(secret).items()}
        return [
            f"{name} ({form}) in {place}"
            for place, data in self.places()
            for text, (name, form) in wanted.items()
            if text in data
        ]
