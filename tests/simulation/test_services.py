# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given services that nobody could notify of a new certificate, who learns of it."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import TOPIC

from .story import BY_HAND, CONTRACTS, KEY_LOST, REISSUED, RUNS, WANTED, Story

HANDLER = "restart signer"
NOT_NOTIFIED = f"reload.handler '{HANDLER}' is no handler of this play, so the service was not notified."


def has_handler(story: Story, *names: str) -> None:
    """Let the play have handlers of these names or topics, and no others."""
    story.world.inventory.variables["handlers"] = list(names)


def wants(story: Story, reload: object) -> None:
    """Let the entry have a value of ``reload``."""
    story.tell(WANTED)
    story.entry()["reload"] = reload


def test_run_is_red_until_the_handler_of_the_entry_is_notified(story: Story) -> None:
    wants(story, {"handler": HANDLER})
    for _run in range(3):
        story.run()
        assert story.outcome == ("failed", "handler_not_found")
        assert story.row()["msg"] == NOT_NOTIFIED
        assert story.serves() == "order 1"
        assert not story.last.result.is_green

    has_handler(story, HANDLER)
    story.run()

    assert (story.outcome, story.last.result.is_green) == (("unchanged", None), True)
    assert story.last.result.notified == [str(story.path())]
    assert story.record()["reload_pending"] is False
    has_handler(story)
    story.run()
    assert story.last.result.is_green


def test_notification_of_a_killed_run_stays_pending_in_a_play_without_its_listener(story: Story) -> None:
    has_handler(story, TOPIC)
    wants(story, None)
    story.run(fails=lambda _kind, what: "wotrus_deployment" in what and story.path().joinpath("live").exists())
    assert story.record()["reload_pending"] is True

    has_handler(story)
    for _run in range(2):
        story.run()
        assert story.outcome == ("failed", "handler_not_found")
        assert TOPIC in story.row()["msg"]

    story.entry()["reload"] = "none"
    story.run()
    assert (story.outcome, story.record()["reload_pending"]) == (("unchanged", None), False)


def test_order_that_waits_is_not_hidden_by_a_pending_notification(story: Story) -> None:
    wants(story, {"handler": HANDLER})
    story.tell(RUNS, BY_HAND, REISSUED)

    assert story.row()["result"] == "waiting"
    assert (story.row()["alarm"], story.row()["error_code"]) == ("failure", "reload_pending")
    assert "not notified" in story.row()["msg"]
    assert not story.last.result.is_green


@pytest.mark.parametrize(
    ("reload", "handlers", "is_notified"),
    [
        (None, (), False),
        ("none", (), True),
        ({"command": "reload"}, (), True),
        (None, (TOPIC,), True),
        ({"handler": HANDLER}, (HANDLER,), True),
    ],
)
def test_deployment_of_which_no_service_is_notified_is_a_line_of_the_summary(
    story: Story, reload: object, handlers: tuple[str, ...], *, is_notified: bool
) -> None:
    has_handler(story, *handlers)
    wants(story, reload)
    story.run()

    assert (story.row()["result"], story.last.result.is_green) == ("deployed", True)
    lines = [line for line in story.last.result.summary if "No service was notified" in line]
    assert len(lines) == (not is_notified)
    assert all("alpha  contracts" in line for line in lines)
    assert ("warnings             1" in story.last.result.summary) is not is_notified

    story.run()
    assert ("No service was notified" in story.summary) is not is_notified
    story.entry()["reload"] = "none"
    story.run()
    assert "No service was notified" not in story.summary


def test_reload_of_another_shape_is_refused_before_an_order(story: Story) -> None:
    wants(story, {"command": "reload", "comand": "reload"})
    story.run(predict=False)

    assert "reload.comand is no option" in str(story.last.result.failed)
    assert story.charged == 0


def test_handler_that_fails_is_notified_again_and_red_until_then(story: Story) -> None:
    story.tell(WANTED, f"A person wants {CONTRACTS} to notify a handler.", "The plays have the handlers.")
    story.tell("The handlers of alpha fail.")
    for _run in range(2):
        story.tell(RUNS)
        assert (story.serves(), story.last.result.is_green, story.last.result.notified) == ("order 1", False, [])
        assert story.record()["reload_pending"] is True

    story.tell("The handlers of alpha work.", RUNS)
    assert (story.last.result.is_green, story.last.result.notified) == (True, [str(story.path())])
    assert story.charged == 1
    story.tell(RUNS)
    assert story.last.result.notified == []


def test_plays_without_their_handlers_are_red_until_one_has_them(story: Story) -> None:
    story.tell(WANTED, f"A person wants {CONTRACTS} to notify a handler.", "The plays do not have the handlers.", RUNS)
    assert (story.outcome, story.serves()) == (("failed", "handler_not_found"), "order 1")

    story.tell("The plays have the handlers.", RUNS)
    assert (story.last.result.is_green, story.charged) == (True, 1)


def test_reload_that_fails_brings_the_former_certificate_back_and_pays_once(story: Story) -> None:
    story.tell(WANTED, f"A person wants {CONTRACTS} to reload a service.", RUNS, "The service of alpha is broken.")
    story.tell(REISSUED)
    for _run in range(2):
        assert (story.serves(), story.outcome) == ("order 1", ("failed", "reload_failed"))
        story.tell(RUNS)
    story.tell("The service of alpha is repaired.", RUNS)
    assert (story.serves(), story.charged, len(story.world.ca.known())) == ("order 2", 1, 2)


@pytest.mark.parametrize(
    ("reload", "handlers"), [({"command": "reload"}, ()), (None, (TOPIC,)), ({"handler": HANDLER}, (HANDLER,))]
)
def test_service_that_nobody_notified_is_notified_once_it_is_named(
    story: Story, reload: object, handlers: tuple[str, ...]
) -> None:
    has_handler(story)
    wants(story, None)
    story.run()
    assert story.row()["error_code"] == "no_service_notified"
    reloads = story.world.host(CONTRACTS).reloads

    has_handler(story, *handlers)
    story.entry()["reload"] = reload
    story.run()

    is_reloaded = story.world.host(CONTRACTS).reloads > reloads
    assert is_reloaded is ("command" in (reload or {}))
    assert bool(story.last.result.notified) is bool(handlers)
    story.run()
    assert (story.outcome, story.row()["alarm"]) == (("unchanged", None), None)


def test_reload_that_failed_stays_pending_if_the_entry_no_longer_names_it(story: Story) -> None:
    story.tell(WANTED, f"A person wants {CONTRACTS} to reload a service.", "The service of alpha is broken.", RUNS)
    story.entry().pop("reload")
    for _run in range(2):
        story.run()
        assert (story.outcome, story.last.result.is_green) == (("failed", "handler_not_found"), False)


def test_certificate_that_a_killed_run_made_live_is_recorded_by_the_next_run(story: Story) -> None:
    story.tell(WANTED, RUNS, KEY_LOST, "A run is killed at its step 34.", RUNS)

    assert (story.row()["alarm"], story.charged) == (None, 1)
    story.run()
    assert story.row()["alarm"] is None
