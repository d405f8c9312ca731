/** What can go wrong while the package is made, in words that need no stack. */

/** A wrong option; the message says which, what was given and what is accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The package cannot be made; the message says what was tried and what to do next. */
export class PackagingError extends Error {
  override readonly name = 'PackagingError';
}
