/** A row of the table of tenant options, and what the readers of options share. */

/** A row of the table. */
export interface OptionRow<T> {
  /** The value that holds when the option is not set; `undefined`: none. */
  readonly fallback: string | undefined;
  readonly accepted: string;
  readonly meaning: string;
  /** The value is never shown. */
  readonly isSecret?: true;
  /** Reads a value; `undefined` when it is not accepted. */
  readonly read: (text: string) => T | undefined;
}

/** Makes a row. */
export function row<T>(options: OptionRow<T>): OptionRow<T> {
  return options;
}

const NOT_EMPTY_LIST = /^[^,\s]+(?:\s*,\s*[^,\s]+)*$/;

/** Accepts these values alone. */
export function oneOf<T extends string>(...values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text);
}

/** A list of names, separated by commas. */
export function listOf(text: string): readonly string[] | undefined {
  const trimmed = text.trim();
  return NOT_EMPTY_LIST.test(trimmed) ? trimmed.split(/\s*,\s*/) : undefined;
}

/** A name or id without spaces. */
export function identifierOf(text: string): string | undefined {
  return /^[\w.-]+$/.test(text.trim()) ? text.trim() : undefined;
}

/** What stands in for a value that the platform did not decrypt for this application. */
export const ENCRYPTED = '<<Encrypted>>';

/** What is said of such a value: what was given, and what is accepted. */
export const NOT_DECRYPTED = [
  'the platform did not decrypt it',
  'an option in the category that belongs to this application',
] as const;

/** Notes a problem: the option's key, what was given (already fit to be shown) and what is accepted. */
export type Report = (key: string, given: string, accepted: string) => void;

/** The texts of a route's options. */
export type RouteSettings = Readonly<Record<string, string>>;
