/** The manifest against the rules of the platform (version 2 of the manifest) and against the table of options. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryBytes, readManifest, readVersion } from '../../scripts/package/manifest.js';
import { READ_ROLE } from '../../src/http/app.js';
import type { OptionRow } from '../../src/tenants/option-row.js';
import { ROUTE_OPTIONS, TENANT_OPTIONS } from '../../src/tenants/option-table.js';

const ROOT = new URL('../../', import.meta.url);
const CPU = /^(\d+m|\d+(\.\d+)?)$/;
const LEAST_MEMORY_BYTES = 10_000_000;

const role = z.string().regex(/^ROLE_[A-Z0-9_]+$/);
const amounts = z.strictObject({
  cpu: z.string().regex(CPU),
  memory: z.string().refine((text) => memoryBytes(text) > 0),
});
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: z.literal(80) }),
  initialDelaySeconds: z.int().min(0),
  periodSeconds: z.int().min(1),
  timeoutSeconds: z.int().min(1),
  failureThreshold: z.int().min(1),
});

/** What the platform accepts; strict, because it does not say anything about a field that it does not know. */
const manifestSchema = z.strictObject({
  apiVersion: z.enum(['2', 'v2']),
  name: z.string().regex(/^[a-z0-9-]{1,23}$/),
  contextPath: z.string().regex(/^[A-Za-z0-9\-._~]+$/),
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/),
  provider: z.strictObject({
    name: z.string().min(1),
    domain: z.string().optional(),
    support: z.string().optional(),
  }),
  isolation: z.enum(['MULTI_TENANT', 'PER_TENANT']),
  scale: z.enum(['NONE', 'AUTO']),
  replicas: z.int().min(1).max(5),
  resources: amounts,
  requestedResources: amounts,
  requiredRoles: z.array(role),
  roles: z.array(role.regex(/_(READ|ADMIN|CREATE)$/)),
  // The Java packager accepts nothing but letters.
  settingsCategory: z.string().regex(/^[a-zA-Z]+$/),
  settings: z.array(
    z.strictObject({
      key: z.string().min(1),
      defaultValue: z.string().trim().min(1),
      editable: z.boolean(),
      overwriteOnUpdate: z.boolean(),
      inheritFromOwner: z.boolean(),
    }),
  ),
  livenessProbe: probe,
  readinessProbe: probe,
});

async function readPackaged(): Promise<z.infer<typeof manifestSchema>> {
  return manifestSchema.parse(await readManifest(ROOT, await readVersion(ROOT)));
}

function coresOf(cpu: string): number {
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
}

describe('cumulocity.json', () => {
  it('is what the platform accepts', async () => {
    expect((await readPackaged()).apiVersion).toBe('v2');
  });

  it('has the version of package.json', async () => {
    const { version } = await readManifest(ROOT, '1.2.3-rc.1');
    expect(version).toBe('1.2.3-rc.1');
    expect((await readPackaged()).version).toBe(await readVersion(ROOT));
  });

  it.each(['1.2', 'v1.2.3', '01.2.3', '1.2.3+build', '1.2.3-', ''])(
    'refuses version "%s"',
    async (version) => {
      await expect(readManifest(ROOT, version)).rejects.toThrow(`version "${version}"`);
    },
  );

  it('is for all tenants, and Cumulocity may start more copies: they share what comes', async () => {
    const { isolation, scale, replicas } = await readPackaged();
    expect({ isolation, scale, replicas }).toEqual({ isolation: 'MULTI_TENANT', scale: 'AUTO', replicas: 1 });
  });

  it('has no larger reservation than its limit', async () => {
    const { resources, requestedResources } = await readPackaged();
    expect(memoryBytes(requestedResources.memory)).toBeGreaterThanOrEqual(LEAST_MEMORY_BYTES);
    expect(memoryBytes(requestedResources.memory)).toBeLessThanOrEqual(memoryBytes(resources.memory));
    expect(coresOf(requestedResources.cpu)).toBeGreaterThanOrEqual(0.1);
    expect(coresOf(requestedResources.cpu)).toBeLessThanOrEqual(coresOf(resources.cpu));
  });

  it('asks for the roles that the service uses, each once', async () => {
    const { requiredRoles } = await readPackaged();
    expect(new Set(requiredRoles).size).toBe(requiredRoles.length);
    expect(requiredRoles).toEqual(
      expect.arrayContaining([
        ...['ROLE_NOTIFICATION_2_ADMIN', 'ROLE_OPTION_MANAGEMENT_READ'],
        // The connector object, its external id, its alarms.
        ...['ROLE_INVENTORY_READ', 'ROLE_INVENTORY_CREATE', 'ROLE_IDENTITY_READ', 'ROLE_IDENTITY_ADMIN'],
        ...['ROLE_ALARM_READ', 'ROLE_ALARM_ADMIN'],
        // What is read again after a gap.
        ...['ROLE_MEASUREMENT_READ', 'ROLE_EVENT_READ', 'ROLE_DEVICE_CONTROL_READ'],
      ]),
    );
  });

  it('offers the roles that the endpoints ask for', async () => {
    const { roles } = await readPackaged();
    expect(roles).toEqual([READ_ROLE, 'ROLE_EVENT_HUBS_FORWARDER_ADMIN']);
  });

  it('lists exactly the options that have a default, with that default', async () => {
    const rows: Readonly<Record<string, OptionRow<unknown>>> = { ...TENANT_OPTIONS, ...ROUTE_OPTIONS };
    const defaults = Object.entries(rows).flatMap(([key, { fallback }]) =>
      fallback === undefined ? [] : [[key, fallback] as const],
    );
    const { settings } = await readPackaged();
    const listed = settings.map(({ key, defaultValue }) => [key, defaultValue] as const);
    expect(new Set(listed.map(([key]) => key)).size).toBe(listed.length);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(defaults));
  });

  it('leaves every option to the tenant: no other tenant and no upgrade changes it', async () => {
    for (const { key, ...rules } of (await readPackaged()).settings) {
      expect(rules, key).toMatchObject({ editable: true, overwriteOnUpdate: false, inheritFromOwner: false });
    }
  });

  it('lists no secret, whose default everybody could read', async () => {
    const rows: Readonly<Record<string, OptionRow<unknown>>> = { ...TENANT_OPTIONS, ...ROUTE_OPTIONS };
    for (const { key } of (await readPackaged()).settings) expect(rows[key]?.isSecret).toBeUndefined();
  });

  it('is probed where the service answers', async () => {
    const { livenessProbe, readinessProbe } = await readPackaged();
    expect(livenessProbe.httpGet.path).toBe('/health');
    expect(readinessProbe.httpGet.path).toBe('/ready');
  });
});
