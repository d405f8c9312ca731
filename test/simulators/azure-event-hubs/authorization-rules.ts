/** Shared access policies of the namespace and of single hubs. */
import { randomBytes } from 'node:crypto';
import { isUnder } from './addresses.js';

/** What a rule or claim allows. Manage includes the two others. */
export type Right = 'Send' | 'Listen' | 'Manage';

/** A shared access policy. */
export interface AuthorizationRule {
  readonly name: string;
  readonly key: string;
  readonly rights: readonly Right[];
  /** The hub it belongs to; without it, it holds for the whole namespace. */
  readonly hub?: string;
}

/** The rules of one namespace, with keys that can be replaced. */
export class AuthorizationRules {
  readonly #rules: AuthorizationRule[];

  /** @param rules without any, one root rule with all rights and a random key is made. */
  constructor(rules: readonly AuthorizationRule[] | undefined) {
    const root: AuthorizationRule = {
      name: 'RootManageSharedAccessKey',
      key: randomKey(),
      rights: ['Manage'],
    };
    this.#rules = rules && rules.length > 0 ? [...rules] : [root];
  }

  /**
   * The rule a connection string is made of.
   *
   * @param name without it, the first rule.
   * @throws RangeError when there is no such rule.
   */
  get(name?: string): AuthorizationRule {
    const rule =
      name === undefined ? this.#rules[0] : this.#rules.find((candidate) => candidate.name === name);
    if (!rule) throw new RangeError(`there is no authorization rule ${name}`);
    return rule;
  }

  /** The rules of that name that hold for a path `hub[/...]`, those of the hub before those of the namespace. */
  applicable(name: string, path: string): AuthorizationRule[] {
    const named = this.#rules.filter((rule) => rule.name === name);
    const ofHub = named.filter((rule) => rule.hub !== undefined && isUnder(path, rule.hub));
    return [...ofHub, ...named.filter((rule) => rule.hub === undefined)];
  }

  /**
   * Gives a rule a new random key.
   *
   * @returns the new key.
   * @throws RangeError when there is no such rule.
   */
  rotateKey(name: string): string {
    const rule = this.get(name);
    const key = randomKey();
    this.#rules[this.#rules.indexOf(rule)] = { ...rule, key };
    return key;
  }
}

/** Keys look like those of the service: 32 random bytes in base64. */
function randomKey(): string {
  return randomBytes(32).toString('base64');
}
