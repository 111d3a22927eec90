#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what the tests of hosts behind OpenSSH need, where that can be done: as root on Debian.
set -eu
PATH="$PATH:/usr/sbin:/sbin"
if [ -n "$(command -v sshd)" ] && [ -n "$(command -v sudo)" ] && ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || [ -z "$(command -v apt-get)" ]; then
    echo "NOT tested: hosts behind OpenSSH, which need root, sshd, sudo and libfaketime."
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
apt-get install -q -y --no-install-recommends openssh-server openssh-client sudo libfaketime >/dev/null
