/**
 * Logging: winston, one JSON object per line on standard output, which is where Cumulocity collects it.
 * One line per state change; payloads, tokens and keys never get here, and `redact` is the net below that rule.
 */
import winston from 'winston';

/** The part of a logger that the service uses. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: Record<string, unknown>): Log;
}

/** The accepted values of `LOG_LEVEL`, most severe first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const SECRETS: readonly RegExp[] = [
  /(SharedAccessKey=)[^;\s"]+/g,
  /(SharedAccessSignature=)[^;"]+/g,
  /(\bsig=)[^&;\s"]+/g,
  /([?&]token=)[^&\s"]+/g,
  /((?:Basic|Bearer) )[A-Za-z0-9+/=._~-]{8,}/g,
  /()\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
];

/**
 * Takes the values of keys, signatures, tokens and credentials out of a text.
 * @param text any text, for example an error message of a library
 */
export function redact(text: string): string {
  return SECRETS.reduce((result, pattern) => result.replace(pattern, '$1***'), text);
}

/** Where winston keeps the finished line. */
const MESSAGE = Symbol.for('message');

/** Works on the finished line, so that no field is too deep for it. */
const redactLine = winston.format((info) => {
  const line = info[MESSAGE];
  if (typeof line === 'string') info[MESSAGE] = redact(line);
  return info;
});

/** Puts what a person looks for first at the line's beginning. */
const headFirst = winston.format((info) => {
  const { timestamp, level, message, tenant, route, ...rest } = info;
  return { timestamp, level, message, tenant, route, ...rest };
});

/**
 * Makes the service's logger.
 * @param level the least severe level that is written
 */
export function createLog(level: LogLevel): Log {
  return winston.createLogger({
    level,
    format: winston.format.combine(
      winston.format.timestamp(),
      headFirst(),
      winston.format.json({ deterministic: false }),
      redactLine(),
    ),
    transports: [new winston.transports.Console()],
  });
}
