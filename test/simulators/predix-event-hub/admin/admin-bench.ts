/** An admin API with one zone for tests, and clients that may and may not use it. */
import { onTestFinished } from 'vitest';
import { type HttpReply, httpCall } from '../auth/http-call.js';
import { TokenCheck } from '../auth/token-check.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import { AdminServer, type AdminServerOptions } from './admin-server.js';
import type { TopicDirectory } from './topic-directory.js';

/** The zone that exists. */
export const zone = '88ec4bd5-e149-4c98-8e8e-952e86ba5fae';
/** What its scopes begin with. */
export const base = `predix-event-hub.zones.${zone}.`;

/** The topics of one zone, in a list. */
class OneZone implements TopicDirectory {
  readonly topicLimit: number;
  readonly names = ['topic'];

  constructor(topicLimit: number) {
    this.topicLimit = topicLimit;
  }

  hasZone(asked: string): boolean {
    return asked === zone;
  }

  topics(): readonly string[] {
    return this.names;
  }

  createTopic(_zone: string, name: string): 'created' | 'exists' | 'limit' {
    if (this.names.includes(name)) return 'exists';
    if (this.names.length > this.topicLimit) return 'limit';
    this.names.push(name);
    return 'created';
  }

  deleteTopic(_zone: string, name: string): void {
    const at = this.names.indexOf(name);
    if (at >= 0) this.names.splice(at, 1);
  }
}

/** Starts a UAA; every token in the tests comes from one. */
export function startUaa(): Promise<LocalUaa> {
  const every = ['predix-event-hub.zones.*', 'event-hub-power.zones.*'];
  return LocalUaa.start({
    clients: {
      admin: { secret: 's', authorities: every.flatMap((one) => [`${one}.user`, `${one}.admin`]) },
      publisher: { secret: 's', authorities: [`${base}user`, `${base}grpc.publish`] },
      creator: { secret: 's', authorities: [`${base}user`, `${base}admin`, `${base}grpc.publish`] },
    },
  });
}

/** A running admin API. */
export interface Admin {
  readonly server: AdminServer;
  readonly directory: OneZone;
  /** Sends a request below the topics of the zone, by default with the token of an administrator. */
  readonly call: (method: string, path: string, token?: string) => Promise<HttpReply>;
}

/** A token with the scopes of an administrator. */
export function adminToken(
  uaa: LocalUaa,
  ofZone = zone,
  prefix = 'predix-event-hub.zones.',
): Promise<string> {
  const scope = `${prefix}${ofZone}.user ${prefix}${ofZone}.admin`;
  return askToken(uaa.issuer, { clientId: 'admin', secret: 's', scope });
}

/** Starts an admin API that stops with the test. */
export async function startAdmin(
  uaa: LocalUaa,
  topicLimit = 10,
  options: Partial<AdminServerOptions> = {},
): Promise<Admin> {
  const directory = new OneZone(topicLimit);
  const tokens = new TokenCheck({ trustedIssuers: [uaa.issuer] });
  const server = await AdminServer.start({ directory, tokens, ...options });
  onTestFinished(() => server.stop());
  const call = async (method: string, path: string, token?: string): Promise<HttpReply> => {
    const authorization = `bearer ${token ?? (await adminToken(uaa))}`;
    const headers = { Authorization: authorization, grant_type: 'client_credentials' };
    const url = `${server.url}/v2/admin/service_instances/${zone}/topics${path}`;
    return httpCall(url, { method, headers, ca: options.tls?.cert });
  };
  return { server, directory, call };
}

/** What an error says. */
export function description(reply: HttpReply): string {
  return (JSON.parse(reply.text) as { error_description: string }).error_description;
}
