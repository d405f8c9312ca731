import type { Application } from '../applications.js';
import { type Answer, type Call, ok, type Route } from '../http/call.js';
import { forbidden } from '../http/rest-error.js';
import type { Platform } from '../platform.js';

/** An application as the REST API shows it. */
export function showApplication(platform: Platform, application: Application): object {
  const { id, key, name, type, contextPath, requiredRoles, roles, manifest } = application;
  const active = application.binaries.at(-1);
  return {
    id,
    key,
    name,
    type,
    availability: 'PRIVATE',
    owner: {
      self: `${platform.url}/tenant/tenants/${application.ownerTenant}`,
      tenant: { id: application.ownerTenant },
    },
    requiredRoles,
    roles,
    manifest,
    contextPath,
    ...(active === undefined ? {} : { activeVersionId: active.id }),
    self: `${platform.url}/application/applications/${id}`,
  };
}

function applicationOf(call: Call): Application {
  const application = call.platform.applications.get(call.principal.application ?? '');
  if (application === undefined) throw forbidden();
  return application;
}

/** The service users of all subscribed tenants; for the bootstrap user only. */
function subscriptions(call: Call): Answer {
  const { applications, url } = call.platform;
  if (call.principal.kind !== 'bootstrap') throw forbidden();
  const application = applicationOf(call);
  const users = [...application.subscribers].map((tenant) => ({
    tenant,
    name: applications.serviceName(application),
    password: applications.servicePassword(application, tenant),
  }));
  return ok('applicationusercollection', {
    users,
    self: `${url}/application/applications/${application.id}/users`,
  });
}

/** The options of the application's category, decrypted; the bootstrap user sees those of the owner tenant. */
function settings(call: Call): Answer {
  const { settingsCategory } = applicationOf(call);
  return ok('option', Object.fromEntries(call.tenant.options.category(settingsCategory) ?? []));
}

/** /application/currentApplication: what an application asks about itself with its system users. */
export const currentApplicationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/application/currentApplication',
    bootstrap: true,
    handle: (call) => ok('application', showApplication(call.platform, applicationOf(call))),
  },
  {
    method: 'GET',
    path: '/application/currentApplication/subscriptions',
    bootstrap: true,
    handle: subscriptions,
  },
  { method: 'GET', path: '/application/currentApplication/settings', bootstrap: true, handle: settings },
];
