#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sees to a Java runtime of 17 or newer, which ansible-rulebook's rule engine needs: on Debian, as root, it installs one.
set -eu

fits() {
    command -v java >/dev/null 2>&1 || return 1
    version=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ]
}

if ! fits && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing a Java runtime"
    apt-get update -qq
    apt-get install -qq --yes --no-install-recommends openjdk-17-jre-headless >/dev/null ||
        apt-get install -qq --yes --no-install-recommends default-jre-headless >/dev/null
fi
fits || {
    echo "ansible-rulebook needs a Java runtime of 17 or newer (java), such as openjdk-17-jre-headless. Install one, and run this again." >&2
    exit 1
}
