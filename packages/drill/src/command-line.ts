import { constants } from 'node:os';
import { CODES, type Code } from './model.js';
import { type DrillOptions, GRACE_MS, type Platform, PROXIES } from './options.js';
import { explain } from './report/explain.js';
import { TELLING, TELLING_VALUES, type Telling } from './report/telling.js';
import { DrillFailure } from './service/failure.js';
import { USAGE } from './usage.js';
import { VERSION } from './version.js';

export type CommandLine = { say: string } | { options: DrillOptions; telling: Telling };

type Setter = (options: Mutable<DrillOptions>, value: string, flag: string) => void;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const PLATFORMS = Object.keys(GRACE_MS).join(', ');

/** Flags with a value. */
const VALUES: Record<string, Setter> = {
  '--url': (options, value, flag) => {
    options.url = path(value, flag);
  },
  '--slow': (options, value, flag) => {
    options.slow = path(value, flag);
  },
  '--big': (options, value, flag) => {
    options.big = path(value, flag);
  },
  '--ws': (options, value, flag) => {
    options.ws = path(value, flag);
  },
  '--sse': (options, value, flag) => {
    options.sse = path(value, flag);
  },
  '--upload': (options, value, flag) => {
    options.upload = path(value, flag);
  },
  '--ready': (options, value, flag) => {
    options.ready = path(value, flag);
  },
  '-H': (options, value) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(value))
      throw usage('Expected -H to be a header as in "Name: value".');
    options.headers = [...(options.headers ?? []), value];
  },
  '--port': (options, value, flag) => {
    options.port = whole(value, flag, 1, 65_535);
  },
  '--rounds': (options, value, flag) => {
    options.rounds = whole(value, flag, 1, 100);
  },
  '--clients': (options, value, flag) => {
    options.clients = whole(value, flag, 0, 1_000);
  },
  '--pre-stop': (options, value, flag) => {
    options.preStopMs = duration(value, flag);
  },
  '--signal': (options, value, flag) => {
    const name = value.startsWith('SIG') ? value : `SIG${value}`;
    if (!(name in constants.signals))
      throw usage(`Expected ${flag} to be a signal such as SIGTERM, got "${value}".`);
    options.signal = name as NodeJS.Signals;
  },
  '--grace': (options, value, flag) => {
    options.graceMs = duration(value, flag);
  },
  '--platform': (options, value, flag) => {
    if (!(value in GRACE_MS)) throw usage(`Expected ${flag} to be one of ${PLATFORMS}, got "${value}".`);
    options.platform = value as Platform;
  },
  '--proxy': (options, value, flag) => {
    const proxy = PROXIES.find((name) => name === value);
    if (proxy === undefined)
      throw usage(`Expected ${flag} to be one of ${PROXIES.join(', ')}, got "${value}".`);
    options.proxy = proxy;
  },
  '--expect': (options, value, flag) => {
    const [what, time = ''] = value.split('=');
    if (what !== 'lame-duck') throw usage(`Expected ${flag} to be as in lame-duck=5s, got "${value}".`);
    options.expectLameDuckMs = duration(time, flag);
  },
  '--ready-within': (options, value, flag) => {
    options.readyWithinMs = duration(value, flag);
  },
  '--only': (options, value, flag) => {
    options.only = codes(value, flag);
  },
  '--skip': (options, value, flag) => {
    options.skip = codes(value, flag);
  },
  '--allow': (options, value, flag) => {
    options.allow = codes(value, flag);
  },
};

/** Flags whose value may be left out; it has to be in the same word. */
const WITH_DEFAULT: Record<string, { value: string; set: Setter }> = {
  '--rolling': {
    value: '4',
    set: (options, value, flag) => {
      options.rolling = whole(value, flag, 1, 100);
    },
  },
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

function path(value: string, flag: string): string {
  if (!/^\/[\x21-\x7e]*$/.test(value))
    throw usage(`Expected ${flag} to be a path such as /items, got "${value}".`);
  return value;
}

function whole(value: string, flag: string, least: number, most: number): number {
  const given = Number(value);
  if (Number.isInteger(given) && given >= least && given <= most && value.trim() !== '') return given;
  throw usage(`Expected ${flag} to be a whole number from ${least} to ${most}, got "${value}".`);
}

function duration(value: string, flag: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value) ?? [];
  if (amount === undefined)
    throw usage(`Expected ${flag} to be a time such as 30s or 500ms, got "${value}".`);
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}

function codes(value: string, flag: string): Code[] {
  const given = value.split(',').map((code) => code.trim());
  const unknown = given.find((code) => !isCode(code));
  if (unknown !== undefined) throw usage(`Expected ${flag} to be codes such as D007,D020, got "${unknown}".`);
  return given as Code[];
}
