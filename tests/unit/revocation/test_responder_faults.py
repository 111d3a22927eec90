# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No fault of a responder makes a certificate good or revoked."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import RevocationStatus
from ansible_collections.wotrus.pki.plugins.module_utils._revocation import http
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import check_path
from tests.unit.revocation.responder import (
    DAY,
    ISSUER,
    OTHER_SERIAL,
    STRANGER,
    Answer,
    Claim,
    Responder,
    delegate,
    floods,
    gives,
    hangs,
    point,
    signer,
)
from tests.unit.x509.pki import NOW, name

OTHER_LIST = x509.UniformResourceIdentifier("http://crl.example/other.crl")


END_OF_TIME = NOW.replace(year=9999, month=12, day=31)


def scope(**parts: t.Any) -> x509.IssuingDistributionPoint:
    fields = {"full_name": None, "relative_name": None, "only_some_reasons": None, "indirect_crl": False}
    kinds = dict.fromkeys(
        ("only_contains_user_certs", "only_contains_ca_certs", "only_contains_attribute_certs"), False
    )
    return x509.IssuingDistributionPoint(**{**fields, **kinds, **parts})


OLD: dict[str, t.Any] = {"this_update": NOW - 9 * DAY, "next_update": NOW - 2 * DAY}
CLAIMS = {
    "another signer": (("ocsp", "crl"), {"by": STRANGER}, "unusable"),
    "another serial number": (("ocsp",), {"serial": OTHER_SERIAL}, "unusable"),
    "dated in the future": (("ocsp", "crl"), {"this_update": NOW + DAY, "next_update": NOW + 2 * DAY}, "unusable"),
    "SHA-1": (("ocsp", "crl"), {"sha1": True}, "unusable"),
    "unknown": (("ocsp",), {"unknown": True}, "unusable"),
    "a delta list": (("crl",), {"extension": x509.DeltaCRLIndicator(6)}, "unusable"),
    "a list of other certificates": (("crl",), {"extension": scope(only_contains_ca_certs=True)}, "unusable"),
    "another list of the CA": (("crl",), {"extension": scope(full_name=[OTHER_LIST])}, "unusable"),
    "an indirect list": (("crl",), {"extension": scope(indirect_crl=True)}, "unusable"),
    "old, of another signer": (("ocsp", "crl"), {**OLD, "by": STRANGER}, "unusable"),
    "no end, and the end of time": (("ocsp",), {"this_update": END_OF_TIME, "next_update": None}, "unusable"),
}
WIRE: dict[str, tuple[t.Callable[[Responder, bytes], Answer], str]] = {
    "50 MB": (lambda _server, _good: floods(50), "unreachable"),
    "a captive page": (lambda _server, _good: gives(b"<html>Accept the terms</html>"), "unusable"),
    "a redirect": (lambda server, _good: gives(b"", status=302, Location=f"{server.url}/elsewhere"), "unreachable"),
    "empty": (lambda _server, _good: gives(b""), "unusable"),
    "elements in elements": (lambda _server, _good: gives(b"\x30\x80" * 10_000), "unusable"),
    "cut off": (lambda _server, good: gives(good[:-1]), "unusable"),
    "an error": (lambda _server, good: gives(good, status=503), "unreachable"),
}


@pytest.fixture
def server() -> t.Iterator[Responder]:
    with Responder() as one:
        yield one


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for each answer, however busy the machine is."""
    monkeypatch.setattr(http, "SECONDS_OF_A_CALL", 600.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, _patience: None) -> None:
    monkeypatch.setattr(http, "SECONDS_OF_A_CALL", 0.5)


def certificate_of(server: Responder, *sources: str) -> x509.Certificate:
    return signer(**{f"{source}_url": f"{server.url}/{source}" for source in sources})


def status(certificate: x509.Certificate) -> RevocationStatus:
    (found,) = check_path([certificate, ISSUER.certificate], now=NOW, downloads=http.Downloads())
    return found


@pytest.mark.parametrize("revoked", [False, True], ids=["good", "revoked"])
@pytest.mark.parametrize(
    ("source", "fault", "expected"),
    [
        pytest.param(source, fault, expected, id=f"{source}: {words}")
        for words, (sources, fault, expected) in CLAIMS.items()
        for source in sources
    ],
)
def test_a_wrong_answer_counts_for_nothing(server, source, fault, expected, revoked) -> None:
    certificate = certificate_of(server, source)
    claim = dataclasses.replace(Claim(revoked=revoked), **fault)
    server.answers[f"/{source}"] = gives(getattr(claim, source)(certificate))

    assert status(certificate).state == expected


@pytest.mark.parametrize(("revoked", "expected"), [(False, "stale"), (True, "revoked")])
@pytest.mark.parametrize(
    ("source", "times"),
    [("ocsp", OLD), ("crl", OLD), pytest.param("ocsp", {**OLD, "next_update": None}, id="ocsp without an end")],
)
def test_of_old_answers_a_revocation_counts(server, source, times, revoked, expected) -> None:
    certificate = certificate_of(server, source)
    claim = dataclasses.replace(Claim(revoked=revoked), **times)
    server.answers[f"/{source}"] = gives(getattr(claim, source)(certificate))

    assert status(certificate).state == expected


@pytest.mark.parametrize("source", ["ocsp", "crl"])
@pytest.mark.parametrize(("answer", "expected"), WIRE.values(), ids=WIRE)
def test_no_answer_counts_for_nothing(server, source, answer, expected) -> None:
    certificate = certificate_of(server, source)
    good = getattr(Claim(), source)(certificate)
    server.answers = {f"/{source}": answer(server, good), "/elsewhere": gives(good)}

    assert status(certificate).state == expected
    assert "/elsewhere" not in server.asked


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("source", ["ocsp", "crl"])
@pytest.mark.parametrize("drips", [False, True], ids=["hangs", "never ends its header"])
def test_a_server_that_hangs_counts_for_nothing(server, source, drips) -> None:
    server.answers[f"/{source}"] = hangs(server, drips=drips)

    assert status(certificate_of(server, source)).state == "unreachable"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_responder_on_loopback_is_asked_without_the_proxy_of_the_environment(server, host, monkeypatch) -> None:
    server.url = server.url.replace("127.0.0.1", host)
    certificate = certificate_of(server, "ocsp")
    server.answers["/ocsp"] = gives(Claim().ocsp(certificate))
    # Nothing listens on this port.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert status(certificate).state == "good"


def test_another_responder_is_asked_through_the_proxy_of_the_environment(server, monkeypatch) -> None:
    certificate = signer(ocsp_url="http://ocsp.example/")
    server.answers["http://ocsp.example/"] = gives(Claim().ocsp(certificate))
    monkeypatch.setenv("http_proxy", server.url)

    assert status(certificate).state == "good"


@pytest.mark.parametrize("source", ["ocsp", "crl"])
@pytest.mark.parametrize(("revoked", "expected"), [(False, "good"), (True, "revoked")])
def test_a_signed_answer_counts(server, source, revoked, expected) -> None:
    certificate = certificate_of(server, source)
    answer = getattr(Claim(revoked=revoked), source)(certificate)
    server.answers[f"/{source}"] = gives(answer)

    found = status(certificate)

    assert (found.state, found.source, found.size, found.age) == (expected, source, len(answer), 6 * 3600)


def test_a_list_without_the_certificate_is_good(server) -> None:
    certificate = certificate_of(server, "crl")
    server.answers["/crl"] = gives(Claim(revoked=True, serial=OTHER_SERIAL).crl(certificate))

    assert status(certificate).state == "good"


def test_a_list_of_the_named_point_is_good(server) -> None:
    certificate = certificate_of(server, "crl")
    own = scope(full_name=[x509.UniformResourceIdentifier(f"{server.url}/crl")], only_contains_user_certs=True)
    server.answers["/crl"] = gives(Claim(extension=own).crl(certificate))

    assert status(certificate).state == "good"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        pytest.param(delegate(), "good", id="certified for it"),
        pytest.param(delegate(usage=ExtendedKeyUsageOID.EMAIL_PROTECTION), "unusable", id="certified for mail"),
        pytest.param(delegate(issuer=STRANGER), "unusable", id="certified by another CA"),
    ],
)
def test_a_delegated_responder_counts_only_if_the_issuer_certified_it(server, by, expected) -> None:
    certificate = certificate_of(server, "ocsp")
    server.answers["/ocsp"] = gives(Claim(by=by, sent=(by.certificate,)).ocsp(certificate))

    assert status(certificate).state == expected


def test_the_list_is_asked_if_ocsp_says_nothing(server) -> None:
    certificate = certificate_of(server, "ocsp", "crl")
    server.answers = {
        "/ocsp": gives(Claim(unknown=True).ocsp(certificate)),
        "/crl": gives(Claim(revoked=True).crl(certificate)),
    }

    assert (status(certificate).state, server.asked) == ("revoked", ["/ocsp", "/crl"])


@pytest.mark.usefixtures("impatient")
def test_a_silent_server_is_asked_once(server) -> None:
    first, second = certificate_of(server, "ocsp"), certificate_of(server, "crl")
    server.answers = dict.fromkeys(("/ocsp", "/crl"), hangs(server))

    states = check_path([first, ISSUER.certificate], now=NOW, downloads=(shared := http.Downloads()))
    states += check_path([second, ISSUER.certificate], now=NOW, downloads=shared)

    assert ([one.state for one in states], server.asked) == (["unreachable"] * 2, ["/ocsp"])


def test_other_addresses_are_none() -> None:
    points = [
        point("ldap://directory.example/cn=CA"),
        point("https://crl.example/ca.crl"),
        point("http://user@crl.example/ca.crl"),
        point("http://crl.example/indirect.crl", crl_issuer=name("Other CA")),
    ]
    builder = signer_without_addresses().add_extension(x509.CRLDistributionPoints(points), critical=False)

    assert status(builder.sign(ISSUER.key, hashes.SHA256())).state == "no_address"


def signer_without_addresses() -> x509.CertificateBuilder:
    plain = signer()
    return (
        x509.CertificateBuilder()
        .subject_name(plain.subject)
        .issuer_name(plain.issuer)
        .public_key(plain.public_key())
        .serial_number(plain.serial_number)
        .not_valid_before((NOW - DAY).replace(tzinfo=None))
        .not_valid_after((NOW + DAY).replace(tzinfo=None))
    )
