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
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_text

if t.TYPE_CHECKING:
    import asyncio

_LONGEST_OUTPUT = 1000
# Cleaning removes characters, and a character has at most four bytes.
_TAIL_BYTES = 16 * _LONGEST_OUTPUT
_MOST_OUTPUT = 1_000_000
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_SHELL_OPERATOR = re.compile(r"\d*[<>]+[&|]?\d*|[|&;]+|`|\$\(|\n(?=\S)")
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# No user but root can make a pipe hold more.
_LARGEST_PIPE = 1024 * 1024
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

    Its process group is killed after the time limit. If it ends in time, its background processes continue. What it
    prints is read to the end, however much it is.

    :param variables: further environment variables
    :param apart: the shown output is only that of errors
    :param most: it fails, and is killed, if it prints more bytes
    """
    # The import is slow, and most executions run no command.
    import asyncio

    with contextlib.ExitStack() as pipes:
        output = pipes.enter_context(contextlib.closing(_Output(_MOST_OUTPUT if most is None else most, most=most)))
        errors = pipes.enter_context(contextlib.closing(_Output(0))) if apart else output
        ended: int | Message
        try:
            ended = asyncio.run(_run(list(command), seconds, variables or {}, output, errors))
        except (OSError, RuntimeError, ValueError) as exc:
            ended = Message("cannot be run: {error}", error=getattr(exc, "strerror", None) or exc)
        words = end_of_output(errors.end.decode("utf-8", errors="replace"))
        return CommandResult(ended, words, bytes(output.beginning))


class _Output:
    """A pipe that a command prints into. Only the beginning and the end of what it prints are kept.

    :ivar most: the bytes that the command may print; ``None`` for any number
    :ivar is_too_long: it printed more
    """

    def __init__(self, kept: int, *, most: int | None = None) -> None:
        """Create it.

        :param kept: the bytes of the beginning to keep
        """
        self.beginning, self.end, self.is_too_long = bytearray(), b"", False
        self.most, self._kept, self._length, self._is_open = most, kept, 0, True
        self.writer: int | None
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)

    def follow(self, loop: asyncio.AbstractEventLoop, *, stop: t.Callable[[], None]) -> None:
        """Read whenever there is something, once the command has the other end.

        :param stop: called if it is too long
        """

        def read() -> None:
            self._read()
            if not self._is_open:
                loop.remove_reader(self._reader)
            if self.is_too_long:
                stop()

        self._close_writer()
        loop.add_reader(self._reader, read)

    async def read_rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read what a command that has ended left.

        A service that it started may have the pipe open. It would wait if nobody read, and a closed pipe would kill it.
        So another program reads on, as long as the service lives.
        """
        import asyncio

        loop.remove_reader(self._reader)
        for _rest_and_end in range(2):
            self._read()
        if self._is_open:
            os.set_blocking(self._reader, True)
            nothing = asyncio.subprocess.DEVNULL
            with contextlib.suppress(OSError):
                # The shell has ended when asyncio kills what it started.
                shell = await asyncio.create_subprocess_exec(
                    *("sh", "-c", "exec 3<&0; cat <&3 3<&- &"),
                    stdin=self._reader,
                    stdout=nothing,
                    stderr=nothing,
                    env={},
                    start_new_session=True,
                )
                await shell.wait()

    def _read(self) -> None:
        try:
            data = os.read(self._reader, _LARGEST_PIPE)
        except BlockingIOError:
            return
        self._is_open = bool(data)
        self._length += len(data)
        self.is_too_long = self.most is not None and self._length > self.most
        self.beginning += data[: self._kept - len(self.beginning)]
        self.end = (self.end + data[-_TAIL_BYTES:])[-_TAIL_BYTES:]

    def _close_writer(self) -> None:
        if self.writer is not None:
            os.close(self.writer)
        self.writer = None

    def close(self) -> None:
        """Close both ends."""
        self._close_writer()
        os.close(self._reader)


async def _run(
    command: list[str], seconds: float, variables: t.Mapping[str, str], output: _Output, errors: _Output
) -> int | Message:
    """Run a command within limits, and return its exit status, or why there is none."""
    import asyncio

    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output.writer,
        stderr=errors.writer,
        env={**{name: value for name, value in os.environ.items() if _KEPT_VARIABLES.fullmatch(name)}, **variables},
        start_new_session=True,
    )

    def kill() -> None:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    loop = asyncio.get_running_loop()
    for one in dict.fromkeys((output, errors)):
        one.follow(loop, stop=kill)
    try:
        status = await asyncio.wait_for(process.wait(), timeout=seconds)
    except asyncio.TimeoutError:
        return Message("did not end within {seconds} s and was killed", seconds=f"{seconds:g}")
    finally:
        kill()
        await process.wait()
        for one in dict.fromkeys((output, errors)):
            await one.read_rest(loop)
    if output.is_too_long:
        return Message("printed more than {number} MB", number=(output.most or 0) // 1_000_000)
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
            operator=operator.group().strip() or Message("line break"),
        )
    return words


def split_validate(text: str | None, *, option: str) -> tuple[str, ...]:
    """Return the words of a command that checks a release.

    :raises InvalidInput: as :func:`split_command`, or there is no ``%s``
    """
    missing = Message("{option} must contain %s, which is replaced by the folder of the new release.", option=option)
    return _with_place(text, missing, option=option)


def split_reader(text: str | None, *, option: str) -> tuple[str, ...]:
    """Return the words of a command that checks a signed document, in the same way."""
    missing = Message("{option} must contain %s, which is replaced by the signed document.", option=option)
    return _with_place(text, missing, option=option)


def _with_place(text: str | None, missing: Message, *, option: str) -> tuple[str, ...]:
    words = split_command(text, option=option)
    if text and not any("%s" in word for word in words):
        raise InvalidInput(missing)
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
