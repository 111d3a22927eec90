# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that has imported what runs import, and forks for each; the tests run thousands of programs.

In its folder are an interpreter for modules, ``ansible-playbook`` and ``ansible-galaxy``. A module's archive, as a file
or piped into it, and the command's own code run unchanged, in less than half of the time of a Python that starts. The
interpreter is the Python itself with other arguments, and that of a localhost that no inventory names.

Who kills a program does not reach the fork, and the environment of the fork is not to be seen from outside. So in
``own_process`` there is an ``ansible-playbook`` that does not fork, for tests of that.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import contextlib
import functools
import hashlib
import importlib.util
import marshal
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import types
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from typing import Any

# socket and json would take longer than the Python that starts.
_CLIENT = """#!{python} -ISE
import _socket, array, os, sys
{choice}
mask = os.umask(0)
os.umask(mask)
said = repr([dict(os.environ), os.getcwd(), mask, sys.argv]).encode()
asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
asked.connect({address!r})
asked.sendmsg([said], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
asked.shutdown(_socket.SHUT_WR)
status = asked.recv(1)
# Until its process has ended.
asked.recv(1)
os._exit(status[0] if status else 1)
"""
_INTERPRETER = """
sys.argv = sys.argv[1:] or ["/dev/fd/0"]
program = sys.argv[0]
if len(sys.argv) > 1 or not program.startswith("/dev/fd/") and "/AnsiballZ_" not in program:
    os.execv({python!r}, [{python!r}, *sys.argv])
"""
# What a fork has imported comes from nowhere else.
_COMMAND = """
if "PYTHONPATH" in os.environ:
    os.execv({python!r}, [{python!r}, "-m", "ansible", {name!r}, *sys.argv[1:]])
"""
_OWN_PROCESS = """#!{python}
import sys
sys.executable = {interpreter!r}
from ansible.cli.playbook import main
sys.exit(main())
"""
_COMMANDS = ("galaxy", "playbook")
_LONGEST_PART = 1 << 16
# Nothing that reads Ansible's configuration, which each command has for itself, or ends in a way of its own, as
# multiprocessing does.
_IMPORTED = (
    "ansible.module_utils.basic",
    "ansible.module_utils.urls",
    "concurrent.futures.thread",
    "cryptography.hazmat.primitives.serialization.pkcs12",
    "cryptography.x509.ocsp",
    "jinja2.nativetypes",
    "jinja2.sandbox",
    "packaging.specifiers",
    "requests",
    "yaml",
)


@functools.cache
def warm_python(python: Path, settings: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the path of such an interpreter, which works as long as this process.

    With WOTRUS_TEST_PLAIN_PYTHON=1 it is the Python itself, so that modules and commands start as users start them.

    :param python: the Python with ansible-core
    :param settings: of the environment in which it starts
    """
    if os.environ.get("WOTRUS_TEST_PLAIN_PYTHON") == "1":
        return str(python)
    environment = {**os.environ, **dict(settings)}
    server = subprocess.Popen(
        [python, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.communicate)
    assert server.stdout is not None
    return server.stdout.readline().strip()


def _write_programs(folder: Path, address: str) -> Path:
    """Write the programs that ask the server at an address, and return the interpreter."""
    python, interpreter = sys.executable, folder / "python"
    choices = {interpreter: _INTERPRETER.format(python=python)}
    choices |= {folder / f"ansible-{name}": _COMMAND.format(python=python, name=name) for name in _COMMANDS}
    texts = {file: _CLIENT.format(python=python, address=address, choice=choice) for file, choice in choices.items()}
    own = folder / "own_process" / "ansible-playbook"
    own.parent.mkdir()
    texts[own] = _OWN_PROCESS.format(python=python, interpreter=str(interpreter))
    for file, text in texts.items():
        file.write_text(text)
        file.chmod(0o755)
    return interpreter


def _serve() -> None:
    """Run each program that is sent, in a fork, until the standard input is closed."""
    # Where coverage is measured, each file is one of its own.
    if sys.pycache_prefix and "coverage" not in sys.modules:
        _keep_compiled(Path(sys.pycache_prefix, "compiled", str(sys.implementation.cache_tag)))
    for name in _IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # pytest's folders are too deep for the address of a socket. A fork that ends leaves the folder alone.
    folder = Path(tempfile.mkdtemp(prefix="wotrus-"))
    address = str(folder / "socket")
    interpreter = _write_programs(folder, address)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(8)
        sys.stdout.write(f"{interpreter}\n")
        sys.stdout.flush()
        while server in select.select([server, sys.stdin], [], [])[0]:
            asking, _address = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                _run(asking, str(interpreter))
                return
            asking.close()
    shutil.rmtree(folder)


def _run(asking: socket.socket, interpreter: str) -> None:
    """Run the program that was sent, and send its exit status."""
    status: object = 1
    # After what the program has for its end.
    atexit.register(_end)
    said, files, _flags, _address = socket.recv_fds(asking, _LONGEST_PART, 3)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    # The old ones know whether the files of the server can be sought in.
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", 1)
    while part := asking.recv(_LONGEST_PART):
        said += part
    try:
        environment, folder, mask, sys.argv = ast.literal_eval(said.decode())
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        os.umask(mask)
        command = Path(sys.argv[0]).name.removeprefix("ansible-")
        if command in _COMMANDS:
            os.setsid()
            sys.executable = interpreter
            importlib.import_module(f"ansible.cli.{command}").main()
        else:
            # What is piped has always the same name.
            sys.dont_write_bytecode = True
            SourceFileLoader("__main__", sys.argv[0]).exec_module(types.ModuleType("__main__"))
            status = 0
    except SystemExit as end:
        status = end.code or 0
    finally:
        # Who asked may have been killed.
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
            sys.stderr.flush()
            asking.sendall(bytes([int(str(status))]))


def _end() -> None:
    """End without what Python does then, which takes as long as many a module."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _keep_compiled(folder: Path) -> None:
    """Keep what is compiled: Python keeps no bytecode of archives, and Ansible none of collections."""
    folder.mkdir(exist_ok=True, parents=True)
    plain = builtins.compile

    def kept(source: Any, filename: Any, mode: str, *flags: int, **named: Any) -> Any:
        if flags or named.get("flags") or not named.get("dont_inherit"):
            return plain(source, filename, mode, *flags, **named)
        # An archive is in another folder each time, and some collections too.
        name = re.split(r"\.zip/|ansible_collections/", os.fsdecode(filename))[-1]
        file = folder / hashlib.sha256(repr((name, mode, source)).encode()).hexdigest()
        if not file.exists():
            code = plain(source, filename, mode, **named)
            written = file.with_suffix(f".{os.getpid()}")
            written.write_bytes(importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code))
            written.replace(file)
        return SourcelessFileLoader(name, str(file)).get_code(name)

    builtins.compile = kept


if __name__ == "__main__":
    _serve()
