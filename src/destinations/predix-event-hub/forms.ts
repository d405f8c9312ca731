/** The forms that hosts, token URLs and names of topics have, wherever somebody gives one. */

const HOST = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(\d{1,5}))?$/;
/** Names of topics (seed, "Creating Topics"). */
const TOPIC = /^[A-Za-z0-9._-]{1,100}$/;
const HTTPS_TOKEN_URL = /^https:\/\/[^/?#\s@]+(\/[^?#\s]*)?\/oauth\/token$/;
/** Plain text only where nothing leaves the machine. */
const LOCAL_TOKEN_URL = /^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?\/oauth\/token$/;

/** A host with or without a port. */
export interface HostAndPort {
  readonly host: string;
  /** `undefined`: 443. */
  readonly port: number | undefined;
}

/** Reads a host, with or without a port; `undefined` when it is none. */
export function hostOf(text: string): HostAndPort | undefined {
  const [, host, port] = HOST.exec(text.trim().toLowerCase()) ?? [];
  if (host === undefined || Number(port ?? 443) > 65_535 || Number(port ?? 443) < 1) return undefined;
  return { host, port: port === undefined ? undefined : Number(port) };
}

/** Reads the URL at which a UAA issues tokens; `undefined` when it is none. */
export function authUrlOf(text: string): string | undefined {
  const url = text.trim();
  return (HTTPS_TOKEN_URL.test(url) || LOCAL_TOKEN_URL.test(url)) && URL.canParse(url) ? url : undefined;
}

/** Whether a topic may be called so. */
export function isTopicName(name: string): boolean {
  return TOPIC.test(name);
}
