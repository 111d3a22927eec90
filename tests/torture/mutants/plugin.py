# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let this process read one file of the collection with a mistake: the mutant of ``WOTRUS_MUTANT``."""

from __future__ import annotations

import importlib.machinery
import os
from pathlib import Path
from types import CodeType
from unittest import mock

from tests.torture.mutants.catalogue import MUTANTS, Mutant

_Loader = importlib.machinery.SourceFileLoader
_read = _Loader.get_code


def install(mutant: Mutant) -> None:
    """Change the file when it is imported. Bytecode is neither read nor written."""

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        if Path(loader.path).resolve() != mutant.path:
            return _read(loader, fullname)
        return loader.source_to_code(mutant.text().encode(), loader.path)

    mock.patch.object(_Loader, "get_code", get_code).start()


if "WOTRUS_MUTANT" in os.environ:
    install(next(mutant for mutant in MUTANTS if mutant.name == os.environ["WOTRUS_MUTANT"]))
