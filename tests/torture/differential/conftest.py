# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the product accepts, ``openssl`` accepts too. The other way round, it may be stricter."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _odd_files_are_no_failures() -> Iterator[None]:
    """Let ``cryptography`` warn about what it reads all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
