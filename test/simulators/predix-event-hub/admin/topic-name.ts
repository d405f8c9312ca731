/** What a topic may be called (Predix contract, section 13), in words for a client. */
export const TOPIC_NAME_RULE =
  'A topic name has 1 to 100 characters: only letters, digits, dashes, underscores and periods.';

/** Whether a topic may be called so. */
export function isTopicName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,100}$/.test(name);
}
