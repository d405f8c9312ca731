/**
 * Azure Event Hubs over HTTPS: the REST API for sending (Event Hubs REST reference, "Send partition event" and
 * "Send batch events"). For networks that let nothing else out; each batch is one request on a kept connection.
 */
import { isUtf8 } from 'node:buffer';
import { Agent, request as httpsRequest } from 'node:https';
import type { TokenCredential } from '@azure/identity';
import { SendError } from '../../errors.js';
import type { HubEvent } from '../../mapping/hub-event.js';
import { type AzureSettings, proxyAgent, tokenCredential } from './azure-settings.js';
import { toHttpSendError } from './http-failure.js';
import { type AzureHubAddress, authorityOf, type HubCredential } from './hub-address.js';
import type { HubClient } from './hub-client.js';
import { createSasToken } from './sas.js';

/** Largest request of the standard tier and, where a namespace refuses that, of the basic one (quotas). */
const STANDARD_BYTES = 1_048_576;
const BASIC_BYTES = 262_144;
/** What a request has besides its batch is not counted exactly; this much is left free. */
const SPARE_BYTES = 4096;

const REQUEST_MS = 20_000;
const TOKEN_SECONDS = 3600;
/** A token is made anew when less than this is left of it, so that no request carries one that ends on the way. */
const RENEW_BEFORE_MS = 300_000;
const ENTRA_SCOPE = 'https://eventhubs.azure.net//.default';
const BATCH_TYPE = 'application/vnd.microsoft.servicebus.json';

/** Events as the elements of a JSON array, encoded when they are added. */
export class HttpsBatch {
  readonly partitionId: string;
  readonly #elements: string[] = [];
  readonly #maxBytes: number;
  #bytes = 2;

  constructor(partitionId: string, maxBytes: number) {
    this.partitionId = partitionId;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** See `Batch`. */
  tryAdd({ body, messageId, properties }: HubEvent): boolean {
    const content = isUtf8(body)
      ? { Body: body.toString() }
      : { Body: body.toString('base64'), IsBodyBase64: true };
    // There is no place for a message id of its own; with AMQP it is one of the system properties.
    const element = JSON.stringify({ ...content, UserProperties: { ...properties, messageId } });
    const bytes = this.#bytes + Buffer.byteLength(element) + 1;
    if (bytes > this.#maxBytes) return false;
    this.#elements.push(element);
    this.#bytes = bytes;
    return true;
  }

  /** The body of the request. */
  encode(): string {
    return `[${this.#elements.join()}]`;
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** See the head of this file. */
export class HttpsClient implements HubClient<HttpsBatch> {
  readonly #address: AzureHubAddress;
  readonly #credential: HubCredential;
  readonly #entra: TokenCredential | undefined;
  readonly #agent: Agent;
  #maxBytes = STANDARD_BYTES - SPARE_BYTES;
  #sas = { token: '', expiresAtMs: 0 };

  /**
   * @param address which hub
   * @param credential how to get in
   * @param settings proxy and place of issue of Entra ID tokens
   */
  constructor(address: AzureHubAddress, credential: HubCredential, settings: AzureSettings) {
    this.#address = address;
    this.#credential = credential;
    this.#entra = credential.kind === 'entra' ? tokenCredential(credential, settings) : undefined;
    this.#agent = proxyAgent(settings) ?? new Agent({ keepAlive: true });
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    const count = this.#address.partitionCount ?? (await this.#readPartitionCount(signal));
    return Array.from({ length: count }, (_, index) => String(index));
  }

  async createBatch(partitionId: string): Promise<HttpsBatch> {
    return new HttpsBatch(partitionId, this.#maxBytes);
  }

  async send(batch: HttpsBatch, signal: AbortSignal): Promise<void> {
    const path = `/partitions/${encodeURIComponent(batch.partitionId)}/messages?timeout=60&api-version=2014-01`;
    const answer = await this.#request('POST', path, signal, batch.encode());
    if (answer.status === 201) return;
    // The tier is not told; a namespace of the basic one refuses what the others take.
    if (answer.status === 413 && batch.bytes > BASIC_BYTES) this.#maxBytes = BASIC_BYTES - SPARE_BYTES;
    throw toHttpSendError(answer.status, answer.retryAfter, answer.text);
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  /** Event Hubs REST reference, "Get Event Hub": needs the right to manage, or a role that includes it. */
  async #readPartitionCount(signal: AbortSignal): Promise<number> {
    const answer = await this.#request('GET', '?timeout=60&api-version=2014-01', signal);
    const count = /<PartitionCount>(\d+)<\/PartitionCount>/.exec(answer.text)?.[1];
    if (answer.status === 200 && count !== undefined) return Number(count);
    const error = toHttpSendError(answer.status, answer.retryAfter, answer.text);
    if (answer.status !== 401 && answer.status !== 403) throw error;
    throw new SendError({
      retryable: true,
      condition: error.condition,
      message: `${error.message} If the credential may only send, set the option partitionCount.`,
      cause: error,
    });
  }

  async #authorization(): Promise<string> {
    const credential = this.#credential;
    if (credential.kind === 'signature') return credential.signature;
    if (credential.kind === 'key') return this.#sasToken(credential.keyName, credential.key);
    const token = await this.#entra?.getToken(ENTRA_SCOPE);
    return `Bearer ${token?.token}`;
  }

  #sasToken(keyName: string, key: string): string {
    if (this.#sas.expiresAtMs - Date.now() < RENEW_BEFORE_MS) {
      const expiresAt = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
      const { host, hubName } = this.#address;
      const token = createSasToken(`https://${host}/${hubName}`, keyName, key, expiresAt);
      this.#sas = { token, expiresAtMs: expiresAt * 1000 };
    }
    return this.#sas.token;
  }

  async #request(method: string, path: string, signal: AbortSignal, body?: string): Promise<HttpAnswer> {
    try {
      const authorization = await this.#authorization();
      return await this.#exchange(method, path, signal, authorization, body);
    } catch (thrown) {
      if (thrown instanceof SendError) throw thrown;
      throw toHttpSendError(undefined, undefined, thrown);
    }
  }

  #exchange(
    method: string,
    path: string,
    signal: AbortSignal,
    authorization: string,
    body: string | undefined,
  ): Promise<HttpAnswer> {
    const hubPath = this.#address.hubName.split('/').map(encodeURIComponent).join('/');
    const url = `https://${authorityOf(this.#address)}/${hubPath}${path}`;
    const headers = {
      Authorization: authorization,
      ...(body === undefined ? {} : { 'Content-Type': BATCH_TYPE }),
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, signal, timeout: REQUEST_MS };
      const outgoing = httpsRequest(url, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject).on('end', () => {
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text });
        });
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${REQUEST_MS} ms`)));
      outgoing.on('error', reject).end(body);
    });
  }
}
