/** The gRPC server: publishing, subscribing and health on one port (Predix contract, section 1). */
import { Server, ServerCredentials, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { subscriberService } from '../protocol.js';
import { type PublisherParts, publishHandler, sizedPublisherService } from './publisher.js';
import { type SubscriberParts, subscriberHandlers } from './subscriber.js';

/** What clients ask about every 30 s, without a token. */
const healthService = 'predix-event-hub.grpc.health';
/** Above 1 MB, so that what is too large is answered and not cut off (Predix contract, section 9). */
const maxReceiveBytes = 4 * 1024 * 1024;

/**
 * Changes nothing, but lets nothing through to a call that has ended. Without it the library hands over a `receive`
 * that it has refused itself, such as one with a second message that is too large, and never says that it is gone: its
 * place and its partitions would be taken for good.
 */
const ignoreEnded: ServerInterceptor = (_method, call) => new ServerInterceptingCall(call);

/** See the head of this file. */
export class GrpcServer {
  readonly #server = new Server({
    'grpc.max_receive_message_length': maxReceiveBytes,
    interceptors: [ignoreEnded],
  });

  constructor(parts: PublisherParts & SubscriberParts) {
    this.#server.addService(sizedPublisherService(), { send: publishHandler(parts) });
    this.#server.addService(subscriberService, subscriberHandlers(parts));
    new HealthImplementation({ [healthService]: 'SERVING' }).addToServer(this.#server);
  }

  /**
   * Starts listening on 127.0.0.1.
   *
   * @param port 0 for any free one.
   * @param tls key and certificate in PEM; undefined: plain text.
   * @returns the port.
   * @throws when it is taken.
   */
  listen(port: number, tls?: { readonly key: string; readonly cert: string }): Promise<number> {
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
          ]);
    return new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  /** Ends every call and lets go of the port. */
  stop(): void {
    this.#server.forceShutdown();
  }
}
