# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PEM texts as they come from servers, files and people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates, to_pem
from tests.unit.x509 import pki

ONE = pki.root("One").certificate
TWO = pki.root("Two").certificate


def test_several_certificates_keep_the_order_of_the_text() -> None:
    assert load_certificates(f"subject=One\n{to_pem(ONE)}junk{to_pem(TWO).rstrip()}") == [ONE, TWO]


def test_older_label_is_read_and_other_blocks_are_ignored() -> None:
    older = to_pem(ONE).replace(" CERTIFICATE", " X509 CERTIFICATE")
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    assert load_certificates(key + older + "-----BEGIN nothing") == [ONE]


def test_pem_is_written_with_lf_and_a_final_newline() -> None:
    text = to_pem(ONE)
    assert text.startswith("-----BEGIN CERTIFICATE-----\n")
    assert text.endswith("-----END CERTIFICATE-----\n")
    assert "\r" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no certificate in PEM form"),
        ("<html>502 Bad Gateway</html>", "no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----", "END CERTIFICATE----- is missing"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n", "END CERTIFICATE----- is missing"),
        ("-----BEGIN CERTIFICATE----- ---xxx--- -----END CERTIFICATE-----", "not base64"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "Certificate 1 of the PEM text cannot",
        ),
        ("-----BEGIN CERTIFICATE-----\n证书\n-----END CERTIFICATE-----", "not base64"),
        ("x" * 3_000_000, "longer than"),
    ],
)
def test_invalid_certificate_is_explained(text, words) -> None:
    with pytest.raises(BadCertificate, match=words):
        load_certificates(text)


def test_a_second_certificate_that_is_cut_is_named_by_its_number() -> None:
    with pytest.raises(BadCertificate, match=r"^Certificate 2 of the PEM text"):
        load_certificates(to_pem(ONE) + to_pem(TWO)[:200])


PIECES = st.lists(st.sampled_from(["-----BEGIN CERTIFICATE-----", "\n", "-----END ", "QUJD", "-"]))


@given(st.text(max_size=300) | PIECES)
@settings(max_examples=300)
def test_junk_never_raises_anything_but_bad_certificate(junk) -> None:
    with pytest.raises(BadCertificate):
        load_certificates("".join(junk))
