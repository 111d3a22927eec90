// Copyright (c) 2026, the wotrus.pki contributors
// GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import java.security.KeyStore.PasswordProtection;

public class SignWithDss {
    public static void main(String[] arguments) throws Exception {
        String file = "/etc/ssl/wotrus/contracts/live/bundle.p12";
        try (Pkcs12SignatureToken token = new Pkcs12SignatureToken(file, new PasswordProtection("…".toCharArray()))) {
            DSSPrivateKeyEntry key = token.getKeys().get(0);
            PAdESSignatureParameters parameters = new PAdESSignatureParameters();
            parameters.setSignatureLevel(SignatureLevel.PAdES_BASELINE_B);
            parameters.setSigningCertificate(key.getCertificate());
            parameters.setCertificateChain(key.getCertificateChain());
            PAdESService service = new PAdESService(new CommonCertificateVerifier());
            DSSDocument document = new FileDocument("contract.pdf");
            SignatureValue value =
                token.sign(service.getDataToSign(document, parameters), parameters.getDigestAlgorithm(), key);
            service.signDocument(document, parameters, value).save("signed.pdf");
        }
    }
}
