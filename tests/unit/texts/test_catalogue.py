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
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    BLOCKED,
    DEPLOYED,
    FAILED,
    NOT_SELECTED,
    UNCHANGED,
    WAITING,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts import en, host_en, zh
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import headline, next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import CANCELLED, REVOKED, REVOKING
from tests.unit.house.test_layers import PACKAGE, imports

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
FILES = [*sorted(PLUGINS.rglob("*.py")), *sorted((ROOT / "extensions" / "eda" / "plugins").rglob("*.py"))]
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
        en.TASKS,
        en.CHECKS,
        en.CURES,
        en.ERRORS,
        en.NEXT_STEPS,
        host_en.OPTIONS,
        host_en.PATHS,
        host_en.STORE,
        host_en.DEPLOYMENT,
        host_en.CRYPTOGRAPHY,
        host_en.TOKENS,
        host_en.CHECKS,
    )
    for text_id, one in part.items()
}
ERRORS = {
    name: kind
    for name, kind in vars(_errors).items()
    if isinstance(kind, type) and issubclass(kind, _errors.WotrusError)
}
OWN_ERRORS = {*ERRORS, "NewerRecord", "StoreError"}
TARGET_MODULES = ("wotrus_deployment", "wotrus_deployment_info", "wotrus_host_info")
FAMILIES = {text_id.partition(".")[0] for text_id in en.TEXTS}
"""What comes before the first full stop of an id."""


def placeholders(template: str) -> set[str]:
    """Return the names in a text's braces."""
    return {name for _before, name, _form, _conversion in string.Formatter().parse(template) if name is not None}


def braces(template: str) -> set[tuple[str, str | None, str | None]]:
    """Return the names in a text's braces, with their forms and conversions."""
    return {(name, form, kind) for _before, name, form, kind in string.Formatter().parse(template) if name is not None}


def nodes(paths: Iterable[Path] = FILES) -> Iterator[tuple[Path, ast.AST]]:
    """Yield the syntax nodes of the plugins, without the catalogue."""
    for path in paths:
        if path.parent.name != "_texts":
            yield from ((path, node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def is_message(node: ast.AST) -> bool:
    """Return whether a node makes a message."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("Message", "texts.Message")


def messages(paths: Iterable[Path] = FILES) -> Iterator[tuple[str, set[str] | None]]:
    """Yield the ids of messages, and the names of their values.

    The names are ``None`` if they are not written in the call.
    """
    for _path, node in nodes(paths):
        if is_message(node):
            assert isinstance(node, ast.Call)
            names = {word.arg for word in node.keywords}
            constants = [str(one.value) for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
            ids = [one for one in constants if re.fullmatch(r"[a-z]+\.[a-z0-9_]+", one)]
            yield from ((one, None if None in names or len(ids) > 1 else names) for one in ids)


def test_every_id_in_the_code_exists() -> None:
    named = {text_id for text_id, _names in messages()}

    assert len(named) > 100
    assert named - set(en.TEXTS) == set()


def sent_files(*modules: str) -> set[Path]:
    """Return the files that Ansible sends to a host that runs modules."""
    sent: set[Path] = set()
    new = {PLUGINS / "modules" / f"{name}.py" for name in modules or TARGET_MODULES}
    while new:
        sent |= new
        names = {one.name.removeprefix(f"{PACKAGE}.") for path in new for one in imports(path)}
        paths = {PLUGINS.joinpath(*name.split(".")).with_suffix(".py") for name in names}
        new = {path for path in paths if path.is_file()} - sent
    return sent


def test_targets_get_the_texts_of_hosts_and_no_others() -> None:
    """Ansible sends each file that it sees imported, wherever the import stands."""
    sent = sent_files()

    assert {path.stem for path in sent if path.parent.name == "_texts"} == {"message", "host_en"}
    assert {text_id for text_id, _names in messages(sent)} - set(host_en.TEXTS) == set()


def test_a_host_that_runs_an_api_module_gets_the_english_texts() -> None:
    sent = sent_files("wotrus_order", "wotrus_revoke", "wotrus_certificate", "wotrus_order_info", "wotrus_notify")

    assert {path.stem for path in sent if path.parent.name == "_texts"} == {"message", "host_en", "en"}
    assert {text_id for text_id, _names in messages(sent)} - set(en.TEXTS) == set()


def test_every_text_of_hosts_is_used_by_code_that_runs_there() -> None:
    named = {node.value for _path, node in nodes(sent_files()) if isinstance(node, ast.Constant)}

    assert set(host_en.TEXTS) - named == set()


def test_no_value_of_a_host_can_make_its_text_fail() -> None:
    for text_id, one in host_en.TEXTS.items():
        for _before, name, form, conversion in string.Formatter().parse(one):
            assert name is None or name.isidentifier(), text_id
            assert not form, text_id
            assert conversion in (None, "r"), text_id


def free_texts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts of an expression that stand outside of a message."""
    if is_message(node):
        return
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from free_texts(child)


def test_no_error_has_a_text_of_its_own() -> None:
    """The types are checked too: an error takes a ``Message`` only."""
    assert _errors.WotrusError.__init__.__annotations__["message"] == "Message"
    own = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OWN_ERRORS
        if any(True for _text in free_texts(node.args[0]))
    ]

    assert own == []


def test_no_warning_has_a_text_of_its_own() -> None:
    calls = [
        (path, node)
        for path, node in nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "warn"
    ]

    assert len(calls) > 5
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in calls
        if any(True for _text in free_texts(node.args[0]))
    ] == []


@pytest.mark.parametrize("text_id", [text_id for text_id, one in en.TEXTS.items() if one in ("{words}", "{msg}")])
def test_a_text_for_the_words_of_others_has_none_of_ours(text_id: str) -> None:
    calls = [node for _path, node in nodes() if is_message(node) and text_id in ast.unparse(node.args[0])]

    assert calls
    assert not [
        word for call in calls for word in call.keywords if isinstance(word.value, (ast.Constant, ast.JoinedStr))
    ]


def test_values_of_messages_have_no_words_of_ours() -> None:
    values = [word.value for _path, node in nodes() if is_message(node) for word in node.keywords]
    words = [one.value for value in values for one in free_texts(value) if isinstance(one, ast.Constant)]

    assert [one for one in words if " " in one.strip()] == []


def test_every_text_is_used() -> None:
    constants = {node.value for _path, node in nodes() if isinstance(node, ast.Constant)}
    computed = {f"{family}." for family in FAMILIES} & constants
    codes = {f"{family}.{code}" for family in ("error", "next") for code in error_codes()}
    unused = [
        text_id
        for text_id in en.TEXTS
        if text_id not in constants | codes | set(en.TASKS) and f"{text_id.partition('.')[0]}." not in computed
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
    sentences = re.split(r"(?<=[.}]) (?=[A-Z])|(?<=[.]) (?={)", one)

    assert one.endswith((".", "{msg}", "{words}", "{output}"))
    assert not one.endswith("..")
    assert len(sentences) <= 3
    assert max(len(sentence.split()) for sentence in sentences) <= 25


def test_other_languages_have_the_same_texts_with_the_same_values() -> None:
    assert set(LANGUAGES) == {"en", "zh"}
    assert set(zh.TEXTS) == set(en.TEXTS)
    for text_id, one in zh.TEXTS.items():
        assert braces(one) == braces(en.TEXTS[text_id]), text_id


@pytest.mark.parametrize("text_id", SENTENCES)
def test_a_chinese_message_has_no_english_full_stop(text_id: str) -> None:
    end = zh.TEXTS[text_id][-1]

    assert end in ("。", "？", "}")
    assert not re.search(r"[\u4e00-\u9fff][.,:;?!()]", zh.TEXTS[text_id])


def error_codes() -> set[str]:
    """Return the error codes of exceptions, and of results without one."""
    return {kind.error_code for kind in ERRORS.values()} | {"handler_not_found", "unfinished"}


def test_every_error_code_has_a_sentence_and_a_next_step() -> None:
    for code in sorted(error_codes()):
        assert headline(code).text_id == f"error.{code}"
        assert f"next.{code}" in en.TEXTS
        # Its number is put in where the limit is checked. A host that answers this code has no number.
        assert next_step(code).text_id == ("next.error" if code == "order_limit" else f"next.{code}")
    assert headline("of a newer release") == Message("error.error")


def test_every_result_and_action_has_a_word() -> None:
    words = {f"word.result.{one}" for one in (UNCHANGED, DEPLOYED, WAITING, BLOCKED, FAILED, NOT_SELECTED)}
    words |= {f"word.result.{one}" for one in (REVOKED, REVOKING, CANCELLED)}
    words |= {f"word.action.{action.value}" for action in Action} | {f"report.stage.{stage.value}" for stage in Stage}

    assert words - set(en.TEXTS) == set()


def test_message_is_rendered_in_a_language(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese = {"plan.reissue": "{why}订单 {order_id} 将重新颁发，免费。", "plan.key_lost": "主机上没有证书的私钥。"}
    monkeypatch.setattr(zh, "TEXTS", chinese)
    message = Message("plan.reissue", why=Message("plan.key_lost"), order_id="A1")

    assert (
        text(message)
        == str(message)
        == ("The private key of the certificate is not on the host. Order A1 is reissued, which is free.")
    )
    assert text(message, "zh") == "主机上没有证书的私钥。订单 A1 将重新颁发，免费。"
    assert text("WoTrus: 系统维护", "zh") == "WoTrus: 系统维护"


def test_messages_are_equal_by_id_and_values() -> None:
    assert Message("plan.valid", days=1) == Message("plan.valid", days=1)
    assert Message("plan.valid", days=1) != Message("plan.valid", days=2)
    assert Message("plan.key_lost") != "plan.key_lost"
    assert len({Message("plan.key_lost"), Message("plan.key_lost")}) == 1


def test_an_error_in_a_message_loses_its_own_full_stop() -> None:
    message = Message("plan.certificate_unreadable", order_id="A1", error=_errors.BadAnswer(Message("pem.cut_off")))

    assert text(message) == "The certificate of order A1 cannot be read: The DER is cut off."
    assert text(Message("reload.pending", why=_errors.NotServed(Message("pem.cut_off")))) == (
        "The DER is cut off. The reload is still pending."
    )
