import { writeSync } from 'node:fs';
import { misuse } from '../drain/errors.js';
import type { DrainLogger } from '../drain/options.js';
import { wallTime } from '../node/clock.js';
import { writeHushed } from '../node/hush.js';

/** What is said on stderr of a drain that the program knows nothing of. */
export type LogStyle = 'text' | 'json' | 'off';

/** Writes a line to stderr at once: the process may be about to die of a signal. */
export function writeLine(text: string): void {
  write(`http-drain: ${text.replaceAll(/\s*[\r\n]\s*/g, ' ')}\n`);
}

function write(line: string): void {
  try {
    writeSync(2, line);
  } catch (error) {
    // A pipe may be full just now. Where nobody reads it any more, what we have to say is lost, and nothing else.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') writeHushed(process.stderr, line);
  }
}

const LOGGERS: Record<LogStyle, DrainLogger> = {
  text: {
    info: (_fields, message) => writeLine(message),
    warn: (_fields, message) => writeLine(message),
  },
  json: { info: json('info'), warn: json('warn') },
  off: { info() {}, warn() {} },
};

function json(level: 'info' | 'warn') {
  return (fields: object, msg: string): void => {
    write(
      `${JSON.stringify({ level, time: wallTime(), pid: process.pid, name: 'http-drain', msg, ...fields })}\n`,
    );
  };
}

/** @throws TypeError for another style */
export function logger(style: LogStyle): DrainLogger {
  if (!Object.hasOwn(LOGGERS, style)) throw misuse('log', "'text', 'json' or 'off'", style);
  return LOGGERS[style];
}

/** Says nothing but the report of a drain, and that only where something was lost or forced. */
export const lossLogger: DrainLogger = {
  info() {},
  warn(fields, message) {
    if ('report' in fields) writeLine(message);
  },
};
