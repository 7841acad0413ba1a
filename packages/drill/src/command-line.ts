import { COMMAND, HEADERS, must } from './kinds.js';
import { CODES, type Code } from './model.js';
import { type DrillOptions, OPTIONS } from './options.js';
import { explain } from './report/explain.js';
import { TELLING, TELLING_VALUES, type Telling } from './report/telling.js';
import { DrillFailure } from './service/failure.js';
import { USAGE } from './usage.js';
import { VERSION } from './version.js';

export type CommandLine = { say: string } | { options: DrillOptions; telling: Telling };

type Setter = (options: Mutable<DrillOptions>, value: string, flag: string) => void;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Sets an option to what was written, or to what that means. */
function sets(
  name: keyof DrillOptions,
  meaning: (text: string, flag: string) => unknown = (text) => text,
): Setter {
  return (options, text, flag) => {
    const value = must<unknown>(OPTIONS[name], meaning(text, flag), flag, text);
    Object.assign(options, { [name]: value });
  };
}

/** Flags with a value. */
const VALUES: Record<string, Setter> = {
  '--url': sets('url'),
  '--slow': sets('slow'),
  '--big': sets('big'),
  '--ws': sets('ws'),
  '--sse': sets('sse'),
  '--upload': sets('upload'),
  '--ready': sets('ready'),
  '-H': (options, line, flag) => {
    const headers = must({ ...HEADERS, expected: 'a line as in "Name: value"' }, [line], flag);
    options.headers = [...(options.headers ?? []), ...headers];
  },
  '--port': sets('port', number),
  '--rounds': sets('rounds', number),
  '--clients': sets('clients', number),
  '--pre-stop': sets('preStopMs', duration),
  '--signal': sets('signal', (name) => (name.startsWith('SIG') ? name : `SIG${name}`)),
  '--grace': sets('graceMs', duration),
  '--platform': sets('platform'),
  '--proxy': sets('proxy'),
  '--expect': (options, value, flag) => {
    const [what, time = ''] = value.split('=');
    if (what !== 'lame-duck') throw usage(`Expected ${flag} to be as in lame-duck=5s, got "${value}".`);
    sets('expectLameDuckMs', duration)(options, time, flag);
  },
  '--ready-within': sets('readyWithinMs', duration),
  '--only': sets('only', list),
  '--skip': sets('skip', list),
  '--allow': sets('allow', list),
};

/** Flags whose value may be left out; it has to be in the same word. */
const WITH_DEFAULT: Record<string, { value: string; set: Setter }> = {
  '--rolling': { value: '4', set: sets('rolling', number) },
};

const SWITCHES: Record<string, (options: Mutable<DrillOptions>) => void> = {
  '--strict': (options) => {
    options.strict = true;
  },
  '--pid1': (options) => {
    options.pid1 = true;
  },
};

/** @throws DrillFailure, in one sentence: what was expected, what was given */
export function parseCommandLine(words: readonly string[]): CommandLine {
  if (words.length === 0 || words[0] === '--help' || words[0] === '-h') return { say: USAGE };
  if (words[0] === '--version') return { say: `${VERSION}\n` };
  if (words[0] === 'explain') return { say: explained(words.slice(1)) };
  const options: Mutable<DrillOptions> = { command: [] };
  const telling = { ...TELLING };
  let at = 0;
  while (at < words.length && words[at]?.startsWith('-') && words[at] !== '--')
    at += flag(options, telling, words, at);
  options.command = words.slice(words[at] === '--' ? at + 1 : at);
  if (options.command.length === 0)
    throw usage('Expected a command to drill, as in: http-drain-drill -- node server.js');
  must(COMMAND, options.command, 'the command');
  return { options, telling };
}

function explained([code, ...more]: readonly string[]): string {
  if (code !== undefined && more.length === 0 && isCode(code.toUpperCase()))
    return explain(code.toUpperCase() as Code);
  throw usage(
    `Expected one code after explain, of ${CODES[0]} to ${CODES.at(-1)}, got "${[code, ...more].join(' ')}".`,
  );
}

function isCode(word: string): word is Code {
  return (CODES as readonly string[]).includes(word);
}

/** Takes one flag; gives how many words it was. */
function flag(options: Mutable<DrillOptions>, telling: Telling, words: readonly string[], at: number): 1 | 2 {
  const word = words[at] as string;
  const [name = '', inline] = word.startsWith('--') ? split(word) : [word];
  const turn = SWITCHES[name];
  if (turn !== undefined && inline === undefined) {
    turn(options);
    return 1;
  }
  const optional = WITH_DEFAULT[name];
  if (optional !== undefined) {
    optional.set(options, inline ?? optional.value, name);
    return 1;
  }
  const set = VALUES[name];
  const setTelling = TELLING_VALUES[name];
  if (set === undefined && setTelling === undefined)
    throw usage(`There is no option ${name}: see --help. (The command comes after --.)`);
  const value = inline ?? words[at + 1];
  if (value === undefined || value === '--') throw usage(`Expected a value after ${name}.`);
  set?.(options, value, name);
  setTelling?.(telling, value, name);
  return inline === undefined ? 2 : 1;
}

function split(word: string): [string, string?] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

function usage(message: string): DrillFailure {
  return new DrillFailure('usage', message);
}

/** What is no number stays NaN. */
function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function duration(text: string, flag: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) throw usage(`Expected ${flag} to be a time such as 30s or 500ms, got "${text}".`);
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}

function list(text: string): string[] {
  return text.split(',').map((code) => code.trim());
}
