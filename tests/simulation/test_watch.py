# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each reading of the world is learned, or why it cannot be.

That no other word is observed, and nothing personal is kept, is checked at the end of each world.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._module import argument_spec, execute
from ansible_collections.wotrus.pki.plugins.module_utils._orders import probe_info
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Run
from ansible_collections.wotrus.pki.plugins.module_utils._readings import catalogue, reading

from .ca import TOKEN
from .readings import READINGS
from .role import URL
from .story import A_DAY, AT_ONCE, BY_HAND, DUE, LIVE, REISSUED, RUNS, WANTED, Story
from .test_terms import term_is
from .world import World

Sentence = str | Callable[[Story], object]

YEAR: tuple[Sentence, ...] = (*LIVE, A_DAY, REISSUED, A_DAY, RUNS, DUE, *(RUNS, A_DAY) * 3, RUNS)
"""What shows most of the readings."""

IN_PLACE, UNPAID = "The CA reads reissue_id as same.", "The CA reads payment as later."


def probe(story: Story) -> None:
    """Let a person probe all orders."""
    validator = ArgumentSpecValidator(argument_spec(probe_info.OPERATION))
    own = [order.id for order in story.world.ca.known()]
    given = {"api_token": TOKEN, "api_url": URL, "rate_limit": 0, "order_ids": own}
    execute(probe_info.OPERATION, validator.validate(given).validated_parameters, run=Run())


EXPIRED: tuple[Sentence, ...] = (*LIVE, DUE, A_DAY, "It is 60 days later.", probe, RUNS)
ISSUED_UNPAID: tuple[Sentence, ...] = (UNPAID, WANTED, RUNS, lambda story: story.order_is("issue"), RUNS)
NOT_READY: tuple[Sentence, ...] = (UNPAID, BY_HAND, WANTED, RUNS, lambda story: story.order_is("approve"), RUNS)
REVOKED: tuple[Sentence, ...] = (*LIVE, lambda story: story.end("contracts", revokes=True))
STORIES: dict[str, tuple[Sentence, ...]] = {
    "create_time moved": (IN_PLACE, *LIVE, A_DAY, REISSUED),
    "query_field pendingLink null": (BY_HAND, WANTED, RUNS, RUNS),
    **{f"lifetime {days} days": (lambda story, days=days: term_is(story, 24, days),) for days in (398, 460)},
    **dict.fromkeys(("ended issued", "ended expired", "ended unknown", "expired issued"), EXPIRED),
    "expired_certificate given": EXPIRED,
    "expired_certificate refused": (*LIVE, DUE, DUE, probe),
    "unpaid_orders kept": (UNPAID, WANTED, RUNS, *("It is 60 days later.",) * 2, RUNS),
    **{f"before_certificate {word}": NOT_READY for word in READINGS["before_certificate"]},
    **{f"unpaid_certificate {word}": ISSUED_UNPAID for word in READINGS["unpaid_certificate"]},
    "keys any": (WANTED, lambda story: story.entry()["key"].update(type="ECC", curve="P-384"), RUNS),
    "spelling entities": (WANTED, lambda story: story.entry().update(common_name="A & B"), RUNS),
    **{f"revocation {word}": REVOKED for word in READINGS["revocation"]},
    # The id of the tenth order has letters.
    "ids plain": (*LIVE, *(A_DAY, REISSUED) * 10),
}
"""What shows a word that a year does not show."""

OBSERVED = [(name, word) for name in READINGS for word in catalogue.READINGS[name].found]


@functools.cache
def seen_in(reading: str, *sentences: Sentence) -> frozenset[tuple[str, str]]:
    """Return what is observed in a history under a reading."""
    with World() as world:
        story = Story(world).tell(AT_ONCE, *([reading] if reading else ()))
        for sentence in sentences:
            if callable(sentence):
                sentence(story)
            else:
                story.tell(sentence)
    return frozenset(world.ca.observed.words)


def test_the_catalogue_has_the_readings_of_the_world() -> None:
    assert {name: catalogue.READINGS[name].words for name in READINGS} == dict(READINGS)


def test_each_reading_says_how_it_is_learned() -> None:
    for name, known in catalogue.READINGS.items():
        assert known.learned_by in reading.WAYS, name
        assert set(known.found) <= set(known.words), name
        assert set(known.compatible) <= set(known.words), name
        # An act, or why answers do not show it.
        assert (known.how is not None) or (known.found and known.learned_by != reading.CANNOT), name
        assert known.learned_by != reading.CANNOT or not known.found, name


@pytest.mark.parametrize(("name", "word"), OBSERVED, ids=[f"{name} {word}" for name, word in OBSERVED])
def test_word_is_observed(name: str, word: str) -> None:
    is_usual = word == READINGS[name][0]
    reading = "" if is_usual else f"The CA reads {name} as {word}."

    assert (name, word) in seen_in(reading, *STORIES.get(f"{name} {word}", YEAR))
