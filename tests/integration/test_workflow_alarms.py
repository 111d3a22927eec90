# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run succeeds only if all certificates are well.

None ends unnoticed, whatever is pending.
"""

from __future__ import annotations

import datetime as dt

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from . import tables
from .checks import assert_deployed, certificate
from .conftest import Charged
from .harness import Folder, Run, Site

REISSUE = {"wotrus_reissue": ["contracts"]}
ALARM_DAYS = "wotrus_alarm_days"
ALARM_WAITING_DAYS = "wotrus_alarm_waiting_days"


def days_left(folder: Folder, sandbox: Sandbox) -> float:
    """Return the days left on the live certificate, by the sandbox's clock."""
    now = dt.datetime.fromisoformat(sandbox.clock())
    return (certificate(folder).not_valid_after_utc - now) / dt.timedelta(days=1)


def warned(run: Run, *words: str) -> bool:
    """Return whether a warning that was shown has all these words."""
    warnings = [" ".join(part.split("\n\n")[0].split()) for part in run.output.split("[WARNING]")[1:]]
    return any(all(word in warning for word in words) for warning in warnings)


@pytest.mark.parametrize("answer", ["new", "same"])
def test_reissue_under_review_hides_no_renewal(site: Site, sandbox: Sandbox, charged: Charged, answer: str) -> None:
    host = site.host()
    site.issue()
    sandbox.settings(manual_review=True, reissue_answer=answer)
    site.issue(variables=REISSUE)
    sandbox.settings(manual_review=False)
    sandbox.clock(advance=350 * DAY)

    run = site.run()

    assert run.code == 0
    assert charged() == 2
    assert days_left(host.folder(), sandbox) > 300
    assert_deployed(host.folder(), sandbox, at_time=False)
    assert tables.result(run, host)["result"] == "deployed"


@pytest.mark.parametrize(
    ("day", "variables"),
    [(362, {}), (353, {ALARM_DAYS: 14}), (375, {})],
    ids=["ends soon", "days are set", "expired"],
)
def test_renewal_under_review_is_an_alarm_when_the_end_is_near(
    site: Site, sandbox: Sandbox, charged: Charged, day: int, variables: dict[str, int]
) -> None:
    host = site.host()
    site.issue()
    sandbox.settings(manual_review=True)
    sandbox.clock(advance=345 * DAY)
    # 20 days are enough for a review.
    site.issue()
    sandbox.clock(advance=(day - 345) * DAY)

    run = site.run(variables=variables)

    assert charged() == 2
    assert run.code == 2
    row = tables.result(run, host)
    assert row["waiting for"] == tables.BY_CA
    assert row["next step"] != tables.NONE


def test_rebuilt_host_without_a_live_certificate_is_an_alarm(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    host.wipe()
    sandbox.settings(manual_review=True, reissue_answer="same")
    site.run()
    sandbox.clock(advance=6 * DAY)

    run = site.run()

    assert charged() == 1
    assert host.folder().release is None
    assert run.code == 2
    row = tables.result(run, host)
    assert row["waiting for"] == tables.BY_CA
    assert row["next step"] != tables.NONE


@pytest.mark.parametrize(("day", "action"), [(100, "renew"), (430, "resume")], ids=["issued", "expired"])
def test_issued_order_of_a_rebuilt_host_is_an_alarm_where_the_run_may_not_deploy_it(
    site: Site, sandbox: Sandbox, charged: Charged, day: int, action: str
) -> None:
    host = site.host()
    site.issue()
    host.wipe()
    sandbox.settings(manual_review=True)
    site.run()
    sandbox.order(host.folder().pending_order_id, "issue")
    sandbox.clock(advance=day * DAY)

    run = site.run(variables={"wotrus_actions": [action]})

    assert charged() == 1
    assert host.folder().release is None
    assert run.code == 2
    row = run.result()
    assert (row["result"], row["alarm"], row["error_code"]) == ("not_selected", "failure", "nothing_live")
    assert tables.result(run, host)["next step"] != tables.NONE


def test_first_order_that_waits_too_long_is_an_alarm(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    sandbox.clock(advance=6 * DAY)
    site.issue(variables={ALARM_WAITING_DAYS: 10})

    run = site.run()

    assert run.code == 2
    assert tables.result(run, host)["waiting for"] == tables.BY_CA


def test_reissue_that_waits_too_long_is_a_warning_while_a_certificate_is_live(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    sandbox.settings(manual_review=True)
    site.issue(variables=REISSUE)
    sandbox.clock(advance=6 * DAY)

    run = site.issue()

    assert warned(run, "contracts", "days")
    assert tables.result(run, host)["result"] == "waiting"


def test_live_key_that_is_gone_is_an_alarm_until_it_is_replaced(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    (host.folder().live / "privkey.pem").unlink()
    sandbox.settings(manual_review=True)

    run = site.run()

    assert host.folder().record["pending"] is not None
    assert run.code == 2
    assert tables.result(run, host)["next step"] != tables.NONE
    sandbox.settings(manual_review=False)
    sandbox.order(host.folder().pending_order_id, "approve")

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def test_expired_certificate_is_an_alarm_where_the_run_may_not_renew_it(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    site.issue()
    sandbox.clock(advance=370 * DAY)

    run = site.run(variables={"wotrus_actions": ["resume"]})

    assert charged() == 1
    assert run.code == 2
    assert tables.result(run, host)["next step"] != tables.NONE
