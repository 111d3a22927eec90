# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacks, and the table of those that failed.

An attack that succeeded on former code names a commit in which the code allowed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.torture import figures
from tests.torture.attacks import defences

HOST, API, USER, PUSHER, NETWORK = "host", "API", "user", "pusher", "network"
PARTIES = {
    HOST: "Root of a managed host",
    API: "WoTrus, or a server that answers as WoTrus",
    USER: "A user of a host without privileges",
    PUSHER: "A sender of pushes",
    NETWORK: "The network",
}
"""The parties that attack; the tests of each are in a file of its name."""

COUNTED = "attack: "
NOT_RUN = "not run yet"


@dataclass(frozen=True)
class Attack:
    """An attack.

    :ivar means: what the party does
    :ivar aim: what it wants
    :ivar succeeded: a commit in which it succeeded; empty if it is not known to have
    """

    party: str
    means: str
    aim: str
    succeeded: str = ""


ATTACKS = {
    "facts of the role": Attack(HOST, "answers with facts that are named as variables of the role", "set the limit"),
    "private facts": Attack(HOST, "answers with facts that are named as the role's own", "decide in place of it"),
    "facts of the connection": Attack(HOST, "answers with facts of the connection", "run tasks on the controller"),
    "facts of the report's host": Attack(
        HOST, "answers with facts when a report is written there", "have a file of the controller in the report"
    ),
    "interpreter": Attack(HOST, "answers with an interpreter that is a command", "have it run"),
    "new host": Attack(HOST, "answers with add_host", "add a host to the inventory"),
    "new group": Attack(HOST, "answers with add_group", "become a member of a group"),
    "artifacts": Attack(HOST, "answers with ansible_stats", "set artifacts, which are variables of the next job"),
    "internal keys": Attack(
        HOST, "answers with keys that begin with _ansible_", "change how the result is handled", succeeded="1fa5d97"
    ),
    "rows": Attack(HOST, "answers with hostile texts in each field", "act on the terminal, or be evaluated"),
    "error code": Attack(HOST, "fails with an error code that has quotes and a line feed", "write a metric"),
    "warnings": Attack(
        HOST, "answers with 10,000 hostile warnings", "act on the terminal, or hide a line", succeeded="1fa5d97"
    ),
    "deprecations": Attack(HOST, "answers with hostile deprecations", "act on the terminal"),
    "deprecations of wrong types": Attack(HOST, "answers with texts for deprecations", "hide its line"),
    "diff": Attack(HOST, "answers with hostile diffs", "act on the terminal, or be evaluated"),
    "invocation": Attack(HOST, "answers with options that it was not given", "hide its real ones"),
    "exception": Attack(HOST, "fails with a hostile traceback", "act on the terminal"),
    "huge answer": Attack(HOST, "answers with 8 MiB", "exhaust the controller"),
    "deep answer": Attack(HOST, "answers with lists in lists, 100,000 deep", "crash the controller"),
    "no JSON": Attack(HOST, "answers with no JSON", "act on the terminal", succeeded="1fa5d97"),
    "lines after the answer": Attack(HOST, "adds lines to its answer", "act on the terminal", succeeded="1fa5d97"),
    "wrong types": Attack(HOST, "answers with numbers and texts for lists and objects", "crash the run"),
    "rows of wrong types": Attack(HOST, "answers with rows of wrong types", "crash the run"),
    "skipped": Attack(HOST, "answers that it was skipped, and unreachable", "end its tasks unseen"),
    "claim of a live order": Attack(HOST, "claims another host's order in its record", "have it reissued for its key"),
    "claim of a superseded order": Attack(HOST, "claims that another host's order was superseded", "have it revoked"),
    "claim of other dates": Attack(HOST, "claims that its certificate has expired", "have one bought that is not due"),
    "claim of an unsent request": Attack(HOST, "claims that a renewal was not sent", "have one bought that is not due"),
    "claim of nothing": Attack(HOST, "claims that it has no order", "have another one bought"),
    "record of texts": Attack(HOST, "has a record with hostile texts in each field", "act on the terminal"),
    "record that is too large": Attack(HOST, "has a record of 8 MiB", "exhaust host or controller"),
    "record that is too deep": Attack(HOST, "has a record with 100,000 levels", "crash the run"),
    "record that is a link": Attack(HOST, "has a link to another file for a record", "have it shown"),
    "record that is a named pipe": Attack(HOST, "has a named pipe for a record", "make the run hang"),
    "files of texts": Attack(HOST, "has hostile texts in the files of its certificate", "act on the terminal"),
    "another directory": Attack(
        HOST,
        "answers for the directory of another of its certificates",
        "have an order revoked or cancelled that nobody named",
        succeeded="2392019",
    ),
    "change after the approval": Attack(
        HOST,
        "loses its pending key after a plan was approved by which nothing is sent",
        "have a reissue sent that nobody approved",
        succeeded="2392019",
    ),
    "link": Attack(API, "answers with a link that is no https page", "have it opened", succeeded="1fa5d97"),
    "hostile id": Attack(
        API,
        "answers with an order id that is a template or a path",
        "have it taken for an id",
        succeeded="2392019",
    ),
    "weak chain": Attack(
        API, "issues by an intermediate with an RSA key of 1024 bits", "have it deployed", succeeded="6b1f897"
    ),
    "words of a refusal": Attack(API, "refuses a call with hostile words", "act on the terminal"),
    "hostile certificates": Attack(API, "answers with hostile texts for certificates", "have them written on a host"),
    "templates": Attack(API, "answers with templates in each text field", "have them evaluated"),
    "escape sequences": Attack(API, "answers with escape sequences in each text field", "act on a terminal"),
    "bidirectional text": Attack(API, "answers with bidirectional controls in each text field", "disguise a text"),
    "markup": Attack(API, "answers with HTML in each text field", "run a script in the report's page"),
    "large texts": Attack(API, "answers with 1 MiB in each text field", "exhaust the controller"),
    "huge numbers": Attack(API, "answers with huge numbers", "crash the run"),
    "negative numbers": Attack(API, "answers with negative numbers", "have a term or time computed wrongly"),
    "texts for numbers": Attack(API, "answers with texts, lists and objects for numbers", "crash the run"),
    "umask": Attack(USER, "shares a host on which the umask is 0", "read the key"),
    "directory for all": Attack(USER, "writes to a directory above, which all users can write to", "replace paths"),
    "directory of a group": Attack(
        USER, "is a member of a group that can write to a directory above (2775)", "replace paths", succeeded="21edf07"
    ),
    "access control list": Attack(
        USER, "may write to a directory above by its access control list", "replace paths", succeeded="21edf07"
    ),
    "own directory above": Attack(USER, "owns a directory above", "replace paths"),
    "planted link": Attack(
        USER,
        "plants a link in a sticky directory before the first run",
        "have key and record written elsewhere",
    ),
    "link to root's files": Attack(
        USER, "plants a link to a directory of root", "have root's files replaced", succeeded="21edf07"
    ),
    "loop of links": Attack(USER, "plants a link to itself", "make the run hang"),
    "named pipe": Attack(USER, "plants a named pipe", "make the run hang"),
    "planted file": Attack(USER, "plants a file", "have it overwritten"),
    "hard link": Attack(USER, "plants a hard link", "have the file written or read"),
    "bind mount": Attack(USER, "mounts its own directory there", "read the key in it"),
    "program on the path": Attack(
        USER, "writes programs to a directory of PATH, before those of the system", "have the run start them"
    ),
    "planted directory": Attack(USER, "plants a directory of its own", "read the key in it"),
    "planted certificate directory": Attack(
        USER,
        "plants a certificate's directory with a link in it",
        "have the key written elsewhere",
    ),
    "named pipes in a certificate's directory": Attack(
        USER, "plants named pipes in a certificate's directory", "make the run hang"
    ),
    "swap for a link": Attack(USER, "creates a link in the moment before the run does", "have the run follow it"),
    "swap for a directory of its own": Attack(
        USER, "creates a directory of its own in the moment before the run does", "have the run follow it"
    ),
    "swap for a named pipe": Attack(
        USER, "creates a named pipe in the moment before the run does", "have the run follow it"
    ),
    "swap for a file": Attack(USER, "creates a file in the moment before the run does", "have the run follow it"),
    "planted report": Attack(
        USER,
        "plants a link, hard link or named pipe where a report or plan is written",
        "have a file of root shown, or make the run hang",
        succeeded="2392019",
    ),
    "planted plan": Attack(USER, "plants a file of its own where a plan is written", "change the approved plan"),
    "replaced key": Attack(
        USER,
        "owns the key file that is imported, or its directory",
        "have a certificate for a key of its own",
        succeeded="2392019",
    ),
    "hostile pushes": Attack(PUSHER, "sends what is no push of WoTrus", "start a job"),
    "hostile fields": Attack(
        PUSHER, "sends templates, escape sequences and markup in each field", "have a rule evaluate it"
    ),
    "push of a stranger": Attack(PUSHER, "pushes without the secret path", "start a job"),
    "another order": Attack(PUSHER, "pushes the id of somebody else's order", "have its certificate deployed"),
    "hostile variable": Attack(PUSHER, "pushes an id that is a pattern or an option", "choose hosts of the job"),
    "redirect": Attack(NETWORK, "redirects a call, also if TLS is not verified", "read the token"),
    "redirect of a proxy": Attack(NETWORK, "redirects a connection at the proxy", "read the token"),
    "server of another name": Attack(
        NETWORK, "relays to a server with a certificate for another name", "read the token"
    ),
    "proxy that reads along": Attack(NETWORK, "reads the requests at the proxy", "read the token"),
    "server of an unknown CA": Attack(
        NETWORK, "answers with a certificate of a CA that is not trusted", "read the token"
    ),
    "plain HTTP": Attack(NETWORK, "reads calls to an address without TLS", "read the token"),
}


def failed(name: str, count: int = 1) -> None:
    """Count an attack that failed, as it has to."""
    assert name in ATTACKS, name
    figures.COUNTS[f"{COUNTED}{name}"] += count


def table(counts: Mapping[str, int]) -> str:
    """Return the table of the page."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    rows = [["Attack", "Attacker", "Does", "To", "Stopped by", "Succeeded in", "Tries"]]
    for name, one in ATTACKS.items():
        before = f"``{one.succeeded}``" if one.succeeded else "\\-"
        tries = f"{counts[name]:,}" if counts[name] else NOT_RUN
        rows.append([name, PARTIES[one.party], one.means, one.aim, defences.stopped_by(name), before, tries])
    rows.append(["together", *["\\-"] * 5, f"{sum(counts.values()):,}"])
    for row in rows:
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}".rstrip() for place, cell in enumerate(row)]
    return "\n".join(lines)
