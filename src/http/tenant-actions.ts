/** What administrators of a tenant can have done: `/tenants/<tenant>/...`, for their own tenant only. */
import express, { type Request, type Response, Router } from 'express';
import { describeProblem } from '../errors.js';
import type { ReplayAnswer } from '../tenants/forwarder.js';
import type { CallerCheck } from './caller-check.js';
import { callerWith, respondError } from './respond.js';

/** The role that may act on its own tenant. */
export const ADMIN_ROLE = 'ROLE_EVENT_HUBS_FORWARDER_ADMIN';

/** What the actions do. */
export interface TenantActions {
  readonly callers: CallerCheck;
  /** Has something replayed; `undefined`: the tenant is not known. */
  readonly replay: (tenant: string, body: unknown) => ReplayAnswer | undefined;
}

const LARGEST_BODY = '64kb';

/**
 * Makes the router.
 * @param actions see {@link TenantActions}
 */
export function tenantActions({ callers, replay }: TenantActions): Router {
  const router = Router();
  router.post(
    '/tenants/:tenant/replay',
    // Whoever may not ask gets no answer about his body.
    async (request, response, next) => {
      const caller = await callerWith(ADMIN_ROLE, callers, request, response);
      if (caller === undefined) return;
      if (caller.tenant === request.params.tenant) next();
      else respondError(response, 403, 'security/Forbidden', `you are a user of tenant ${caller.tenant}`);
    },
    express.json({ limit: LARGEST_BODY, strict: false }),
    (request: Request<{ tenant: string }>, response: Response) => {
      respondToReplay(response, replay(request.params.tenant, request.body as unknown));
    },
  );
  return router;
}

function respondToReplay(response: Response, answer: ReplayAnswer | undefined): void {
  if (answer === undefined) {
    respondError(
      response,
      404,
      'tenant/Not Found',
      'the tenant has not subscribed this application, or was not seen yet',
    );
  } else if ('problems' in answer) {
    const problems = answer.problems.map(describeProblem);
    respondError(response, 400, 'replay/Bad Request', problems.join(' | '), { problems });
  } else if ('notPossible' in answer) respondError(response, 409, 'replay/Conflict', answer.notPossible);
  else response.status(202).json({ gaps: answer.gaps });
}
