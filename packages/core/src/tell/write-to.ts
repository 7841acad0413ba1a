import { Console } from 'node:console';
import type { DrainLogger } from '../drain/options.js';

/** A console would print the fields, over many lines; what they say stands in the message. */
export function writeTo(
  logger: DrainLogger,
  level: keyof DrainLogger,
  fields: object,
  message: string,
): unknown {
  return logger instanceof Console ? logger[level](`http-drain: ${message}`) : logger[level](fields, message);
}
