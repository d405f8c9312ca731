/** What can go wrong while the package is made, in words that need no stack. */

/** The package cannot be made; the message says what was tried and what to do next. */
export class PackagingError extends Error {
  override readonly name = 'PackagingError';
}
