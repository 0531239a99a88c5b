import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  type GeneralNameType,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { onTestFinished } from 'vitest'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000

/** A certificate and its key in files, in PEM. */
export interface Issued {
  readonly cert: string
  readonly key: string
}

export interface IssueOptions {
  /** Default: those of this machine. */
  readonly names?: readonly { readonly type: GeneralNameType; readonly value: string }[]
  /** Default: 30; of one that has expired, negative. */
  readonly days?: number
}

const LOCAL_NAMES = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
] as const

/** An authority of a test's own, whose files go with the test. */
export class Authority {
  readonly #folder: string
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #certificate: X509Certificate
  /** The certificate of the authority, in PEM. */
  readonly file: string
  #serial = 1

  static async make(): Promise<Authority> {
    const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const keys = await newKeys()
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        serialNumber: '01',
        name: `CN=authority ${folder}`,
        notBefore: new Date(Date.now() - DAY_MS),
        notAfter: new Date(Date.now() + 30 * DAY_MS),
        keys,
        signingAlgorithm: ALGORITHM,
        extensions: [new BasicConstraintsExtension(true, undefined, true)],
      },
      webcrypto as never,
    )
    const file = join(folder, 'ca.pem')
    await writeFile(file, certificate.toString('pem'))
    return new Authority(folder, keys, certificate, file)
  }

  private constructor(folder: string, keys: webcrypto.CryptoKeyPair, certificate: X509Certificate, file: string) {
    this.#folder = folder
    this.#keys = keys
    this.#certificate = certificate
    this.file = file
  }

  /** Issues a certificate into files of this name; again, into the same files. */
  async issue(name: string, { names = LOCAL_NAMES, days = 30 }: IssueOptions = {}): Promise<Issued> {
    const keys = await newKeys()
    const certificate = await X509CertificateGenerator.create(
      {
        serialNumber: String(++this.#serial).padStart(2, '0'),
        subject: `CN=${name}`,
        issuer: this.#certificate.subject,
        notBefore: new Date(Date.now() - 60 * DAY_MS),
        notAfter: new Date(Date.now() + days * DAY_MS),
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [new SubjectAlternativeNameExtension([...names])],
      },
      webcrypto as never,
    )
    const issued = { cert: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}-key.pem`) }
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
    await writeFile(
      issued.key,
      `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    )
    await writeFile(issued.cert, certificate.toString('pem'))
    return issued
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
}
