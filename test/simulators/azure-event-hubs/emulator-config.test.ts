import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmulatorConfigError, readEmulatorConfig } from './emulator-config.js';
import { startHubs } from './sdk-clients.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-config-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(text: string): string {
  const path = join(folder, 'Config.json');
  writeFileSync(path, text);
  return path;
}

function withEntities(...entities: unknown[]): string {
  const namespace = { Type: 'EventHub', Name: 'emulatorNs1', Entities: entities };
  return file(
    JSON.stringify({ UserConfig: { NamespaceConfig: [namespace], LoggingConfig: { Type: 'File' } } }),
  );
}

test('hubs come with their partitions and consumer groups and can be served', async () => {
  const path = withEntities(
    { Name: 'eh1', PartitionCount: '2', ConsumerGroups: [{ Name: 'cg1' }] },
    { Name: 'a/b-c.d', PartitionCount: 32 },
  );
  const definitions = await readEmulatorConfig(path);
  expect(definitions).toEqual([
    { name: 'eh1', partitionCount: 2, consumerGroups: ['cg1'] },
    { name: 'a/b-c.d', partitionCount: 32, consumerGroups: [] },
  ]);
  const hub = (await startHubs({ hubs: definitions })).hub('eh1');
  expect([hub.hasConsumerGroup('CG1'), hub.hasConsumerGroup('$Default')]).toEqual([true, true]);
});

test.each([
  ['a name that ends in a slash', { Name: 'eh/', PartitionCount: '2' }, 'Name'],
  ['no partitions', { Name: 'eh', PartitionCount: '0' }, 'PartitionCount'],
  ['too many partitions', { Name: 'eh', PartitionCount: '33' }, 'PartitionCount'],
  ['a count that is no number', { Name: 'eh', PartitionCount: 'two' }, 'PartitionCount'],
])('%s is refused, and the message says where', async (_, entity, field) => {
  const reading = readEmulatorConfig(withEntities(entity));
  await expect(reading).rejects.toThrow(EmulatorConfigError);
  await expect(reading).rejects.toThrow(field);
});

test('a file that is no JSON, or is not there, is refused', async () => {
  await expect(readEmulatorConfig(file('{'))).rejects.toThrow(EmulatorConfigError);
  await expect(readEmulatorConfig(join(folder, 'none.json'))).rejects.toThrow('ENOENT');
});
