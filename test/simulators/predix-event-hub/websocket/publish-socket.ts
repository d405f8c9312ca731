/** One WebSocket of a publisher: frames of messages in, frames of acknowledgements out (Predix contract, section 6). */
import { WebSocket } from 'ws';
import type { Admission } from '../access.js';
import { atTime } from '../at-time.js';
import { type AckOptions, AckSender } from '../publish/ack-sender.js';
import type { Publication } from '../publish/publication.js';
import { encodeAcks, type WsAckStyle } from './ack-json.js';
import { readPublishRequest } from './request.js';

/** How sockets behave. */
export interface SocketRules {
  readonly ackStyle: WsAckStyle;
  /** Whether a socket is closed when the token that it was opened with ends. */
  readonly cutAtExpiry: boolean;
  /** Called before each frame of acknowledgements; `false`: they are lost with the socket. */
  readonly mayAnswer: () => boolean;
}

/** Who is on the other end, and what it asked for. */
export interface Publisher {
  readonly admission: Admission;
  readonly publication: Publication;
  readonly ackOptions: AckOptions;
}

/** Codes of RFC 6455, section 7.4.1. */
const closeCode = { policyViolation: 1008, internalError: 1011 };

/**
 * Serves a socket until it is closed: by its client, or when its topic is deleted, or with its token. To be called
 * before anything is read from it, so that nothing is lost.
 */
export function servePublishSocket(
  socket: WebSocket,
  { admission, publication, ackOptions }: Publisher,
  { ackStyle, cutAtExpiry, mayAnswer }: SocketRules,
): void {
  const acks = new AckSender(ackOptions, (due) => {
    if (isOpen(socket) && mayAnswer()) socket.send(encodeAcks(due, ackStyle));
  });
  socket.on('message', (frame) => {
    // While it is closing, nothing that comes could be acknowledged.
    if (isOpen(socket)) take(frame as Buffer, publication, acks);
  });
  // `close` follows, and does all that is to be done.
  socket.on('error', () => undefined);
  const cleanUps = [() => acks.stop(), ...endings(socket, admission, cutAtExpiry)];
  socket.once('close', () => {
    for (const cleanUp of cleanUps) cleanUp();
  });
}

/** A frame is taken whether it is binary, as it should be, or text. */
function take(frame: Buffer, publication: Publication, acks: AckSender): void {
  const { messages, refused } = readPublishRequest(frame);
  acks.expect(messages.length + refused.length);
  for (const ack of refused) acks.add(ack);
  publication.submit(messages, frame.length, (ack) => acks.add(ack));
}

/** Sees to it that the socket is closed in time; gives what undoes it. */
function endings(socket: WebSocket, admission: Admission, cutAtExpiry: boolean): (() => void)[] {
  const onDeleted = (): void => socket.close(closeCode.internalError, 'The topic was deleted');
  const undo = admission.topics.map((topic) => topic.onDeleted(onDeleted));
  if (!cutAtExpiry) return undo;
  const onExpired = (): void => socket.close(closeCode.policyViolation, 'The token has expired');
  return [...undo, atTime(admission.expiresAtMs, onExpired)];
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}
