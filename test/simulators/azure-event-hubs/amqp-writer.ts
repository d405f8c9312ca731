/** Writes encoded AMQP values into one buffer of known size (AMQP 1.0 section 1.6). */

/** Encoded size of a long or a timestamp, in bytes. */
export const longBytes = 9;

/** Encoded size of everything before the entries of a described map, in bytes. */
export const mapHeadBytes = 12;

/** A symbol, encoded. Only for names of up to 255 ASCII characters. */
export function symbolBytes(name: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, name.length]), Buffer.from(name, 'ascii')]);
}

/** Encoded size of a string, in bytes. */
export function stringBytes(text: string): number {
  const length = Buffer.byteLength(text);
  return length + (length < 256 ? 2 : 5);
}

/** Writes value after value. The caller has measured them. */
export class AmqpWriter {
  readonly buffer: Buffer;
  #position = 0;

  /** @param size what the values take together, in bytes. */
  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  /** Copies encoded bytes. */
  bytes(source: Buffer, start: number, end: number): this {
    source.copy(this.buffer, this.#position, start, end);
    this.#position += end - start;
    return this;
  }

  /** Writes a symbol that is encoded already. */
  symbol(encoded: Buffer): this {
    return this.bytes(encoded, 0, encoded.length);
  }

  /**
   * Begins a message section that is a map32; its size field counts the count field and the entries.
   *
   * @param size encoded size of the entries, in bytes.
   * @param count number of keys and values.
   */
  mapHead(sectionCode: number, size: number, count: number): this {
    this.buffer.writeUInt32BE(0x00_53_00_d1 | (sectionCode << 8), this.#position);
    this.buffer.writeUInt32BE(size + 4, this.#position + 4);
    this.buffer.writeUInt32BE(count, this.#position + 8);
    this.#position += mapHeadBytes;
    return this;
  }

  /** Writes a string. */
  string(text: string): this {
    const length = Buffer.byteLength(text);
    if (length < 256) {
      this.buffer[this.#position] = 0xa1;
      this.buffer[this.#position + 1] = length;
      this.#position += 2;
    } else {
      this.buffer[this.#position] = 0xb1;
      this.buffer.writeUInt32BE(length, this.#position + 1);
      this.#position += 5;
    }
    this.buffer.write(text, this.#position, 'utf8');
    this.#position += length;
    return this;
  }

  /** Writes a long. */
  long(value: number): this {
    return this.#wide(0x81, value);
  }

  /** Writes a timestamp, Unix time in milliseconds. */
  timestamp(unixMs: number): this {
    return this.#wide(0x83, unixMs);
  }

  #wide(typeCode: number, value: number): this {
    this.buffer[this.#position] = typeCode;
    this.buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.#position + 1);
    this.buffer.writeUInt32BE(value >>> 0, this.#position + 5);
    this.#position += longBytes;
    return this;
  }
}
