/** The certificate of all TLS ports on this machine, and the file by which clients are told to trust it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CertificatePair,
  selfSignedCertificate,
} from '../../test/simulators/azure-event-hubs/self-signed-certificate.js';

/** See the head of this file. */
export class LocalAuthority {
  /** Key and certificate of the servers; the certificate is its own issuer. */
  readonly tls: CertificatePair = selfSignedCertificate();
  /** The certificate in PEM. */
  readonly caFile: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'demo-'));
    this.caFile = join(this.#folder, 'ca.pem');
    writeFileSync(this.caFile, this.tls.cert);
  }

  /** Removes the file. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
