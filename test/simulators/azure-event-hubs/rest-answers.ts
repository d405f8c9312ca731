/** What the HTTPS API has in all its answers: rights, errors, XML. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Broker } from './broker.js';
import { Claims } from './claims.js';
import type { LocalHub } from './hub.js';
import { isSasToken } from './sas.js';
import { checkToken } from './tokens.js';

/** A refusal with its status code; the detail is a text for people. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
}

/**
 * Checks a request. A token in a header is good for that request only.
 *
 * @returns what to answer when the right is missing
 */
export function authorize(
  request: IncomingMessage,
  hub: LocalHub,
  right: 'Send' | 'Manage',
  broker: Broker,
): Refusal | undefined {
  const header = request.headers.authorization ?? '';
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (bearer === undefined && !isSasToken(header))
    return { status: 401, detail: 'MalformedToken: the token is missing or malformed.' };
  const verdict = checkToken(bearer ?? header, hub.name, broker, Date.now());
  if ('failure' in verdict) return { status: 401, detail: verdict.failure };
  const claims = new Claims();
  claims.put(hub.name, verdict.grant);
  if (claims.allow(hub.name, right, Date.now())) return undefined;
  return {
    status: 401,
    detail: `Unauthorized access. '${right}' claim(s) are required to perform this operation.`,
  };
}

/** Answers a send: 201 without a body, or the error document. */
export function respond(response: ServerResponse, refusal: Refusal | undefined): void {
  const body = refusal
    ? `<Error><Code>${refusal.status}</Code><Detail>${escapeXml(refusal.detail)}</Detail></Error>`
    : '';
  response.writeHead(refusal?.status ?? 201, {
    'Content-Type': 'application/xml; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Server: 'Microsoft-HTTPAPI/2.0',
  });
  response.end(body);
}

/** Makes a text fit for an XML document. */
export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
