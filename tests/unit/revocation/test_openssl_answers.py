# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that ``openssl`` makes, fresh and past their end, and lists in each form that CAs serve."""

from __future__ import annotations

import datetime
import pathlib
import subprocess
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import RevocationStatus
from ansible_collections.wotrus.pki.plugins.module_utils._revocation import http
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import check_path
from tests.unit.revocation.responder import DAY, ISSUER, Responder, gives, signer
from tests.unit.x509.pki import NOW, Authority

REVOKED_AT = "260102030405Z"
_CA = "[ca]\ndefault_ca = own\n[own]\ndatabase = {folder}/index.txt\ndefault_md = sha256\n"

Make = t.Callable[..., bytes]


@pytest.fixture
def server() -> t.Iterator[Responder]:
    with Responder() as one:
        yield one


@pytest.fixture
def certificate(server: Responder) -> x509.Certificate:
    return signer(ocsp_url=f"{server.url}/ocsp", crl_url=f"{server.url}/crl")


@pytest.fixture
def make(tmp_path: pathlib.Path, certificate: x509.Certificate) -> Make:
    """Return a function that makes an answer, which is for the next day, and good without a reason."""

    def write(name: str, authority: Authority) -> None:
        key = authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.key").write_bytes(key)
        (tmp_path / f"{name}.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=tmp_path)

    def answer(source: str, reason: str | None = None, *, by: Authority = ISSUER) -> bytes:
        write("ca", ISSUER)
        write("responder", by)
        (tmp_path / "leaf.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        state = f"R\t491231235959Z\t{REVOKED_AT},{reason}" if reason else "V\t491231235959Z\t"
        index = f"{state}\t{certificate.serial_number:08X}\tunknown\t/CN=Example Ltd.\n"
        (tmp_path / "index.txt").write_text(index)
        (tmp_path / "ca.cnf").write_text(_CA.format(folder=tmp_path))
        if source == "crl":
            one = ("-config", "ca.cnf", "-gencrl", "-crlhours", "24", "-keyfile", "ca.key", "-cert", "ca.pem")
            openssl("ca", *one, "-out", "answer.pem")
            openssl("crl", "-in", "answer.pem", "-outform", "DER", "-out", "answer")
        else:
            openssl("ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-no_nonce", "-reqout", "request")
            own = ("-CA", "ca.pem", "-rsigner", "responder.pem", "-rkey", "responder.key", "-rmd", "sha256")
            openssl("ocsp", "-index", "index.txt", *own, "-ndays", "1", "-reqin", "request", "-respout", "answer")
        return (tmp_path / "answer").read_bytes()

    return answer


@pytest.fixture
def status(server: Responder, certificate: x509.Certificate) -> t.Callable[..., RevocationStatus]:
    """Return a function that checks the certificate some days after the answers were made."""

    def check(*, days: int = 0, **answers: bytes) -> RevocationStatus:
        server.answers = dict.fromkeys(("/ocsp", "/crl"), gives(b"", status=404))
        server.answers.update({f"/{source}": gives(answer) for source, answer in answers.items()})
        now = datetime.datetime.now(datetime.timezone.utc) + days * DAY
        (found,) = check_path([certificate, ISSUER.certificate], now=now, downloads=http.Downloads())
        return found

    return check


Check = t.Callable[..., RevocationStatus]


@pytest.mark.parametrize("source", ["ocsp", "crl"])
@pytest.mark.parametrize(
    ("reason", "fresh", "old"),
    [
        (None, "good", "stale"),
        ("unspecified", "revoked", "revoked"),
        ("keyCompromise", "revoked", "revoked"),
        # A hold may have been lifted since.
        ("certificateHold", "revoked", "stale"),
    ],
)
def test_a_revocation_outlives_its_answer(make: Make, status: Check, source: str, reason, fresh, old) -> None:
    answer = make(source, reason)

    assert status(**{source: answer}).state == fresh
    found = status(**{source: answer}, days=9)
    assert found.state == old
    if old == "revoked":
        assert (found.source, found.age // 86400) == (source, 9)
        assert "is revoked since 2026-01-02T03:04:05Z. The answer is 9.0 days old" in str(found.msg)
        assert f"was to be replaced by {found.next_update}." in str(found.msg)


def test_an_entry_that_was_removed_is_no_revocation(make: Make, status: Check) -> None:
    answer = make("crl", "removeFromCRL")

    assert [status(crl=answer, days=days).state for days in (0, 9)] == ["good", "stale"]


def test_a_certificate_on_hold_in_an_old_answer_is_looked_up_in_the_list(make: Make, status: Check) -> None:
    held = make("ocsp", "certificateHold")

    assert status(ocsp=held, crl=make("crl"), days=0).state == "revoked"
    assert status(ocsp=held, crl=make("crl", "superseded"), days=9).state == "revoked"


def test_an_old_revocation_counts_if_its_responder_was_certified_then(make: Make, status: Check) -> None:
    today = datetime.datetime.now(datetime.timezone.utc)
    answer = make("ocsp", "keyCompromise", by=responder(today - DAY, today + 2 * DAY))

    assert status(ocsp=answer).state == "revoked"
    assert status(ocsp=answer, days=9).state == "revoked"
    ended = make("ocsp", "keyCompromise", by=responder(today - 9 * DAY, today - DAY))
    assert status(ocsp=ended).state == status(ocsp=ended, days=9).state == "unusable"


def responder(first: datetime.datetime, last: datetime.datetime) -> Authority:
    """Return a responder that the issuer certified for some days."""
    return ISSUER.issue(
        "OCSP responder",
        usages=(ExtendedKeyUsageOID.OCSP_SIGNING,),
        days=((first - NOW).days, (last - NOW).days),
    )


@pytest.mark.parametrize("reason", [None, "keyCompromise"])
@pytest.mark.parametrize("form", ["as it is", "CRLF", "after text", "one line"])
def test_a_list_in_pem_is_read(
    make: Make, status: Check, tmp_path: pathlib.Path, form: str, reason: str | None
) -> None:
    make("crl", reason)
    pem = (tmp_path / "answer.pem").read_bytes()
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-----"))
    forms = {
        "as it is": pem,
        "CRLF": pem.replace(b"\n", b"\r\n"),
        "after text": b"Certificate Revocation List (CRL):\n    Version 2\n" + pem,
        "one line": b"-----BEGIN X509 CRL-----\n" + body + b"\n-----END X509 CRL-----",
    }

    found = status(crl=forms[form])

    assert (found.state, found.size) == ("revoked" if reason else "good", len(forms[form]))


@pytest.mark.parametrize("cut", [b"-----END", b"X509 CRL-----\n"])
def test_a_list_in_pem_that_is_cut_off_counts_for_nothing(
    make: Make, status: Check, tmp_path: pathlib.Path, cut: bytes
) -> None:
    make("crl")
    pem = (tmp_path / "answer.pem").read_bytes()

    assert status(crl=pem[: pem.index(cut)]).state == "unusable"
