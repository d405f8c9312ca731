import type { Route } from './call.js';
import { notFound, RestError } from './rest-error.js';

interface Compiled {
  readonly route: Route;
  readonly parts: readonly string[];
}

/** A route with the values of its variable parts. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RestError(400, 'general/Bad Request', 'The path is not correctly encoded.');
  }
}

function matchParts(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const value = given[i] as string;
    if (part.startsWith(':')) params[part.slice(1)] = decode(value);
    else if (part !== value) return undefined;
  }
  return params;
}

/** Finds the route of a request. Fixed parts win over variable ones when their route is listed first. */
export class Router {
  readonly #byFirstPart = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const parts = route.path.split('/').filter((part) => part !== '');
      const first = parts[0] as string;
      const group = this.#byFirstPart.get(first);
      if (group === undefined) this.#byFirstPart.set(first, [{ route, parts }]);
      else group.push({ route, parts });
    }
  }

  /**
   * Finds the route.
   *
   * @throws RestError 404 for an unknown path, 405 for a path that does not take the method
   */
  find(method: string, path: string): Match {
    const given = path.split('/').filter((part) => part !== '');
    let known = false;
    for (const { route, parts } of this.#byFirstPart.get(given[0] ?? '') ?? []) {
      if (known && route.method !== method) continue;
      const params = matchParts(parts, given);
      if (params === undefined) continue;
      if (route.method === method) return { route, params };
      known = true;
    }
    if (known) {
      throw new RestError(405, 'general/Method Not Allowed', `Method ${method} is not allowed here.`);
    }
    throw notFound('general', `No resource at ${path}.`);
  }
}
