# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists texts that a language lacks, and those that nothing uses.

It fails if there is one. The texts are read from the source: from the calls of ``Message`` and of errors in Python,
from the filter ``_message`` in tasks, and from the macros of the report's page.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml
from jinja2 import nodes

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = "plugins/module_utils/_texts"
_MODULE = "ansible_collections.wotrus.pki.plugins.module_utils._texts.message"
_ERRORS = "ansible_collections.wotrus.pki.plugins.module_utils._errors"
# They make messages of data, and only those whose text is known; and of the text that an error is given.
_READERS = ("received.py", "_errors.py")
_MACROS = ("t", "label", "option", "word")


class Use(NamedTuple):
    """A place that shows a text.

    ``english`` is ``None`` if it is no literal; ``names`` are those of the values that are given, ``None`` for any.
    """

    place: str
    english: str | None
    names: frozenset[str] | None


def uses(root: Path = ROOT) -> Iterator[Use]:
    """Yield each use of a text."""
    for read, pattern in (
        (_python, "plugins/**/*.py"),
        (_python, "extensions/**/*.py"),
        (_tasks, "roles/**/*.yml"),
        (_tasks, "playbooks/**/*.yml"),
        (_page, "roles/certificate/templates/*.j2"),
    ):
        for path in sorted(root.glob(pattern)):
            if path.name not in _READERS:
                yield from read(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())


def _python(source: str, place: str) -> Iterator[Use]:
    tree = ast.parse(source)
    names = {
        one.asname or one.name if node.module == _MODULE else f"{one.asname or one.name}.Message"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for one in node.names
        if (node.module, one.name) == (_MODULE, "Message") or f"{node.module}.{one.name}" == _MODULE
    }
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == _ERRORS]
    errors = {one.asname or one.name for node in imports for one in node.names}
    kinds = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names |= {kind.name for kind in kinds} & {"Message"}
    errors |= {kind.name for kind in kinds if errors & {ast.unparse(base) for base in kind.bases}}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in names | errors:
            given = {word.arg for word in node.keywords}
            known = None if None in given else frozenset(name for name in given if name)
            for english in _constants(node.args[0]):
                # An error takes a message too.
                if english is not None or ast.unparse(node.func) in names:
                    yield Use(f"{place}:{node.lineno}", english, known)


def _tasks(source: str, place: str) -> Iterator[Use]:
    for node in _scalars(yaml.compose(source)):
        for call in _parsed(node.value).find_all(nodes.Filter) if "._message(" in node.value else ():
            if call.name.endswith("._message"):
                for english in _constants(call.node):
                    yield Use(f"{place}:{node.start_mark.line + 1}", english, _names(call))


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _scalars(one)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for one in pair:
                yield from _scalars(one)


def _page(source: str, place: str) -> Iterator[Use]:
    for call in _parsed(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _MACROS:
            # Others are chosen by a value, of a mapping in Python.
            for english in filter(None, _constants(call.args[0])):
                yield Use(f"{place}:{call.lineno}", english, _names(call))


def _parsed(source: str) -> nodes.Template:
    return jinja2.Environment(autoescape=True).parse(source)


def _names(call: nodes.Call | nodes.Filter) -> frozenset[str]:
    return frozenset(word.key for word in call.kwargs)


def _constants(node: Any) -> Iterator[str | None]:
    """Yield the text of an expression, or both of a condition."""
    if isinstance(node, (ast.IfExp, nodes.CondExpr)):
        either = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node.expr1, node.expr2)
        for one in either:
            yield from _constants(one)
    else:
        value = node.value if isinstance(node, (ast.Constant, nodes.Const)) else None
        yield value if isinstance(value, str) else None


def languages(root: Path = ROOT) -> dict[str, dict[str, str]]:
    """Return the texts of each language by the English ones."""
    found = sorted(root.joinpath(LANGUAGES).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}


def faults(root: Path = ROOT) -> Iterator[str]:
    """Yield a line for each missing, unused or computed text."""
    found = [*uses(root)]
    yield from (f"{use.place}: a message needs a literal as its text" for use in found if use.english is None)
    used = {use.english: use.place for use in found if use.english is not None}
    for language, texts in languages(root).items():
        yield from (f"{place}: not in {language}: {text!r}" for text, place in used.items() if text not in texts)
        yield from (f"{language}: nothing uses {text!r}" for text in texts if text not in used)


def main() -> int:
    """Print the faults, and return the exit code."""
    found = [*faults()]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
