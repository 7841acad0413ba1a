import type { Writable } from 'node:stream';

/** How a report may look where it is read. */
export interface Look {
  colour: boolean;
  /** Columns; Infinity where there is no terminal: nothing is wrapped, so that a line can be searched for. */
  width: number;
}

const NARROW = 50;
const WIDE = 110;

/** By NO_COLOR and FORCE_COLOR (https://no-color.org, https://force-color.org), TERM=dumb, and what the stream is. */
export function lookOf(
  stream: Writable & { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): Look {
  const terminal = stream.isTTY === true && env.TERM !== 'dumb';
  const forced = (env.FORCE_COLOR ?? '') !== '' && env.FORCE_COLOR !== '0';
  const colour = (env.NO_COLOR ?? '') === '' && env.FORCE_COLOR !== '0' && (terminal || forced);
  if (!terminal && !forced) return { colour: false, width: Number.POSITIVE_INFINITY };
  const columns = stream.columns ?? (Number(env.COLUMNS) || 100);
  return { colour, width: Math.min(Math.max(columns, NARROW), WIDE) };
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export type Paint = Record<keyof typeof CODES, (text: string) => string>;

export function paintOf({ colour }: Look): Paint {
  const paint = ([on, off]: readonly number[]) => {
    return (text: string) => (colour && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  };
  return Object.fromEntries(Object.entries(CODES).map(([name, code]) => [name, paint(code)])) as Paint;
}

/** Blanks at which no line ends: "20 × ECONNRESET", "6.4 s". */
const TOGETHER = / (?=× )|(?<=×) |(?<=\d) (?=(?:m?s|MB|bytes)\b)/g;

/** Breaks a text at its blanks; a word that is longer than the width stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replace(TOGETHER, '\u00a0').split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => one.replaceAll('\u00a0', ' '));
}

/** Text at both ends of a line; under each other where it has no room for both. */
export function ends(left: string, right: string, width: number, indent: string): [string, string?] {
  if (!Number.isFinite(width)) return [`${left}   ${right}`];
  const gap = width - left.length - right.length;
  return gap >= 2 ? [`${left}${' '.repeat(gap)}${right}`] : [left, `${indent}${right}`];
}
