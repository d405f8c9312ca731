/**
 * The connector object: one managed object in each tenant, in which the service keeps what has to outlive it and on
 * which it raises its alarms. It is found by an external id, so that copies of the service that start at the same
 * time agree on one. A change of one fragment leaves the others as they are (OpenAPI, PUT /inventory/managedObjects).
 */
import { z } from 'zod';
import { isGone, PlatformError } from '../errors.js';
import type { PlatformClient } from './platform-client.js';

const TYPE = 'eventhubs_Connector';
const OBJECTS = '/inventory/managedObjects';
/** After the refusal of an external id, for want of a role: making and deleting an object each time helps nobody. */
const REFUSED_MS = 60 * 60 * 1000;

const Created = z.object({ id: z.string() });
const External = z.object({ managedObject: z.object({ id: z.coerce.string() }) });
const Fragments = z.record(z.string(), z.unknown());

/** The fragments of a managed object. */
export type ObjectFragments = Readonly<Record<string, unknown>>;

/** See the head of this file. */
export class ConnectorObject {
  readonly #externalId: string;
  #service: PlatformClient;
  #id: Promise<string> | undefined;
  #knownId: string | undefined;
  #refusal: { readonly error: PlatformError; readonly atMs: number } | undefined;

  /**
   * @param service a client of the tenant's service user
   * @param applicationName tells the objects of several installations apart
   */
  constructor(service: PlatformClient, applicationName: string) {
    this.#service = service;
    this.#externalId = applicationName;
  }

  /** Takes over a client with new credentials. */
  useService(service: PlatformClient): void {
    this.#service = service;
    this.#refusal = undefined;
  }

  /** The object's id, once it is known. */
  get knownId(): string | undefined {
    return this.#knownId;
  }

  /**
   * The object's id; the object is made if there is none.
   * @throws PlatformError, PlatformUnreachable
   */
  id(signal?: AbortSignal): Promise<string> {
    this.#id ??= this.#findOrMake(signal).then(
      (id) => {
        this.#knownId = id;
        return id;
      },
      (thrown: unknown) => {
        this.#id = undefined;
        throw thrown;
      },
    );
    return this.#id;
  }

  /**
   * All fragments, as they are now.
   * @throws PlatformError, PlatformUnreachable
   */
  read(signal?: AbortSignal): Promise<ObjectFragments> {
    return this.#onObject(signal, (path) => this.#service.json({ method: 'GET', path, signal }, Fragments));
  }

  /**
   * Writes fragments and leaves all others as they are; `null` takes one out. An object that somebody has deleted is
   * made anew with them alone.
   * @returns all fragments, as they are now
   * @throws PlatformError, PlatformUnreachable
   */
  async write(fragments: ObjectFragments, signal?: AbortSignal): Promise<ObjectFragments> {
    return this.#onObject(signal, (path) =>
      this.#service.json({ method: 'PUT', path, body: fragments, signal }, Fragments),
    );
  }

  /**
   * Like `write`, but does not have the object sent back, and does not make it anew: whoever writes only what has
   * changed has to write all of it then. The next call makes it.
   * @throws PlatformError with the status 404 when somebody has deleted the object
   * @throws PlatformError, PlatformUnreachable
   */
  async put(fragments: ObjectFragments, signal?: AbortSignal): Promise<void> {
    const path = `${OBJECTS}/${await this.id(signal)}`;
    try {
      await this.#service.call({ method: 'PUT', path, body: fragments, signal });
    } catch (thrown) {
      if (isGone(thrown)) this.#id = undefined;
      throw thrown;
    }
  }

  /** Calls with the object's path; an object that somebody has deleted is made anew. */
  async #onObject<T>(signal: AbortSignal | undefined, call: (path: string) => Promise<T>): Promise<T> {
    try {
      return await call(`${OBJECTS}/${await this.id(signal)}`);
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
      this.#id = undefined;
      return await call(`${OBJECTS}/${await this.id(signal)}`);
    }
  }

  async #findOrMake(signal: AbortSignal | undefined): Promise<string> {
    const known = await this.#find(signal);
    if (known !== undefined) return known;
    const { error, atMs } = this.#refusal ?? {};
    if (error !== undefined && atMs !== undefined && performance.now() - atMs < REFUSED_MS) throw error;
    const body = { name: `${this.#externalId} connector`, type: TYPE, [TYPE]: {} };
    const { id } = await this.#service.json({ method: 'POST', path: OBJECTS, body, signal }, Created);
    try {
      const path = `/identity/globalIds/${id}/externalIds`;
      await this.#service.call({
        method: 'POST',
        path,
        body: { type: TYPE, externalId: this.#externalId },
        signal,
      });
      return id;
    } catch (thrown) {
      await this.#service.call({ method: 'DELETE', path: `${OBJECTS}/${id}` });
      if (thrown instanceof PlatformError && thrown.status === 403) {
        this.#refusal = { error: thrown, atMs: performance.now() };
      }
      if (!(thrown instanceof PlatformError && thrown.status === 409)) throw thrown;
      // Another copy was quicker.
      return (await this.#find(signal)) ?? Promise.reject(thrown);
    }
  }

  async #find(signal: AbortSignal | undefined): Promise<string | undefined> {
    const path = `/identity/externalIds/${TYPE}/${encodeURIComponent(this.#externalId)}`;
    try {
      return (await this.#service.json({ method: 'GET', path, signal }, External)).managedObject.id;
    } catch (thrown) {
      if (isGone(thrown)) return undefined;
      throw thrown;
    }
  }
}
