# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops each attack, and how it succeeds without that.

An attack that fails shows little if it could not have succeeded. So the long form takes its defences out of a copy of
the collection, makes the attack there, and sees it succeed. ``defences.yml`` has the defences and the attacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Defence:
    """A piece of code that stops attacks.

    :ivar file: its path in the collection
    :ivar code: a text that is once in the file
    :ivar without: the text in its place in a copy without the defence, which serves honest hosts as before
    """

    file: str
    code: str
    without: str


@dataclass(frozen=True)
class Proof:
    """How an attack is seen to succeed.

    :ivar defences: names of defences that are taken away together
    :ivar test: a test of the attack's party in the long form, with its parameters
    :ivar shown: a part of its failure, which only this success has
    """

    defences: tuple[str, ...]
    test: str
    shown: str


_FILE = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))

DEFENCES = {name: Defence(**one) for name, one in _FILE["defences"].items()}
"""By what they do, in a few words, as the page has it."""

PROOFS = {
    name: Proof(tuple(one["defences"]), one["test"], one["shown"])
    for name, one in _FILE["attacks"].items()
    if "defences" in one
}
"""By the attack's name."""

ELSEWHERE: dict[str, str] = {name: one["stopped_by"] for name, one in _FILE["attacks"].items() if "defences" not in one}
"""What stops the other attacks, which is no code of the collection, by the attack's name."""


def stopped_by(name: str) -> str:
    """Return what stops an attack, as the page has it."""
    return f"not the collection, but {ELSEWHERE[name]}" if name in ELSEWHERE else "; ".join(PROOFS[name].defences)
