/**
 * A call of any method with any bytes as messages, for tests of what clients should not do. On HTTP/2 itself: the
 * library's client does not always tell the service of a cancellation that comes while a call is being made.
 */
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { onTestFinished } from 'vitest';

/** Metadata by its keys. */
export type Headers = Readonly<Record<string, string>>;

/** See the head of this file. */
export class RawCall {
  /** Resolves when the service has begun to answer, or has ended the call. */
  readonly answered: Promise<unknown>;
  readonly #stream: ClientHttp2Stream;
  readonly #closed: Promise<unknown>;
  #status: string | undefined;

  /** @param path of the method, as `/predix.eventhub.Publisher/send`. */
  constructor(session: ClientHttp2Session, path: string, headers: Headers) {
    const fixed = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    this.#stream = session.request({ ...headers, ...fixed });
    this.#stream.on('error', () => undefined);
    const noteStatus = (received: object): void => {
      this.#status ??= (received as { readonly 'grpc-status'?: string })['grpc-status'];
    };
    this.#stream.on('response', noteStatus).on('trailers', noteStatus);
    this.#closed = new Promise((resolve) => void this.#stream.once('close', resolve));
    const response = new Promise((resolve) => void this.#stream.once('response', resolve));
    this.answered = Promise.race([response, this.#closed]);
    this.#stream.resume();
  }

  /** Sends messages. */
  send(messages: readonly Buffer[]): void {
    for (const message of messages) {
      const head = Buffer.alloc(5);
      head.writeUInt32BE(message.length, 1);
      this.sendBytes(Buffer.concat([head, message]));
    }
  }

  /** Sends bytes that need not be messages. */
  sendBytes(bytes: Buffer): void {
    if (this.#stream.writable) this.#stream.write(bytes);
  }

  /** Ends this side; gives the number of the status that the service ends with. */
  async end(): Promise<string | undefined> {
    this.#stream.end();
    await this.#closed;
    return this.#status;
  }

  /** Goes away. */
  async cancel(): Promise<void> {
    this.#stream.close(constants.NGHTTP2_CANCEL);
    await this.#closed;
  }
}

/** A connection for such calls, closed at the test's end. */
export async function rawSession(uri: string): Promise<ClientHttp2Session> {
  const session = connect(`http://${uri}`);
  onTestFinished(() => session.destroy());
  session.on('error', () => undefined);
  await once(session, 'connect');
  return session;
}
