# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record a plan, the order limit and an order on the sandbox as a moving picture.

The inventory, the settings and the commands are those of the guide to start with. The output is that of the commands,
block by block. Needs ``ansible-playbook`` and this collection.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.examples import examples
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import free_port

_COMMANDS = (
    "ansible-playbook -i inventory.yml wotrus.pki.issue --check",
    "ansible-playbook -i inventory.yml wotrus.pki.issue",
    "ansible-playbook -i inventory.yml wotrus.pki.issue --limit signer1",
)
# The columns of a table that decide, and as many as a telephone can show.
_COLUMNS, _ROWS = 58, 20
_WIDTH, _HEIGHT = 7.4, 17.0  # of a character
_PROMPT, _BLOCK, _TABLE = 1.0, 0.5, 3.0  # seconds for which a command, a block of output and a table stand
_SGR = re.compile(r"\x1b\[([\d;]*)m")
_COLOURS = {"31": "r", "32": "g", "33": "y", "34": "c", "35": "m", "36": "c", "97": "p"}
_BUTTONS = ((20, "#ff6159"), (38, "#ffbf2f"), (56, "#29c941"))
_STYLE = """
text {
  font: 12.2px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace;
  fill: #d7dde3; white-space: pre;
}
.r { fill: #ff8f87; } .g { fill: #8ddb9b; } .y { fill: #ecc46b; } .m { fill: #d3b2f5; } .c { fill: #86d3e6; }
.p { fill: #fff; font-weight: 700; }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
"""


def main() -> None:
    """Write the picture of a guide's language to the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("guide", help="such as guide_start_zh")
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        blocks = [*_recorded(Path(folder), GUIDES / f"{arguments.guide}.rst")]
    arguments.picture.write_text(_picture(blocks), encoding="utf-8")


def _recorded(home: Path, guide: Path) -> Iterator[tuple[str, float]]:
    """Run the commands; yield blocks of output, and the seconds for which each stands."""
    for one in examples(guide):
        if one.caption in ("inventory.yml", "ansible.cfg"):
            (home / one.caption).write_text(one.text, encoding="utf-8")
    port = free_port()
    environment = os.environ | {
        "HOME": str(home),
        "ANSIBLE_FORCE_COLOR": "true",
        "WOTRUS_API_URL": f"https://127.0.0.1:{port}",
        "WOTRUS_API_TOKEN": "tk_sandbox",
        "WOTRUS_CA_PATH": str(home / ".cache/wotrus-sandbox/tls/ca.pem"),
    }

    def said(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=900,
        )
        # Where a user has the collection.
        return done.stdout.strip("\n").replace(os.environ["ANSIBLE_COLLECTIONS_PATH"], "~/.ansible/collections")

    sandbox = "ansible-playbook wotrus.pki.sandbox"
    said(f"{sandbox} -e wotrus_sandbox_port={port}")
    try:
        for command in _COMMANDS:
            yield f"\x1b[1;97m$ {command}\x1b[0m\n", _PROMPT
            for block in said(command).split("\n\n"):
                yield f"{block}\n\n", _TABLE if _is_table(block) else _BLOCK
    finally:
        said(f"{sandbox} -e wotrus_sandbox_state=absent")


def _is_table(block: str) -> bool:
    return "--  --" in block


def _lines(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the rows of a narrow terminal, each as pieces of one colour.

    A table is cut at the right, and so are the asterisks after a task. Other lines continue below, at a word.
    """
    colour = ""
    for line in text.removesuffix("\n").split("\n"):
        shown: list[tuple[str, str]] = []
        for number, part in enumerate(_SGR.split(line)):
            if number % 2:
                colour = _COLOURS.get(part.split(";")[-1], "")
            else:
                shown += [(one, colour) for one in part]
        plain = "".join(one for one, _colour in shown)
        if re.search(r"\S {2,}\S", plain):
            end = _end(shown, _COLUMNS - 1)
            yield _pieces(shown if len(shown) <= end + 1 else [*shown[:end], ("…", shown[end][1])])
        elif plain.endswith("***"):
            yield _pieces(shown[: _end(shown, _COLUMNS)])
        else:
            while (end := _end(shown, _COLUMNS)) < len(shown):
                space = plain.rfind(" ", 0, end + 1)
                end = space if space > 0 else end
                yield _pieces(shown[:end])
                shown, plain = shown[end:], plain[end:]
                skipped = len(plain) - len(plain.lstrip(" "))
                shown, plain = shown[skipped:], plain[skipped:]
            yield _pieces(shown)


def _end(shown: list[tuple[str, str]], columns: int) -> int:
    """Return how many characters fit into columns."""
    used = 0
    for place, (one, _colour) in enumerate(shown):
        used += _columns(one)
        if used > columns:
            return place
    return len(shown)


def _pieces(shown: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join characters of one colour, but for wide ones."""
    row: list[tuple[str, str]] = []
    for one, colour in shown:
        if row and row[-1][1] == colour and row[-1][0].isascii() and one.isascii():
            row[-1] = (row[-1][0] + one, colour)
        else:
            row.append((one, colour))
    return row


def _columns(text: str) -> int:
    """Return how many columns a terminal uses for a text."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _picture(blocks: list[tuple[str, float]]) -> str:
    """Return the picture: all rows below each other, which a window moves along.

    Each piece has its place and its width, since fonts differ in theirs.
    """
    rows: list[list[tuple[str, str]]] = []
    times: list[tuple[float, int]] = []
    now = 0.0
    begun = False
    for text, seconds in blocks:
        rows += _lines(text)
        # The picture begins with the first table, and each round with this picture.
        if not begun and not (begun := _is_table(text)):
            continue
        times.append((now, len(rows)))
        now += seconds
    window = _ROWS * _HEIGHT

    style = _STYLE
    for name, place in (("rows", lambda count: -max(0, count - _ROWS)), ("rest", lambda count: min(count, _ROWS))):
        moved = [f"transform: translateY({place(count) * _HEIGHT:g}px)" for _at, count in times]
        steps = " ".join(f"{100 * at / now:.2f}% {{ {move} }}" for (at, _count), move in zip(times, moved, strict=True))
        style += f"@keyframes {name} {{ {steps} }}\n"
        style += f"#{name} {{ {moved[-1]}; animation: {name} {now:.1f}s step-end infinite }}\n"
    body = "\n".join(
        f'<text y="{number * _HEIGHT + 13:g}">{_spans(row)}</text>' for number, row in enumerate(rows) if _spans(row)
    )
    width, height = f"{_COLUMNS * _WIDTH + 24:g}", f"{window + 44:g}"
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!--
Copyright (c) 2026, the wotrus.pki contributors
GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Made by tests/tools/recording.py
-->
<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">
<title id="title">ansible-playbook wotrus.pki.issue: --check, the order limit, --limit signer1</title>
<style>{style}</style>
<rect width="{width}" height="{height}" rx="10" fill="#16191d"/>
{"".join(f'<circle cx="{x}" cy="16" r="5.5" fill="{fill}"/>' for x, fill in _BUTTONS)}
<svg x="12" y="32" width="{_COLUMNS * _WIDTH:g}" height="{window:g}">
<g id="rows">
{body}
</g>
<rect id="rest" width="100%" height="{window:g}" fill="#16191d"/>
</svg>
</svg>
"""


def _spans(row: list[tuple[str, str]]) -> str:
    """Return the pieces of a row, but for spaces."""
    spans = []
    column = 0
    for text, colour in row:
        for piece in re.finditer(r"\S+(?: \S+)*", text):
            place, size = (column + piece.start()) * _WIDTH, _columns(piece[0]) * _WIDTH
            look = f' class="{colour}"' if colour else ""
            shown = html.escape(piece[0], quote=False)
            spans.append(f'<tspan x="{place:g}" textLength="{size:g}"{look}>{shown}</tspan>')
        column += _columns(text)
    return "".join(spans)


if __name__ == "__main__":
    main()
