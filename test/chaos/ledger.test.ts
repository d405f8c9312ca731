import { describe, expect, it } from 'vitest';
import type { Figures } from '../../scripts/chaos/figures.js';
import { Ledger, type Read } from '../../scripts/chaos/ledger.js';
import { emittedObservation, type Observation, observeFlatEvent } from '../../scripts/demo/observation.js';

const TENANT = 't1';

/** One state of an object of a device. */
interface State {
  readonly device: string;
  readonly id: string;
  readonly api?: string;
  readonly action?: string;
  /** Tells the states of one object apart. */
  readonly text?: string;
}

function bodyOf({ id, text }: State): Record<string, string> {
  return { id, self: `https://c8y/${id}`, ...(text === undefined ? {} : { text }) };
}

function headerOf({ device, api = 'events', action = 'CREATE' }: State): { channel: string; action: string } {
  return { channel: `/${TENANT}/${api}/${device}`, action };
}

function emission(state: State): Observation {
  return emittedObservation({ tenant: TENANT, ...headerOf(state), body: JSON.stringify(bodyOf(state)) });
}

let readAtMs = 0;

function reading(state: State, more: Partial<Read> = {}): Read {
  const messageId = more.messageId ?? `m-${state.id}-${state.text ?? ''}`;
  const event = { message: 'ack', ...headerOf(state), messageId, ...bodyOf(state) };
  const observation = observeFlatEvent(Buffer.from(JSON.stringify(event)), TENANT);
  return {
    observation,
    atMs: ++readAtMs,
    partitionId: '0',
    enqueuedAtMs: readAtMs,
    offset: '7',
    messageId,
    isReplayed: false,
    ...more,
  };
}

/** A ledger with these emitted, with places in the topic from 1. */
function ledgerWith(...states: readonly State[]): Ledger {
  const ledger = new Ledger();
  for (const [at, state] of states.entries()) ledger.emitted(emission(state), at + 1, 0);
  return ledger;
}

function totals(ledger: Ledger): Figures {
  return ledger.account(1000).totals;
}

const FLAWLESS = {
  lost: 0,
  repeated: 0,
  repeatedUnderAnotherId: 0,
  firstCopiesOutOfOrder: 0,
  unknown: 0,
  rejected: 0,
  givenUp: 0,
};

const A1: State = { device: 'a', id: '1' };
const B2: State = { device: 'b', id: '2' };
const A3: State = { device: 'a', id: '3' };

describe('the ledger', () => {
  it('finds nothing wrong when everything was read once and in order', () => {
    const ledger = ledgerWith(A1, B2, A3);
    for (const state of [B2, A1, A3]) ledger.read(reading(state));
    expect(totals(ledger)).toMatchObject({ sent: 3, received: 3, ...FLAWLESS });
    expect(ledger.due).toEqual({ sent: 0, missed: 0 });
  });

  it('counts what was not read as lost, and as due meanwhile', () => {
    const ledger = ledgerWith(A1, B2, A3);
    ledger.read(reading(B2));
    expect(ledger.due).toEqual({ sent: 2, missed: 0 });
    expect(totals(ledger)).toMatchObject({ sent: 3, received: 1, ...FLAWLESS, lost: 2 });
  });

  it('counts a first copy behind a later notification of its source', () => {
    const ledger = ledgerWith(A1, A3);
    ledger.read(reading(A3));
    ledger.read(reading(A1));
    expect(totals(ledger)).toMatchObject({ received: 2, ...FLAWLESS, firstCopiesOutOfOrder: 1 });
  });

  it('goes by the times of the hub where a source has come into another partition', () => {
    const [one, other] = [{ partitionId: '1' }, { partitionId: '2' }];
    const inOrder = ledgerWith(A1, A3);
    inOrder.read(reading(A3, { ...other, enqueuedAtMs: 2 }));
    inOrder.read(reading(A1, { ...one, enqueuedAtMs: 1 }));
    expect(totals(inOrder)).toMatchObject({ received: 2, ...FLAWLESS });

    const ledger = ledgerWith(A1, A3);
    ledger.read(reading(A1, { ...one, enqueuedAtMs: 2 }));
    ledger.read(reading(A3, { ...other, enqueuedAtMs: 1 }));
    expect(totals(ledger)).toMatchObject({ ...FLAWLESS, firstCopiesOutOfOrder: 1 });
  });

  it('does so within each partition, whatever has come into another', () => {
    const ledger = ledgerWith(A1, A3, { device: 'a', id: '4' });
    ledger.read(reading(A3, { partitionId: '1', enqueuedAtMs: 1 }));
    ledger.read(reading({ device: 'a', id: '4' }, { partitionId: '2', enqueuedAtMs: 3 }));
    ledger.read(reading(A1, { partitionId: '1', enqueuedAtMs: 2 }));
    expect(totals(ledger)).toMatchObject({ ...FLAWLESS, firstCopiesOutOfOrder: 1 });
  });

  it('does not mind the order of copies', () => {
    const ledger = ledgerWith(A1, A3);
    for (const state of [A1, A3, A1]) ledger.read(reading(state));
    expect(totals(ledger)).toMatchObject({ received: 2, ...FLAWLESS, repeated: 1, repeatedRecognisable: 1 });
  });

  it('counts copies under another id than the first', () => {
    const ledger = ledgerWith(A1);
    for (const messageId of ['m', 'other', 'm']) ledger.read(reading(A1, { messageId }));
    expect(totals(ledger)).toMatchObject({ ...FLAWLESS, repeated: 2, repeatedUnderAnotherId: 1 });
  });

  it('counts copies apart where the service cannot tell them from news', () => {
    const operation: State = { ...A1, api: 'operations', action: 'UPDATE' };
    const ledger = ledgerWith(operation);
    for (let copy = 0; copy < 2; copy++) ledger.read(reading(operation));
    expect(totals(ledger)).toMatchObject({ repeated: 1, repeatedRecognisable: 0 });
  });

  it('counts what was never emitted, or differs from what was', () => {
    const ledger = ledgerWith(A1);
    ledger.read(reading(B2));
    ledger.read(reading({ ...A1, text: 'changed on the way' }));
    ledger.read(reading({ ...A1, action: 'UPDATE' }));
    expect(totals(ledger)).toMatchObject({ received: 0, unknown: 3, lost: 1 });
  });

  it('keeps an account of each tenant and each device', () => {
    const { tenants, devices } = ledgerWith(A1, B2, A3).account(0);
    expect(tenants.get(TENANT)).toMatchObject({ sent: 3, lost: 3 });
    expect(devices.get('t1 a')).toMatchObject({ sent: 2, lost: 2 });
    expect(devices.get('t1 b')).toMatchObject({ sent: 1, lost: 1 });
  });
});

describe('a subscriber that was removed', () => {
  it('takes what it had not acknowledged with it, if that was in order', () => {
    const ledger = ledgerWith(A1, B2, A3);
    ledger.discarded(TENANT, [2, 3], true, 5);
    ledger.read(reading(A1));
    expect(totals(ledger)).toMatchObject({ sent: 3, received: 1, ...FLAWLESS, givenUp: 2 });
    expect(ledger.due).toEqual({ sent: 0, missed: 0 });
  });

  it('loses it otherwise', () => {
    const ledger = ledgerWith(A1, B2);
    ledger.discarded(TENANT, [1, 2], false, 5);
    expect(totals(ledger)).toMatchObject({ ...FLAWLESS, lost: 2 });
    expect(ledger.expected[0]?.discardedAtMs).toBe(5);
  });

  it('gives nothing up that was read, before or after', () => {
    const ledger = ledgerWith(A1, B2);
    ledger.read(reading(A1));
    ledger.discarded(TENANT, [1, 2], true, 5);
    ledger.read(reading(B2));
    expect(totals(ledger)).toMatchObject({ received: 2, ...FLAWLESS });
    expect(ledger.due).toEqual({ sent: 0, missed: 0 });
  });
});

describe('a change that no topic got', () => {
  const first: State = { device: 'a', id: '1', api: 'alarms', text: 'raised' };
  const second: State = { ...first, action: 'UPDATE', text: 'cleared' };

  function ledgerWithout(...states: readonly State[]): Ledger {
    const ledger = new Ledger();
    for (const state of states) ledger.missed(emission(state), true, 0);
    return ledger;
  }

  it('is lost unless it comes', () => {
    const ledger = ledgerWithout(first, second);
    expect(ledger.due).toEqual({ sent: 0, missed: 2 });
    ledger.read(reading(first));
    expect(totals(ledger)).toMatchObject({ sent: 0, missed: 2, received: 1, lost: 1, superseded: 0 });
  });

  it('is superseded by a later state of its object that was brought afterwards', () => {
    const ledger = ledgerWithout(first, second);
    ledger.read(reading(second, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ missed: 2, received: 1, superseded: 1, lost: 0 });
    expect(ledger.due).toEqual({ sent: 0, missed: 0 });
  });

  it('is not superseded by an earlier state, by another object, or by what came in the usual way', () => {
    const ledger = ledgerWithout(first, second);
    ledger.read(reading(first, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ received: 1, superseded: 0, lost: 1 });
    const usual = ledgerWithout(first, second);
    usual.read(reading(second));
    expect(totals(usual)).toMatchObject({ received: 1, superseded: 0, lost: 1 });
    const other = ledgerWithout(first, { ...second, id: '2' });
    other.read(reading({ ...second, id: '2' }, { isReplayed: true }));
    expect(totals(other)).toMatchObject({ received: 1, superseded: 0, lost: 1 });
  });

  it('is received, and not superseded, when it comes after the later state', () => {
    const ledger = ledgerWithout(first, second);
    ledger.read(reading(second, { isReplayed: true }));
    ledger.read(reading(first, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ received: 2, superseded: 0, lost: 0, firstCopiesOutOfOrder: 0 });
  });

  it('is recognised by its body alone when it is brought afterwards: over REST there is no action', () => {
    const ledger = ledgerWithout(second);
    ledger.read(reading({ ...second, action: 'CREATE' }, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ received: 1, lost: 0, unknown: 0 });
  });

  it('is superseded by a state of its managed object that was never published', () => {
    const object: State = { device: 'a', id: 'a', api: 'managedobjects', text: 'new' };
    const ledger = ledgerWithout(object);
    ledger.read(reading({ ...object, text: 'changed' }, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ superseded: 1, lost: 0, unknown: 0 });
    ledger.read(reading({ ...object, id: 'b', text: 'changed' }, { isReplayed: true }));
    ledger.read(reading({ ...first, text: 'changed' }, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ unknown: 2 });
  });

  it('need not come when nobody is owed it, but may', () => {
    const ledger = new Ledger();
    for (const state of [A1, B2]) ledger.missed(emission(state), false, 0);
    ledger.read(reading(B2, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ sent: 0, missed: 0, received: 0, unowed: 1, ...FLAWLESS });
    expect(ledger.due).toEqual({ sent: 0, missed: 0 });
  });

  it('does not make what is brought afterwards count for the order', () => {
    const ledger = new Ledger();
    ledger.emitted(emission(A1), 1, 0);
    ledger.missed(emission(A3), true, 0);
    ledger.emitted(emission({ ...A1, id: '5' }), 2, 0);
    ledger.read(reading({ ...A1, id: '5' }, { isReplayed: true }));
    ledger.read(reading(A1));
    ledger.read(reading(A3, { isReplayed: true }));
    expect(totals(ledger)).toMatchObject({ received: 3, firstCopiesOutOfOrder: 0, lost: 0 });
  });
});

describe('a state that a topic has kept', () => {
  const raised: State = { device: 'a', id: '1', api: 'alarms', text: 'raised' };
  const cleared: State = { ...raised, action: 'UPDATE', text: 'cleared' };

  it('is skipped when a later one of its object comes without it, whichever way', () => {
    for (const isReplayed of [true, false]) {
      const ledger = ledgerWith(raised, cleared);
      ledger.read(reading(cleared, { isReplayed }));
      expect(totals(ledger)).toMatchObject({ received: 1, lost: 0, superseded: 0, skipped: 1 });
      expect(ledger.due).toEqual({ sent: 0, missed: 0 });
    }
  });

  it('is not when it comes later: then it is out of order', () => {
    const ledger = ledgerWith(raised, cleared);
    ledger.read(reading(cleared));
    ledger.read(reading(raised));
    expect(totals(ledger)).toMatchObject({ received: 2, skipped: 0, firstCopiesOutOfOrder: 1 });
  });

  it('is lost when it is the last one', () => {
    const ledger = ledgerWith(raised, cleared);
    ledger.read(reading(raised));
    expect(totals(ledger)).toMatchObject({ received: 1, lost: 1, skipped: 0 });
  });
});

it('a managed object that was made before anybody listened may be brought, and nothing else', () => {
  const ledger = new Ledger({ isStored: (_tenant, id) => id === 'a' });
  const object: State = { device: 'a', id: 'a', api: 'managedobjects' };
  ledger.read(reading(object, { isReplayed: true }));
  expect(totals(ledger)).toMatchObject({ unknown: 0 });
  ledger.read(reading(object));
  ledger.read(reading({ ...object, id: 'b' }, { isReplayed: true }));
  ledger.read(reading({ ...object, api: 'events' }, { isReplayed: true }));
  expect(totals(ledger)).toMatchObject({ unknown: 3 });
});

describe('a pointer event', () => {
  it('stands for the notification with its id, or with the link that it names', () => {
    const ledger = ledgerWith(A1, B2, A3);
    ledger.pointed({ tenant: TENANT, messageId: 'new', self: 'https://c8y/2' }, 5);
    expect(totals(ledger)).toMatchObject({ rejected: 1, lost: 2 });
    ledger.read(reading(A1));
    ledger.pointed({ tenant: TENANT, messageId: 'm-1-', self: 'https://c8y/3' }, 5);
    expect(totals(ledger)).toMatchObject({ received: 1, rejected: 1, lost: 1 });
  });

  it('stands for nothing when it names nothing that is known', () => {
    const ledger = ledgerWith(A1);
    ledger.pointed({ tenant: TENANT, messageId: 'new', self: undefined }, 5);
    expect(totals(ledger)).toMatchObject({ rejected: 0, lost: 1 });
  });
});

describe('the longest silence', () => {
  it('is the longest time without anything read while something was due', () => {
    const ledger = new Ledger();
    ledger.emitted(emission(A1), 1, 0);
    ledger.read(reading(A1, { atMs: 1000 }));
    ledger.emitted(emission(B2), 2, 9000);
    ledger.emitted(emission(A3), 3, 9500);
    ledger.read(reading(B2, { atMs: 11_000 }));
    ledger.read(reading(A3, { atMs: 12_500 }));
    const { totals: all, devices } = ledger.account(99_000);
    expect(all.longestSilenceSeconds).toBe(2);
    expect(devices.get('t1 a')?.longestSilenceSeconds).toBe(3);
  });

  it('lasts until now for what is still due', () => {
    const ledger = new Ledger();
    ledger.emitted(emission(A1), 1, 1000);
    expect(ledger.account(5000).totals.longestSilenceSeconds).toBe(4);
  });
});
