/** What client programs can order from the hub: faults, and tokens they cannot or should not make themselves. */
import type { AuthorizationRule } from '../../../test/simulators/azure-event-hubs/authorization-rules.js';
import type { LocalEventHubs } from '../../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { createSasToken } from '../../../test/simulators/azure-event-hubs/sas.js';
import type { Orders } from '../control.js';

const serverBusy = 'com.microsoft:server-busy';

/**
 * The orders. `fault/...-in-use` strike when the next event has been stored and its answer is still due.
 *
 * @param hubName the hub that the checks use.
 * @param rule what tokens are made with.
 */
export function ordersFor(eventHubs: LocalEventHubs, hubName: string, rule: AuthorizationRule): Orders {
  const { faults } = eventHubs;
  const done = (act: () => void) => () => {
    act();
    return 'done';
  };
  return {
    'fault/detach': done(() => faults.detachLinks()),
    'fault/detach-in-use': done(() => detachOnAppend(eventHubs, hubName)),
    'fault/cut': done(() => faults.cutConnections()),
    'fault/cut-in-use': done(() => faults.cutBeforeAnswer(1)),
    'fault/close': done(() => faults.closeConnections()),
    'fault/busy': (count) => {
      faults.rejectNext(count, serverBusy, busyText);
      return 'done';
    },
    'fault/restart': async (milliseconds) => {
      await faults.pauseListening();
      setTimeout(() => void faults.resumeListening().catch(() => undefined), milliseconds);
      return 'done';
    },
    'token/sas': (lifetime) => sasToken(rule, lifetime),
    'token/expired': () => sasToken(rule, -60),
    'token/jwt': (lifetime) => jsonWebToken(lifetime),
    connections: () => String(eventHubs.connections()),
    links: () => String(eventHubs.senderLinks() + eventHubs.receiverLinks()),
  };
}

const busyText =
  'The request was terminated because the entity is being throttled. Error code : 50002. ' +
  'Please wait 4 seconds and try again.';

function detachOnAppend(eventHubs: LocalEventHubs, hubName: string): void {
  const { faults } = eventHubs;
  faults.holdAnswers(true);
  const stop = eventHubs.hub(hubName).onAppended(() => {
    stop();
    // Behind the handler that stores, which is still to order its answer.
    setImmediate(() => {
      faults.detachLinks();
      faults.holdAnswers(false);
    });
  });
}

function inSeconds(lifetime: number): number {
  return Math.floor(Date.now() / 1000) + lifetime;
}

function sasToken({ name, key }: AuthorizationRule, lifetime: number): string {
  return createSasToken('sb://localhost/', name, key, inSeconds(lifetime));
}

/** Well-formed and unsigned: the hub looks at the expiry only. */
function jsonWebToken(lifetime: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ exp: inSeconds(lifetime) })}.`;
}
