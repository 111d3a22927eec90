# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run commands with a time limit, and clean their output."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shlex
import signal
import tempfile
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._safe_text import safe_text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_LONGEST_OUTPUT = 1000
# Cleaning removes characters, and a character has at most four bytes.
_TAIL_BYTES = 16 * _LONGEST_OUTPUT
_MOST_OUTPUT = 1_000_000
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_SHELL_OPERATOR = re.compile(r"\d*[<>]+[&|]?\d*|[|&;]+|`|\$\(")
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_PAUSE = 0.1
# What a login has, and systemctl --user. On a local connection, the environment is the controller's, with its secrets.
_KEPT_VARIABLES = re.compile(
    "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS"
)


@dataclasses.dataclass(frozen=True)
class CommandResult:
    """The result of a command.

    :ivar ended: its exit status, or why there is none
    :ivar output: the end of its output
    :ivar printed: the beginning of its standard output, a megabyte at most where nothing else is said
    """

    ended: int | Message = 0
    output: str = ""
    printed: bytes = b""

    @property
    def problem(self) -> Message | None:
        """Why it failed, as the end of a sentence that begins with the command; ``None`` for a success."""
        if isinstance(self.ended, Message):
            return self.ended
        return Message("failed with exit status {status}", status=self.ended) if self.ended else None


def run_bounded(
    command: t.Sequence[str],
    *,
    seconds: float,
    variables: t.Mapping[str, str] | None = None,
    apart: bool = False,
    most: int | None = None,
) -> CommandResult:
    """Run a command without standard input, and with the environment of a login.

    Its process group is killed after the time limit. If it ends in time, its background processes continue.

    :param variables: further environment variables
    :param apart: the shown output is only that of errors
    :param most: it fails, and is killed, if it prints more bytes
    """
    # The import is slow, and most executions run no command.
    import asyncio

    # No pipes: a service that the command starts may keep the output open, and a closed pipe would kill it.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        streams = {"stdout": output, "stderr": errors if apart else asyncio.subprocess.STDOUT}
        ended: int | Message
        try:
            ended = asyncio.run(_run(list(command), seconds, variables or {}, streams, most))
        except (OSError, ValueError) as exc:
            ended = Message("cannot be run: {error}", error=getattr(exc, "strerror", None) or exc)
        shown = errors if apart else output
        shown.seek(max(0, shown.seek(0, os.SEEK_END) - _TAIL_BYTES))
        words = end_of_output(shown.read().decode("utf-8", errors="replace"))
        output.seek(0)
        return CommandResult(ended, words, output.read(most or _MOST_OUTPUT))


async def _run(
    command: list[str], seconds: float, variables: t.Mapping[str, str], streams: dict[str, t.Any], most: int | None
) -> int | Message:
    """Run a command within limits, and return its exit status, or why there is none."""
    import asyncio

    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        **streams,
        env={**{name: value for name, value in os.environ.items() if _KEPT_VARIABLES.fullmatch(name)}, **variables},
        start_new_session=True,
    )

    def prints_too_much() -> bool:
        return most is not None and os.fstat(streams["stdout"].fileno()).st_size > most

    async def end() -> int | None:
        while not prints_too_much():
            with contextlib.suppress(asyncio.TimeoutError):
                return await asyncio.wait_for(process.wait(), timeout=_PAUSE)
        return None

    status = None
    try:
        status = await asyncio.wait_for(end(), timeout=seconds)
    except asyncio.TimeoutError:
        return Message("did not end within {seconds} s and was killed", seconds=f"{seconds:g}")
    finally:
        if status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if status is None or prints_too_much():
        return Message("printed more than {number} MB", number=(most or 0) // 1_000_000)
    if status < 0:
        return Message("was ended by the signal {number}", number=abs(status))
    return status


def split_command(text: str | None, *, option: str) -> tuple[str, ...]:
    """Return the words of an option's command, which runs without a shell.

    A program would get an operator of the shell as an argument, and may even succeed. In quotes, it is meant as one.

    :raises InvalidInput: a quotation mark is not closed, or the command has an operator of the shell
    """
    try:
        words = tuple(shlex.split(text or ""))
    except ValueError as exc:
        raise InvalidInput("{option} is not a valid command: {error}.", option=option, error=exc) from exc
    operator = _SHELL_OPERATOR.search(_QUOTED.sub("", text or ""))
    if operator:
        raise InvalidInput(
            "{option} has the shell operator {operator}, and no shell runs it. Write sh -c '…' around the command, or "
            "put the operator in quotes if it is a part of an argument.",
            option=option,
            operator=operator.group(),
        )
    return words


def end_of_output(text: str) -> str:
    """Return the last 1,000 characters of a cleaned output."""
    return clean_output(text).strip()[-_LONGEST_OUTPUT:].strip()


def with_output(why: Message, output: str) -> Message:
    """Return a message with the end of a command's output, if there is any."""
    return Message("{why} Its output ended with: {output}", why=why, output=output) if output else why


def clean_output(text: str) -> str:
    """Return a text without escape sequences, whose characters are safe to show."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return safe_text(text, keep_lines=True)


def command_text(command: t.Sequence[str]) -> str:
    """Return a command as a user would type it in a shell."""
    return clean_output(" ".join(shlex.quote(part) for part in command)).replace("\n", " ")
