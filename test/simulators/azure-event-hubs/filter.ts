/** The selector filter by which a reader says where it begins (Event Hubs AMQP protocol guide). */
import type { StartPosition } from './partition-log.js';

/** A filter that cannot be read. */
export class FilterError extends Error {
  /** @param expression the filter as sent. */
  constructor(expression: string) {
    super(`The filter expression '${expression}' is not supported.`);
    this.name = 'FilterError';
  }
}

const expressionForm =
  /^\s*amqp\.annotation\.(x-opt-offset|x-opt-sequence-number|x-opt-enqueued-time|x-opt-enqueuedtimeutc)\s*(>=|>)\s*(?:'([^']*)'|([^\s']+))\s*$/i;

/**
 * The position in a source's filter set. SDKs differ in the descriptor of the value and in the quotes round the
 * operand; all forms are taken. Without a selector a reader begins at the oldest event.
 *
 * @param filter the filter field of the source.
 * @throws FilterError when there is a selector that cannot be read.
 */
export function startPosition(filter: Readonly<Record<string, unknown>> | null | undefined): StartPosition {
  const selector = Object.entries(filter ?? {}).find(([key]) => key.includes('selector-filter'));
  if (!selector) return { from: 'earliest' };
  return parseExpression(textOf(selector[1]));
}

function parseExpression(expression: string): StartPosition {
  const match = expressionForm.exec(expression);
  const name = match?.[1]?.toLowerCase();
  const operand = match?.[3] ?? match?.[4];
  if (name === undefined || operand === undefined) throw new FilterError(expression);
  if (name === 'x-opt-offset' && operand === '@latest') return { from: 'latest' };
  if (name !== 'x-opt-enqueued-time' && operand === '-1') return { from: 'earliest' };
  if (!/^-?\d+$/.test(operand)) throw new FilterError(expression);
  const bound = { value: Number(operand), inclusive: match?.[2] === '>=' };
  if (name === 'x-opt-offset') return { from: 'offset', ...bound };
  if (name === 'x-opt-sequence-number') return { from: 'sequenceNumber', ...bound };
  return { from: 'enqueuedTime', ...bound };
}

/** The value is a described string of any descriptor, or a bare string. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'string') {
    return value.value;
  }
  throw new FilterError(String(value));
}
