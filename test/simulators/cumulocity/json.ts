import { RestError } from './http/rest-error.js';

/** A JSON object of unknown shape, as it came over the wire. */
export type JsonObject = Record<string, unknown>;

/** Whether the value is a JSON object (not null, not a list). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a request body.
 *
 * @param body bytes of the body
 * @throws RestError 400 when it is not JSON, 422 when it is JSON but not an object
 */
export function parseObject(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new RestError(400, 'general/Bad Request', 'The request body is not valid JSON.');
  }
  if (!isObject(value))
    throw new RestError(422, 'general/Unprocessable Entity', 'A JSON object is expected.');
  return value;
}

/** The field when it is a string with at least one character. */
export function textOf(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  return typeof value === 'string' && value.length > 0 ? value : undefined;
}

/** The `id` of a reference such as `"source":{"id":"1"}`; a number is taken as well, as the platform does. */
export function referenceId(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  if (!isObject(value)) return undefined;
  const id = value['id'];
  return typeof id === 'number' ? String(id) : textOf(value, 'id');
}

/** The strings of a list field; anything else counts as absent. */
export function textsOf(object: JsonObject, field: string): string[] {
  const value = object[field];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/**
 * Checks that the fields are there.
 *
 * @throws RestError 422 that names every missing field
 */
export function demandFields(object: JsonObject, resource: string, fields: readonly string[]): void {
  const missing = fields.filter((field) => object[field] === undefined || object[field] === null);
  if (missing.length === 0) return;
  const message = `Following mandatory fields should be included: ${missing.join(', ')}`;
  throw new RestError(422, `${resource}/Unprocessable Entity`, message);
}

/** The same object without the named fields. */
export function without(object: JsonObject, fields: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const key of Object.keys(object)) if (!fields.has(key)) rest[key] = object[key];
  return rest;
}
