/** The admin API of an Event Hub: creating, deleting and listing topics (Predix contract, section 13). */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PredixSettings } from '../../src/destinations/predix-event-hub/hub-address.js';
import { reasonOf } from '../../src/errors.js';

/** What the API has answered. */
export interface AdminReply {
  readonly status: number;
  readonly text: string;
}

/** The API could not be reached, or did not answer. */
export class AdminUnreachable extends Error {
  override readonly name = 'AdminUnreachable';
}

/** Where and with what. */
export interface AdminAccess {
  /** Scheme, host and port. */
  readonly url: string;
  readonly zoneId: string;
  readonly token: string;
  readonly settings: PredixSettings;
}

const ANSWER_MS = 20_000;
const MOST_BYTES = 256 * 1024;

/**
 * Sends one request.
 * @param topic `undefined`: the list of topics
 * @param signal gives up
 * @throws AdminUnreachable
 */
export function callAdmin(
  { url, zoneId, token, settings }: AdminAccess,
  method: 'GET' | 'PUT' | 'DELETE',
  topic: string | undefined,
  signal: AbortSignal,
): Promise<AdminReply> {
  const topics = `/v2/admin/service_instances/${encodeURIComponent(zoneId)}/topics`;
  const target = `${url}${topics}${topic === undefined ? '' : `/${encodeURIComponent(topic)}`}`;
  const { predixTls } = settings;
  const options = {
    method,
    signal,
    timeout: ANSWER_MS,
    // Both headers are demanded for every request (seed, "Admin Topic Management Endpoints").
    headers: {
      Authorization: `bearer ${token}`,
      grant_type: 'client_credentials',
      Accept: 'application/json',
    },
    ...(typeof predixTls === 'object' ? { ca: predixTls.ca } : {}),
  };
  const request = target.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new AdminUnreachable(`${url} cannot be reached: ${reasonOf(error)}`, { cause: error }));
    };
    const outgoing = request(target, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MOST_BYTES) outgoing.destroy(new Error('the answer is too long'));
      });
      response.on('error', fail).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
    outgoing.on('error', fail).end();
  });
}
