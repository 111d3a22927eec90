# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's commands have a time limit, and safe output."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tracemalloc

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import (
    command_text,
    end_of_output,
    run_bounded,
    split_command,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput


def python(program: str, *, seconds: float = 60):
    return run_bounded([sys.executable, "-c", program], seconds=seconds)


def test_a_command_has_the_environment_of_a_login_and_no_input(monkeypatch) -> None:
    for name in ("WOTRUS_API_TOKEN", "VAULT_PASSWORD", "SSH_AUTH_SOCK", "XPATH", "HOMEPAGE"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/0")

    outcome = python("import os, sys; print(repr(sys.stdin.read()), *sorted(os.environ.values()))")

    assert outcome.problem is None
    assert outcome.output.startswith("''")
    assert {"secret"} & set(outcome.output.split()) == set()
    assert {"C.UTF-8", "/run/user/0", os.environ["PATH"]} <= set(outcome.output.split())


def test_errors_and_output_are_in_the_order_in_which_they_came() -> None:
    outcome = python("import os; os.write(1, b'a'); os.write(2, b'b'); os.write(1, b'c'); os._exit(4)")
    assert (str(outcome.problem), outcome.output) == ("failed with exit status 4", "abc")


def test_a_command_that_a_signal_ends_has_failed() -> None:
    outcome = python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert str(outcome.problem) == "was ended by the signal 9"


@pytest.mark.parametrize("command", [["/nonexistent/command"], ["/"], ["bad\0name"]])
def test_a_command_that_cannot_be_run_has_failed(command) -> None:
    assert str(run_bounded(command, seconds=60).problem).startswith("cannot be run: ")


def test_slow_command_is_killed_with_its_children(tmp_path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    ready = select.poll()
    ready.register(reader, select.POLLIN | select.POLLHUP)
    outcome = run_bounded(["/bin/sh", "-c", '(echo begun; exec sleep 600) > "$0" & wait', str(fifo)], seconds=1)
    assert str(outcome.problem) == "did not end within 1 s and was killed"
    # The pipe is at its end once no process can write into it any more.
    text = b"-"
    while text:
        assert ready.poll(60_000)
        text = os.read(reader, 100)
    os.close(reader)


@pytest.mark.parametrize(
    ("end", "problem"), [("", "None"), ("time.sleep(600)", "did not end within 3 s and was killed")]
)
def test_service_in_the_background_is_not_waited_for(end, problem) -> None:
    # It keeps its standard output open, as a daemon may.
    outcome = python(
        "import subprocess, time; "
        f"p = subprocess.Popen(['sleep', '600'], start_new_session=True); print(p.pid, flush=True); {end}",
        seconds=3 if end else 60,
    )
    assert str(outcome.problem) == problem
    os.kill(int(outcome.output), 9)


def test_service_in_the_background_may_print_later(tmp_path) -> None:
    for name in ("go", "answer"):
        os.mkfifo(tmp_path / name)
    reader = os.open(tmp_path / "answer", os.O_RDONLY | os.O_NONBLOCK)
    ready = select.poll()
    ready.register(reader, select.POLLIN | select.POLLHUP)
    service = "(read go < go; head -c 1000000 /dev/zero && echo printed > answer || echo killed > answer) &"
    outcome = run_bounded(["/bin/sh", "-c", f"cd '{tmp_path}'; {service}"], seconds=60)
    assert outcome.problem is None

    (tmp_path / "go").write_text("go\n")

    assert ready.poll(60_000)
    assert os.read(reader, 100) == b"printed\n"
    os.close(reader)


def test_a_long_output_is_read_and_dropped_while_it_is_printed() -> None:
    tracemalloc.start()
    try:
        outcome = python(
            "import os\nfor _ in range(200): os.write(1, b'x' * 1_000_000)\nprint(os.fstat(1).st_size)", seconds=600
        )
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.problem is None
    assert len(outcome.printed) == 1_000_000
    assert int(outcome.output.lstrip("x")) < 2_000_000
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("program", "problem", "printed", "output"),
    [
        ("os.write(1, b'%PDF'); os.write(2, b'no TSA')", None, b"%PDF", "no TSA"),
        ("os.write(2, b'x' * 100_000_000 + b'end'); os._exit(3)", "failed with exit status 3", b"", "x" * 997 + "end"),
        ("[os.write(1, b'x' * 1_000_000) for _ in range(100)]", "printed more than 2 MB", None, ""),
        ("os.close(1); time.sleep(600)", "did not end within 2 s and was killed", b"", ""),
    ],
)
def test_what_is_read_of_a_command_is_bounded(program, problem, printed, output) -> None:
    command = [sys.executable, "-c", f"import os, time; {program}"]
    found = run_bounded(command, seconds=2 if "sleep" in program else 60, apart=True, most=2_000_000)
    assert (found.problem and str(found.problem), found.output) == (problem, output)
    assert len(found.printed) < 3_000_000
    assert printed in (None, found.printed)


def test_only_the_end_of_a_long_output_is_kept() -> None:
    outcome = python("print('x' * 100_000 + 'end')")
    assert len(outcome.output) == 1000
    assert outcome.output.endswith("xend")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("one\r\ntwo\n", "one\ntwo"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("a\tb\x00c\x07d", "a b c d"),
        ("\u202eevil\u2066", "evil"),
        ("证书 ok", "证书 ok"),
        ("\x9b31m", "31m"),
        ("", ""),
    ],
)
def test_an_output_has_nothing_that_moves_the_cursor(text, clean) -> None:
    assert end_of_output(text) == clean


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert python("import os; os.write(1, bytes([255, 254]) + b'ok')").output.endswith("ok")


def test_a_command_is_shown_as_a_person_types_it() -> None:
    assert command_text(["systemctl", "reload", "a b"]) == "systemctl reload 'a b'"
    assert command_text(["x", "a\nb"]) == "x 'a b'"


@pytest.mark.parametrize(
    "command",
    [
        "sh -c 'systemctl reload signer | logger'",
        "sh -c \"true && echo 'a;b' > /dev/null\"",
        "grep -E 'a|b' file\\;name",
        "curl 'http://127.0.0.1:8080/reload?now=1&all=1' -o out",
        'awk "{ x \\" > }" \'`id`\'',
        "env 'A=<>' sign a\"&\"b --money=5$",
    ],
)
def test_an_operator_in_quotes_is_a_part_of_its_word(command) -> None:
    words = split_command(command, option="command")
    shell = subprocess.run(["sh", "-c", f"printf '%s\\0' {command}"], stdout=subprocess.PIPE, check=True)
    assert [*words] == shell.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    ("command", "operator"),
    [
        ("reload | logger", "|"),
        ("reload || start", "||"),
        ("reload && test", "&&"),
        ("reload&&test", "&&"),
        ("true; reload", ";"),
        ("reload ;", ";"),
        ("reload &", "&"),
        ("reload > log", ">"),
        ("reload >>log", ">>"),
        ("reload < file", "<"),
        ("reload 2>&1", "2>&1"),
        ("reload $(cat name)", "$("),
        ("reload `cat name`", "`"),
        ("echo 'a' 'b'|logger", "|"),
        ('echo "a\\"" | logger', "|"),
    ],
)
def test_an_operator_of_the_shell_is_refused_with_the_way(command, operator) -> None:
    with pytest.raises(InvalidInput) as caught:
        split_command(command, option="reload.command")
    assert str(caught.value).startswith(f"reload.command has the shell operator {operator}, and no shell runs it.")
    assert "sh -c '…'" in str(caught.value)
