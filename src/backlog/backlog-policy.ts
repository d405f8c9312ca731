/** What is done when a backlog is nearly full: let notifications go, or hold on to everything. */
export const BACKLOG_POLICIES = ['protect', 'hold'] as const;

/** One of {@link BACKLOG_POLICIES}. */
export type BacklogPolicy = (typeof BACKLOG_POLICIES)[number];
