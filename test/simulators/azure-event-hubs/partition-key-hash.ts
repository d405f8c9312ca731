/**
 * The hash by which the Event Hubs SDKs choose a partition for a key in the client: Jenkins lookup3
 * (`hashlittle2`, both seeds 0) over the UTF-8 bytes of the key, folded to a signed 16-bit number.
 *
 * The service's own hash for keys sent on the wire is not published; the local hub uses this one for both, so a
 * key lands on the same partition whether the client or the hub resolves it.
 */

/**
 * The index of the partition for a key.
 *
 * @param key the partition key.
 * @param partitionCount number of partitions, at least 1.
 */
export function partitionIndexFor(key: string, partitionCount: number): number {
  return Math.abs(partitionKeyHash(key) % partitionCount);
}

/**
 * The hash of a key, from -32768 to 32767.
 */
export function partitionKeyHash(key: string): number {
  const bytes = Buffer.from(key, 'utf8');
  const [b, c] = lookup3(bytes);
  return ((b ^ c) << 16) >> 16;
}

type Words = [a: number, b: number, c: number];

function lookup3(bytes: Buffer): [b: number, c: number] {
  const seed = (0xdeadbeef + bytes.length) | 0;
  let words: Words = [seed, seed, seed];
  let offset = 0;
  // The last block is left for the final mix even when it is full, hence "more than 12".
  while (bytes.length - offset > 12) {
    words = mix(add(words, bytes, offset));
    offset += 12;
  }
  if (bytes.length === 0) return [words[1], words[2]];
  words = finalMix(add(words, bytes, offset));
  return [words[1], words[2]];
}

function add(words: Words, bytes: Buffer, offset: number): Words {
  return [
    (words[0] + wordAt(bytes, offset)) | 0,
    (words[1] + wordAt(bytes, offset + 4)) | 0,
    (words[2] + wordAt(bytes, offset + 8)) | 0,
  ];
}

/** Four bytes little-endian; what lies beyond the end counts as zero. */
function wordAt(bytes: Buffer, offset: number): number {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = bytes.subarray(offset, offset + 4);
  return b0 | (b1 << 8) | (b2 << 16) | (b3 << 24);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function mix([a0, b0, c0]: Words): Words {
  let a = (a0 - c0) ^ rotate(c0, 4);
  let c = (c0 + b0) | 0;
  let b = (b0 - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  return [a, b, c];
}

function finalMix([a0, b0, c0]: Words): Words {
  let c = ((c0 ^ b0) - rotate(b0, 14)) | 0;
  let a = ((a0 ^ c) - rotate(c, 11)) | 0;
  let b = ((b0 ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return [a, b, c];
}
