/** The options of how messages are delivered (Predix contract, section 3, "Subscribe"): checked together. */
import { usageError } from '../failures.js';
import { readChoice, readNumber } from '../option-values.js';
import { MODES, type Mode, type PredixReadingOptions } from './options.js';

const RETRIES = ['retry-after', 'retry-interval', 'max-retries'] as const;
const BATCHES = ['batch-size', 'batch-interval', 'batch-type'] as const;
const TYPES = ['intersection', 'union'] as const;

/** As they were given. */
export type DeliveryValues = {
  readonly [K in (typeof RETRIES)[number] | (typeof BATCHES)[number] | 'mode' | 'metrics-interval']?:
    | string
    | undefined;
} & { readonly metrics?: boolean | undefined };

/**
 * Reads them.
 * @throws ReceiveError when one is out of range, or means nothing in the mode
 */
export function readDelivery(
  values: DeliveryValues,
): Pick<PredixReadingOptions, 'mode' | 'retry' | 'batch' | 'metricsMinutes'> {
  const hasMetrics = values.metrics === true;
  const mode = readChoice('mode', values.mode ?? (hasMetrics ? 'batch' : 'acks'), MODES);
  if (hasMetrics && mode !== 'batch') {
    throw usageError(
      '--metrics',
      `given with --mode ${mode}`,
      '--mode batch: metric messages come in batches',
    );
  }
  demandMode(values, mode, RETRIES, ['acks', 'batch'], 'what is not acknowledged does not come again');
  demandMode(values, mode, BATCHES, ['batch'], 'batches come in no other');
  const minutes = readNumber('metrics-interval', values['metrics-interval'], 1, 60);
  if (minutes !== undefined && !hasMetrics) {
    throw usageError('--metrics-interval', 'given without --metrics', 'both of them');
  }
  return {
    mode,
    retry: {
      afterSeconds: readNumber('retry-after', values['retry-after'], 30, 60) ?? 30,
      intervalSeconds: readNumber('retry-interval', values['retry-interval'], 1) ?? 30,
      most: readNumber('max-retries', values['max-retries'], 2, 10) ?? 5,
    },
    batch: {
      size: readNumber('batch-size', values['batch-size'], 1, 10_000) ?? 500,
      intervalMs: readNumber('batch-interval', values['batch-interval'], 100, 1000) ?? 100,
      // As the SDKs do it with metrics (Predix contract, section 8).
      isUnion:
        hasMetrics || readChoice('batch-type', values['batch-type'] ?? 'intersection', TYPES) === 'union',
    },
    metricsMinutes: hasMetrics ? (minutes ?? 5) : undefined,
  };
}

function demandMode(
  values: DeliveryValues,
  mode: Mode,
  options: readonly ((typeof RETRIES)[number] | (typeof BATCHES)[number])[],
  modes: readonly Mode[],
  reason: string,
): void {
  const given = options.find((option) => values[option] !== undefined);
  if (given === undefined || modes.includes(mode)) return;
  throw usageError(`--${given}`, `given with --mode ${mode}`, `--mode ${modes.join(' or ')}: ${reason}`);
}
