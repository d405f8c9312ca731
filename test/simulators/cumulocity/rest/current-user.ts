import { type Answer, type Call, ok, type Route } from '../http/call.js';

const ROLES = ['ROLE_USER_MANAGEMENT_OWN_READ', 'ROLE_SYSTEM'];

function currentUser(call: Call): Answer {
  const { name, roles } = call.principal;
  const effectiveRoles = [...roles].map((role) => ({
    id: role,
    name: role,
    self: call.tenant.link(`/user/roles/${role}`),
  }));
  return ok('currentUser', {
    self: call.tenant.link('/user/currentUser'),
    id: name,
    userName: name,
    effectiveRoles,
    shouldResetPassword: false,
    devicePermissions: {},
  });
}

function currentTenant(call: Call): Answer {
  const { applications } = call.platform;
  const { id } = call.tenant;
  const subscribed = [...applications.all()].filter((application) => application.subscribers.has(id));
  const references = subscribed.map((application) => ({
    application: { id: application.id, name: application.name },
  }));
  return ok('currentTenant', {
    name: id,
    domainName: `${id}.cumulocity.example`,
    allowCreateTenants: false,
    customProperties: {},
    applications: { references },
    self: call.tenant.link('/tenant/currentTenant'),
  });
}

/** What a caller asks about itself. */
export const currentUserRoutes: readonly Route[] = [
  { method: 'GET', path: '/user/currentUser', roles: ROLES, bootstrap: true, handle: currentUser },
  { method: 'GET', path: '/tenant/currentTenant', bootstrap: true, handle: currentTenant },
];
