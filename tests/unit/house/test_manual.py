# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every statement of WoTrus's manual has a test or an explanation.

The check of that can fail.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tools import manual_map
from tests.tools.manual_map import Claim, Statement, WrongData

STATEMENTS = {
    one.id: one
    for one in (
        Statement("1.held", section="1", text="one"),
        Statement("1.open", section="1", text="two", either_way="both are read"),
        Statement("1.planned", section="1", text="three", plan="later"),
    )
}
HELD = [Claim("test_x.py::test_one", "1.held")]


def test_every_statement_of_the_manual_has_a_test_or_an_explanation() -> None:
    assert manual_map.faults(manual_map.load(), manual_map.claims()) == []


def test_each_section_of_the_manual_has_its_statements() -> None:
    heads = {statement.section.split(".")[0]: statement.id.split(".")[0] for statement in manual_map.load().values()}

    assert list(heads) == ["Revision record", *"123456789"]
    assert all(number[0] == section for section, number in heads.items() if section.isdigit())
    assert heads["Revision record"] == "V1"


def test_a_complete_map_has_no_fault_and_shows_each_statement_with_its_tests() -> None:
    lines = "\n".join(manual_map.table(STATEMENTS, HELD))

    assert manual_map.faults(STATEMENTS, HELD) == []
    assert "1.held: one\n      test_x.py::test_one\n" in lines
    assert "1.open [open]: two\n      either way: both are read\n" in lines
    assert "1.planned [planned]: three\n      plan: later" in lines


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ([], "1.held has no test: one"),
        (
            [*HELD, Claim("test_x.py::test_two", "1.nothing")],
            "test_x.py::test_two names 1.nothing, which is no statement",
        ),
        ([*HELD, Claim("test_x.py::test_two", "1.planned")], "test_x.py::test_two names 1.planned, which is planned"),
    ],
)
def test_map_with_a_missing_or_wrong_name_has_a_fault(held: list[Claim], words: str) -> None:
    (fault,) = manual_map.faults(STATEMENTS, held)

    assert fault.startswith(words)


def test_markers_of_functions_parameters_and_classes_are_found(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        """
@pytest.mark.manual("a", "b")
def test_one(): ...

@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.manual("c"))])
def test_two(n): ...

@pytest.mark.manual("d")
class TestThree:
    @pytest.mark.manual("e")
    def test_four(self): ...
"""
    )

    assert sorted((claim.statement, claim.test.split("::", 1)[1]) for claim in manual_map.claims((tmp_path,))) == [
        ("a", "test_one"),
        ("b", "test_one"),
        ("c", "test_two"),
        ("d", "TestThree::test_four"),
        ("e", "TestThree::test_four"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("helpers.py", '@pytest.mark.manual("a")\ndef test_one(): ...'),
        ("test_x.py", '@pytest.mark.manual("a")\ndef check_one(): ...'),
        ("test_x.py", '@pytest.mark.manual("a")\n@pytest.mark.skip\ndef test_one(): ...'),
        ("test_x.py", '@pytest.mark.manual("a")\n@pytest.mark.xfail(strict=True)\ndef test_one(): ...'),
        ("test_x.py", 'def test_one():\n    pytest.mark.manual("a")'),
        ("test_x.py", "@pytest.mark.manual()\ndef test_one(): ..."),
        ("test_x.py", "@pytest.mark.manual(NAME)\ndef test_one(): ..."),
    ],
)
def test_marker_without_a_test_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(WrongData, match=name):
        manual_map.claims((tmp_path,))


def test_marker_in_a_test_of_the_sandbox_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_x.py").write_text('@pytest.mark.manual("a")\ndef test_one(): ...')
    monkeypatch.setattr(manual_map, "NOT_OURS", tmp_path)

    with pytest.raises(WrongData, match="no test of ours"):
        manual_map.claims((tmp_path,))


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "1.a"},
        {"id": "1.a", "statement": " "},
        {"id": "1.a", "statement": "one", "open": True},
        {"id": "1.a", "statement": "one", "either_way": "both"},
        {"id": "1.a", "statement": "one", "planned": True, "plan": ""},
        {"id": "1.a", "statement": "one", "plan": "later"},
        {"id": "1.a", "statement": "one", "tested": True},
        {"id": "1.first", "statement": "twice"},
    ],
)
def test_an_entry_that_is_incomplete_or_twice_there_is_refused(tmp_path: Path, entry: dict[str, object]) -> None:
    file = tmp_path / "statements.yml"
    file.write_text(yaml.safe_dump([{"section": "1", "statements": [{"id": "1.first", "statement": "one"}, entry]}]))

    with pytest.raises(WrongData, match=str(entry["id"])):
        manual_map.load(file)


@pytest.mark.parametrize(("name", "code"), [("5.cancel-result", 0), ("5.no-such-thing", 4)])
def test_an_unknown_statement_is_an_error_at_collection(tmp_path: Path, name: str, code: int) -> None:
    (tmp_path / "test_x.py").write_text(
        f'import pytest\n\n\n@pytest.mark.manual("{name}")\ndef test_one() -> None:\n    assert True\n'
    )
    command = [sys.executable, "-m", "pytest", "-q", "-c", "pyproject.toml", "-p", "tests.conftest"]
    done = subprocess.run(
        [*command, tmp_path], cwd=manual_map.ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == code, done.stdout + done.stderr
    assert ("names 5.no-such-thing, which is no statement" in done.stderr) is (code == 4)
