# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a signature with a service, and check that a reader would accept that it is by the live certificate."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import re
import shlex
import tempfile
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._commands import command_text, with_output
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import PDF, REQUIRED
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import Deployment
from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed, WotrusError, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file, write_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import CHAIN, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import validity
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import (
    NO_CONTENT,
    SentContent,
    is_sent_content,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import CheckedDocument, check_document

MOST_BYTES = 20_000_000
"""The largest document that a test command may print."""

_CMS_FORMS = {
    "PEM": rb"(?m)^-----BEGIN ",
    "SMIME": rb"(?is)\A(?!HTTP/)(?:.*\n)?(?:mime-version|content-type):",
}
"""How a CMS message that is no DER begins, by the name that openssl has for the form.

openssl skips lines before a PEM. The headers of HTTP are none of MIME.
"""


def signing_error(deployment: Deployment, test: Params, release: str) -> tuple[WotrusError, str] | None:
    """Run the test command, and return why its document is not signed by a release, and the command's words.

    What may be missing is a warning: an optional timestamp, and in compatible verification an intermediate.

    :returns: ``None`` for a good signature
    """
    path, command = deployment.options.path, command_text(test["command"])
    try:
        sent = _write_content(test)
    except OSError as exc:
        why = Message(
            "{path}: the file {content} of test_signature.content cannot be written: {error}.",
            path=path,
            content=test["content"],
            error=exc.strerror or exc,
        )
        return SigningFailed(why), ""
    except WotrusError as exc:
        return SigningFailed("{path}: {msg}", path=path, msg=exc), ""
    done = deployment.target.run_bounded(
        test["command"], seconds=deployment.options.reload_timeout, apart=True, most=MOST_BYTES
    )
    if done.problem:
        why = Message(
            "{path}: the test command '{command}' {problem}.", path=path, command=command, problem=done.problem
        )
        return SigningFailed(why), done.output
    try:
        with boundary(_unexpected):
            _require_der(done.printed, test)
            live = read_path(deployment.layout.release(release))
            found = check_document(
                done.printed,
                live,
                form=test["format"],
                # The clock of a host that is before the certificate is wrong.
                now=max(_now(), validity(live[0])[0]),
                is_strict=deployment.options.is_strict,
                wants_timestamp=test["timestamp"] is not None,
                sent=sent,
            )
    except WotrusError as exc:
        why = Message("{path}: the signature of '{command}' is not good. {msg}", path=path, command=command, msg=exc)
        return SigningFailed(why), done.output
    for missing, is_refused in _missing(found, deployment, test):
        why = Message("{path}: the signature of '{command}' {missing}", path=path, command=command, missing=missing)
        if is_refused:
            return SigningFailed(why), done.output
        deployment.target.warn(with_output(why, done.output))
    if sent is None:
        deployment.target.warn(
            Message(
                "{path}: test_signature.content is none, so the document of '{command}' may be an older one. This test "
                "does not show that the service signs now.",
                path=path,
                command=command,
            )
        )
    return _reader_error(done.printed, deployment, test) if test["reader"] else None


def _write_content(test: Params) -> SentContent | None:
    """Write a new document for the command to send; ``None`` if there is none.

    :raises OSError: it cannot be written
    :raises WotrusError: the path is one of a certificate, or of a file that is no such document
    """
    if test["content"] == NO_CONTENT:
        return None
    file = pathlib.Path(test["content"])
    folder = pathlib.Path(os.path.realpath(file.parent))
    if any(Layout(place).is_of_a_certificate() for place in (folder, *folder.parents)):
        raise SigningFailed(
            "{content} of test_signature.content is in the directory of a certificate. Name a file elsewhere.",
            content=file,
        )
    # A link is replaced, and what it leads to is kept.
    earlier = None if file.is_symlink() else read_file(file)
    if earlier is not None and not is_sent_content(earlier):
        raise SigningFailed(
            "{content} of test_signature.content is no document of an earlier test, so it is not replaced. Name a file "
            "that does not exist yet.",
            content=file,
        )
    sent = SentContent.new(is_pdf=test["format"] == PDF)
    # Services read it as another user, and it is no secret.
    write_file(file, sent.data, mode=0o644)
    return sent


def _require_der(printed: bytes, test: Params) -> None:
    """Check that a CMS message is in DER.

    :raises SigningFailed: it is in another form; the message has the command that converts it
    """
    for form, begin in _CMS_FORMS.items():
        if test["format"] != PDF and not printed.startswith(b"0") and re.search(begin, printed[:1000]):
            pipe = f"{command_text(test['command'])} | openssl cms -cmsout -inform {form} -outform DER"
            raise SigningFailed(
                "Its form is {form}, not DER. Let the command convert it: sh -c {command}",
                form=form,
                command=shlex.quote(pipe),
            )


def _missing(found: CheckedDocument, deployment: Deployment, test: Params) -> t.Iterator[tuple[Message, bool]]:
    """Yield what a good signature lacks, as the end of a sentence, and whether that is refused."""
    if found.lacks_chain:
        chain = deployment.layout.live / CHAIN
        yield (
            Message(
                "lacks certificates between the live one and the root. Let the service add those of {chain}, as "
                "'openssl cms -certfile {chain}' does.",
                chain=chain,
            ),
            deployment.options.is_strict,
        )
    if found.is_followed and not test["reader"]:
        yield (
            Message(
                "is not the end of the document, so a reader may refuse it. If data for long-term validation follows "
                "(B-LT, B-LTA), set test_signature.reader to a command that checks the file."
            ),
            True,
        )
    if test["timestamp"] and not found.is_stamped:
        bad = found.bad_timestamp
        text = Message("has a timestamp that is not good. {msg}", msg=bad) if bad else Message("has no timestamp.")
        yield text, test["timestamp"] == REQUIRED


def _reader_error(document: bytes, deployment: Deployment, test: Params) -> tuple[WotrusError, str] | None:
    """Return why the command that reads the document does not accept it, and its words."""
    with tempfile.TemporaryDirectory(prefix="wotrus-") as folder:
        file = pathlib.Path(folder, f"signed.{test['format']}")
        file.write_bytes(document)
        command = [word.replace("%s", str(file)) for word in test["reader"]]
        done = deployment.target.run_bounded(command, seconds=deployment.options.reload_timeout)
    if not done.problem:
        return None
    why = Message(
        "{path}: the reader '{command}' does not accept the signature: it {problem}.",
        path=deployment.options.path,
        command=command_text(test["reader"]),
        problem=done.problem,
    )
    return SigningFailed(why), done.output


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def _unexpected(error: Exception) -> SigningFailed:
    return SigningFailed("It cannot be checked ({kind}: {error}).", kind=type(error).__name__, error=error)
