/** The HTTP side: probes for the platform, and the state of a tenant for its own users. */
import express, { type Express, type Request, type Response } from 'express';
import type { ForwarderStatus } from '../tenants/forwarder.js';
import type { CallerCheck } from './caller-check.js';

/** What the endpoints show. */
export interface AppSources {
  /** `undefined`: ready. Otherwise why not. */
  readonly notReady: () => string | undefined;
  readonly statusOf: (tenant: string) => ForwarderStatus | undefined;
  readonly callers: CallerCheck;
}

/** The role that may see the state of its own tenant. */
export const READ_ROLE = 'ROLE_EVENT_HUBS_FORWARDER_READ';

/**
 * Makes the express application.
 * @param sources what the endpoints show
 */
export function createApp({ notReady, statusOf, callers }: AppSources): Express {
  const app = express();
  app.disable('x-powered-by');

  // Liveness says that the event loop turns and nothing else: a restart mends no hub and no platform.
  app.get('/health', (_request, response) => {
    response.json({ status: 'UP' });
  });

  app.get('/ready', (_request, response) => {
    const reason = notReady();
    if (reason === undefined) response.json({ status: 'UP' });
    else response.status(503).json({ status: 'DOWN', reason });
  });

  app.get('/status', async (request: Request, response: Response) => {
    const answer = await callers.check(request.headers, READ_ROLE);
    if (!answer.isAllowed) {
      response.status(answer.status).json({ error: answer.error, message: answer.message });
      return;
    }
    const status = statusOf(answer.caller.tenant);
    if (status === undefined) {
      const message = `tenant ${answer.caller.tenant} has not subscribed this application, or was not seen yet`;
      response.status(404).json({ error: 'tenant/Not Found', message });
      return;
    }
    response.json(status);
  });

  return app;
}
