/** Shown instead of the value to whoever may not decrypt it. */
export const ENCRYPTED = '<<Encrypted>>';

/** Prefix of keys whose values are stored encrypted. */
export const ENCRYPTED_PREFIX = 'credentials.';

/** The tenant options of one tenant. */
export class OptionStore {
  readonly #categories = new Map<string, Map<string, string>>();

  /** The options of a category, undefined when it has none. */
  category(name: string): ReadonlyMap<string, string> | undefined {
    return this.#categories.get(name);
  }

  /** Every option, category by category. */
  *all(): Iterable<[category: string, key: string, value: string]> {
    for (const [category, options] of this.#categories) {
      for (const [key, value] of options) yield [category, key, value];
    }
  }

  /** Value of one option. */
  get(category: string, key: string): string | undefined {
    return this.#categories.get(category)?.get(key);
  }

  /** Adds or replaces one option. */
  set(category: string, key: string, value: string): void {
    let options = this.#categories.get(category);
    if (options === undefined) {
      options = new Map();
      this.#categories.set(category, options);
    }
    options.set(key, value);
  }

  /**
   * Removes one option.
   *
   * @returns false when there was none
   */
  delete(category: string, key: string): boolean {
    const options = this.#categories.get(category);
    if (options?.delete(key) !== true) return false;
    if (options.size === 0) this.#categories.delete(category);
    return true;
  }
}
