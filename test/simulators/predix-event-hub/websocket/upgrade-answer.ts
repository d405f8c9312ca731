/** Answers to upgrade requests that are refused: HTTP with the reason as JSON. No source tells their form. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '../access.js';

/** Why there is no WebSocket. */
export interface UpgradeAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The reason, for the client to read. */
  readonly description: string;
}

/**
 * The answer to what `Access.admit` threw: 401 when it is the token, 403 when the token does not allow it (Predix
 * contract, section 6), 500 for anything that is no refusal.
 */
export function answerFor(thrown: unknown): UpgradeAnswer {
  if (!(thrown instanceof Refusal)) return { status: 500, description: 'Internal error' };
  const isToken = thrown.kind === 'token' || thrown.kind === 'no token';
  return { status: isToken ? 401 : 403, description: thrown.message };
}

/** Sends an answer in the place of the upgrade, and lets the client close the connection. */
export function refuseUpgrade(socket: Duplex, { status, description }: UpgradeAnswer): void {
  const body = answerBody({ status, description });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json;charset=UTF-8',
    // Every 401 has to name a scheme (RFC 9110, section 15.5.2).
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Otherwise it would never be noticed that the client is gone.
  socket.resume();
}

/** The body of an answer. */
export function answerBody({ status, description }: UpgradeAnswer): string {
  const error = (STATUS_CODES[status] ?? '').toLowerCase().replaceAll(' ', '_');
  return JSON.stringify({ error, error_description: description });
}
