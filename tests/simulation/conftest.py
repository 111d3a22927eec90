# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world of its own for each test, and what it reaches in the tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from . import reached
from .story import AT_ONCE, Story
from .world import World


@pytest.fixture
def story() -> Iterator[Story]:
    with World() as world:
        yield Story(world).tell(AT_ONCE)


@pytest.fixture(autouse=True)
def _reaches_what_is_listed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Note what a test reaches that ``reached.yml`` names: by its history, or by its file and name."""
    test = request.node.originalname
    is_history = test == "test_every_promise_holds"
    listed = reached.of(request.node.callspec.id if is_history else f"{request.path.stem}::{test}")
    with reached.noted() if listed else contextlib.nullcontext(listed) as found:
        yield
    assert sorted(listed - found) == []
