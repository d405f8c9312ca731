/**
 * Notification 2.0 subscriptions in tenant context: what is captured. A subscription cannot be changed, only
 * deleted and made again; its key is its name, whatever its filter (OpenAPI, /notification2/subscriptions).
 */
import { z } from 'zod';
import { PlatformError } from '../errors.js';
import type { PlatformClient } from './platform-client.js';

/** The APIs that a tenant-context subscription can name. */
export const APIS = ['alarms', 'events', 'measurements', 'managedobjects', 'operations'] as const;

/** One of {@link APIS}. */
export type Api = (typeof APIS)[number];

/** What is to be captured. */
export interface Capture {
  /** The subscription's name: letters and digits. */
  readonly name: string;
  readonly apis: readonly Api[];
  readonly typeFilter: string | undefined;
  readonly fragmentsToCopy: readonly string[];
}

/** A subscription that is there, and what the platform did not grant of it. */
export interface Captured {
  readonly apis: readonly Api[];
  /** APIs that were asked for and are missing. */
  readonly refused: readonly Api[];
  /**
   * What had to be done for it. One that was created was missing for nobody knows how long; one that was replaced,
   * for a moment.
   */
  readonly made: 'created' | 'replaced' | undefined;
}

const PATH = '/notification2/subscriptions';
/** The largest page there is; the default of 5 hides subscriptions from a search. */
const PAGE_SIZE = 2000;

const Subscription = z.object({
  id: z.string(),
  context: z.string(),
  subscription: z.string(),
  subscriptionFilter: z
    .object({ apis: z.array(z.string()).optional(), typeFilter: z.string().optional() })
    .optional(),
  fragmentsToCopy: z.array(z.string()).optional(),
});
type Subscription = z.infer<typeof Subscription>;

const Page = z.object({ subscriptions: z.array(Subscription), next: z.string().optional() });

/** How a subscription is made sure of. */
export interface Ensuring {
  /** Awaited before one is made; from when on is missed what comes: since nobody knows when, or only from now on. */
  readonly beforeMaking?: (isReplaced: boolean) => Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * Makes sure that there is a subscription which captures exactly this. An equal one is used again, an unequal
 * one replaced. A platform that does not know measurements in tenant context gets a subscription without them.
 * @throws PlatformError, PlatformUnreachable, and what `beforeMaking` rejects with
 */
export async function ensureSubscription(
  service: PlatformClient,
  capture: Capture,
  ensuring: Ensuring = {},
): Promise<Captured> {
  try {
    const made = await ensureExactly(service, capture, ensuring);
    return { apis: capture.apis, refused: [], made };
  } catch (thrown) {
    const others = capture.apis.filter((api) => api !== 'measurements');
    const isRefused = thrown instanceof PlatformError && thrown.status === 422;
    if (!isRefused || others.length === capture.apis.length || others.length === 0) throw thrown;
    const made = await ensureExactly(service, { ...capture, apis: others }, ensuring);
    return { apis: others, refused: ['measurements'], made };
  }
}

/**
 * The names of all subscriptions of the whole tenant, those of other applications too.
 * @throws PlatformError, PlatformUnreachable
 */
export async function listSubscriptionNames(
  service: PlatformClient,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const all = await listSubscriptions(service, {}, signal);
  return all.map(({ subscription }) => subscription);
}

/**
 * Whether there is a subscription of this name.
 * @throws PlatformError, PlatformUnreachable
 */
export async function isSubscribed(
  service: PlatformClient,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  return (await findSubscriptions(service, name, signal)).length > 0;
}

/** Deletes the subscriptions of this name, by id: other applications of the tenant keep theirs. */
export async function deleteSubscription(service: PlatformClient, name: string): Promise<void> {
  for (const { id } of await findSubscriptions(service, name)) await deleteById(service, id);
}

async function ensureExactly(
  service: PlatformClient,
  capture: Capture,
  ensuring: Ensuring,
): Promise<Captured['made']> {
  const { signal, beforeMaking } = ensuring;
  let existing = await findSubscriptions(service, capture.name, signal);
  if (existing.length === 0) {
    await beforeMaking?.(false);
    if (await create(service, capture, signal)) return 'created';
    // Another copy was quicker.
    existing = await findSubscriptions(service, capture.name, signal);
  }
  if (existing.some((subscription) => isEqual(subscription, capture))) return undefined;
  await replace(service, existing, capture, ensuring);
  return 'replaced';
}

/**
 * A refused filter must not cost the tenant the subscription it has, so the new filter is first tried under
 * another name; nothing is kept for that one, as no consumer ever connects to it.
 */
async function replace(
  service: PlatformClient,
  existing: readonly Subscription[],
  capture: Capture,
  { signal, beforeMaking }: Ensuring,
): Promise<void> {
  const trial = { ...capture, name: `${capture.name}Trial` };
  // One that a crash left behind would answer for a filter that was never tried.
  await deleteSubscription(service, trial.name);
  try {
    await create(service, trial, signal);
  } finally {
    await deleteSubscription(service, trial.name);
  }
  await beforeMaking?.(true);
  signal?.throwIfAborted();
  // From here on it is not given up: between the two there is no subscription.
  for (const { id } of existing) await deleteById(service, id);
  await create(service, capture);
}

/** Returns `false` when a subscription of this name is there already (409). */
async function create(service: PlatformClient, capture: Capture, signal?: AbortSignal): Promise<boolean> {
  const { name, apis, typeFilter, fragmentsToCopy } = capture;
  const body = {
    context: 'tenant',
    subscription: name,
    subscriptionFilter: { apis, ...(typeFilter === undefined ? {} : { typeFilter }) },
    ...(fragmentsToCopy.length === 0 ? {} : { fragmentsToCopy }),
  };
  try {
    await service.call({ method: 'POST', path: PATH, body, signal });
    return true;
  } catch (thrown) {
    if (thrown instanceof PlatformError && thrown.status === 409) return false;
    throw thrown;
  }
}

async function findSubscriptions(
  service: PlatformClient,
  name: string,
  signal?: AbortSignal,
): Promise<readonly Subscription[]> {
  const found = await listSubscriptions(service, { subscription: name }, signal);
  // Platforms before 10.16 ignore the filter by name.
  return found.filter(({ subscription }) => subscription === name);
}

async function listSubscriptions(
  service: PlatformClient,
  filter: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  for (let currentPage = 1; ; currentPage++) {
    const query = { context: 'tenant', ...filter, pageSize: PAGE_SIZE, currentPage };
    const page = await service.json({ method: 'GET', path: PATH, query, signal }, Page);
    found.push(...page.subscriptions.filter(({ context }) => context === 'tenant'));
    if (page.next === undefined || page.subscriptions.length < PAGE_SIZE) return found;
  }
}

async function deleteById(service: PlatformClient, id: string): Promise<void> {
  try {
    await service.call({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` });
  } catch (thrown) {
    // Gone already is as good.
    if (!(thrown instanceof PlatformError && thrown.status === 404)) throw thrown;
  }
}

function isEqual({ subscriptionFilter, fragmentsToCopy }: Subscription, capture: Capture): boolean {
  return (
    isSameSet(subscriptionFilter?.apis ?? ['*'], capture.apis) &&
    subscriptionFilter?.typeFilter === capture.typeFilter &&
    isSameSet(fragmentsToCopy ?? [], capture.fragmentsToCopy)
  );
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}
