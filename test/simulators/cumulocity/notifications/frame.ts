/**
 * Wire format of the Notification 2.0 consumer protocol:
 *
 *   <ack id> \n <description> \n <action> \n [<more header lines> \n] \n <body>
 *
 * Everything after the ack id is the same for every consumer, so it is built once per notification (the tail);
 * the ack id is put in front when a consumer gets it.
 */

const scratch = Buffer.alloc(32);

function writeVarint(value: number, offset: number): number {
  let rest = value;
  let at = offset;
  while (rest > 0x7f) {
    scratch[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at++] = rest;
  return at;
}

/**
 * Ack id in the form the platform uses: Base64 of a message id with ledger, entry, batch index 0, batch size 1.
 *
 * @param ledger number that is new for every connection
 * @param entry place of the notification in its topic
 */
export function encodeAckId(ledger: number, entry: number): string {
  scratch[0] = 0x08;
  let at = writeVarint(ledger, 1);
  scratch[at++] = 0x10;
  at = writeVarint(entry, at);
  scratch[at++] = 0x20;
  scratch[at++] = 0;
  scratch[at++] = 0x30;
  scratch[at++] = 1;
  return scratch.toString('base64', 0, at);
}

/**
 * Everything of a frame but its ack id.
 *
 * @param channel description line, `/<tenant>/<api>/<source id>`
 * @param extraHeaderLines lines a consumer has to tolerate and ignore
 * @param body text as it goes over the wire
 */
export function buildTail(
  channel: string,
  action: string,
  extraHeaderLines: readonly string[],
  body: string,
): Buffer {
  const extra = extraHeaderLines.length === 0 ? '' : `${extraHeaderLines.join('\n')}\n`;
  return Buffer.from(`\n${channel}\n${action}\n${extra}\n${body}`, 'utf8');
}

/** The whole frame. */
export function joinFrame(ackId: string, tail: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(ackId.length + tail.length);
  frame.write(ackId, 0, 'latin1');
  tail.copy(frame, ackId.length);
  return frame;
}
