/**
 * What the platform itself knows of a topic. The messaging management service is a preview that not every platform
 * has and not every user may ask; its paths and fields are those that Cumulocity's own web application uses.
 */
import { z } from 'zod';
import { PlatformError } from '../errors.js';
import type { PlatformClient } from './platform-client.js';

/** The namespace of Notification 2.0. */
const NAMESPACE = 'relnotif';

const Figures = z.object({ backlogSize: z.number().nonnegative() });

/** Answers that will stay the same for a while: not allowed, no such service, not running. */
const NOT_OFFERED = new Set([401, 403, 404, 405, 501, 502, 503]);

/**
 * The bytes that at least one subscriber of a topic has not acknowledged.
 * @returns `undefined` when the platform does not tell
 * @throws PlatformError, PlatformUnreachable on other failures
 */
export async function readBacklogBytes(
  service: PlatformClient,
  tenant: string,
  topic: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const path = `/service/messaging-management/tenants/${tenant}/namespaces/${NAMESPACE}/topics/${topic}/types/persistent`;
  try {
    return (await service.json({ method: 'GET', path, signal }, Figures)).backlogSize;
  } catch (thrown) {
    if (thrown instanceof PlatformError && NOT_OFFERED.has(thrown.status)) return undefined;
    throw thrown;
  }
}
