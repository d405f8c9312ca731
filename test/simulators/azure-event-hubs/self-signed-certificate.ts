/**
 * A certificate for TLS on this machine, made when it is needed so that no key lies in the repository.
 *
 * The DER encoding is written out (X.509 v3, RFC 5280), since Node.js can sign but not issue certificates.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** Key and certificate in PEM. */
export interface CertificatePair {
  readonly key: string;
  readonly cert: string;
}

const tag = { integer: 0x02, bitString: 0x03, octetString: 0x04, utf8: 0x0c, utcTime: 0x17 } as const;
const sequenceTag = 0x30;
const setTag = 0x31;

const ecdsaWithSha256 = Buffer.from('06082a8648ce3d040302', 'hex');
const commonName = Buffer.from('0603550403', 'hex');
const subjectAltName = Buffer.from('0603551d11', 'hex');
const basicConstraints = Buffer.from('0603551d13', 'hex');

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Makes a key and a certificate for `localhost` and 127.0.0.1 that is its own issuer, good for a year.
 */
export function selfSignedCertificate(): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody(publicKey.export({ type: 'spki', format: 'der' }));
  const signature = der(tag.bitString, Buffer.from([0]), sign('sha256', body, privateKey));
  const certificate = sequence(body, sequence(ecdsaWithSha256), signature);
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(certificate) };
}

function certificateBody(publicKey: Buffer): Buffer {
  const version = der(0xa0, der(tag.integer, Buffer.from([2])));
  // The first bit must be 0 for the number to be positive, and the next 1 so that it is encoded in full.
  const random = randomBytes(16);
  const serial = der(tag.integer, Buffer.from([0x40 | ((random[0] ?? 0) & 0x3f)]), random.subarray(1));
  const name = sequence(der(setTag, sequence(commonName, der(tag.utf8, Buffer.from('localhost')))));
  const validity = sequence(utcTime(Date.now() - dayMs), utcTime(Date.now() + 365 * dayMs));
  const extensions = der(0xa3, sequence(alternativeNames(), authority()));
  return sequence(version, serial, sequence(ecdsaWithSha256), name, validity, name, publicKey, extensions);
}

/** Clients check the host against these names only. */
function alternativeNames(): Buffer {
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  return sequence(subjectAltName, der(tag.octetString, names));
}

/** Lets a client trust it as its own root. */
function authority(): Buffer {
  const isAuthority = sequence(Buffer.from([0x01, 0x01, 0xff]));
  return sequence(basicConstraints, Buffer.from([0x01, 0x01, 0xff]), der(tag.octetString, isAuthority));
}

function utcTime(unixMs: number): Buffer {
  const digits = new Date(unixMs).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(tag.utcTime, Buffer.from(`${digits}Z`));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(sequenceTag, ...parts);
}

/** Tag, length and content (X.690 section 8.1). */
function der(type: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80
      ? [type, length]
      : length < 0x100
        ? [type, 0x81, length]
        : [type, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
