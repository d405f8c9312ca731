/**
 * Time of the next state of an object. Two states of one object never share a time, since readers tell the
 * states apart by `lastUpdated`.
 *
 * @param previous ISO time of the state before, if there is one
 * @returns ISO time in UTC with milliseconds
 */
export function nextStateTime(previous?: unknown): string {
  const after = typeof previous === 'string' ? Date.parse(previous) + 1 : 0;
  return new Date(Math.max(Date.now(), after)).toISOString();
}
