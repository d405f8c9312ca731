import { unprocessable } from '../http/rest-error.js';
import type { ManagedObject } from '../inventory.js';
import { isObject } from '../json.js';

/**
 * The part of the inventory query language that is modelled:
 *
 *   [$filter=] expression [$orderby=...]          the order is ignored, lists go by id
 *   expression = term { or term }     term = factor { and factor }
 *   factor = not factor | ( expression ) | has(fragment) | path (eq|ne|gt|ge|lt|le) value
 *   value  = 'text' with * as wildcard in eq and ne | number | true | false
 */
type Predicate = (object: ManagedObject) => boolean;

const TOKEN = /\s*('(?:[^']|'')*'|[()]|[^\s()']+)/y;

function tokensOf(query: string): string[] {
  const text = query.replace(/^\s*\$filter=/, '').replace(/\s*\$orderby=.*$/, '');
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text))
    tokens.push(match[1] as string);
  return tokens;
}

function fieldAt(object: ManagedObject, path: string): unknown {
  const { id, owner, creationTime, lastUpdated } = object;
  // A time is written as it is shown, and asked for as `creationTime.date` and `lastUpdated.date`.
  const times = { creationTime: { date: creationTime }, lastUpdated: { date: lastUpdated } };
  let value: unknown = { ...object.fields, id, owner, ...times };
  for (const part of path.split('.')) value = isObject(value) ? value[part] : undefined;
  return value;
}

function literalOf(token: string): string | number | boolean {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (token === 'true' || token === 'false') return token === 'true';
  const number = Number(token);
  if (Number.isNaN(number)) throw unprocessable('inventory', `Query: unexpected ${token}`);
  return number;
}

function equals(value: unknown, literal: string | number | boolean): boolean {
  if (typeof literal !== 'string' || !literal.includes('*')) return value === literal;
  const parts = literal.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return typeof value === 'string' && new RegExp(`^${parts.join('.*')}$`).test(value);
}

function comparison(path: string, operator: string, literal: string | number | boolean): Predicate {
  const compare = (test: (value: string | number) => boolean): Predicate => {
    return (object) => {
      const value = fieldAt(object, path);
      return (typeof value === 'number' || typeof value === 'string') && typeof value === typeof literal
        ? test(value)
        : false;
    };
  };
  switch (operator) {
    case 'eq':
      return (object) => equals(fieldAt(object, path), literal);
    case 'ne':
      return (object) => !equals(fieldAt(object, path), literal);
    case 'gt':
      return compare((value) => value > literal);
    case 'ge':
      return compare((value) => value >= literal);
    case 'lt':
      return compare((value) => value < literal);
    case 'le':
      return compare((value) => value <= literal);
    default:
      throw unprocessable('inventory', `Query: unknown operator ${operator}`);
  }
}

/** Recursive descent over the tokens of one query. */
class QueryParser {
  readonly #tokens: string[];
  #at = 0;

  constructor(query: string) {
    this.#tokens = tokensOf(query);
  }

  parse(): Predicate {
    if (this.#tokens.length === 0) return () => true;
    const predicate = this.#expression();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return predicate;
  }

  #expression(): Predicate {
    const terms = [this.#term()];
    while (this.#take('or')) terms.push(this.#term());
    return (object) => terms.some((term) => term(object));
  }

  #term(): Predicate {
    const factors = [this.#factor()];
    while (this.#take('and')) factors.push(this.#factor());
    return (object) => factors.every((factor) => factor(object));
  }

  #factor(): Predicate {
    if (this.#take('not')) {
      const negated = this.#factor();
      return (object) => !negated(object);
    }
    if (this.#take('(')) {
      const inner = this.#expression();
      this.#demand(')');
      return inner;
    }
    const name = this.#next();
    if (name === 'has' && this.#take('(')) {
      const fragment = this.#next();
      this.#demand(')');
      return (object) => fieldAt(object, fragment) !== undefined;
    }
    return comparison(name, this.#next(), literalOf(this.#next()));
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#unexpected();
    return token;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #demand(token: string): void {
    if (!this.#take(token)) throw this.#unexpected();
  }

  #unexpected(): Error {
    return unprocessable('inventory', `Query: unexpected ${this.#tokens[this.#at] ?? 'end'}`);
  }
}

/**
 * The filter of a managed object list: `ids`, `type`, `fragmentType`, `owner`, `query`, and `q`, which is a query
 * among devices.
 *
 * @throws RestError 422 for a query that cannot be read
 */
export function inventoryFilter(parameters: URLSearchParams): Predicate {
  const ids = parameters.get('ids')?.split(',');
  const type = parameters.get('type');
  const fragment = parameters.get('fragmentType');
  const owner = parameters.get('owner');
  const devices = parameters.get('q');
  const query = new QueryParser(parameters.get('query') ?? devices ?? '').parse();
  return (object) =>
    (ids?.includes(object.id) ?? true) &&
    (type === null || object.fields['type'] === type) &&
    (fragment === null || Object.hasOwn(object.fields, fragment)) &&
    (owner === null || object.owner === owner) &&
    (devices === null || Object.hasOwn(object.fields, 'c8y_IsDevice')) &&
    query(object);
}
