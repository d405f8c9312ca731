/** What a person has to know before taking an event for what it looks like; by the forwarder's properties. */
import type { ReceivedEventData } from '@azure/event-hubs';

function rejectionMark(properties: Readonly<Record<string, unknown>>): string | undefined {
  const { rejected, rejectedBy, deadLetterHub, deadLetterFailure } = properties;
  if (rejected === undefined) return undefined;
  if (rejectedBy !== undefined) return `dead letter of ${rejectedBy}: ${rejected}`;
  if (deadLetterHub !== undefined) return `pointer: ${rejected}, whole in ${deadLetterHub}`;
  if (deadLetterFailure !== undefined) return `pointer: ${rejected}, no dead letter: ${deadLetterFailure}`;
  return `pointer: ${rejected}`;
}

/**
 * The marks of an event.
 * @returns short texts: that it is a pointer or a dead letter and why, what was left out of it, how it is packed
 */
export function marksOf({ properties = {} }: Pick<ReceivedEventData, 'properties'>): readonly string[] {
  const { trimmed, contentEncoding } = properties;
  return [
    rejectionMark(properties),
    trimmed === undefined ? undefined : `without ${trimmed}`,
    contentEncoding === undefined ? undefined : String(contentEncoding),
  ].filter((mark) => mark !== undefined);
}
