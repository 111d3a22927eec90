# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options and notes that every module of the API has."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the connection to the API."""

    DOCUMENTATION = r"""
options:
  api_token:
    description:
      - The token of the partner console (C(API 配置) at U(https://partner.wosign.com)).
      - Falls back to the variable C(wotrus_api_token), then to C(module_defaults), then to the environment variable
        E(WOTRUS_API_TOKEN) of the controller or of the task's C(environment).
      - Keep it in a vault.
      - Without a token the task fails with C(error_code=invalid_input), before anything is sent.
    type: str
  api_url:
    description:
      - The base address of the API, without a path.
      - Falls back to the variable C(wotrus_api_url), then to the environment variable E(WOTRUS_API_URL).
      - C(http://) is accepted only for a loopback address, since it shows the token to the network.
    type: str
    default: https://restapi.wosign.com
  ca_path:
    description:
      - The path of a file with PEM certificates that are trusted for the API's TLS certificate.
      - Falls back to the variable C(wotrus_ca_path), then to the environment variable E(WOTRUS_CA_PATH).
      - It has precedence over E(REQUESTS_CA_BUNDLE), E(CURL_CA_BUNDLE) and the system's certificates.
    type: path
  validate_certs:
    description:
      - Whether to verify the API's TLS certificate.
      - Set this to V(false) only for a server of your own, since any server that answers gets the token. Webhooks are
        verified all the same.
    type: bool
    default: true
  proxy:
    description:
      - The URL of a proxy for the calls to the API, such as C(http://proxy.example.com:3128).
      - Falls back to the variable C(wotrus_proxy), then to environment variables such as E(HTTPS_PROXY). Neither is
        used for a loopback address, such as that of a sandbox.
    type: str
  timeout:
    description:
      - The seconds to wait for a connection, and for each part of an answer.
      - A try takes twice as long at most, and a second more for each 16 KiB that it sends.
        This includes name resolution.
    type: float
    default: 30
  retries:
    description:
      - The number of further tries after a call failed, with growing pauses.
      - Only calls that read, or that have an idempotence value, are repeated. Each try has its own C(RequestID).
    type: int
    default: 4
  rate_limit:
    description:
      - The most requests a second to the API. All runs of a user on one machine share it, if they run inside the
        controller's process. The requests of one second may be sent at once.
      - V(0) is no limit. WoTrus's manual has no limit.
      - Falls back to the environment variable E(WOTRUS_RATE_LIMIT).
    type: float
    default: 50
  journal:
    description:
      - The absolute path of a file, or V(syslog). It takes a line of JSON before each request that orders, reissues,
        revokes or cancels something, and a line after it. Without the first line, the request is not sent
        (C(error_code=journal_failed)). Calls that only read have no lines.
      - Falls back to the variable C(wotrus_journal), then to the environment variable E(WOTRUS_JOURNAL).
      - The file is on the machine that sends the request. With C(delegate_to), that is the other host.
    type: str
  readings:
    description:
      - The absolute path of a JSON file that keeps what WoTrus's answers show of the points that its manual leaves
        open. It has names of readings and fixed words, counts, days and request ids, and nothing of persons, orders or
        addresses.
      - Each task adds what it saw, also in check mode. A file that cannot be used is a warning.
      - An answer that differs from those of the last year is a warning with both days and request ids.
      - Falls back to the variable C(wotrus_readings), then to the environment variable E(WOTRUS_READINGS).
      - The file is on the machine that sends the request. With C(delegate_to), that is the other host.
    type: str
notes:
  - The module runs inside the controller's process, not on the host. It runs on a host only with C(delegate_to) a host
    whose connection is not C(local), or with the variable C(wotrus_in_process) set to V(false). Then that host's Python
    needs the libraries, and files are read there.
  - On a host, the options are sent with pipelining, so that the token is in no file there. With C(async), Ansible
    writes them to a temporary file on that host.
  - Relative paths are searched in the role's C(files) and beside the playbook, as Ansible does.
requirements:
  - requests >= 2.25
  - cryptography >= 3.3
"""
