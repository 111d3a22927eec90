# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the test commands of the guide find, against services with faults.

The guide has the table in each language, which this test compares with what a host finds. WOTRUS_WRITE_GUIDES=1 writes
it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult, run_bounded
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import read_options
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.signature_check import signing_error
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import Deployment
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from tests.helpers.guides import Block
from tests.helpers.sandbox import Sandbox
from tests.unit.store import scene

from .harness import ROOT, Folder, Site, entry
from .signing_services import CONTENTS, PyHankoSigner, RestSigner, of_guide
from .test_signing_guide import LIVE, example

PAGES = [ROOT / "docs" / "docsite" / "rst" / f"guide_signing{language}.rst" for language in ("", "_zh")]
HEADS = (("Example", "Reader"), ("示例", "阅读器"))
FOUND, NOT_FOUND = ("found", "发现"), ("**not found**", "**未发现**")
ANOTHER, EARLIER, FOLLOWED = "another file is sent", "an earlier document is printed", "the page is replaced"
DOWN, FORMER, NO_CHAIN, NONE = "down", "former key", "no chain", "none"
FAULTS = {
    DOWN: ("service is down", "服务已停止"),
    EARLIER: ("earlier document", "输出以前的文档"),
    FORMER: ("former key in memory", "内存中是以前的私钥"),
    NO_CHAIN: ("no intermediate", "没有中间证书"),
    ANOTHER: ("another file sent", "发送了其他文件"),
    FOLLOWED: ("page replaced after it", "签名后页面被替换"),
}
REPLACING = """
import io, sys
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

writer = IncrementalPdfFileWriter(io.BytesIO(sys.stdin.buffer.read()))
page = writer.root["/Pages"]["/Kids"][0]
page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b""))
writer.update_container(page)
out = io.BytesIO()
writer.write(out)
sys.stdout.buffer.write(out.getvalue())
"""


@dataclasses.dataclass(frozen=True)
class Example:
    """A test of the guide.

    :ivar name: as in the guide
    :ivar start: starts its service, with a folder from which it reads its key
    :ivar address: that of the service in the guide; empty if the command asks none
    :ivar changes: options that differ from the guide's
    :ivar reader: the program that reads the document; empty for the host alone
    """

    name: str
    start: Callable[[Path], RestSigner]
    address: str
    faults: Sequence[str]
    changes: dict[str, str] = dataclasses.field(default_factory=dict)
    reader: str = ""


OF_SERVICE = (NONE, DOWN, EARLIER, FORMER, NO_CHAIN, ANOTHER)
READER = "/opt/signer/bin/python /usr/local/bin/read_signed_document.py %s"
EXAMPLES = (
    Example("REST", RestSigner, "127.0.0.1:8080", OF_SERVICE),
    Example("REST", RestSigner, "127.0.0.1:8080", (NONE, EARLIER), {"content": "none"}),
    Example("pyHanko", PyHankoSigner, "127.0.0.1:8081", (*OF_SERVICE, FOLLOWED)),
    Example("pyHanko", PyHankoSigner, "127.0.0.1:8081", (NONE, FOLLOWED), {"reader": READER}, "pyHanko"),
    Example("TLS", lambda read: RestSigner(read, has_tls=True), "127.0.0.1:8443", OF_SERVICE),
    Example("OpenSSL", RestSigner, "", (NONE, DOWN, FORMER, ANOTHER), reader="openssl"),
    Example("OpenSSL detached", RestSigner, "", (NONE, DOWN, ANOTHER), reader="openssl"),
)


class Host(scene.Host):
    """A host that runs commands.

    :ivar warned: its warnings
    """

    def __init__(self) -> None:
        super().__init__()
        self.warned: list[Message] = []

    def warn(self, warning: object) -> None:
        assert isinstance(warning, Message)
        self.warned.append(warning)

    def run_bounded(self, command: Sequence[str], **options: Any) -> CommandResult:
        return run_bounded(command, **options)


@dataclasses.dataclass(frozen=True)
class Scene:
    """A host with a live certificate, and with the former one in another folder."""

    live: Folder
    former: Folder
    place: Path

    def outcome(self, one: Example, fault: str) -> tuple[bool, Message | None]:
        """Return whether a test passes, and what the host says."""
        read = self.place / "read"
        shutil.rmtree(read, ignore_errors=True)
        shutil.copytree((self.former if fault == FORMER else self.live).live, read)
        if fault == NO_CHAIN:
            shutil.copy(read / "cert.pem", read / "chain.pem")
        service = one.start(read)
        with contextlib.closing(service):
            service.reload()
            test, earlier = self.test_of(one, service, fault), self.place / "earlier"
            command = test["command"]
            if fault == FOLLOWED:
                test["command"] = in_shell(f"{command} | {sys.executable} {self.place / 'replace.py'}")
            if fault == EARLIER:
                assert self.sign({**test, "command": in_shell(f"{command} | tee {earlier}")})[0]
                test["command"] = in_shell(f"{command} || cat {earlier}")
            if fault in (DOWN, EARLIER):
                service.close()
            return self.sign(test)

    def test_of(self, one: Example, service: RestSigner, fault: str) -> dict[str, str]:
        """Return the guide's test, with the paths and the address of this scene."""
        name = CONTENTS["pdf" if one.name == "pyHanko" else "cms"]
        content, other = self.place / Path(name).name, self.place / "other"
        for file in (content, other):
            file.write_bytes((self.place / "any.pdf").read_bytes())
        sent = other if fault == ANOTHER else content
        changes: dict[str, object] = {name: sent}
        if one.address:
            changes[one.address] = service.service if isinstance(service, PyHankoSigner) else service.address
        if one.name == "TLS":
            program = self.place / "sign-and-compare-tls"
            program.write_text(example("sign-and-compare-tls", {LIVE: self.live.live, **changes}))
            test = {"command": f"sh {program}", "format": "cms"}
        else:
            test = of_guide(one.name, changes if one.address else {LIVE: self.live.live, **changes})
            test.pop("timestamp", None)
        test |= {"content": str(content), **one.changes}
        if test.get("reader") == READER:
            test["reader"] = f"{sys.executable} {self.place / 'read.py'} %s"
        elif one.reader:
            test["reader"] = test["reader"].replace(str(other), str(content))
        return test

    def sign(self, test: dict[str, str]) -> tuple[bool, Message | None]:
        path, host = str(self.live.path), Host()
        (options,) = read_options(
            scene.params(path=path, state="rehearsed", reload_command="true", test_signature=test)
        )
        assert options.signature_test is not None
        assert self.live.release is not None
        found = signing_error(Deployment(options, host), options.signature_test, self.live.release)
        said = [found[0].message] if found else host.warned
        assert len(said) < 2
        return found is None, said[0] if said else None


def in_shell(command: str) -> str:
    return f"sh -c {shlex.quote(command)}"


@pytest.fixture
def faulty(tmp_path: Path, sandbox: Sandbox) -> Iterator[Scene]:
    with contextlib.closing(Site(tmp_path, sandbox=sandbox, prefix="faults")) as site:
        live, former = (site.host(name).folder() for name in ("live", "former"))
        site.variables["wotrus_certificates"] = [entry(key={"type": "RSA"})]
        site.given()
        place = tmp_path / "signer"
        place.mkdir()
        (place / "replace.py").write_text(REPLACING)
        (place / "read.py").write_text(example("read_signed_document.py", {f"{LIVE}/root.pem": live.live / "root.pem"}))
        (place / "any.pdf").write_bytes(SentContent.new(is_pdf=True).data)
        yield Scene(live, former, place)


def test_the_table_of_the_guide_has_what_each_test_finds(faulty: Scene) -> None:
    found = {(number, fault): faulty.outcome(one, fault) for number, one in enumerate(EXAMPLES) for fault in one.faults}

    for (number, fault), (passes, message) in found.items():
        one = EXAMPLES[number]
        is_blind = (not one.address and fault != ANOTHER) or "content" in one.changes
        assert passes is (fault == NONE or is_blind), (one.name, fault, message)
        assert fault != FOLLOWED or "test command" not in str(message)
    for place, page in enumerate(PAGES):
        rows = [[*HEADS[place], *(words[place] for words in FAULTS.values())]]
        for number, one in enumerate(EXAMPLES):
            extra = [f"``{name}: {value}``" for name, value in one.changes.items() if name == "content"]
            cells = [
                (NOT_FOUND if found[number, fault][0] else FOUND)[place] if fault in one.faults else ""
                for fault in FAULTS
            ]
            rows.append([" ".join([one.name, *extra]), one.reader, *cells])
        lines = [".. list-table::", "  :header-rows: 1", ""]
        for row in rows:
            lines += [f"  {'* -' if not index else '  -'} {cell}".rstrip() for index, cell in enumerate(row)]
        block, table = Block(page, "faults"), "\n".join(lines)
        if os.environ.get("WOTRUS_WRITE_GUIDES"):
            block.write(table)
        assert block.read() == table
