# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``wotrus_batch`` shows: tables, texts to hand on, and why a host fails."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
import json
import pathlib
import platform
import ssl
import typing as t

from ansible import constants as C
from ansible.release import __version__

from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._module import settings_of
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import (
    OTHER,
    WOTRUS,
    Document,
    api_of,
    read_file,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import blocked_lines, cost_lines, limit_line
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_check import check_batch
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.bundle import bundle_lines, letter_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import (
    NO_PLAN,
    Hosts,
    HostTasks,
    plans_of,
    shown_results,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.known import known_lines, readings_of
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.plan_file import plans_as_files
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_table import (
    preflight_failures,
    preflight_lines,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.probe import probe_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.rehearsal import rehearsal_failures, rehearsal_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import changes, failures, notice_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import (
    PLAN_COLUMNS,
    result_lines,
    shared_words,
    table,
)
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import Play


def hides_ok_hosts() -> bool:
    """Return whether Ansible shows no result of a task that changes nothing."""
    return not C.config.get_config_value("display_ok_hosts", plugin_type="callback", plugin_name="default")


def table_lines(play: Play, of: str, params: Params) -> list[str]:
    """Return the table of a batch, and what is known of WoTrus where it depends on that."""
    # Ansible shows no warning of a task whose result it does not show. A play of a user has no summary.
    batch = play.tasks(play.batch)
    notices = [notice for tasks in batch for notice in tasks.notices] if hides_ok_hosts() else []
    warned = notice_lines(notices, play.language)
    if of == "plans":
        lines = plan_lines(batch, play.tasks(play.others), play.prices, play.language)
        return [*lines, *_known(plans_of(batch), params, play.language), *warned]
    if of == "checks":
        return preflight_lines(play.checks(), play.language)
    if of == "readings":
        return [line for result in play.probed() for line in probe_lines(result, play.language)]
    if of == "rehearsal":
        return rehearsal_lines([row for host in play.batch for row in play.rehearsed(host)], play.language)
    rows = play.order_results(play.batch) if of == "orders" else shown_results(batch)
    lines = [*result_lines(rows, play.language), *_known(rows, params, play.language)] if rows else []
    return [*lines, *(warned if of == "certificates" else [])]


def plan_lines(batch: Hosts, others: Hosts = (), prices: Prices | None = None, language: str = "en") -> list[str]:
    """Return the plans of a batch and the order limit's verdict.

    The plans are a table.

    :param prices: with them, a line has the cost
    """
    rows, found = plans_of(batch), check_batch(batch, others)
    lines = table(rows, PLAN_COLUMNS, language) if rows else [text(Message("No host has a certificate."), language)]
    lines += ["", limit_line(found, language), *cost_lines(rows, prices, language)]
    return [*lines, *blocked_lines(found, language)]


def plan_files(hosts: Hosts, prices: Prices | None = None) -> dict[str, str]:
    """Return the plans of a play as files, by form."""
    not_planned = [tasks.host for tasks in hosts if tasks.limits is None]
    return plans_as_files(plans_of(hosts), check_batch(hosts), not_planned=not_planned, prices=prices)


def _known(rows: Rows, params: Params, language: str) -> list[str]:
    """Return what is known of WoTrus where rows depend on it; nothing if the file cannot be used."""
    readings = readings_of(rows) if params["readings"] else []
    if readings:
        with contextlib.suppress(WotrusError):
            document, settings = read_file(params["readings"]), settings_of(params)
            today = dt.datetime.now(dt.timezone.utc).date()
            words = document.words(api=api_of(settings), account=document.account(settings), day=today)
            return known_lines(readings, words, language)
    return []


def handed_on(play: Play, params: Params, of: str) -> list[str]:
    """Return the text for the issue form, or the letter to WoTrus.

    :raises WotrusError: the journal or the file of readings cannot be used
    """
    document = read_file(params["readings"]) if params["readings"] else Document()
    if of == "letter":
        today = dt.datetime.now(dt.timezone.utc).date()
        known = {**document.words(api=OTHER, day=today), **document.words(api=WOTRUS, day=today)}
        return letter_lines({reading: row["word"] for reading, row in known.items()})
    # Without a file, what this run shows of old orders.
    shown = [] if params["readings"] else play.probed()
    seen = [*document.seen, *(row for result in shown for row in result.get("readings", ()))]
    odd = [*document.odd, *(row for result in shown for row in result.get("odd", ()))]
    return bundle_lines(_versions(), seen, odd, Journal(params["journal"]).lines())


def _versions() -> dict[str, str]:
    """Return the versions of the collection and of what it runs with."""
    manifest = pathlib.Path(__file__).parents[2] / "MANIFEST.json"
    known = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"] if manifest.exists() else {}
    return {
        "wotrus.pki": str(known.get("version", "from a clone")),
        "ansible-core": __version__,
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("cryptography", "requests")},
        "OpenSSL": ssl.OPENSSL_VERSION.removeprefix("OpenSSL "),
    }


def failure_lines(play: Play, of: str) -> list[str]:
    """Return why the task's own host fails, by its own results."""
    (own,), language = play.tasks([play.host]), play.language
    reasons: dict[str, t.Callable[[], list[str]]] = {
        "checks": lambda: preflight_failures(play.host, play.checks(), language),
        "orders": lambda: failures(play.order_results([play.host]), language=language),
        "changes": lambda: changes(own.plans or (), language),
        "plans": lambda: failures(own.results, own.plans or (), language),
        "rehearsal": lambda: rehearsal_failures(play.rehearsed(play.host), language),
        "waiting": lambda: failures(own.results, language=language, waiting=True),
        "certificates": lambda: host_failures(own, language, every=lambda: play.tasks(play.in_table)),
    }
    return reasons[of]()


def host_failures(tasks: HostTasks, language: str = "en", *, every: t.Callable[[], Hosts] = tuple) -> list[str]:
    """Return why a host fails.

    A run that began in the middle of the role has no plan, and must not be green.

    :param every: returns the hosts of the play. A table had their results, and what several of them share is in it
    """
    if tasks.plans is None:
        return [text(NO_PLAN, language)]
    return failures(tasks.results, language=language, shown=lambda: shared_words(shown_results(every()), language))
