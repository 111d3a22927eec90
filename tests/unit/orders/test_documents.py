# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents: checked before anything is sent, and never shown."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidDocument
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import DocumentType
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import MAX_BYTES, load_document

if t.TYPE_CHECKING:
    from pathlib import Path

PDF = b"%PDF-1.7 secret evidence"
KINDS = {".pdf": PDF, ".jpg": b"\xff\xd8\xff\xe0 photograph", ".gif": b"GIF89a picture"}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@pytest.mark.manual("2.document-file-type", "2.document-content")
@pytest.mark.parametrize(("suffix", "data"), KINDS.items())
def test_a_file_is_read_and_typed_by_its_suffix(tmp_path: Path, suffix: str, data: bytes) -> None:
    for name in (f"proof{suffix}", f"proof{suffix.upper()}"):
        path = tmp_path / name
        path.write_bytes(data)
        document = load_document({"path": str(path), "type": "id_card"}, what="documents[0]")
        assert document.file_type == suffix
        assert base64.b64decode(document.content) == data
        assert document.type is DocumentType.ID_CARD


def test_jpeg_is_sent_under_the_manuals_name(tmp_path: Path) -> None:
    path = tmp_path / "proof.jpeg"
    path.write_bytes(KINDS[".jpg"])
    assert load_document({"path": str(path)}, what="document").file_type == ".jpg"


@pytest.mark.manual("2.document-type")
def test_the_types_have_the_numbers_of_the_manual() -> None:
    numbers = {kind.name: kind.value for kind in DocumentType}
    assert numbers == {"AUTHORIZATION": 1, "BUSINESS_LICENSE": 2, "ID_CARD": 3}


@pytest.mark.parametrize("file_type", [".pdf", "pdf", ".PDF"])
def test_content_in_base64_may_have_line_breaks(file_type: str) -> None:
    text = encoded(PDF)
    document = load_document({"content": f"{text[:10]}\r\n{text[10:]}\n", "file_type": file_type}, what="document")
    assert (document.file_type, document.content) == (".pdf", text)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "set either path, or content"),
        ({"path": "/a.pdf", "content": "YQ==", "file_type": ".pdf"}, "set either path, or content"),
        ({"content": "no base64!", "file_type": ".pdf"}, "content is not base64"),
        ({"content": "YQ", "file_type": ".pdf"}, "content is not base64"),
        ({"content": "沃通", "file_type": ".pdf"}, "content is not base64"),
        ({"content": " \n", "file_type": ".pdf"}, "not a PDF file"),
        ({"content": encoded(b"hello"), "file_type": ".pdf"}, "not a PDF file"),
        ({"content": encoded(PDF), "file_type": ".jpg"}, "not a JPG file"),
        ({"content": encoded(PDF)}, "type '' is none of .pdf, .jpg and .gif"),
        ({"content": encoded(PDF), "file_type": ".docx"}, "type '.docx' is none of"),
    ],
)
def test_an_unusable_document_is_refused_and_named(options: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidDocument, match=words) as caught:
        load_document(options, what="documents[2]")
    assert str(caught.value).startswith("documents[2]: ")
    content = options.get("content", "").strip()
    assert not content or content not in str(caught.value)


def test_a_missing_file_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument, match=r"cannot read .*missing\.pdf: No such file"):
        load_document({"path": str(tmp_path / "missing.pdf")}, what="document")


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument, match="cannot read"):
        load_document({"path": str(tmp_path)}, what="document")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(PDF)
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InvalidDocument, match="larger than 10 MiB"):
        load_document({"path": str(path)}, what="document")


def test_a_documents_content_is_in_no_repr_and_no_traceback() -> None:
    document = load_document({"content": encoded(PDF), "file_type": ".pdf"}, what="document")
    assert document.content not in repr(document)
    with pytest.raises(InvalidDocument) as caught:
        load_document({"content": "s3cret!", "file_type": ".pdf"}, what="document")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
