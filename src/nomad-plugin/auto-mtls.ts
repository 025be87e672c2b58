// Owner of nothing; makes keys: the certificates of go-plugin's AutoMTLS, where each side trusts exactly one certificate, the other's.

// It registers what the library looks its parts up by.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface OwnCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** For the handshake. */
  readonly der: Buffer;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' } as const;
const host = 'localhost';
const backdatedMs = 30_000;
/** As long as go-plugin's own: a plugin lives as long as its agent. */
const validMs = 30 * 365 * 24 * 3600 * 1000;

/** Self-signed, for this process alone. */
export async function makeOwnCertificate(): Promise<OwnCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const { KeyUsageFlags: usage } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${host}, O=raw-exec`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(now + validMs),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          usage.digitalSignature | usage.keyEncipherment | usage.keyAgreement | usage.keyCertSign,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.clientAuth,
          x509.ExtendedKeyUsage.serverAuth,
        ]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      ],
    },
    webcrypto as Crypto,
  );
  const der = Buffer.from(certificate.rawData);
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificatePem: certificate.toString('pem'),
    keyPem: pem('PRIVATE KEY', key),
    der,
  };
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
