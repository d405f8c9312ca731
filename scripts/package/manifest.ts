/** The manifest as it gets into the zip. */
import { readFile } from 'node:fs/promises';
import { PackagingError } from './errors.js';

/** What packaging reads of the manifest; the rest is passed on as it is. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

/** A limit of the platform. */
export const LONGEST_NAME = 23;

const NAME = /^[a-z0-9-]+$/;
/** Semantic versioning 2.0.0 without build metadata: the platform does not accept a `+`. */
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*)?$/;

/**
 * Reads the version that is packaged.
 * @param root folder of the repository
 */
export async function readVersion(root: URL): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as {
    version: string;
  };
  return version;
}

/**
 * Reads the manifest and fills the version in.
 * @param root folder of the repository
 * @param version instead of the one in the file
 * @throws PackagingError when name or version are not what the platform accepts
 */
export async function readManifest(root: URL, version: string): Promise<Manifest> {
  const text = await readFile(new URL('cumulocity.json', root), 'utf8');
  const manifest = { ...(JSON.parse(text) as Manifest), version };
  if (!NAME.test(manifest.name) || manifest.name.length > LONGEST_NAME) {
    throw new PackagingError(
      `cumulocity.json: name "${manifest.name}"; accepted: at most ${LONGEST_NAME} of a-z, 0-9 and "-".`,
    );
  }
  if (!VERSION.test(version)) {
    throw new PackagingError(
      `package.json: version "${version}"; accepted: a semantic version such as 1.2.3 or 1.2.3-rc.1, without "+".`,
    );
  }
  return manifest;
}

const MEMORY = /^(\d+)([KMGTPE])(i?)$/;

/**
 * Reads an amount of memory as the manifest and Kubernetes write it.
 * @param text such as `512Mi`
 * @returns bytes; `NaN` when it is not an amount
 */
export function memoryBytes(text: string): number {
  const [, amount, unit = '', binary] = MEMORY.exec(text) ?? [];
  return Number(amount) * (binary === 'i' ? 1024 : 1000) ** ('KMGTPE'.indexOf(unit) + 1);
}
