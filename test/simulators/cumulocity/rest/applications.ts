import type { Application } from '../applications.js';
import { type Answer, type Call, created, NO_CONTENT, ok, type Route } from '../http/call.js';
import { answerPage } from '../http/paging.js';
import { forbidden, notFound, RestError, unprocessable } from '../http/rest-error.js';
import {
  demandFields,
  isObject,
  type JsonObject,
  parseObject,
  referenceId,
  textOf,
  textsOf,
} from '../json.js';
import { showApplication } from './current-application.js';
import { uploadedFileNames } from './multipart.js';

const ADMIN = ['ROLE_APPLICATION_MANAGEMENT_ADMIN'];
const READ = ['ROLE_APPLICATION_MANAGEMENT_READ', 'ROLE_APPLICATION_MANAGEMENT_ADMIN'];
const ONE = '/application/applications/:id';
const OF_TENANT = '/tenant/tenants/:tenant/applications';

/** The application with that id, if the caller's tenant owns it or is subscribed to it. */
function applicationOf(call: Call, id: string | undefined): Application {
  const application = call.platform.applications.get(id ?? '');
  const { id: tenant } = call.tenant;
  const isVisible = application?.ownerTenant === tenant || application?.subscribers.has(tenant) === true;
  if (application === undefined || !isVisible) throw notFound('applications', `No application ${id}.`);
  return application;
}

function ownApplication(call: Call): Application {
  const application = applicationOf(call, call.params['id']);
  if (application.ownerTenant !== call.tenant.id) throw forbidden();
  return application;
}

function post(call: Call): Answer {
  const body = parseObject(call.body);
  demandFields(body, 'applications', ['name', 'key', 'type']);
  const name = textOf(body, 'name') ?? '';
  const type = textOf(body, 'type') ?? '';
  const contextPath = textOf(body, 'contextPath') ?? name;
  if (type === 'MICROSERVICE' && !/^[a-z0-9-]{1,23}$/.test(name)) {
    throw unprocessable('applications', 'The name of a microservice must match [a-z0-9-]{1,23}.');
  }
  const application = call.platform.applications.create({
    key: textOf(body, 'key') ?? '',
    name,
    type,
    contextPath,
    ownerTenant: call.tenant.id,
    settingsCategory: textOf(body, 'settingsCategory') ?? contextPath,
    requiredRoles: textsOf(body, 'requiredRoles'),
    roles: textsOf(body, 'roles'),
  });
  const shown = JSON.stringify(showApplication(call.platform, application));
  return created('application', shown, call.tenant.link(`/application/applications/${application.id}`));
}

/** New required roles reach the service users of tenants that subscribe afterwards; whether others get them is not known. */
function put(call: Call): Answer {
  const application = ownApplication(call);
  const body = parseObject(call.body);
  if (body['type'] !== undefined) throw unprocessable('applications', 'The type cannot be changed.');
  if (body['requiredRoles'] !== undefined) application.requiredRoles = textsOf(body, 'requiredRoles');
  if (body['roles'] !== undefined) application.roles = textsOf(body, 'roles');
  if (isObject(body['manifest'])) application.manifest = body['manifest'];
  return ok('application', showApplication(call.platform, application));
}

function listByName(call: Call, name: string | null): Answer {
  const { id } = call.tenant;
  const found = [...call.platform.applications.all()].filter(
    (application) =>
      (name === null || application.name === name) &&
      (application.ownerTenant === id || application.subscribers.has(id)),
  );
  return answerPage(call, 'applicationCollection', 'applications', found, (application) =>
    JSON.stringify(showApplication(call.platform, application)),
  );
}

function upload(call: Call): Answer {
  const application = ownApplication(call);
  const names = uploadedFileNames(call.headers['content-type'], call.body);
  const id = call.tenant.newId();
  application.binaries.push({ id, fileName: names[0] ?? '', sizeBytes: call.body.length });
  const shown = JSON.stringify(showApplication(call.platform, application));
  return created(
    'application',
    shown,
    call.tenant.link(`/application/applications/${application.id}/binaries/${id}`),
  );
}

function binaries(call: Call): Answer {
  const attachments = ownApplication(call).binaries.map(({ id, fileName, sizeBytes }) => ({
    id,
    name: fileName,
    length: sizeBytes,
  }));
  return ok('applicationbinaries', { attachments });
}

function bootstrapUser(call: Call): Answer {
  const application = ownApplication(call);
  if (application.type !== 'MICROSERVICE') {
    const message = 'Can not get bootstrap user. Application is not a microservice';
    throw new RestError(400, 'applications/Bad Request', message);
  }
  const { tenant, user, password } = call.platform.applications.bootstrapUser(application);
  return ok('user', { tenant, name: user, password });
}

/** A tenant is subscribed by itself or by the owner of the application. */
function tenantOf(call: Call, application: Application): string {
  const tenant = call.platform.tenant(call.params['tenant'] ?? '').id;
  if (tenant !== call.tenant.id && application.ownerTenant !== call.tenant.id) throw forbidden();
  return tenant;
}

function wantedApplication(body: JsonObject): string {
  const reference = body['application'];
  const self = isObject(reference) ? textOf(reference, 'self') : undefined;
  const id = referenceId(body, 'application') ?? self?.slice(self.lastIndexOf('/') + 1);
  if (id === undefined) throw unprocessable('tenant', 'application.id or application.self is required');
  return id;
}

function subscribe(call: Call): Answer {
  const application = applicationOf(call, wantedApplication(parseObject(call.body)));
  const tenant = tenantOf(call, application);
  if (application.subscribers.has(tenant)) {
    throw new RestError(409, 'tenant/Duplicate', 'The tenant is already subscribed to the application.');
  }
  call.platform.applications.subscribe(application, tenant);
  const self = call.tenant.link(`/tenant/tenants/${tenant}/applications/${application.id}`);
  const reference = { application: showApplication(call.platform, application), self };
  return created('applicationReference', JSON.stringify(reference), self);
}

function unsubscribe(call: Call): Answer {
  const application = applicationOf(call, call.params['id']);
  const tenant = tenantOf(call, application);
  if (!application.subscribers.has(tenant)) throw notFound('tenant', 'The tenant is not subscribed.');
  call.platform.applications.unsubscribe(application, tenant);
  return NO_CONTENT;
}

/** /application/applications and /tenant/tenants/{id}/applications: the life of an application. */
export const applicationRoutes: readonly Route[] = [
  { method: 'POST', path: '/application/applications', roles: ADMIN, handle: post },
  {
    method: 'GET',
    path: '/application/applications',
    roles: READ,
    handle: (call) => listByName(call, call.query.get('name')),
  },
  {
    method: 'GET',
    path: '/application/applicationsByName/:name',
    roles: READ,
    handle: (call) => listByName(call, call.params['name'] ?? ''),
  },
  {
    method: 'GET',
    path: ONE,
    roles: READ,
    handle: (call) =>
      ok('application', showApplication(call.platform, applicationOf(call, call.params['id']))),
  },
  { method: 'PUT', path: ONE, roles: ADMIN, handle: put },
  { method: 'POST', path: `${ONE}/binaries`, roles: ADMIN, upload: true, handle: upload },
  { method: 'GET', path: `${ONE}/binaries`, roles: ADMIN, handle: binaries },
  { method: 'GET', path: `${ONE}/bootstrapUser`, roles: ADMIN, handle: bootstrapUser },
  { method: 'POST', path: OF_TENANT, roles: ADMIN, handle: subscribe },
  { method: 'DELETE', path: `${OF_TENANT}/:id`, roles: ADMIN, handle: unsubscribe },
];
