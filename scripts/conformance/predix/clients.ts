/** The programs that talk to the local Predix Event Hub. None is on an SDK: they are made from the `.proto` alone. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Client,
  need,
  needDebianPython,
  type Prepared,
  pythonCommand,
  repository,
  systemPython,
  type Workshop,
} from '../toolchain.js';

/** In the order they are run. */
export const predixClients: readonly Client[] = [
  {
    hub: 'predix',
    language: 'python',
    name: 'python3-grpcio (Debian)',
    folder: 'python-predix',
    prepare: preparePython,
  },
];

/** The `.proto` files that the program uses: that of the hub, and gRPC's own of health checks. */
const protos = [
  { folder: 'src/destinations/predix-event-hub', file: 'event-hub.proto' },
  { folder: 'node_modules/grpc-health-check/proto/health/v1', file: 'health.proto' },
];

async function preparePython({ folder, signal }: Workshop): Promise<Prepared> {
  await needDebianPython(['python3-grpcio', 'python3-grpc-tools'], ['grpc', 'grpc_tools.protoc'], signal);
  const stubs = join(folder, 'stubs');
  await mkdir(stubs, { recursive: true });
  for (const proto of protos) {
    const from = ['-m', 'grpc_tools.protoc', '-I', join(repository, proto.folder)];
    const to = [`--python_out=${stubs}`, `--grpc_python_out=${stubs}`, proto.file];
    await need(systemPython, [...from, ...to], signal);
  }
  return {
    command: pythonCommand(systemPython, 'python-predix', stubs),
    transports: ['grpc', 'grpc-tls'],
  };
}
