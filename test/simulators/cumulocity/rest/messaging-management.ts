import { type Answer, type Call, ok, type Route } from '../http/call.js';
import { forbidden, notFound } from '../http/rest-error.js';

const SERVICE = '/service/messaging-management';

/** Whether a path is one of the messaging management service, which belongs to the platform. */
export function isMessagingManagement(path: string): boolean {
  return path.startsWith(`${SERVICE}/`);
}

/** Figures of one topic, with the fields that the platform's web application reads. */
function topic(call: Call): Answer {
  const { platform, tenant, params } = call;
  if (!platform.settings.messagingManagement) throw notFound('microservice', 'No such microservice.');
  if (params['tenant'] !== tenant.id) throw forbidden();
  const found = tenant.findTopic(params['topic'] ?? '', params['type'] !== 'persistent');
  if (found === undefined) throw notFound('messaging-management', 'No such topic.');
  found.expire();
  const subscribers = [...found.subscribers.values()];
  return ok('topic', {
    name: found.name,
    tenant: tenant.id,
    namespace: 'relnotif',
    persistent: found.persistent,
    subscribers: subscribers.length,
    activeSubscribers: subscribers.filter(({ consumers }) => consumers.length > 0).length,
    backlogSize: found.backlogBytes,
    backlogUsagePercentage: (found.backlogBytes / found.limits.backlogQuotaBytes) * 100,
    unackMsgBacklog: found.unacknowledged,
  });
}

/** The part of the messaging management service that tells how full a topic is. */
export const messagingManagementRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${SERVICE}/tenants/:tenant/namespaces/relnotif/topics/:topic/types/:type`,
    roles: ['ROLE_TENANT_STATISTICS_READ', 'ROLE_TENANT_MANAGEMENT_ADMIN'],
    handle: topic,
  },
];
