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
      - Falls back to the variable C(wotrus_api_token) of the play or the inventory, such as a vaulted one, then to
        C(module_defaults), then to the environment variable E(WOTRUS_API_TOKEN) of the controller or of the task's
        C(environment).
      - Without a token the task fails with C(error_code=invalid_input), before anything is sent.
    type: str
  api_url:
    description:
      - The base address of the API.
      - Falls back to the variable C(wotrus_api_url), then to the environment variable E(WOTRUS_API_URL).
      - C(http://) is accepted for a loopback address alone, since it would show the token to the network.
    type: str
    default: https://restapi.wosign.com
  ca_path:
    description:
      - A file of PEM certificates that are trusted for the API's TLS certificate.
      - Falls back to the variable C(wotrus_ca_path), then to the environment variable E(WOTRUS_CA_PATH).
      - Wins over E(REQUESTS_CA_BUNDLE), E(CURL_CA_BUNDLE) and the system's certificates.
    type: path
  validate_certs:
    description:
      - Whether the API's TLS certificate has to verify.
      - Set this to V(false) only for a server of your own, since the token is sent to any server that answers.
    type: bool
    default: true
  proxy:
    description:
      - The URL of a proxy for the calls to the API, such as C(http://proxy.example.com:3128).
      - Without it the usual environment variables such as E(HTTPS_PROXY) count.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, and for each answer.
    type: float
    default: 30
  retries:
    description:
      - Further tries after a call that failed, with growing pauses, where a repeat is safe.
      - A call is repeated where it only reads, or carries an idempotence value. Every try has a C(RequestID) of its
        own.
    type: int
    default: 4
  rate_limit:
    description:
      - Requests a second to the API, at most, of the whole run. All tasks on all hosts share it, as long as they run
        inside the controller's process. A second's worth may be sent at once.
      - V(0) is no limit. WoTrus's manual names none.
      - Falls back to the environment variable E(WOTRUS_RATE_LIMIT).
    type: float
    default: 50
notes:
  - The work is done inside the controller's process, not on the host. It runs on the host only with C(delegate_to) a
    host whose connection is not C(local), or with the variable C(wotrus_in_process) set to V(false); then the host's
    Python needs the libraries, and files are read there.
  - Run on a host, the options go over a pipelined connection, so that the token is in no file there. With C(async)
    Ansible cannot do that, and writes them to a temporary file on that host.
  - Relative paths are looked for as Ansible looks for files, in a role's C(files) and beside the playbook.
requirements:
  - requests >= 2.25
  - cryptography >= 3.3
"""
