/** A notification in the form in which it goes to an event hub, whichever hub that is. */

/** A format's part of a hub event. */
export interface EventBody {
  readonly body: Buffer;
  readonly contentType: string;
  /** How the body is packed; not there: it is not. */
  readonly contentEncoding?: 'gzip';
}

/** The times of an object's state, as its body gives them: by these it is found again over REST. */
export interface StateTimes {
  /** That the device gave. */
  readonly time: string | undefined;
  readonly created: string | undefined;
  readonly updated: string | undefined;
}

/** What is sent. */
export interface HubEvent extends EventBody {
  /** Equal for every copy of the same notification. */
  readonly messageId: string;
  /** The source: all events of one source go to one partition. */
  readonly partitionKey: string;
  /** For readers that filter without looking into the body. */
  readonly properties: Readonly<Record<string, string>>;
  /** Not sent; `undefined` for what has none. */
  readonly times?: StateTimes | undefined;
}
