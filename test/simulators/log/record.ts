/**
 * One record of a log on disk: length of the payload (4 bytes), CRC-32 of length and payload (4 bytes), payload;
 * numbers are big-endian. The length is part of the sum, so that a flipped bit in it is noticed too.
 */

import { crc32 } from 'node:zlib';

/** Size of what precedes the payload, in bytes. */
export const recordHeadBytes = 8;

/** The payloads of the good records at the beginning of some bytes, and where they end. */
export interface GoodRecords {
  readonly payloads: readonly Buffer[];
  /** How many bytes the good records take; what follows is torn or damaged. */
  readonly goodBytes: number;
}

/** The head of the record with this payload. */
export function recordHead(payload: Buffer): Buffer {
  const head = Buffer.allocUnsafe(recordHeadBytes);
  head.writeUInt32BE(payload.length, 0);
  head.writeUInt32BE(sumOf(head, payload), 4);
  return head;
}

/** Reads records up to the first that is torn or damaged. The payloads are views of the bytes. */
export function readRecords(bytes: Buffer): GoodRecords {
  const payloads: Buffer[] = [];
  let at = 0;
  for (;;) {
    const payload = payloadAt(bytes, at);
    if (!payload) return { payloads, goodBytes: at };
    payloads.push(payload);
    at += recordHeadBytes + payload.length;
  }
}

function payloadAt(bytes: Buffer, at: number): Buffer | undefined {
  if (bytes.length - at < recordHeadBytes) return undefined;
  const start = at + recordHeadBytes;
  const end = start + bytes.readUInt32BE(at);
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(start, end);
  return sumOf(bytes.subarray(at), payload) === bytes.readUInt32BE(at + 4) ? payload : undefined;
}

function sumOf(head: Buffer, payload: Buffer): number {
  return crc32(payload, crc32(head.subarray(0, 4)));
}
