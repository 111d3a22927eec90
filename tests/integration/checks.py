# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a host and the account after a run."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

from tests.helpers import openssl
from tests.helpers.sandbox import Sandbox

from .harness import Folder, Run

FILES = {"privkey.pem": 0o600, "cert.pem": 0o644, "chain.pem": 0o644, "fullchain.pem": 0o644, "root.pem": 0o644}


def certificate(folder: Folder) -> openssl.Certificate:
    """Return the certificate that is live."""
    return openssl.certificate((folder.live / "cert.pem").read_bytes())


def public_key(file: Path) -> bytes:
    """Return the public key of a key, certificate or CSR file."""
    return openssl.public_key(file.read_bytes())


def mode(file: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(file.lstat().st_mode)


def assert_deployed(folder: Folder, sandbox: Sandbox, *, at_time: bool = True) -> None:
    """Check that a certificate is live with its key and chain.

    :param at_time: with the dates, which are those of the sandbox's clock
    """
    release = folder.release
    assert release is not None
    assert folder.live.resolve() == folder.releases / release
    assert {file.name: mode(file) for file in (folder.releases / release).iterdir()} == FILES
    assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem")
    assert release == certificate(folder).serial
    verify(folder, sandbox, at_time=at_time)
    leaf, chain = (folder.live / "cert.pem").read_text(), (folder.live / "chain.pem").read_text()
    assert (folder.live / "fullchain.pem").read_text() == leaf + chain
    assert not folder.pending.exists()
    record = folder.record
    assert record["pending"] is None
    assert record["live"]["release"] == release
    assert record["reload_pending"] is False


def verify(folder: Folder, sandbox: Sandbox, *, at_time: bool) -> None:
    """Check the chain with openssl, up to the sandbox's known root."""
    live = folder.live
    time = [] if at_time else ["-no_check_time"]
    command = ["openssl", "verify", *time, "-CAfile", sandbox.root_ca, "-untrusted", live / "chain.pem"]
    checked = subprocess.run([*command, live / "cert.pem"], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    own, known = (openssl.certificate(file.read_bytes()) for file in (live / "root.pem", Path(sandbox.root_ca)))
    assert own.fingerprint_sha256 == known.fingerprint_sha256


def posts(sandbox: Sandbox) -> list[str]:
    """Return the endpoints of POST calls since the log was cleared."""
    return [call["endpoint"] for call in sandbox.calls() if call["method"] == "POST"]


def one_spelling(order_id: str) -> str:
    """Return an order id in upper case without braces and blanks.

    The API spells an id in several ways.
    """
    return order_id.strip().strip("{}").upper()


def live_order(folder: Folder) -> str:
    """Return the live certificate's order id, in one spelling."""
    return one_spelling(folder.live_order_id)


def common_name_of(folder: Folder) -> str | None:
    """Return the live certificate's common name; ``None`` without one."""
    if folder.release is None:
        return None
    return certificate(folder).name()


def assert_blocked(run: Run, error_code: str) -> None:
    """Check that a run failed, and shows an error code and message."""
    assert run.code != 0, run.output
    rows = [row for task in run.tasks for row in task.result.get("results", ()) if "error_code" in row]
    found = [row for row in rows if row["error_code"] == error_code]
    assert found, run.output
    assert any(row["msg"] in run.output for row in found), run.output
