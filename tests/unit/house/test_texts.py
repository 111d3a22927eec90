# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue has exactly the texts that the code uses.

Each is a few short sentences.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors
from ansible_collections.wotrus.pki.plugins.module_utils._texts import en
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import (
    LANGUAGES,
    Message,
    headline,
    next_step,
    text,
)

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
SENTENCES = {
    text_id: one
    for part in (
        en.ORDERS,
        en.PLANS,
        en.WARNINGS,
        en.RESULTS,
        en.ALARMS,
        en.REFUSED,
        en.MISTAKES,
        en.ANSWERS,
        en.HOSTS,
        en.CHECKS,
        en.CURES,
        en.ERRORS,
        en.NEXT_STEPS,
    )
    for text_id, one in part.items()
}
ON_TARGETS = tuple(
    f"module_utils/{name}" for name in ("_deployment/", "_model/", "_store/", "_token/", "_x509/", "_target_module.py")
)
FAMILIES = {text_id.partition(".")[0] for text_id in en.TEXTS}
"""What comes before the first full stop of an id."""


def placeholders(template: str) -> set[str]:
    """Return the names in a text's braces."""
    return {name for _before, name, _form, _conversion in string.Formatter().parse(template) if name is not None}


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """Yield the syntax nodes of the plugins, without the catalogue."""
    for path in sorted(PLUGINS.rglob("*.py")):
        if path.parent.name != "_texts":
            yield from ((path, node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def messages() -> Iterator[tuple[str, set[str] | None]]:
    """Yield the ids of messages, and the names of their values.

    The names are ``None`` if they are not written in the call.
    """
    for _path, node in nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message":
            names = {word.arg for word in node.keywords}
            constants = [str(one.value) for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
            ids = [one for one in constants if re.fullmatch(r"[a-z]+\.[a-z0-9_]+", one)]
            yield from ((one, None if None in names or len(ids) > 1 else names) for one in ids)


def test_every_id_in_the_code_exists() -> None:
    named = {text_id for text_id, _names in messages()}

    assert len(named) > 100
    assert named - set(en.TEXTS) == set()


def test_errors_of_the_controller_have_no_text_of_their_own() -> None:
    """Targets have no catalogue, since its import takes time there."""
    errors = {name for name, kind in vars(_errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    own = [
        f"{path.relative_to(PLUGINS)}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in errors
        if node.args and isinstance(node.args[0], (ast.Constant, ast.JoinedStr))
    ]

    assert [place for place in own if not place.startswith(ON_TARGETS)] == []


def test_every_text_is_used() -> None:
    constants = {node.value for _path, node in nodes() if isinstance(node, ast.Constant)}
    computed = {f"{family}." for family in FAMILIES} & constants
    codes = {f"{family}.{code}" for family in ("error", "next") for code in error_codes()}
    unused = [
        text_id
        for text_id in en.TEXTS
        if text_id not in constants | codes and f"{text_id.partition('.')[0]}." not in computed
    ]

    assert unused == []


def test_each_message_gets_the_values_that_its_text_names() -> None:
    wrong = [
        (text_id, names)
        for text_id, names in messages()
        if names is not None and text_id in en.TEXTS and names != placeholders(en.TEXTS[text_id])
    ]

    assert wrong == []


@pytest.mark.parametrize("text_id", SENTENCES)
def test_a_message_is_up_to_three_short_sentences_with_one_full_stop_at_the_end(text_id: str) -> None:
    one = SENTENCES[text_id]
    sentences = re.split(r"(?<=[.}]) (?=[A-Z{])", one)

    assert one.endswith((".", "{msg}"))
    assert not one.endswith("..")
    assert len(sentences) <= 3
    assert max(len(sentence.split()) for sentence in sentences) <= 25


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_another_language_has_the_same_values_in_its_texts(language: str) -> None:
    for text_id, one in LANGUAGES[language].items():
        assert placeholders(one) == placeholders(en.TEXTS[text_id]), text_id


def error_codes() -> set[str]:
    """Return the error codes of exceptions, and of results without one."""
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return {kind.error_code for kind in kinds if hasattr(kind, "error_code")} | {"handler_not_found", "unfinished"}


def test_every_error_code_has_a_sentence_and_a_next_step() -> None:
    for code in sorted(error_codes()):
        assert headline(code).text_id == f"error.{code}"
        assert f"next.{code}" in en.TEXTS
        # Its number is put in where the limit is checked. A host that answers this code has no number.
        assert next_step(code).text_id == ("next.error" if code == "order_limit" else f"next.{code}")
    assert headline("of a newer release") == Message("error.error")


def test_message_is_rendered_in_a_language_or_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.wotrus.pki.plugins.module_utils._texts.message.LANGUAGES",
        {"en": en.TEXTS, "zh": {"plan.reissue": "{why}订单 {order_id} 将重新颁发，免费。"}},
    )
    message = Message("plan.reissue", why=Message("plan.key_lost"), order_id="A1")

    assert (
        text(message)
        == str(message)
        == ("The private key of the certificate is not on the host. Order A1 is reissued, which is free.")
    )
    assert text(message, "zh") == "The private key of the certificate is not on the host.订单 A1 将重新颁发，免费。"
    assert text("WoTrus: 系统维护", "zh") == "WoTrus: 系统维护"


def test_an_error_in_a_message_loses_its_own_full_stop() -> None:
    message = Message("plan.certificate_unreadable", order_id="A1", error=_errors.BadAnswer("It is cut off."))

    assert text(message) == "The certificate of order A1 cannot be read: It is cut off."
