/** Answers that all endpoints have in common. */
import type { Request, Response } from 'express';
import type { Caller } from '../cumulocity/current-user.js';
import type { CallerCheck } from './caller-check.js';

/**
 * Answers with an error in the platform's own form.
 * @param status HTTP status
 * @param error short name, such as `tenant/Not Found`
 * @param message what is wrong and what to do
 * @param more further fields
 */
export function respondError(
  response: Response,
  status: number,
  error: string,
  message: string,
  more: object = {},
): void {
  response.status(status).json({ error, message, ...more });
}

/**
 * The caller of a request, if he has a role; otherwise the request is answered.
 * @param callers see `CallerCheck`
 * @param role that is needed
 */
export async function callerWith(
  role: string,
  callers: CallerCheck,
  request: Request,
  response: Response,
): Promise<Caller | undefined> {
  const answer = await callers.check(request.headers, role);
  if (answer.isAllowed) return answer.caller;
  respondError(response, answer.status, answer.error, answer.message);
  return undefined;
}
