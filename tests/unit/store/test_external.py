# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key outside of the host, with commands for CSR and certificate."""

from __future__ import annotations

import hashlib
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import make_csr
from tests.unit.store import scene
from tests.unit.x509 import pki

ORDER = {
    "name": "contracts",
    "operation": "order",
    "idempotence_id": "A",
    "definition": {"key": {"storage": "external"}},
}
RENEWAL = {**ORDER, "operation": "renew", "idempotence_id": "B"}


class Kms:
    """Prints the CSR of its newest key, and takes certificates."""

    def __init__(self, folder: pathlib.Path, path: pathlib.Path) -> None:
        self.path = path
        self.csr, self.calls, self.taken = (folder / name for name in ("csr", "calls", "taken"))
        self.key: dict[str, t.Any] = {
            "storage": "external",
            "csr_command": f"sh -c 'echo csr $WOTRUS_COMMON_NAME >>{self.calls}; cat {self.csr}'",
            "install_command": f"sh -c 'cp $WOTRUS_FULLCHAIN {self.taken}; echo install >>{self.calls}'",
        }
        self.make_key()

    def make_key(self) -> None:
        self.csr.write_text(make_csr(pki.ecc(), {"common_name": "Signer"}))

    def call(self, state: str = "prepared", **options: t.Any) -> dict[str, t.Any]:
        given = {"key": self.key, "record": ORDER, "subject": {"common_name": "Signer"}, **options}
        return scene.call(self.path, state, **given)

    def prepare(self, **options: t.Any) -> dict[str, t.Any]:
        found = self.call(**options)
        assert not found.get("failed"), found
        return found

    def deploy(self, record: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        certificate = scene.certify(self.prepare(record=record or ORDER)["csr"])
        scene.succeed(self.path, key=self.key, record={"order_id": "ONE"}, **certificate)
        return certificate

    @property
    def log(self) -> list[str]:
        return self.calls.read_text().splitlines()


@pytest.fixture
def kms(tmp_path: pathlib.Path) -> Kms:
    return Kms(tmp_path, tmp_path / "ssl" / "contracts")


def test_commands_run_once_for_each_certificate(kms) -> None:
    first = kms.prepare()
    assert not kms.prepare()["changed"]
    assert kms.log == ["csr Signer"]
    certificate = scene.certify(first["csr"])

    scene.succeed(kms.path, key=kms.key, **certificate)
    again = scene.succeed(kms.path, key=kms.key, **certificate)

    assert kms.log == ["csr Signer", "install"]
    assert not again["changed"]
    assert {file.name for file in (kms.path / "live").iterdir()} == {*scene.PUBLIC_FILES, "request.csr"}
    assert kms.taken.read_text() == (kms.path / "live" / "fullchain.pem").read_text()
    assert not (kms.path / "pending").exists()
    assert scene.info(kms.path)["live"]["key_matches"] is True
    (kms.path / "record.json").unlink()
    assert scene.info(kms.path)["live"]["key_matches"] is True


def test_renewal_asks_for_a_new_csr_and_a_rollback_installs_the_former(kms) -> None:
    first = kms.deploy()
    kms.make_key()
    kms.deploy(RENEWAL)
    assert kms.taken.read_text() != first["certificate"]

    scene.succeed(kms.path, "rolled_back", key=kms.key)

    assert kms.taken.read_text().startswith(first["certificate"])
    assert kms.log == ["csr Signer", "install"] * 2 + ["install"]


def test_failing_install_leaves_the_former_release(kms) -> None:
    first = kms.deploy()
    kms.make_key()
    certificate = scene.certify(kms.prepare(record=RENEWAL)["csr"])
    works = kms.key["install_command"]
    kms.key["install_command"] = "sh -c 'echo no such key >&2; exit 3'"

    result = kms.call("present", **certificate)

    assert result["error_code"] == "command_failed"
    assert "key.install_command failed with exit status 3. Its output ended with: no such key" in result["msg"]
    assert scene.info(kms.path)["live"]["serial_number"] == scene.serial(first)
    kms.key["install_command"] = works
    kms.call("present", **certificate)
    assert scene.info(kms.path)["live"]["serial_number"] == scene.serial(certificate)


def test_other_certificate_is_refused(kms) -> None:
    kms.prepare()

    result = kms.call("present", **scene.options_of(scene.ISSUING.issue("Signer")))

    assert result["error_code"] == "key_mismatch"
    assert not (kms.path / "live").exists()


# A command that does not hang may take longer on a busy machine.
LIMITS = {"hangs": {"command_timeout": 1}}
FAULTS = {
    "no CSR": ("echo hello", "invalid_csr", "key.csr_command printed no usable CSR"),
    "too much": ("head -c 100000 /dev/zero", "invalid_csr", "longer than a CSR"),
    "hangs": ("sleep 600", "command_failed", "did not end within 1 s and was killed"),
    "fails": ("false", "command_failed", "failed with exit status 1"),
    "no program": ("/nowhere/csr", "command_failed", "cannot be run: No such file"),
    "no command": ("", "invalid_input", "key.csr_command is missing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_command_is_one_message_and_leaves_nothing(kms, fault) -> None:
    command, code, words = FAULTS[fault]
    kms.key.update(csr_command=command, **LIMITS.get(fault, {}))

    result = kms.call()

    assert result["error_code"] == code
    assert words in result["msg"]
    assert not kms.path.exists()


def test_csr_for_another_key_than_that_of_the_pending_order_is_refused(kms) -> None:
    kms.prepare()
    scene.succeed(kms.path, "recorded", record={"order_id": "ONE"})
    (kms.path / "pending" / "request.csr").unlink()
    kms.make_key()

    result = kms.call()

    assert result["error_code"] == "key_mismatch"
    assert "printed a CSR for another key" in result["msg"]


def test_check_mode_runs_no_command(kms) -> None:
    assert kms.call(host=scene.Host(check_mode=True))["changed"]

    assert not kms.calls.exists()


def test_attestation_lies_beside_the_csr_and_comes_into_the_release(kms) -> None:
    plain = kms.key["csr_command"]
    kms.key["csr_command"] = f"sh -c 'echo made in an HSM >$WOTRUS_ATTESTATION; cat {kms.csr}'"
    certificate = scene.certify(kms.prepare()["csr"])
    assert (kms.path / "pending" / "attestation").read_text() == "made in an HSM\n"
    said = {"attestation_sha256": hashlib.sha256(b"made in an HSM\n").hexdigest()}
    assert scene.info(kms.path)["record"]["pending"]["key_evidence"] == said

    scene.succeed(kms.path, key=kms.key, record={"order_id": "ONE"}, **certificate)

    assert (kms.path / "live" / "attestation").read_text() == "made in an HSM\n"
    assert scene.info(kms.path)["live"]["files"]["attestation"] == f"{kms.path}/live/attestation"
    assert not (kms.path / "pending").exists()
    (kms.path / "live" / "attestation").write_text("exported")
    assert scene.info(kms.path)["live"]["damaged"] == ["attestation"]
    kms.key["csr_command"] = plain
    kms.make_key()
    kms.deploy(RENEWAL)
    assert not (kms.path / "live" / "attestation").exists()


def test_attestation_of_an_earlier_csr_is_removed(kms) -> None:
    kms.prepare()
    (kms.path / "pending" / "attestation").write_text("of the former subject")

    kms.prepare(subject={"common_name": "Other"})

    assert not (kms.path / "pending" / "attestation").exists()
