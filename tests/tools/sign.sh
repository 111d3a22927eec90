#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# sign.sh TARBALL   Write TARBALL's signature beside it, as ansible-galaxy verifies it: of MANIFEST.json, detached, in ASCII.
# The key is the only one of gpg's keyring, or the one that GPG_KEY names.

set -eu

tarball=$1
signature=${tarball%.tar.gz}-MANIFEST.json.asc
rm -f "$signature"
tar -xzOf "$tarball" MANIFEST.json |
    gpg --batch --yes ${GPG_KEY:+--local-user "$GPG_KEY"} --detach-sign --armor --output "$signature"
echo "$signature"
