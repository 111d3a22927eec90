# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An interpreter for modules, of which the tests run thousands.

A module's archive, as a file or piped into it, runs unchanged, in a fork of a process that has imported Ansible's own
parts and the library. That takes less than half of the time of a Python that starts. Who kills a run does not reach the
fork, so tests of that have another interpreter. With other arguments it is the Python itself. The ``ansible-playbook``
beside it takes it for its own Python, which runs the modules of a localhost that no inventory names.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import types
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import NoReturn

_INTERPRETER = """#!{python} -ISE
import json, os, socket, sys
program, *more = sys.argv[1:] or ["/dev/fd/0"]
if more or not program.startswith("/dev/fd/") and "/AnsiballZ_" not in program:
    os.execv({python!r}, [{python!r}, program, *more])
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({address!r})
    said = json.dumps([dict(os.environ), os.getcwd(), program]).encode()
    socket.send_fds(asked, [said], [0, 1, 2])
    sys.exit((asked.recv(1) or bytes([1]))[0])
"""
_PLAYBOOK = """#!{python}
import sys
sys.executable = {interpreter!r}
from ansible.cli.playbook import main
sys.exit(main())
"""
_LONGEST = 1 << 20
_IMPORTED = (
    "ansible.module_utils.basic",
    "ansible.module_utils.urls",
    "cryptography.hazmat.primitives.serialization.pkcs12",
    "cryptography.x509.ocsp",
    # Of the modules for AWX.
    "yaml",
)


@functools.cache
def warm_python(python: Path) -> str:
    """Return the path of such an interpreter, which works as long as this process.

    :param python: the Python with ansible-core
    """
    server = subprocess.Popen([python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    assert server.stdout is not None
    return server.stdout.readline().strip()


def _serve() -> None:
    """Run each program that is sent, in a fork, until the standard input is closed."""
    for name in _IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # pytest's folders are too deep for the address of a socket.
    with tempfile.TemporaryDirectory(prefix="wotrus-") as folder, socket.socket(socket.AF_UNIX) as server:
        address, interpreter = f"{folder}/socket", Path(folder, "python")
        interpreter.write_text(_INTERPRETER.format(python=sys.executable, address=address))
        playbook = interpreter.with_name("ansible-playbook")
        playbook.write_text(_PLAYBOOK.format(python=sys.executable, interpreter=str(interpreter)))
        for program in (interpreter, playbook):
            program.chmod(0o755)
        server.bind(address)
        server.listen(8)
        sys.stdout.write(f"{interpreter}\n")
        sys.stdout.flush()
        while server in select.select([server, sys.stdin], [], [])[0]:
            asking, _address = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                _run(asking)
            asking.close()


def _run(asking: socket.socket) -> NoReturn:
    """Run the program that was sent, send its exit status and end."""
    status = 1
    # What is piped has always the same name.
    sys.dont_write_bytecode = True
    try:
        said, files, _flags, _address = socket.recv_fds(asking, _LONGEST, 3)
        for number, file in enumerate(files):
            os.dup2(file, number)
        environment, folder, program = json.loads(said)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        SourceFileLoader("__main__", program).exec_module(types.ModuleType("__main__"))
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        # Who asked may have been killed.
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            asking.sendall(bytes([status]))
        finally:
            os._exit(0)


if __name__ == "__main__":
    _serve()
