/** A request to the admin API, as its path says. */
export interface AdminRoute {
  /** Zone id, decoded. */
  readonly zone: string;
  /** Topic name, decoded; `undefined` for the list of topics. */
  readonly topic: string | undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // As it stands it has a percent sign, so it is neither a zone nor a topic name.
    return part;
  }
}

/**
 * Reads a path below `/v2/admin/service_instances/<zone>/topics`, with or without a trailing slash (Predix contract,
 * section 13); `undefined` for any other.
 */
export function readAdminRoute(path: string): AdminRoute | undefined {
  const parts = /^\/v2\/admin\/service_instances\/([^/]+)\/topics(?:\/([^/]+))?\/?$/.exec(path);
  const zone = parts?.[1];
  if (zone === undefined) return undefined;
  const topic = parts?.[2];
  return { zone: decode(zone), topic: topic === undefined ? undefined : decode(topic) };
}
