/** The HTTP side: probes for the platform, the state of a tenant for its own users, metrics for the owner. */
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { ForwarderStatus } from '../tenants/forwarder.js';
import type { Metrics } from './metrics.js';
import { callerWith, respondError } from './respond.js';
import { type TenantActions, tenantActions } from './tenant-actions.js';

/** What the endpoints show and do. */
export interface AppSources extends TenantActions {
  /** `undefined`: ready. Otherwise why not. */
  readonly notReady: () => string | undefined;
  readonly statusOf: (tenant: string) => ForwarderStatus | undefined;
  /** The tenant whose users may see the metrics of all tenants. */
  readonly ownerTenant: string;
  readonly metrics: Metrics;
}

/** The role that may see the state of its own tenant. */
export const READ_ROLE = 'ROLE_EVENT_HUBS_FORWARDER_READ';

/**
 * Makes the express application.
 * @param sources what the endpoints show and do
 */
export function createApp(sources: AppSources): Express {
  const app = express();
  app.disable('x-powered-by');
  addProbes(app, sources);
  addStatus(app, sources);
  addMetrics(app, sources);
  app.use(tenantActions(sources));
  app.use(((thrown: { status?: unknown; type?: unknown }, _request, response, next) => {
    // The body parser's errors tell what is wrong without repeating the body; anything else is a fault of ours.
    const isBadBody = thrown.type === 'entity.parse.failed' || thrown.type === 'entity.too.large';
    if (!isBadBody) next(thrown);
    else if (thrown.type === 'entity.too.large')
      respondError(response, 413, 'general/Too Large', 'the body is too large');
    else respondError(response, 400, 'general/Bad Request', 'the body is not JSON');
  }) satisfies ErrorRequestHandler);
  return app;
}

function addProbes(app: Express, { notReady }: AppSources): void {
  // Liveness says that the event loop turns and nothing else: a restart mends no hub and no platform.
  app.get('/health', (_request, response) => {
    response.json({ status: 'UP' });
  });

  app.get('/ready', (_request, response) => {
    const reason = notReady();
    if (reason === undefined) response.json({ status: 'UP' });
    else response.status(503).json({ status: 'DOWN', reason });
  });
}

function addStatus(app: Express, { statusOf, callers }: AppSources): void {
  app.get('/status', async (request, response) => {
    const caller = await callerWith(READ_ROLE, callers, request, response);
    if (caller === undefined) return;
    const status = statusOf(caller.tenant);
    if (status !== undefined) response.json(status);
    else {
      const message = `tenant ${caller.tenant} has not subscribed this application, or was not seen yet`;
      respondError(response, 404, 'tenant/Not Found', message);
    }
  });
}

function addMetrics(app: Express, { metrics, callers, ownerTenant }: AppSources): void {
  app.get('/metrics', async (request, response) => {
    const caller = await callerWith(READ_ROLE, callers, request, response);
    if (caller === undefined) return;
    if (caller.tenant === ownerTenant) response.type(metrics.contentType).send(await metrics.text());
    else
      respondError(
        response,
        403,
        'security/Forbidden',
        'the metrics of all tenants are for the owner of the application',
      );
  });
}
