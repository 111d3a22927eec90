# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services are reloaded once for each new certificate.

After a failed or killed run, the next run reloads them.
"""

from __future__ import annotations

import os
import select
import shlex
from pathlib import Path

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import Folder, Site, entry


def reload_command(folder: Folder, place: Path) -> str:
    """Return a command that records the live release in ``reloads``, and fails while there is ``broken``."""
    live, reloads, broken = (shlex.quote(str(path)) for path in (folder.live, place / "reloads", place / "broken"))
    return shlex.join(["/bin/sh", "-c", f"basename $(readlink {live}) >>{reloads}; test ! -e {broken}"])


def test_tag_of_reloads_does_what_a_run_with_the_tag_of_everything_left(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    host = site.host()
    reload = {"command": reload_command(host.folder(), tmp_path)}
    site.variables["wotrus_certificates"] = [entry(reload=reload)]
    handler = {"name": "Notify monitoring", "listen": "wotrus certificate changed"}
    template = {"name": "wotrus {{ 'certificate' }} changed", "ansible.builtin.debug": {"msg": "Named by a template"}}
    play = {"handlers": [{**handler, "ansible.builtin.debug": {"msg": "It knows"}}, template]}
    (tmp_path / "broken").touch()

    applied = site.run("--tags", "wotrus_apply", play=play)

    assert applied.code != 0
    assert any("the reload command" in message for message in applied.failures)
    assert charged() == 1
    assert host.folder().record["reload_pending"] is True
    (tmp_path / "broken").unlink()
    site.variables["wotrus_certificates"] = [entry(reload=reload), entry("invoices")]
    sandbox.clear_calls()

    reloaded = site.issue("--tags", "wotrus_reload", play=play)

    assert (tmp_path / "reloads").read_text().split() == [host.folder().release] * 2
    assert len(reloaded.named("Notify monitoring")) == 1
    assert reloaded.output.count("Named by a template") == 1
    assert_deployed(host.folder(), sandbox)
    assert posts(sandbox) == []
    assert not host.folder("invoices").path.exists()


def test_a_service_that_the_command_starts_is_not_waited_for_and_may_print_later(site: Site, tmp_path: Path) -> None:
    go, answer = tmp_path / "go", tmp_path / "answer"
    for path in (go, answer):
        os.mkfifo(path)
    prints = "head -c 1000000 /dev/zero && echo printed >answer || echo killed >answer"
    command = shlex.join(["/bin/sh", "-c", f"cd {shlex.quote(str(tmp_path))}; (read go <go; {prints}) &"])
    site.host()
    site.variables["wotrus_certificates"] = [entry(reload={"command": command})]

    run = site.issue()

    assert run.code == 0, run.output
    # A pipe that is open for both waits for nobody.
    gate, listener = (os.open(path, os.O_RDWR) for path in (go, answer))
    os.write(gate, b"go\n")
    answered = select.poll()
    answered.register(listener, select.POLLIN)
    assert answered.poll(60_000)
    assert os.read(listener, 100) == b"printed\n"
    os.close(gate)
    os.close(listener)
