#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the newest Python of 3.11 to 3.13 that really makes virtual environments; print nothing where there is none.
# A name on PATH proves little: it may be a version manager's stand-in for a Python that is not installed.

works='import ensurepip, ssl, sys, venv; 
if not (3, 11) <= sys.version_info[:2] <= (3, 13): sys.exit(1)
print(sys.executable)'
oldIFS=$IFS
for name in python3.13 python3.12 python3.11 python3; do
    IFS=:
    for folder in $PATH; do
        if [ -x "$folder/$name" ] && "$folder/$name" -c "$works" 2>/dev/null; then
            exit 0
        fi
    done
    IFS=$oldIFS
done
