# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a run prints, and in which language."""

from __future__ import annotations

import configparser

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .harness import ROOT, Run, Site, entry

RENEW = "wotrus.pki.renew"
SETTINGS = ROOT / "docs" / "examples" / "infrastructure-as-code" / "ansible.cfg"
LIMIT = "This run may place 11 charged orders, and wotrus_max_charged_orders allows 2."


def lines(run: Run) -> int:
    """Return the number of lines that are not empty."""
    return sum(bool(line.strip()) for line in run.output.splitlines())


@pytest.fixture
def quiet(site: Site) -> Site:
    """A site with four hosts and eleven live certificates, and the settings of the example."""
    settings = configparser.ConfigParser()
    settings.read(SETTINGS)
    for name in ("display_ok_hosts", "display_skipped_hosts"):
        site.environment[f"ANSIBLE_{name.upper()}"] = settings["defaults"][name]
    for number, count in enumerate((1, 3, 3, 4)):
        site.host(f"host{number}", wotrus_certificates=[entry(f"own{number}-{one}") for one in range(count)])
    site.given()
    return site


def test_a_day_prints_what_happened_and_a_sentence_once(quiet: Site, sandbox: Sandbox) -> None:
    nothing = quiet.issue(playbook=RENEW)

    assert lines(nothing) <= 12
    assert "results              unchanged 11" in nothing.stdout.splitlines()

    one = quiet.issue(playbook="wotrus.pki.reissue", variables={"wotrus_reissue": "own0-0"})

    assert lines(one) <= 25
    assert "deployed" in one.stdout
    assert "issued" in quiet.issue(playbook="wotrus.pki.status").stdout

    sandbox.clock(advance=350 * DAY)
    eleven = quiet.run(playbook=RENEW, variables={"wotrus_max_charged_orders": 2})

    assert eleven.code == 2
    assert lines(eleven) <= 45
    shown = eleven.output.splitlines()
    assert sum(LIMIT in line for line in shown) == 1
    assert sum("see below" in line for line in shown) == 9
    failed = [line for line in shown if line.startswith("fatal:")]
    assert 0 < sum("The order limit is exceeded. The table" in line for line in failed) == len(failed)
    assert "Origin:" not in eleven.output


def test_a_failure_is_in_the_language_of_the_run_and_has_no_form_for_programs(site: Site) -> None:
    site.variables["wotrus_language"] = "zh"
    site.host()
    unsafe = site.host("unsafe")
    parent = unsafe.folder().path.parent
    parent.mkdir(parents=True)
    parent.chmod(0o777)

    first = site.run(playbook="wotrus.pki.issue", variables={"wotrus_max_charged_orders": 2})

    assert first.code == 2
    assert first.result(host=unsafe.name)["msg"].startswith(f"The host said: «{parent} can be written by other users")
    shown = " ".join(first.output.split())
    for words in ("contracts：订单 ", "下一步", "失败", "其他用户可以写入", "查明消息中的路径属于谁，然后重新运行。"):
        assert words in shown
    site.remove(unsafe)
    site.environment["WOTRUS_API_TOKEN"] = "tk_wrong"

    wrong_token = site.run(playbook=RENEW)

    assert wrong_token.code == 2
    assert "HTTP 401" in wrong_token.failures[0]
    assert "令牌" in wrong_token.failures[0]
    assert '"texts"' not in wrong_token.output
    assert "exception" not in wrong_token.output

    site.variables["wotrus_prices"] = {"pdf_signing": 1200}
    others = site.hosts(2)
    mistake = site.run("--check", playbook="wotrus.pki.issue")

    assert "wotrus_prices" in mistake.failures[0]
    assert "未发送任何内容" in mistake.failures[0]
    # Its failure, its line of the recap, and the one line of the summary for all of them.
    shown = mistake.output.splitlines()
    assert [sum(host.name in line for line in shown) for host in others] == [3, 3]
    assert sum(all(host.name in line for host in others) for line in shown) == 1
