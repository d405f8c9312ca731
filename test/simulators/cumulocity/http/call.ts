import type { IncomingHttpHeaders } from 'node:http';
import type { Platform } from '../platform.js';
import type { TenantState } from '../tenant-state.js';
import type { Principal } from '../users.js';

/** An authenticated REST request. */
export interface Call {
  readonly platform: Platform;
  /** Tenant of the caller; all data is looked up in it. */
  readonly tenant: TenantState;
  readonly principal: Principal;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Values of the `:name` parts of the route. */
  readonly params: Readonly<Record<string, string>>;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  /** Short name of the media type, `application/vnd.com.nsn.cumulocity.<type>+json`. */
  readonly type?: string;
  /** Body as JSON. */
  readonly json?: string;
  readonly location?: string;
  /** Whether the body is sent even to a POST or PUT without `Accept`. */
  readonly always?: boolean;
}

/** One REST call the platform offers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with `:name` for its variable parts. */
  readonly path: string;
  /** Roles of which the caller needs one; absent = any user. */
  readonly roles?: readonly string[];
  /** Whether the bootstrap user may call it. */
  readonly bootstrap?: boolean;
  /** Whether the request body may be as large as a microservice image. */
  readonly upload?: boolean;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

/** 200 with an object. */
export function ok(type: string, value: unknown): Answer {
  return { status: 200, type, json: JSON.stringify(value) };
}

/** 201 with `Location` and, if the caller sends `Accept`, the object. */
export function created(type: string, json: string, location: string): Answer {
  return { status: 201, type, json, location };
}

/** 204. */
export const NO_CONTENT: Answer = { status: 204 };
