# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host says who signed the newest documents of a service, and nothing else of them."""

from __future__ import annotations

import json
import os
import pathlib
import time
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from ansible_collections.wotrus.pki.plugins.module_utils._deployment import signed_documents
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import document_signatures, library
from tests.helpers import signed
from tests.unit.store import scene
from tests.unit.x509 import pki

HOUR = 3600
NAME, CONTENT = "salaries-of-2026", b"Secret salaries"


class Signer(t.NamedTuple):
    certificate: x509.Certificate
    key: t.Any


class Service:
    """A service with its documents, and the certificate's directory."""

    def __init__(self, tmp_path: pathlib.Path) -> None:
        self.path = tmp_path / "ssl" / "contracts"
        self.out = tmp_path / "out"
        self.out.mkdir()
        self.now = time.time() + HOUR

    def renew(self) -> Signer:
        """Deploy a certificate, and return what a service reads."""
        scene.deploy_certificate(self.path)
        return self.live()

    def live(self) -> Signer:
        certificate, key = ((self.path / "live" / name).read_bytes() for name in ("cert.pem", "privkey.pem"))
        return Signer(x509.load_pem_x509_certificate(certificate), load_pem_private_key(key, None))

    def write(self, document: bytes, *, at: float | None = None, name: str | None = None) -> pathlib.Path:
        """Write a document of an hour after now, or of another time."""
        file = self.out / (name or f"{NAME}-{len(list(self.out.iterdir()))}.pdf")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(document)
        os.utime(file, (0, self.now if at is None else at))
        return file

    def sign(self, signer: Signer, **options: t.Any) -> pathlib.Path:
        return self.write(signed.pdf(signer.certificate, signer.key), **options)

    def row(self, pattern: str = "*.pdf", newest: int = 5) -> dict[str, t.Any]:
        wanted = {"path": f"{self.out}/{pattern}", "newest": newest}
        (row,) = scene.deployments_info(
            {"paths": [str(self.path)], "signed_documents": {str(self.path): wanted}, "check_revocation": False}
        )["deployments"]
        return row

    def look(self, pattern: str = "*.pdf", newest: int = 5) -> dict[str, t.Any]:
        found: dict[str, t.Any] = self.row(pattern, newest)["signed_documents"]
        assert not [word for word in (NAME, CONTENT.decode(), str(self.out)) if word in json.dumps(found)]
        return found

    def states(self, pattern: str = "*.pdf", newest: int = 5) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in self.look(pattern, newest)["signers"]:
            found[one["state"]] = found.get(one["state"], 0) + one["documents"]
        return found


@pytest.fixture
def service(tmp_path: pathlib.Path) -> Service:
    return Service(tmp_path)


def test_documents_of_the_live_certificate_are_counted(service: Service) -> None:
    live = service.renew()
    for number in range(3):
        service.sign(live, at=service.now + number)
    service.write(signed.cms(live.certificate, live.key, "-nodetach"), at=service.now + 9, name="last.p7m")
    found = service.look("*")
    (row,) = found["signers"]
    assert (found["found"], found["refused"], found["msg"]) == (4, 0, None)
    assert (row["state"], row["documents"], row["since"], row["msg"]) == ("live", 4, None, None)
    assert row["serial_number"] == f"{live.certificate.serial_number:X}"
    assert found["newest"] == row["newest"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(service.now + 9))


def test_a_service_that_keeps_its_former_key_is_found_after_the_switch_alone(service: Service) -> None:
    former = service.renew()
    service.sign(former, at=time.time() - 120)
    live = service.renew()
    assert service.states() == {"former": 1}
    service.sign(live)
    assert service.states() == {"former": 1, "live": 1}
    service.sign(former, at=service.now + 1)
    rows = {row["state"]: row for row in service.look()["signers"]}
    assert [*rows] == ["superseded", "live", "former"]
    since = os.lstat(service.path / "live").st_mtime
    assert rows["superseded"]["since"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    assert rows["superseded"]["serial_number"] == f"{former.certificate.serial_number:X}"
    # The record alone is enough, as after its release was pruned.
    scene.shutil_rmtree(service.path / "releases" / f"{former.certificate.serial_number:X}")
    assert service.states() == {"superseded": 1, "live": 1, "former": 1}


def test_a_service_may_take_some_minutes_to_reload(service: Service) -> None:
    former = service.renew()
    service.renew()
    switched = os.lstat(service.path / "live").st_mtime
    service.sign(former, at=switched + 590)
    assert service.states() == {"former": 1}
    service.sign(former, at=switched + 610)
    assert service.states() == {"former": 1, "superseded": 1}


def test_certificates_of_one_name_are_tried_a_few_times_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = service.renew()
    alike = [
        pki.sign(
            "S", issuer=scene.ISSUING, key=pki.ecc(), ca=False, days=(-1, 1), serial=live.certificate.serial_number
        )
        for _number in range(20)
    ]
    stranger = alike[-1]
    chain = [one.certificate for one in alike]
    tried: list[object] = []
    real = document_signatures.is_signed
    monkeypatch.setattr(document_signatures, "is_signed", lambda *given: tried.append(1) or real(*given))
    service.write(signed.cms(stranger.certificate, stranger.key, "-nodetach", chain=chain), name="a.p7m")
    service.states("*")
    assert 0 < len(tried) <= 4


def test_each_former_certificate_was_superseded_by_the_next(service: Service) -> None:
    first = service.renew()
    second = service.renew()
    folder = service.path / "releases" / f"{second.certificate.serial_number:X}"
    os.utime(folder, (0, service.now - 9 * HOUR))
    service.renew()
    service.sign(first, at=service.now - 8 * HOUR)
    service.sign(second, at=service.now - 8 * HOUR + 1)
    assert [row["state"] for row in service.look()["signers"]] == ["former", "superseded"]


def test_the_live_certificate_is_the_first_that_is_tried(service: Service) -> None:
    for _number in range(3):
        service.renew()
        layout = Layout(service.path)
        own = signed_documents._Certificates(layout, read_record(layout) or Record())
        assert own.known[0] == service.live().certificate


def test_a_rollback_moves_no_earlier_switch(service: Service) -> None:
    first = service.renew()
    second = service.renew()
    switched = service.now - 9 * HOUR
    os.utime(service.path / "releases" / f"{second.certificate.serial_number:X}", (0, switched))
    os.utime(service.path / "live", (0, switched), follow_symlinks=False)
    service.sign(first, at=switched + HOUR)
    assert service.states() == {"superseded": 1}
    third = service.renew()
    assert service.states() == {"superseded": 1}
    scene.succeed(service.path, "rolled_back")
    assert service.live().certificate == second.certificate
    assert service.states() == {"superseded": 1}
    # It signed before it was rolled back.
    service.sign(third, at=service.now - HOUR)
    assert service.states() == {"superseded": 1, "former": 1}
    service.renew()
    assert service.states() == {"superseded": 1, "former": 1}


def test_others_are_foreign_and_the_own_signature_counts_beside_them(service: Service) -> None:
    live, other = service.renew(), pki.root("Root").issue("Somebody")
    service.sign(other)
    assert service.states() == {"foreign": 1}
    assert service.look()["signers"][0]["subject"] == "CN=Somebody,C=CN"
    own = signed.pdf(live.certificate, live.key)
    service.write(signed.pdf(other.certificate, other.key, former=own), at=service.now + 1)
    assert service.states(newest=1) == {"live": 1}


@pytest.mark.parametrize("serial", [1 << 300, 5])
def test_a_certificate_of_any_length_leaves_what_is_live_readable(service: Service, serial: int) -> None:
    service.renew()
    key, subject = pki.ecc(), x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * 60)] * 150)
    day = pki.NOW.replace(tzinfo=None)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, day, day)
    service.write(signed.cms(builder.sign(key, hashes.SHA256()), key, "-nodetach"))
    row = service.row()
    (found,) = row["signed_documents"]["signers"]
    assert (found["state"], len(found["subject"])) == ("foreign", 300)
    assert found["serial_number"] == ("5" if serial == 5 else None)
    assert HostState.read(row, path=str(service.path)).fault is None


def test_a_certificate_that_is_only_in_the_document_must_have_signed_it(service: Service) -> None:
    live, other = service.renew(), pki.root("Root").issue("Somebody")
    # It names the live certificate, and has it, but another key signed.
    named = pki.sign(
        "Somebody",
        issuer=scene.ISSUING,
        key=other.key,
        ca=False,
        days=(-1, 1),
        serial=live.certificate.serial_number,
    )
    forged = signed.pdf(named.certificate, other.key, chain=[live.certificate])
    service.write(forged)
    assert service.states() == {"foreign": 1}
    fingerprint = named.certificate.fingerprint(hashes.SHA256())
    assert fingerprint != live.certificate.fingerprint(hashes.SHA256())
    service.write(signed.pdf(live.certificate, live.key).replace(b"endobj", b"other!"), at=service.now + 1)
    assert service.states(newest=1) == {"unreadable": 1}


def test_a_document_that_is_signed_after_the_end_is_expired(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    live, year = service.renew(), 366 * 24 * HOUR
    service.sign(live, at=service.now + year)
    # It is not after the end yet, whatever the time of the file.
    assert service.states() == {"live": 1}
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + year)
    assert service.states() == {"expired": 1}


@pytest.mark.parametrize("at", [4e9, 253402300805.0])
def test_a_time_of_the_future_hides_no_other_document(service: Service, at: float) -> None:
    former = service.renew()
    live = service.renew()
    service.sign(live, at=at)
    assert (service.look()["newest"], service.states()) == (None, {"live": 1})
    for _number in range(5):
        service.sign(live, at=at)
    newest = service.now + 1
    service.sign(former, at=newest)
    found = service.look()
    assert found["newest"] == found["signers"][0]["newest"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(newest))
    assert service.states() == {"superseded": 1, "live": 4}


def test_what_is_not_signed_or_not_read_is_said(service: Service) -> None:
    service.renew()
    service.write(b"%PDF-1.7\n" + CONTENT + b"\n%%EOF\n")
    service.write(b"words", at=service.now + 1)
    service.write(b"%PDF-1.7\n" + bytes(20_000_000), at=service.now + 2)
    found = service.look()
    assert [row["state"] for row in found["signers"]] == ["unreadable", "unreadable", "not_signed"]
    assert ["larger" in (row["msg"] or "") for row in found["signers"]] == [True, False, False]


def test_a_file_that_is_still_being_written_does_not_count(service: Service) -> None:
    live = service.renew()
    half = signed.pdf(live.certificate, live.key)[:-4000]
    service.sign(live, at=time.time() - 300)
    service.write(half, at=time.time())
    assert service.states() == {"live": 1}
    service.write(half, at=time.time() - 120, name="old.pdf")
    assert service.states() == {"unreadable": 1, "live": 1}


def test_links_and_pipes_are_refused(service: Service, tmp_path: pathlib.Path) -> None:
    live = service.renew()
    target = service.sign(live, name="elsewhere.txt")
    os.symlink(target, service.out / "link.pdf")
    os.mkfifo(service.out / "pipe.pdf")
    (service.out / "folder.pdf").mkdir()
    found = service.look()
    assert (found["found"], found["refused"], found["signers"], found["newest"]) == (0, 2, [], None)
    # A folder that is a link may lead anywhere.
    moved = tmp_path / "moved"
    service.out.rename(moved)
    os.symlink(moved, service.out)
    assert "is a link" in service.look("*.txt")["msg"]


def test_folders_may_be_patterns(service: Service, tmp_path: pathlib.Path) -> None:
    live = service.renew()
    service.sign(live, name="2026-11/a.pdf")
    service.sign(live, name="2026-12/b.pdf")
    service.sign(live, name="2026-12/.hidden.pdf")
    outside = tmp_path / "outside"
    outside.mkdir()
    os.symlink(outside, service.out / "2026-13")
    assert service.look("2026-*/*.pdf")["found"] == 2


def test_a_pattern_that_cannot_be_followed_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    live = service.renew()
    found = service.look("missing/*.pdf")
    assert (found["found"], found["msg"]) == (0, "The system says: No such file or directory.")
    for number in range(3):
        service.sign(live, at=service.now + number)
    monkeypatch.setattr(signed_documents, "_MOST_FILES", 2)
    found = service.look()
    assert (found["msg"], found["limited"]) == ("The folders have more than 2 files.", True)
    monkeypatch.setattr(signed_documents, "_MOST_FILES", 9)
    monkeypatch.setattr(signed_documents, "LONGEST_SEARCH", -1)
    assert "is over" in service.look()["msg"]


def test_a_slow_folder_leaves_time_for_the_other_certificates(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, slow = service.renew(), service.path.parent / "slow"
    scene.deploy_certificate(slow)
    for number in range(3):
        service.sign(live, name=f"slow/{number}.pdf")
    service.sign(live, name="good/a.pdf")
    passed, clock, read = [0.0], time.monotonic, signed_documents._read

    def slowly(path: tuple[str, ...]) -> bytes:
        passed[0] += 8 if "slow" in path else 0
        return read(path)

    monkeypatch.setattr(signed_documents, "_read", slowly)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed[0])
    documents = {
        str(path): {"path": f"{service.out}/{folder}/*", "newest": 5}
        for path, folder in ((slow, "slow"), (service.path, "good"))
    }
    rows = scene.deployments_info({"paths": [*documents], "signed_documents": documents, "check_revocation": False})
    first, second = (row["signed_documents"] for row in rows["deployments"])
    assert ("is over" in first["msg"], first["limited"]) == (True, True)
    assert [(row["state"], row["documents"]) for row in first["signers"]] == [("foreign", 1)]
    assert (second["msg"], second["limited"]) == (None, False)
    assert [(row["state"], row["documents"]) for row in second["signers"]] == [("live", 1)]


def test_a_document_takes_little_more_than_the_time_that_is_left(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = service.renew()
    once = signed.pdf(live.certificate, live.key)
    assert once.count(b"/ByteRange[0 00068 16454 ") == 1
    ranges = b"".join(b"/ByteRange[0 68 16454 %d]" % number for number in range(10, 20))
    service.write(once + ranges, name="ranges.pdf")
    passed, clock, real = [0], time.monotonic, document_signatures.cms.read

    def slowly(*given: t.Any, **options: t.Any) -> t.Any:
        passed[0] += 15
        return real(*given, **options)

    monkeypatch.setattr(document_signatures.cms, "read", slowly)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed[0])
    assert (service.states("ranges.pdf"), passed[0]) == ({"live": 1}, 15)
    document = once
    for _number in range(5):
        document = signed.pdf(live.certificate, live.key, former=document)
    service.write(document, name="many.pdf")
    passed[0] = 0
    found = service.look("many.pdf")
    assert (found["signers"], found["limited"], passed[0]) == ([], True, 30)


def test_only_the_newest_documents_are_read(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    live = service.renew()
    for number in range(30):
        service.sign(live, at=service.now + number)
    read: list[object] = []
    real = signed_documents.signing_certificates
    monkeypatch.setattr(
        signed_documents, "signing_certificates", lambda *given, **how: read.append(1) or real(*given, **how)
    )
    assert service.states(newest=3) == {"live": 3}
    assert service.states(newest=1000) == {"live": 20}
    assert len(read) == 23
    assert service.look()["found"] == 30


def test_a_directory_without_a_certificate_has_foreign_documents(service: Service) -> None:
    other = pki.root("Root").issue("Somebody")
    service.sign(other)
    assert service.states() == {"foreign": 1}


def test_a_failure_leaves_what_is_known_of_the_certificate(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    live = service.renew()
    service.sign(live)
    # As a host without the library.
    monkeypatch.setattr(library, "_VERSION", "3.2")
    found = service.look()
    assert "lacks the library cryptography" in found["msg"] or "lacks" in found["signers"][0]["msg"]
    monkeypatch.undo()
    monkeypatch.setattr(signed_documents, "_Search", None)
    assert service.look()["msg"]


def test_nothing_is_read_and_nothing_answered_unless_it_is_asked(service: Service) -> None:
    service.renew()
    assert "signed_documents" not in scene.info(service.path)
