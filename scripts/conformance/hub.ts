/** What client programs are run against. */

/** The local hubs there are client programs for, in the order they are run. */
export const hubs = ['azure', 'predix'] as const;

/** One of them. */
export type HubName = (typeof hubs)[number];

/** A hub for one run of one program, and its control endpoint. */
export interface ConformanceHub {
  /** What a client program finds in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Certificate of the authority, in PEM; undefined where there is no TLS. */
  readonly authority: string | undefined;
  /** Ends it. */
  stop(): Promise<void>;
}

/** How one is started. */
export interface HubPlace {
  /** Takes the certificate of the authority. */
  readonly folder: string;
  /** What the program is going to use. */
  readonly transport: string;
}
