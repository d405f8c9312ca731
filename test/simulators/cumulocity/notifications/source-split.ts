/** What the split needs to know of a consumer. */
export interface NamedConsumer {
  /** Value of the `consumer` query argument, or a name made for the socket. */
  readonly name: string;
}

function weight(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // A last mixing step; without it names that differ in one character give related weights.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * Chooses the consumer of a source among those of a shared subscriber. The choice depends on the names alone, so
 * a consumer that comes back under its name gets its sources back, and only sources of a consumer that left or
 * came change hands.
 *
 * @param source id of the managed object
 * @param consumers at least one
 */
export function preferredConsumer<T extends NamedConsumer>(source: string, consumers: readonly T[]): T {
  let best = consumers[0] as T;
  let bestWeight = -1;
  for (const consumer of consumers) {
    const candidate = weight(`${consumer.name}\n${source}`);
    if (candidate <= bestWeight) continue;
    best = consumer;
    bestWeight = candidate;
  }
  return best;
}
