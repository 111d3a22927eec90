# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services are reloaded once for each new certificate.

After a failed or killed run, the next run reloads them.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, certificate, posts
from .conftest import Charged
from .harness import Folder, Site, entry


class Service:
    """A service that records the live release at each reload."""

    def __init__(self, folder: Path) -> None:
        self._reloads = folder / "reloads"
        self._accepted = folder / "accepted"
        self._script = folder / "reload"

    def command(self, folder: Folder) -> str:
        """Return its reload command."""
        live, reloads, accepted = (shlex.quote(str(path)) for path in (folder.live, self._reloads, self._accepted))
        self._script.write_text(
            f"serial=$(basename $(readlink {live}))\n"
            f"echo $serial >>{reloads}\n"
            f"[ ! -e {accepted} ] || grep -q $serial {accepted} || {{ echo 'no such key' >&2; exit 1; }}\n"
        )
        return shlex.join(["/bin/sh", str(self._script)])

    def takes_only(self, *releases: str) -> None:
        """Refuse all other releases from now on."""
        self._accepted.write_text("".join(f"{release}\n" for release in releases))

    def takes_all(self) -> None:
        """Refuse none any more."""
        self._accepted.unlink()

    def releases(self) -> list[str]:
        """Return the release of each reload."""
        return self._reloads.read_text().split() if self._reloads.exists() else []


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_command_that_certificates_share_runs_once(site: Site, service: Service) -> None:
    host = site.host()
    reload = {"command": service.command(host.folder())}
    site.variables["wotrus_certificates"] = [entry("contracts", reload=reload), entry("invoices", reload=reload)]
    site.variables["wotrus_max_charged_orders"] = 2

    site.issue()

    assert service.releases() == [host.folder().release]
    site.issue()
    assert service.releases() == [host.folder().release]


def test_handlers_of_the_play_are_notified(site: Site) -> None:
    site.host()
    site.variables["wotrus_certificates"] = [entry(reload={"handler": "Restart the signer"})]
    say = {"ansible.builtin.debug": {"msg": "done"}}
    handlers = [
        {"name": "Restart the signer", **say},
        {"name": "Notify monitoring", "listen": "wotrus certificate changed", **say},
        {"name": "Restart something else", **say},
    ]

    first = site.issue(play={"handlers": handlers})
    second = site.issue(play={"handlers": handlers})

    assert len(first.named("Restart the signer")) == 1
    assert len(first.named("Notify monitoring")) == 1
    assert first.named("Restart something else") == []
    assert second.named("Restart the signer") == second.named("Notify monitoring") == []


@pytest.mark.parametrize(
    "handler",
    [
        {"name": "Notify monitoring", "listen": "wotrus certificate changed"},
        {"name": "wotrus certificate changed"},
        {"name": "wotrus {{ 'certificate' }} changed"},
    ],
)
def test_handler_is_notified_by_its_listen_or_its_name(site: Site, handler: dict[str, str]) -> None:
    host = site.host()

    run = site.issue(play={"handlers": [{**handler, "ansible.builtin.debug": {"msg": "The monitoring knows"}}]})

    assert run.output.count("The monitoring knows") == 1
    assert host.folder().record["reload_pending"] is False


def test_without_a_listener_nothing_runs_on_the_host(site: Site) -> None:
    host = site.host()

    run = site.issue(play={"handlers": [{"name": "Restart something else", "ansible.builtin.debug": {"msg": "done"}}]})

    assert {one.action for one in run.on_target()} == {"wotrus.pki.wotrus_plan", "wotrus.pki.wotrus_apply"}
    assert host.folder().record["reload_pending"] is False


def test_reload_that_failed_is_done_by_the_next_run(
    site: Site, sandbox: Sandbox, charged: Charged, service: Service
) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry(reload={"command": service.command(host.folder())})]
    service.takes_only()

    failed = site.run()

    assert failed.code != 0
    assert any("the reload command" in message and "no such key" in message for message in failed.failures)
    assert not any(".. " in message for message in failed.failures)
    assert host.folder().release is not None
    assert host.folder().record["reload_pending"] is True
    service.takes_all()
    sandbox.clear_calls()

    site.issue()

    assert service.releases() == [host.folder().release] * 2
    assert posts(sandbox) == []
    assert_deployed(host.folder(), sandbox)
    assert site.issue().changed == 0
    assert charged() == 1


def test_tag_of_reloads_does_what_a_run_with_the_tag_of_everything_left(
    site: Site, sandbox: Sandbox, charged: Charged, service: Service
) -> None:
    host = site.host()
    reload = {"command": service.command(host.folder())}
    site.variables["wotrus_certificates"] = [entry(reload=reload)]
    handler = {"name": "Notify monitoring", "listen": "wotrus certificate changed"}
    play = {"handlers": [{**handler, "ansible.builtin.debug": {"msg": "It knows"}}]}
    service.takes_only()

    applied = site.run("--tags", "wotrus_apply", play=play)

    assert applied.code != 0
    assert any("the reload command" in message for message in applied.failures)
    assert charged() == 1
    assert host.folder().record["reload_pending"] is True
    service.takes_all()
    site.variables["wotrus_certificates"] = [entry(reload=reload), entry("invoices")]
    sandbox.clear_calls()

    reloaded = site.issue("--tags", "wotrus_reload", play=play)

    assert service.releases() == [host.folder().release] * 2
    assert len(reloaded.named("Notify monitoring")) == 1
    assert_deployed(host.folder(), sandbox)
    assert posts(sandbox) == []
    assert not host.folder("invoices").path.exists()


def test_run_does_not_roll_back_the_certificate_of_another_run(
    site: Site, sandbox: Sandbox, service: Service, tmp_path: Path
) -> None:
    host = site.host()
    reload = {"command": service.command(host.folder())}
    site.variables["wotrus_certificates"] = [entry(reload=reload)]
    site.issue()
    reissue = {"wotrus_reissue": ["contracts"]}
    reloading, refuse = tmp_path / "reloading", tmp_path / "refuse"
    for pipe in (reloading, refuse):
        os.mkfifo(pipe)
    slow = {"command": shlex.join(["/bin/sh", "-c", f"echo now >{reloading}; cat {refuse}; exit 1"])}
    site.variables["wotrus_certificates"] = [entry(reload=slow)]
    started = site.start(variables=reissue)
    assert reloading.read_text() == "now\n"
    second = host.folder().release
    site.variables["wotrus_certificates"] = [entry(reload=reload)]
    site.issue(variables=reissue)
    third = host.folder().release
    assert third != second
    refuse.write_text("")

    held_run = started.finish()

    assert held_run.code == 2
    assert any("Another run deployed another certificate meanwhile" in message for message in held_run.failures)
    assert host.folder().release == third
    assert_deployed(host.folder(), sandbox)


def test_reload_of_a_run_that_was_killed_is_done_by_the_next(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    host = site.host()
    started, never = tmp_path / "started", tmp_path / "never"
    for pipe in (started, never):
        os.mkfifo(pipe)
    stuck = shlex.join(["/bin/sh", "-c", f"echo now >{started}; cat {never}"])
    site.variables["wotrus_certificates"] = [entry(reload={"command": stuck})]

    run = site.start()
    assert started.read_text() == "now\n"
    run.kill()

    assert host.folder().record["reload_pending"] is True
    release = certificate(host.folder()).serial_number
    done: dict[str, Any] = {"command": shlex.join(["/bin/touch", str(tmp_path / "done")])}
    site.variables["wotrus_certificates"] = [entry(reload=done)]
    sandbox.clear_calls()

    site.issue()

    assert (tmp_path / "done").exists()
    assert posts(sandbox) == []
    assert certificate(host.folder()).serial_number == release
    assert_deployed(host.folder(), sandbox)


def test_handlers_after_a_reload_command_are_notified_by_the_run_after_a_killed_one(
    site: Site, service: Service
) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry(reload={"command": service.command(host.folder())})]
    handler = {"name": "Notify monitoring", "listen": "wotrus certificate changed"}
    play = {"handlers": [{**handler, "ansible.builtin.debug": {"msg": "It knows"}}]}
    with site.held_before("Notify the handlers", play=play) as run:
        run.kill()
    release = host.folder().release
    assert service.releases() == [release]
    assert host.folder().record["reload_pending"] is True

    second = site.issue(play=play)
    third = site.issue(play=play)

    assert len(second.named("Notify monitoring")) == 1
    assert host.folder().record["reload_pending"] is False
    assert third.named("Notify monitoring") == []
    assert service.releases() == [release, release]
