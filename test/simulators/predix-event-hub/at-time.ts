/** Waiting for a time of the calendar, such as the end of a token. */

/** The longest time that a timer can be set to, in milliseconds: 24.8 days. Node.js takes a longer one for none. */
export const longestTimerMs = 2 ** 31 - 1;

/**
 * Calls back when a time has come, however far away it is.
 *
 * @param unixMs in milliseconds since 1970.
 * @returns a function that ends the wait.
 */
export function atTime(unixMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(look, Math.min(Math.max(unixMs - Date.now(), 0), longestTimerMs));
  };
  const look = (): void => {
    if (Date.now() >= unixMs) callback();
    else wait();
  };
  wait();
  return () => clearTimeout(timer);
}
