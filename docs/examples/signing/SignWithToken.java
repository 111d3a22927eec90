// Copyright (c) 2026, the wotrus.pki contributors
// GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

public class SignWithToken {
    public static void main(String[] arguments) throws Exception {
        Provider provider = Security.getProvider("SunPKCS11").configure("token.cfg");
        KeyStore store = KeyStore.getInstance("PKCS11", provider);
        store.load(null, "…".toCharArray());
        FileInputStream file = new FileInputStream("/etc/ssl/wotrus/contracts/live/cert.pem");
        Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(file);
        PrivateKey key = (PrivateKey) store.getKey(store.getCertificateAlias(certificate), null);
        Signature signature = Signature.getInstance("SHA256withRSA", provider);
        signature.initSign(key);
        signature.update(Files.readAllBytes(Path.of("contract")));
        Files.write(Path.of("contract.sig"), signature.sign());
    }
}
