# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of SoftHSM 2, which is a PKCS#11 library without hardware."""

from __future__ import annotations

import _ssl
import ctypes
import dataclasses
import glob
import importlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import typing as t

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_der_public_key

PIN = "48151623"
_FOLDERS = (
    "/usr/lib/softhsm",
    "/usr/lib/*/softhsm",
    "/usr/lib64/softhsm",
    "/usr/lib64/pkcs11",
    "/opt/homebrew/lib/softhsm",
)
_HAS_PYTHON_LIBRARY = importlib.util.find_spec("pkcs11") is not None


def find_module() -> str | None:
    """Return the path of SoftHSM's library; ``None`` if it is not installed."""
    found = [path for folder in _FOLDERS for path in glob.glob(f"{folder}/libsofthsm2.so")]
    return found[0] if found else None


def is_available() -> bool:
    """Return whether SoftHSM, OpenSC and ``python-pkcs11`` are installed."""
    programs = all(shutil.which(name) for name in ("softhsm2-util", "pkcs11-tool"))
    return programs and find_module() is not None and _HAS_PYTHON_LIBRARY


def restart() -> None:
    """Let the library of this process read the tokens again.

    SoftHSM asks OpenSSL for engines that are not there. The errors that this leaves in OpenSSL's queue
    would end the next read of a TLS connection that this thread has open.
    """
    importlib.import_module("pkcs11").lib(find_module()).reinitialize()
    ctypes.CDLL(_ssl.__file__).ERR_clear_error()


needed = pytest.mark.skipif(
    not is_available(),
    reason="SoftHSM 2 or OpenSC is not installed" if _HAS_PYTHON_LIBRARY else "python-pkcs11 is not installed",
)
"""For tests with a token."""


@dataclasses.dataclass(frozen=True)
class SoftHsm:
    """A folder with tokens, and its configuration file."""

    folder: pathlib.Path

    @classmethod
    def create(cls, folder: pathlib.Path) -> SoftHsm:
        """Make a folder without tokens."""
        (folder / "tokens").mkdir(parents=True)
        lines = (f"directories.tokendir = {folder / 'tokens'}", "objectstore.backend = file", "log.level = ERROR")
        (folder / "softhsm2.conf").write_text("\n".join(lines) + "\n")
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        """The variable that names the configuration file."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def add_token(self, label: str, *, pin: str = PIN) -> None:
        """Initialize a token."""
        options = ("--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", f"so-{PIN}")
        self.run("softhsm2-util", *options)

    def options(self, token: str, **others: t.Any) -> dict[str, t.Any]:
        """Return the option ``key.pkcs11`` for a token."""
        return {"module": find_module(), "token": token, "pin": PIN, **others}

    def objects(self, token: str, *, pin: str = PIN) -> set[tuple[str, str, str]]:
        """Return the kind, label and id of each object.

        Another program reads them.
        """
        found: set[tuple[str, str, str]] = set()
        for text in self.tool(token, "--list-objects", pin=pin).split("\n"):
            name, _colon, value = (part.strip() for part in text.partition(":"))
            if text and not text[0].isspace():
                kind = next((one for one in ("Private Key", "Public Key", "Certificate") if name.startswith(one)), "")
                label = key_id = ""
            elif name == "label":
                label = value
            elif name == "ID":
                key_id = value
                found.add((kind, label, key_id))
        return found

    def make_key(self, token: str, *, key_id: str, label: str, kind: str = "EC:prime256v1") -> str:
        """Make a key pair as a vendor does.

        Return its public key in PEM.
        """
        named = ("--label", label, "--id", key_id)
        self.tool(token, "--keypairgen", "--key-type", kind, *named)
        file = self.folder / f"{token}-{key_id}.der"
        self.tool(token, "--read-object", "--type", "pubkey", *named, "--output-file", str(file))
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return load_der_public_key(file.read_bytes()).public_bytes(serialization.Encoding.PEM, form).decode()

    def tool(self, token: str, *options: str, pin: str = PIN) -> str:
        """Run ``pkcs11-tool`` with a login, and return its output."""
        command = ("pkcs11-tool", "--module", str(find_module()), "--token-label", token, "--login", "--pin", pin)
        return self.run(*command, *options)

    def run(self, *command: str) -> str:
        """Run a program with these tokens, and return its output."""
        done = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True, check=True
        )
        return done.stdout
