/**
 * Tells one service user of a tenant from the next. A tenant that unsubscribes loses its service user, and gets one with
 * another password when it subscribes again (Cumulocity contract, section 8, number 14): a run that finds another mark in an
 * earlier run's record knows that the tenant may have been gone in between, although it never saw that.
 */
import { createHmac } from 'node:crypto';
import type { Credentials } from '../config.js';

/** So little of a digest says whether it is the same password, and nothing by which a generated one could be found. */
const MARK_BYTES = 2;

/**
 * The mark of a service user.
 * @param credentials with a password that the platform has generated; a person's could be guessed with its help
 * @returns four hexadecimal digits; two users have the same once in 65,536 times
 */
export function userMark({ tenant, user, password }: Credentials): string {
  const digest = createHmac('sha256', password).update(`${tenant}/${user}`).digest();
  return digest.subarray(0, MARK_BYTES).toString('hex');
}
