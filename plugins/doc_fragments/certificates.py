# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that take the certificates of a host."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of a host's certificates, and of the actions of a run."""

    DOCUMENTATION = r"""
options:
  base_dir:
    description:
      - The directory on the host that has a folder for each certificate. All folders are read in one execution on the
        host, with the connection and the C(become) of the task.
    type: str
    required: true
  host:
    description:
      - The host's name in the inventory. It is a part of the default order names.
    type: str
    required: true
  order_namespace:
    description:
      - A text that is put before each default order name, with a slash. It keeps inventories apart that use one account
        and the same host names, such as staging and production.
    type: str
    default: ''
  replace_orders:
    description:
      - Ids of orders that another order may follow, which may be charged. Name an order that was rejected, closed or
        revoked, or that was renewed too recently. It counts for an entry of its product, common name and organization.
      - An id may stay in the list. The order that follows it is the same in every run.
    type: list
    elements: str
    default: []
  reissue:
    description:
      - The names of certificates to reissue now with a new key. One text may have several names, separated by commas,
        blanks or line ends.
      - A certificate that cannot be reissued now is V(blocked), with the reason V(requested). If another action is due
        first, such as a renewal, there is a warning.
    type: list
    elements: str
    default: []
  keys_since:
    description:
      - A time such as V(2026-11-25T00:00:00Z). Each certificate whose key was made on its host before that time is
        reissued once. Keys that were not made on the host are skipped with a warning.
    type: str
  actions:
    description:
      - The allowed actions. Other due actions are V(not_selected). By default, all actions are allowed.
      - If a dead order must be replaced and this is not allowed, the certificate is V(blocked).
    type: list
    elements: str
    choices: [order, renew, reissue, resume]
  deploy_window:
    description:
      - The weekdays and hours in which a live certificate may be replaced, for entries without a window of their own.
      - Outside the window, orders are placed, and certificates are fetched and verified. A live certificate that cannot
        be used any more, or that ends before the window opens, is replaced at once.
    type: dict
    suboptions:
      days:
        description: The weekdays on which the window opens. By default, it opens every day.
        type: list
        elements: str
        choices: [mon, tue, wed, thu, fri, sat, sun]
        default: []
      hours:
        description:
          - The hours, such as V(22:00-06:00). If the window ends on the next day, the weekday is that of its start.
        type: str
        default: 00:00-24:00
      zone:
        description:
          - The zone of days and hours, a name of the IANA database such as V(Asia/Shanghai). The clock on the wall of
            this zone counts, with its summer time.
        type: str
        default: UTC
  alarm_days:
    description:
      - If a live certificate ends within this many days, that is a failure unless the run deploys a new one. If half of
        the renewal window is shorter, that is used.
    type: float
    default: 7
  alarm_waiting_days:
    description:
      - If an order waits for more than this many days, that is a warning, or a failure if no certificate is live.
    type: float
    default: 5
  verification:
    description:
      - Whether a certificate or its chain may break a rule, as in
        O(wotrus.pki.wotrus_deployment#module:verification).
      - A live certificate that may not sign documents is a failure. With V(compatible) it is a warning in every run.
    type: str
    choices: [strict, compatible]
    default: strict
  check_revocation:
    description:
      - Where the live certificate and its intermediates are checked as readers of a signature do, by the HTTP addresses
        that they name for OCSP and certificate revocation lists. V(controller) checks the certificates that WoTrus
        answers, V(hosts) the files of the host.
      - A revoked certificate is a failure. An answer that is missing, too old or unusable is a warning.
    type: str
    choices: ['off', controller, hosts]
    default: 'off'
"""
