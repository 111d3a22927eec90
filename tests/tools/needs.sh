#!/bin/sh
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Checks what the machine has for the Makefile:
#     needs.sh base PYTHON VERSIONS   git, make, openssl and a Python with venv, or how to install them; VERSIONS are 3.11 to 3.14 by default
#     needs.sh java                   Java 17 or newer for ansible-rulebook, or how to install it
#     needs.sh list PYTHON PYTHON39   a line for each thing that `make test` cannot test here, and why
#     needs.sh install                installs what `list` would miss: as root on Debian, only with CI=true
# PYTHON is what find_python.sh printed.
set -eu
here=$(dirname "$0")

has() {
    command -v "$1" >/dev/null 2>&1
}

has_java() {
    has java || return 1
    version=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ]
}

# The hosts of tests/torture/targets.
has_real_target() (
    PATH="$PATH:/usr/sbin:/sbin"
    [ "$(id -u)" = 0 ] && has sshd && has sudo && has_faketime
)

# The clocks of tests/torture/histories.
has_faketime() {
    ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1
}

# The tokens of tests/unit/store/test_token.py, and of tests/integration/test_pkcs11.py and others there.
has_token() {
    has softhsm2-util && has pkcs11-tool
}

has_node() {
    has node && has npm
}

# The signer of tests/torture/differential/test_programs.py.
has_pdfbox() {
    has javac && [ -f /usr/share/java/pdfbox2.jar ] && [ -f /usr/share/java/bcpkix.jar ]
}

# The secrets of tests/integration/test_containers.py.
has_podman() {
    has podman && podman secret ls >/dev/null 2>&1
}

has_provider() {
    openssl list -providers -provider pkcs11 >/dev/null 2>&1
}

base() {
    missing=""
    for program in git make openssl; do
        has "$program" || missing="$missing $program,"
    done
    [ -n "${1:-}" ] || missing="$missing Python ${2:-3.11 to 3.14} with venv,"
    [ -z "$missing" ] && return 0
    cat >&2 <<END
Missing on this machine:${missing%,}. Install, then run make again:
  Debian, Ubuntu   sudo apt install git make openssl ca-certificates python3 python3-venv
  RHEL, Fedora     sudo dnf install git make openssl python3.12 python3.12-pip
  macOS            brew install git make openssl python@3.13
Another Python is named with: make PYTHON=/path/to/python3.13 TARGET
END
    exit 1
}

java_or_how() {
    has_java && return 0
    cat >&2 <<END
ansible-rulebook needs Java 17 or newer. Install it, then run make again:
  Debian, Ubuntu   sudo apt install default-jre-headless
  RHEL, Fedora     sudo dnf install java-21-openjdk-headless
  macOS            brew install openjdk
END
    exit 1
}

list() {
    if [ -z "${1:-}" ] || ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
        echo "the newest ansible-core: it needs Python 3.12 or newer (make test PYTHON=/path/to/python3.13)"
    fi
    if [ -n "${2:-}" ]; then
        echo "keys in a token on Python 3.9: python-pkcs11 is not installed for it"
    else
        echo "Python 3.9, the oldest of a target: there is none (make test PYTHON39=/path/to/python3.9)"
    fi
    echo "older ansible-cores: make older-cores tests the oldest, and continuous integration each"
    has_java || echo "the rulebooks (stage eda): Java 17 or newer is not installed (package default-jre-headless of Debian)"
    has keytool || echo "keystores in Java: keytool of Java is not installed (package default-jre-headless of Debian)"
    [ -n "$(sh "$here/find_chromium.sh")" ] || echo "the report's page: Chromium is not installed (package chromium of Debian)"
    has curl || echo "commands of README and the guides that call the sandbox: curl is not installed (package curl of Debian)"
    has gpg || echo "the signature of a release: gpg is not installed (package gnupg of Debian)"
    has jq || echo "the runbooks: jq is not installed (package jq of Debian)"
    has systemd-analyze || echo "the units of the examples: systemd-analyze is not installed (package systemd of Debian)"
    has nginx || echo "pushes through a proxy: nginx is not installed (package nginx of Debian)"
    [ "$(id -u)" = 0 ] || echo "attacks by other users of a host: they need root"
    unshare --mount true 2>/dev/null || echo "attacks with a bind mount: they need root with the right to mount"
    has kubectl || echo "services in Kubernetes: kubectl is not installed (package kubernetes-client of Debian)"
    has_podman || echo "secrets of podman: podman is not installed, or not usable here (package podman of Debian)"
    has javac || echo "the example in Java with a token: the compiler of Java is not installed (package default-jdk-headless of Debian)"
    has_token || echo "keys in a token: SoftHSM 2 or OpenSC is not installed (packages softhsm2, opensc of Debian)"
    has_node || echo "services in JavaScript: Node.js or npm is not installed (packages nodejs, npm of Debian)"
    has_pdfbox || echo "documents of PDFBox: PDFBox is not installed (packages libpdfbox2-java, libbcpkix-java of Debian)"
    has_provider || echo "signatures of openssl with a token: the PKCS#11 provider is not installed (package pkcs11-provider of Debian)"
    has_faketime || echo "renewals in histories of playbooks: libfaketime is not installed (package libfaketime of Debian)"
    has_real_target || echo "hosts behind OpenSSH: they need root, sshd, sudo and libfaketime (packages openssh-server, sudo, libfaketime of Debian)"
}

install() {
    if [ "${CI:-}" != true ] || [ "$(id -u)" != 0 ] || ! has apt-get; then
        return 0
    fi
    set --
    [ -n "$(sh "$here/find_chromium.sh")" ] || set -- "$@" chromium fonts-noto-cjk
    has_real_target || set -- "$@" openssh-server openssh-client sudo libfaketime
    has curl || set -- "$@" curl
    has gpg || set -- "$@" gnupg
    has jq || set -- "$@" jq
    has systemd-analyze || set -- "$@" systemd
    has_token || set -- "$@" softhsm2 opensc
    has_provider || set -- "$@" pkcs11-provider
    has_node || set -- "$@" nodejs npm
    has_pdfbox || set -- "$@" libpdfbox2-java libbcpkix-java
    has nginx || set -- "$@" nginx
    has kubectl || set -- "$@" kubernetes-client
    has podman || set -- "$@" podman
    { has_java && has keytool && has javac; } || set -- "$@" default-jdk-headless
    [ $# != 0 ] || return 0
    echo "Installing for the tests, since CI is true: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet=2
    apt-get install --quiet=2 --yes --no-install-recommends "$@" >/dev/null </dev/null
}

case "$1" in
base) base "${2:-}" ;;
java) java_or_how ;;
list) list "${2:-}" "${3:-}" ;;
install) install ;;
esac
