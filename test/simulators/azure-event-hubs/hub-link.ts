/** What the broker keeps about every open link to a hub, whichever way its events go. */
import type { AmqpError, WireLink } from './rhea-wire.js';

/** A link to a hub that has been admitted. */
export interface HubLink {
  /** `send` for links on which the client sends. */
  readonly direction: 'send' | 'read';
  readonly link: WireLink;
  /** Name of the hub as the hub itself writes it. */
  readonly hub: string;
  /** The path its claim must cover. */
  readonly path: string;
  /** When something last moved on it, Unix time in milliseconds. */
  readonly lastActiveMs: number;
  /** Lets go of everything the link holds. Safe to call twice. */
  release(): void;
}

/** Gives the peer's source and target back to it unchanged; clients read the reply as the terms agreed on. */
export function echoTermini(link: WireLink): void {
  if (link.source) link.local.attach.source = link.source.described();
  else link.set_source({});
  if (link.target) link.local.attach.target = link.target.described();
  else link.set_target({});
}

/**
 * Fills in the reply to an attach. Properties must not be null: the Python SDK iterates over them.
 *
 * @param maxMessageBytes what clients size their batches by.
 */
export function acceptAttach(link: WireLink, maxMessageBytes: number): void {
  const { attach } = link.local;
  echoTermini(link);
  attach.snd_settle_mode = link.snd_settle_mode ?? 2;
  attach.rcv_settle_mode = link.rcv_settle_mode ?? 0;
  attach.max_message_size = maxMessageBytes;
  attach.properties = {};
}

/**
 * Refuses an attach: the reply has neither source nor target, and the detach with the reason follows it
 * (AMQP 1.0 section 2.6.3).
 */
export function refuseAttach(link: WireLink, error: AmqpError): void {
  link.local.attach.properties = {};
  link.close({ condition: error.condition, description: error.description });
}

/** Whether the peer asked for a capability; a single symbol stands for a list of one. */
export function desires(link: WireLink, capability: string): boolean {
  const desired = link.desired_capabilities;
  return Array.isArray(desired) ? desired.includes(capability) : desired === capability;
}
