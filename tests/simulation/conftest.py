# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .story import AT_ONCE, Story
from .world import World


@pytest.fixture
def story() -> Iterator[Story]:
    with World() as world:
        yield Story(world).tell(AT_ONCE)
