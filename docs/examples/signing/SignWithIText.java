// Copyright (c) 2026, the wotrus.pki contributors
// GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import com.itextpdf.kernel.pdf.PdfReader;
import com.itextpdf.signatures.PdfPadesSigner;
import com.itextpdf.signatures.SignerProperties;
import java.io.File;
import java.io.FileOutputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class SignWithIText {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        char[] password = "…".toCharArray();
        KeyStore store = KeyStore.getInstance(new File("/etc/ssl/wotrus/contracts/live/bundle.p12"), password);
        PrivateKey key = (PrivateKey) store.getKey("contracts", password);
        PdfPadesSigner signer = new PdfPadesSigner(new PdfReader("contract.pdf"), new FileOutputStream("signed.pdf"));
        signer.signWithBaselineBProfile(new SignerProperties(), store.getCertificateChain("contracts"), key);
    }
}
