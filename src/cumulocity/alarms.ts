/** Alarms on the connector object, where operators look for what they have to do (OpenAPI, /alarm/alarms). */
import { z } from 'zod';
import type { PlatformClient } from './platform-client.js';

/** Severities of an alarm, most severe first. */
export type Severity = 'CRITICAL' | 'MAJOR' | 'MINOR' | 'WARNING';

/** An alarm to be raised. */
export interface AlarmFields {
  readonly source: string;
  readonly type: string;
  readonly severity: Severity;
  readonly text: string;
}

const PATH = '/alarm/alarms';
const Alarm = z.object({ id: z.string() });
const Alarms = z.object({ alarms: z.array(Alarm) });

/**
 * Raises an alarm. While one of the same type is not cleared, the platform counts it up and keeps its text, so text
 * and severity have to be changed apart.
 * @returns the alarm's id
 * @throws PlatformError, PlatformUnreachable
 */
export async function raiseAlarm(
  service: PlatformClient,
  { source, type, severity, text }: AlarmFields,
  signal?: AbortSignal,
): Promise<string> {
  const body = {
    source: { id: source },
    type,
    severity,
    text,
    time: new Date().toISOString(),
    status: 'ACTIVE',
  };
  return (await service.json({ method: 'POST', path: PATH, body, signal }, Alarm)).id;
}

/**
 * Changes an alarm.
 * @param change its new severity and text, or status
 * @throws PlatformError, PlatformUnreachable
 */
export async function changeAlarm(
  service: PlatformClient,
  id: string,
  change: Pick<AlarmFields, 'severity' | 'text'> | { readonly status: 'CLEARED' },
  signal?: AbortSignal,
): Promise<void> {
  await service.call({ method: 'PUT', path: `${PATH}/${encodeURIComponent(id)}`, body: change, signal });
}

/**
 * The ids of the alarms of a type that are not cleared.
 * @throws PlatformError, PlatformUnreachable
 */
export async function findAlarms(
  service: PlatformClient,
  source: string,
  type: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const query = { source, type, status: 'ACTIVE,ACKNOWLEDGED', pageSize: 100 };
  const { alarms } = await service.json({ method: 'GET', path: PATH, query, signal }, Alarms);
  return alarms.map(({ id }) => id);
}
