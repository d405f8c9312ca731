/**
 * One frame of the Notification 2.0 consumer protocol:
 *
 *     CJ1eEAAgADAB                      ack id
 *     /t1/measurements/111              description: /<tenant>/<api>/<source id>
 *     CREATE                            action
 *     <any further lines>               ignored, as the protocol asks
 *                                       empty line
 *     {"self":"...", ...}               body, forwarded as the bytes that came
 *
 * Only the header is turned into text. A frame that breaks the form still becomes a notification, with empty
 * fields for what is missing, because every notification has to be forwarded and acknowledged in the end.
 */

/** A notification as it came from Cumulocity. */
export interface Notification {
  /** Sent back, as it is, to acknowledge this notification on the socket it came on. */
  readonly ackId: string;
  /** The description line. */
  readonly channel: string;
  readonly tenant: string;
  readonly api: string;
  /** The managed object that the notification is about. */
  readonly sourceId: string;
  /** `CREATE`, `UPDATE` or `DELETE`; anything else is forwarded as it is. */
  readonly action: string;
  /** A view into the frame, not a copy. */
  readonly body: Buffer;
}

const LINE_FEED = 0x0a;

/** The position of the first of the two line feeds that end the header; the frame's length if there are none. */
function headerEnd(frame: Buffer): number {
  let at = frame.indexOf(LINE_FEED);
  while (at !== -1 && frame[at + 1] !== LINE_FEED) at = frame.indexOf(LINE_FEED, at + 1);
  return at === -1 ? frame.length : at;
}

/**
 * Reads one frame.
 * @param frame the whole WebSocket message; the notification's body stays a view into it
 * @returns the notification; never throws
 * @see Notification 2.0, consumer protocol: headers are read until the empty line, however many there are
 */
export function parseFrame(frame: Buffer): Notification {
  const end = headerEnd(frame);
  const [ackId = '', channel = '', action = ''] = frame.toString('utf8', 0, end).split('\n', 3);
  const [, tenant = '', api = '', ...source] = channel.split('/');
  return { ackId, channel, tenant, api, sourceId: source.join('/'), action, body: frame.subarray(end + 2) };
}
