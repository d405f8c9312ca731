/** Node addresses of Event Hubs, read the way every SDK writes them. */

/** What an address of a link names. */
export type NodeAddress =
  | { readonly kind: 'cbs' }
  | { readonly kind: 'management'; readonly hub: string | undefined }
  | { readonly kind: 'hub'; readonly hub: string }
  | { readonly kind: 'partition'; readonly hub: string; readonly partition: string }
  | { readonly kind: 'publisher'; readonly hub: string; readonly publisher: string }
  | { readonly kind: 'group'; readonly hub: string; readonly group: string }
  | { readonly kind: 'reader'; readonly hub: string; readonly group: string; readonly partition: string };

/** A URI or bare path, split: the host in lower case without its port, and the path without slashes at its ends. */
export interface ResourceName {
  readonly host: string | undefined;
  readonly path: string;
}

/**
 * Splits `scheme://host[:port]/path`; text without a scheme is all path.
 *
 * @param text as in a link address or the `name` of a put-token request.
 */
export function parseResource(text: string): ResourceName {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(text);
  const host = match?.[1]?.replace(/:\d+$/, '').toLowerCase();
  return { host, path: trimSlashes(unescapePath(match ? (match[2] ?? '') : text)) };
}

/**
 * Reads the address of a source or target. Hub names may hold slashes, so it is read from its end.
 *
 * @returns undefined for an address that names nothing here.
 */
export function parseAddress(text: string): NodeAddress | undefined {
  const { path } = parseResource(text);
  if (path === '') return undefined;
  if (path.toLowerCase() === '$cbs') return { kind: 'cbs' };
  const management = /^(?:(.+)\/)?\$management$/i.exec(path);
  if (management) return { kind: 'management', hub: management[1] };
  const reader = /^(.+)\/consumergroups\/([^/]+)\/partitions\/([^/]+)$/i.exec(path);
  if (reader?.[1] && reader[2] && reader[3]) {
    return { kind: 'reader', hub: reader[1], group: reader[2], partition: reader[3] };
  }
  const group = /^(.+)\/consumergroups\/([^/]+)$/i.exec(path);
  if (group?.[1] && group[2]) return { kind: 'group', hub: group[1], group: group[2] };
  const partition = /^(.+)\/partitions\/([^/]+)$/i.exec(path);
  if (partition?.[1] && partition[2])
    return { kind: 'partition', hub: partition[1], partition: partition[2] };
  const publisher = /^(.+)\/publishers\/([^/]+)$/i.exec(path);
  if (publisher?.[1] && publisher[2])
    return { kind: 'publisher', hub: publisher[1], publisher: publisher[2] };
  return { kind: 'hub', hub: path };
}

/**
 * Whether `path` is `prefix` or lies below it, compared without case and at segment boundaries only.
 */
export function isUnder(path: string, prefix: string): boolean {
  const lowerPath = path.toLowerCase();
  const lowerPrefix = prefix.toLowerCase();
  return lowerPrefix === '' || lowerPath === lowerPrefix || lowerPath.startsWith(`${lowerPrefix}/`);
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}

function unescapePath(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
