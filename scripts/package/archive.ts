/** Writes the zip. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { PackagingError } from './errors.js';

/** A limit of the platform. Read as the smaller of the two meanings of "MB". */
export const LARGEST_ZIP_BYTES = 500_000_000;

/** What the platform accepts in a zip, and nothing else. */
export const ENTRIES = ['cumulocity.json', 'image.tar'] as const;

/** What gets into the zip. */
export interface ZipContents {
  readonly manifest: object;
  /** The image as a docker archive. */
  readonly imageFile: string;
}

/**
 * Writes the zip. It appears under its name only when it is complete.
 * @param file the zip
 * @param onProgress called with the number of bytes written
 * @returns its size in bytes
 * @throws PackagingError when it is larger than the platform accepts
 */
export async function writeZip(
  file: string,
  { manifest, imageFile }: ZipContents,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const unfinished = `${file}.part`;
  const [manifestName, imageName] = ENTRIES;
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`), manifestName);
  zip.addFile(imageFile, imageName);
  zip.end();
  let bytes = 0;
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      onProgress(bytes);
      done(null, chunk);
    },
  });
  // A file that cannot be read is reported here and not on the stream, which would never end.
  zip.once('error', (error: Error) => counter.destroy(error));
  try {
    await pipeline(zip.outputStream, counter, createWriteStream(unfinished), { signal });
    const { size } = await stat(unfinished);
    if (size > LARGEST_ZIP_BYTES) {
      throw new PackagingError(
        `the zip has ${megabytes(size)}, Cumulocity accepts ${megabytes(LARGEST_ZIP_BYTES)}. Use a smaller base image.`,
      );
    }
    await rename(unfinished, file);
    return size;
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** A size for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
