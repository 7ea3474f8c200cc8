import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

/** PEM of a self-signed certificate and its key. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * A certificate for `names`, valid from yesterday to tomorrow unless `valid_days` says otherwise. An address is
 * listed both as an address and as a name: QUIC's verifier only looks among the names.
 */
export async function makeCertificate(
  names: readonly string[] = ['localhost', '127.0.0.1'],
  valid_days: readonly [from: number, to: number] = [-1, 1],
): Promise<Certificate> {
  x509.cryptoProvider.set(crypto)
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const days = (n: number) => new Date(Date.now() + n * 86_400_000)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${names[0] ?? 'test'}`,
    notBefore: days(valid_days[0]),
    notAfter: days(valid_days[1]),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.SubjectAlternativeNameExtension(
        names.flatMap((name) =>
          /^[0-9.]+$|:/.test(name)
            ? [
                { type: 'ip' as const, value: name },
                { type: 'dns' as const, value: name },
              ]
            : [{ type: 'dns' as const, value: name }],
        ),
      ),
    ],
  })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`
  return { cert: certificate.toString('pem'), key }
}
