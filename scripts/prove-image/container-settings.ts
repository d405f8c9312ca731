/** The conditions that Cumulocity sets, in the words of the OCI runtime specification. */
import { memoryBytes } from '../package/manifest.js';
import type { LoadedImage } from './loaded-image.js';

/** All that is left of the capabilities. */
export const CAPABILITY = { name: 'CAP_NET_BIND_SERVICE', bit: 10 };

const MOUNTS = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755'] },
  // Every engine brings these two from outside; names would not resolve without them.
  ...['/etc/hosts', '/etc/resolv.conf'].map((file) => ({
    destination: file,
    type: 'bind',
    source: file,
    options: ['bind', 'ro'],
  })),
];

/**
 * Makes the `config.json` of a container.
 * @param environment what Cumulocity injects; it is added to that of the image
 * @param id of the container
 */
export function containerSettings(
  { config, manifest, rootFolder }: LoadedImage,
  environment: Readonly<Record<string, string>>,
  id: string,
): object {
  const [uid, gid] = config.User.split(':').map(Number);
  const { memory } = manifest['resources'] as { memory: string };
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args: [...config.Entrypoint, ...(config.Cmd ?? [])],
      env: [...config.Env, ...Object.entries(environment).map(([key, value]) => `${key}=${value}`)],
      cwd: config.WorkingDir,
      // What it may have, and nothing that it has: so do engines that are strict with users other than root.
      capabilities: {
        bounding: [CAPABILITY.name],
        permitted: [],
        effective: [],
        inheritable: [],
        ambient: [],
      },
      noNewPrivileges: false,
    },
    root: { path: rootFolder, readonly: true },
    mounts: MOUNTS,
    linux: {
      cgroupsPath: `/${id}`,
      resources: { memory: { limit: memoryBytes(memory) } },
      // The network is that of the machine: the local Cumulocity and the local event hub listen on its loopback.
      namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })),
    },
  };
}
