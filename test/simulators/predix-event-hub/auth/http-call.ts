import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';

/** A request. */
export interface HttpCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificate authority in PEM that is trusted in place of the system's; for `https` only. */
  readonly ca?: string | undefined;
}

/** What came back. */
export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

// A bound for a server that hangs, no measure.
const TIMEOUT_MS = 10_000;

/**
 * Makes one HTTP or HTTPS request on a connection of its own. `fetch` will not do: it takes no certificate authority.
 *
 * @param url scheme `http:` or `https:`
 * @throws the system or TLS error when there is no reply within ten seconds
 */
export async function httpCall(url: string, call: HttpCall = {}): Promise<HttpReply> {
  const { method = 'GET', headers = {}, body, ca } = call;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const options = { method, headers, agent: false, signal };
  const outgoing = url.startsWith('https:')
    ? openHttps(url, ca === undefined ? options : { ...options, ca })
    : openHttp(url, options);
  // A reset after the reply has begun is emitted here too; then the reading of the reply throws it.
  outgoing.on('error', () => {});
  outgoing.end(body);
  const [reply] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of reply.setEncoding('utf8')) text += String(chunk);
  return { status: reply.statusCode ?? 0, headers: reply.headers, text };
}
