#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the first Python that really makes virtual environments, of the minor versions given; print nothing where there is none.
#     find_python.sh 13 12 11
# A name on PATH proves little: it may be a version manager's stand-in for a Python that is not installed.

for minor in "$@"; do
    works="import ensurepip, ssl, sys, venv
if sys.version_info[:2] != (3, $minor): sys.exit(1)
print(sys.executable)"
    oldIFS=$IFS
    IFS=:
    for folder in $PATH; do
        for name in "python3.$minor" python3; do
            if [ -x "$folder/$name" ] && "$folder/$name" -c "$works" 2>/dev/null; then
                exit 0
            fi
        done
    done
    IFS=$oldIFS
    for python in "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor."*/bin/python3; do
        if [ -x "$python" ] && "$python" -c "$works" 2>/dev/null; then
            exit 0
        fi
    done
done
