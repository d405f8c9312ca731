/**
 * The hash with which the Azure SDKs choose a partition for a key on the client's side: Bob Jenkins' lookup3
 * (`hashlittle2`, both seeds 0) over the key's UTF-8 bytes, folded to 16 bits. A reader that knows a source can
 * find its partition with it. (The service's own hash for keys on the wire is not published.)
 */

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The three words of a block that starts at `at`, little-endian; bytes behind the end count as 0. */
function wordAt(bytes: Buffer, at: number): number {
  if (at + 4 <= bytes.length) return bytes.readInt32LE(at);
  let word = 0;
  for (let offset = 0; offset < 4; offset++) word |= (bytes[at + offset] ?? 0) << (8 * offset);
  return word;
}

/**
 * Hashes a key.
 * @param key any text
 * @returns a signed 16-bit number
 */
export function partitionHash(key: string): number {
  const bytes = Buffer.from(key, 'utf8');
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + wordAt(bytes, at)) | 0;
    b = (b + wordAt(bytes, at + 4)) | 0;
    c = (c + wordAt(bytes, at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  // Nothing left only when the key is empty; then the algorithm ends before its last mix.
  if (bytes.length > 0) {
    a = (a + wordAt(bytes, at)) | 0;
    b = (b + wordAt(bytes, at + 4)) | 0;
    c = (c + wordAt(bytes, at + 8)) | 0;
    c = ((c ^ b) - rotate(b, 14)) | 0;
    a = ((a ^ c) - rotate(c, 11)) | 0;
    b = ((b ^ a) - rotate(a, 25)) | 0;
    c = ((c ^ b) - rotate(b, 16)) | 0;
    a = ((a ^ c) - rotate(c, 4)) | 0;
    b = ((b ^ a) - rotate(a, 14)) | 0;
    c = ((c ^ b) - rotate(b, 24)) | 0;
  }
  return ((c ^ b) << 16) >> 16;
}

/**
 * The index of a key's partition in the list of partition ids.
 * @param key any text
 * @param partitionCount how many partitions the hub has; at least 1
 */
export function partitionIndex(key: string, partitionCount: number): number {
  // The remainder of a negative hash is negative here as in the SDKs; its size is what counts.
  return Math.abs(partitionHash(key) % partitionCount);
}
