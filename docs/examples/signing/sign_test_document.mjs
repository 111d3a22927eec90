// Copyright (c) 2026, the wotrus.pki contributors
// GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import { readFileSync } from "node:fs";
import { pdflibAddPlaceholder } from "@signpdf/placeholder-pdf-lib";
import { P12Signer } from "@signpdf/signer-p12";
import { SignPdf } from "@signpdf/signpdf";
import { PDFDocument } from "pdf-lib";

const passphrase = readFileSync("/etc/signer/password", "utf8").trim();
const signer = new P12Signer(readFileSync("/etc/ssl/wotrus/contracts/live/bundle.p12"), { passphrase });
const document = await PDFDocument.load(readFileSync("/etc/signer/test.pdf"));
pdflibAddPlaceholder({ pdfDoc: document, reason: "Test", contactInfo: "", name: "Signer", location: "" });
const unsigned = Buffer.from(await document.save({ useObjectStreams: false }));
process.stdout.write(await new SignPdf().sign(unsigned, signer));
