# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of notifications in Chinese, and those for bots, made of the formatter's messages.

``WOTRUS_WRITE_GUIDES=1 pytest tests/awx/test_bot_messages.py`` writes extensions/awx/vars/bot_messages.yml.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import ESCAPES, message

from .jobs import read

KINDS = ("dingtalk", "wecom", "feishu")
_TITLE, _TEXT = "\0title\0", "\0text\0"
# The bytes of a plan: with the title and a link, WeCom takes 4,096. A character may have four.
_LONGEST_PLAN = 800
_WIDTH = 110
_HEAD = """\
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The texts of notifications in Chinese, and those for bots. tests/awx/bot_messages.py writes them, from the messages of
# wotrus_webhooks and from messages.yml, which has the rules of AWX.
"""
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "open_job": "Open the job",
        "open_workflow": "Open the workflow",
        "lost": "not reached: ",
        "running": "Please approve: ",
        "approved": "Approved: ",
        "denied": "Denied: ",
        "timed_out": "Nobody approved in time: ",
        "statuses": {},
    },
    "zh": {
        "open_job": "打开作业",
        "open_workflow": "打开工作流",
        "lost": "未能连接：",
        "running": "请审批：",
        "approved": "已批准：",
        "denied": "已拒绝：",
        "timed_out": "无人及时审批：",
        "statuses": {"failed": "失败", "error": "出错", "canceled": "已取消"},
    },
}


def document() -> str:
    """Return the whole file."""
    lines = ["---", _HEAD.rstrip("\n"), "wotrus_awx_messages_zh:", *_lines(_texts_zh(), 2), "wotrus_awx_bot_messages:"]
    for language in WORDS:
        lines.append(f"  {language}:")
        for kind in KINDS:
            lines += [f"    {kind}:", *_lines(_bot(kind, language), 6)]
    return "\n".join(lines) + "\n"


def _lines(value: Any, indent: int) -> list[str]:
    """Return the lines of YAML for nested dictionaries of templates."""
    lines = []
    for name, one in value.items():
        if isinstance(one, dict):
            lines += [f"{' ' * indent}{name}:", *_lines(one, indent + 2)]
        elif one is None:
            lines.append(f"{' ' * indent}{name}: null")
        else:
            lines.append(f"{' ' * indent}{name}: !unsafe {_quoted(one, indent + 2)}")
    return lines


def _quoted(text: str, indent: int) -> str:
    """Return a text as YAML in quotes, on lines that are not too long.

    In quotes, YAML reads the escapes of JSON. A backslash at the end of a line joins it to the next, without blanks.
    """
    parts = re.findall(r"\\u[0-9a-f]{4}|\\.|.", json.dumps(text, ensure_ascii=False)[1:-1])
    lines = ["".join(parts[start : start + _WIDTH]) for start in range(0, len(parts), _WIDTH)]
    shown = [f"\\{line}" if line.startswith(" ") else line for line in lines]
    return '"' + f"\\\n{' ' * indent}".join(["", *shown]) + '"'


def _bot(kind: str, language: str) -> dict[str, Any]:
    """Return the texts for a bot. A webhook sends only the body."""
    words = WORDS[language]
    error = (
        f"{_lost()}{_title(_name(words))}{{% set text = {_rest(words)} %}}"
        f"{{% set text = text ~ ('\\n\\n' if text else '') ~ '[{words['open_job']}](' ~ url ~ ')' %}}{_body(kind)}"
    )
    approvals = {event: _approval(kind, words, event) for event in ("running", "approved", "denied", "timed_out")}
    return {
        "started": None,
        "success": None,
        "error": {"message": None, "body": error},
        "workflow_approval": {event: {"message": None, "body": body} for event, body in approvals.items()},
    }


def _rest(words: dict[str, Any]) -> str:
    """Return the expression for what a message says of a failed job: its artifact, else what AWX itself knows."""
    lost = f"('{words['lost']}' ~ lost.hosts | join(', ') if lost.hosts else '')"
    known = _escaped(f"{lost} ~ ' ' ~ job.job_explanation | default('', true)")
    return f"job.artifacts.wotrus_notification | default('', true) or {known}"


def _approval(kind: str, words: dict[str, Any], event: str) -> str:
    title = _title(f"'{words[event]}' ~ approval_node_name")
    link = f"'[{words['open_workflow']}](' ~ workflow_url ~ ')'"
    if event != "running":
        return f"{title}{{% set text = {link} %}}{_body(kind)}"
    cut = f"plan[:{_LONGEST_PLAN}] ~ ('…' if plan[{_LONGEST_PLAN}:] else '')"
    return (
        f"{_plan()}{title}{{% set plan = {_escaped(cut)} %}}"
        f"{{% set text = plan ~ ('\\n\\n' if plan else '') ~ {link} %}}{_body(kind)}"
    )


def _plan() -> str:
    """Return how messages.yml finds the plan."""
    body: str = read("messages.yml")["wotrus_awx_messages"]["webhook"]["workflow_approval"]["running"]["body"]
    return body[: body.index('{"approval"')]


def _lost() -> str:
    """Return how messages.yml finds the hosts without a result."""
    body: str = read("messages.yml")["wotrus_awx_messages"]["webhook"]["error"]["body"]
    return body[: body.index('{"job"')]


def _title(expression: str) -> str:
    """Return the title of a message. Robots of DingTalk may want a keyword in each message."""
    return (
        f"{{% set title = {_escaped(expression)} %}}"
        "{% set title = ('' if 'WoTrus' in title else 'WoTrus: ') ~ title %}"
    )


def _name(words: dict[str, Any]) -> str:
    return f"job.name ~ ': ' ~ {_status(words)}"


def _status(words: dict[str, Any]) -> str:
    return f"{json.dumps(words['statuses'], ensure_ascii=False)}.get(job.status, job.status)"


def _escaped(expression: str) -> str:
    """Return a template's expression for one line of text in Markdown."""
    replaced = "".join(f" | replace({json.dumps(one)}, '{stand_in}')" for one, stand_in in _PAIRS)
    return f"({expression}).split() | join(' '){replaced}"


# In a template, a quote needs other quotes around it.
_PAIRS = tuple((one, stand_in.replace("'", "\\'")) for one, stand_in in ESCAPES)


def _body(kind: str) -> str:
    """Return the document of a bot, with the values of the template in its texts."""
    text = json.dumps(message(kind, _TITLE, _TEXT), ensure_ascii=False)
    for name in ("title", "text"):
        # Without the quotes around the JSON of a text, it is a part of the text in the document.
        text = text.replace(f"\\u0000{name}\\u0000", f"{{{{ ({name} | tojson)[1:-1] }}}}")
    return text


def _texts_zh() -> dict[str, Any]:
    """Return the texts of messages.yml in Chinese."""
    words, url, node = WORDS["zh"], "{{ url }}", "{{ approval_node_name }}"
    head = f"{{{{ job.name }}}}：{{{{ {_status(words)} }}}}"
    # The bold words of the Markdown are plain ones.
    found = f"(({_rest(words)}) | replace('**', ''))"
    plan, wanted = _plan(), f"{words['running']}{node}"
    ends = {event: f"{words[event]}{node}" for event in ("approved", "denied", "timed_out")}
    line = "{% if plan %}{{ plan.split() | join(' ') }} {% endif %}{{ workflow_url }}"
    lines = "{% if plan %}{{ plan }}\n{% endif %}{{ workflow_url }}"
    return {
        "started": None,
        "success": None,
        "error": {
            "message": f"{_lost()}{head}。{{{{ {found}.split() | join(' ') }}}} {url}",
            "body": f"{_lost()}{head}\n{url}\n{{{{ {found} }}}}",
        },
        "workflow_approval": {
            "running": {"message": f"{plan}{wanted} {line}", "body": f"{plan}{wanted}\n{lines}"},
            **{
                event: {"message": f"{said} {{{{ workflow_url }}}}", "body": f"{said}\n{{{{ workflow_url }}}}"}
                for event, said in ends.items()
            },
        },
    }
