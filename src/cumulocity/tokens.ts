/** Tokens of Notification 2.0 consumers, and what is done with nothing but a token. */
import { z } from 'zod';
import type { PlatformClient } from './platform-client.js';

/** Names a consumer: the subscriber reading a subscription. Letters and digits only. */
export interface Subscriber {
  readonly subscription: string;
  readonly subscriber: string;
}

const Token = z.object({ token: z.string().min(1) });

/** A token is checked only when a connection is made, and each connection gets its own. */
const TOKEN_MINUTES = 60;

/**
 * Makes a token.
 * @throws PlatformError, PlatformUnreachable
 * @see OpenAPI, POST /notification2/token
 */
export async function createToken(
  service: PlatformClient,
  { subscription, subscriber }: Subscriber,
  signal?: AbortSignal,
): Promise<string> {
  const body = { subscription, subscriber, expiresInMinutes: TOKEN_MINUTES };
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
 */
export function consumerUrl(baseUrl: string, token: string): string {
  // @c8y/client would strip the slash before the query, which every known client of this endpoint sends.
  return `${baseUrl.replace(/^http/, 'ws')}/notification2/consumer/?token=${encodeURIComponent(token)}`;
}
