# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the sandbox's one SQLite file."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    parent TEXT,
    companion TEXT,
    reissues INTEGER NOT NULL DEFAULT 0,
    sent TEXT NOT NULL,
    status TEXT NOT NULL,
    is_pay INTEGER NOT NULL,
    step TEXT NOT NULL,
    due REAL,
    ready INTEGER NOT NULL DEFAULT 0,
    pushed INTEGER NOT NULL DEFAULT 0,
    not_after REAL,
    created REAL NOT NULL,
    order_number TEXT NOT NULL UNIQUE,
    shown_status TEXT,
    shown_link TEXT
);
CREATE INDEX IF NOT EXISTS orders_due ON orders (due) WHERE due IS NOT NULL AND is_pay <> 0;
CREATE TABLE IF NOT EXISTS idempotence (
    space TEXT NOT NULL, value TEXT NOT NULL, order_id TEXT NOT NULL, claimed REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (space, value)
);
CREATE TABLE IF NOT EXISTS certificates (
    serial TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    part TEXT NOT NULL,
    chain TEXT NOT NULL,
    pem TEXT NOT NULL,
    not_after REAL NOT NULL,
    current INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS renewals (
    order_id TEXT PRIMARY KEY, sent TEXT NOT NULL, not_after REAL, serials TEXT NOT NULL, asked REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS certificates_order ON certificates (order_id);
"""

# A file of an older sandbox has no time of its idempotence values: that of their orders is near enough.
ADD_CLAIMED = """
ALTER TABLE idempotence ADD COLUMN claimed REAL NOT NULL DEFAULT 0;
UPDATE idempotence SET claimed = COALESCE((SELECT created FROM orders WHERE id = order_id), 0);
"""
