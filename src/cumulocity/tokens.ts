/** Tokens of Notification 2.0 consumers, and what is done with nothing but a token. */
import { z } from 'zod';
import type { PlatformClient } from './platform-client.js';

/** Names who reads: the subscriber of a subscription. Letters and digits only. */
export interface Subscriber {
  readonly subscription: string;
  readonly subscriber: string;
}

const Token = z.object({ token: z.string().min(1) });

/** A token is checked only when a connection is made, and each connection gets its own. */
const TOKEN_MINUTES = 60;

/**
 * Makes a token with which several copies of the service read side by side: Cumulocity splits the topic among them
 * by source, so that all notifications of a source go to one copy at a time (consumer protocol, "shared").
 * @throws PlatformError, PlatformUnreachable
 * @see OpenAPI, POST /notification2/token
 */
export async function createToken(
  service: PlatformClient,
  { subscription, subscriber }: Subscriber,
  signal?: AbortSignal,
): Promise<string> {
  const body = { subscription, subscriber, expiresInMinutes: TOKEN_MINUTES, shared: true };
  const path = '/notification2/token';
  const { token } = await service.json({ method: 'POST', path, body, signal }, Token);
  return token;
}

/**
 * Removes a consumer and its backlog; the subscription stays.
 * @param token any token of the consumer, an expired one too
 * @throws PlatformError also when there is no such consumer any more (5xx), PlatformUnreachable
 * @see OpenAPI, POST /notification2/unsubscribe
 */
export async function unsubscribe(service: PlatformClient, token: string): Promise<void> {
  await service.call({ method: 'POST', path: '/notification2/unsubscribe', query: { token } });
}

/**
 * The address of the consumer's WebSocket.
 * @param baseUrl of the platform, `http` or `https`
 * @param token see {@link createToken}
 * @param copyName of this copy of the service; under the same name it gets the same sources again
 */
export function consumerUrl(baseUrl: string, token: string, copyName: string): string {
  const query = new URLSearchParams({ token, consumer: copyName });
  // @c8y/client would strip the slash before the query, which every known client of this endpoint sends.
  return `${baseUrl.replace(/^http/, 'ws')}/notification2/consumer/?${query}`;
}
