import {
  ABORT,
  CODE_LIST,
  COMMAND,
  HEADERS,
  type Kind,
  LISTENER,
  MS,
  must,
  oneOf,
  PATH,
  SIGNAL,
  SWITCH,
  shown,
  whole,
} from './kinds.js';
import type { Code } from './model.js';
import { DrillFailure } from './service/failure.js';

/** What may be said of a drill; all but the command has a default. */
export interface DrillOptions {
  /** The command and its arguments, as they would be started in a container. */
  command: readonly string[];
  /** The path that is asked for: /. */
  url?: string;
  /** Paths for richer witnesses: one that takes a while, one with an answer of 16 MB or more, one that takes a POST. */
  slow?: string;
  big?: string;
  /** Paths of a WebSocket, and of an event stream. */
  ws?: string;
  sse?: string;
  upload?: string;
  /** Header lines for every request. Never shown. */
  headers?: readonly string[];
  /** The readiness path; else the first of the usual ones that says 2xx. */
  ready?: string;
  /** Where it listens on several. */
  port?: number;
  /** SIGTERM. */
  signal?: NodeJS.Signals;
  /** After this, in ms, it is killed: 30 000. */
  graceMs?: number;
  /** How long it may take to listen: 30 000. */
  readyWithinMs?: number;
  /** Fresh processes, each of them stopped once: 3. */
  rounds?: number;
  /** Codes that are told, or are not: what is left out does not make the drill fail; its summary says what was lost by it. */
  only?: readonly Code[];
  skip?: readonly Code[];
  /** Codes that do not make the drill fail. */
  allow?: readonly Code[];
  /** How many clients ask on and on in the load round: 32; 0: none is held. */
  clients?: number;
  /** The platform tells clients to go elsewhere, and waits for so long, in ms, before the signal: 0. */
  preStopMs?: number;
  /**
   * Instead of the rounds above: so many restarts, one after the other, of two instances that are under load. Each finds
   * a port of its own in PORT.
   */
  rolling?: number;
  /** What stands before the two: clients that know both (builtin), or a proxy that is installed. */
  proxy?: ProxyName;
  /** The listening socket is to stay open for so long after the signal. */
  expectLameDuckMs?: number;
  /** Whose grace period it is: sets `graceMs`. */
  platform?: Platform;
  /** Races fail the drill, too. */
  strict?: boolean;
  /** As process 1 of its own pid namespace (needs unshare, and root). */
  pid1?: boolean;
  /** Ends the drill, and all that it has started. */
  abort?: AbortSignal;
  /** Hears what is going on, a line at a time. */
  progress?: (line: string) => void;
}

/** Between the signal and SIGKILL, unless told otherwise. */
export const GRACE_MS = {
  kubernetes: 30_000,
  docker: 10_000,
  'cloud-run': 10_000,
  ecs: 30_000,
  heroku: 30_000,
  fly: 5_000,
  systemd: 90_000,
};

export type Platform = keyof typeof GRACE_MS;

/** What can stand before the instances of a rolling restart. */
export const PROXIES = ['builtin', 'nginx', 'haproxy'] as const;

export type ProxyName = (typeof PROXIES)[number];

/** What each of them has to be. */
export const OPTIONS: { readonly [K in keyof DrillOptions]-?: Kind<Exclude<DrillOptions[K], undefined>> } = {
  command: COMMAND,
  url: PATH,
  slow: PATH,
  big: PATH,
  ws: PATH,
  sse: PATH,
  upload: PATH,
  headers: HEADERS,
  ready: PATH,
  port: whole(1, 65_535),
  signal: SIGNAL,
  graceMs: MS,
  readyWithinMs: MS,
  rounds: whole(1, 100),
  only: CODE_LIST,
  skip: CODE_LIST,
  allow: CODE_LIST,
  clients: whole(0, 1_000),
  preStopMs: MS,
  rolling: whole(1, 100),
  proxy: oneOf(PROXIES),
  expectLameDuckMs: MS,
  platform: oneOf(Object.keys(GRACE_MS) as Platform[]),
  strict: SWITCH,
  pid1: SWITCH,
  abort: ABORT,
  progress: LISTENER,
};

/** @throws DrillFailure where they are not what `DrillOptions` says: JavaScript has no types. */
export function checked(options: unknown): DrillOptions {
  if (typeof options !== 'object' || options === null)
    throw usage(`Expected options such as { command: ["node", "server.js"] }, got ${shown(options)}.`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined)
    throw usage(`There is no option \`${unknown}\`: there are ${Object.keys(OPTIONS).join(', ')}.`);
  const given = options as Record<string, unknown>;
  for (const [name, kind] of Object.entries<Kind<unknown>>(OPTIONS))
    if (name === 'command' || (given[name] ?? undefined) !== undefined)
      must(kind, given[name], `\`${name}\``);
  return options as DrillOptions;
}

function usage(message: string): DrillFailure {
  return new DrillFailure('usage', message);
}

export type Settings = Required<
  Omit<DrillOptions, NullKeys | 'abort' | 'port' | 'expectLameDuckMs' | 'platform' | 'rolling' | 'proxy'>
> &
  Record<NullKeys, string | null> & {
    port: number | null;
    abort: AbortSignal | undefined;
    platform: string | null;
    expectLameDuckMs: number | null;
    rolling: number | null;
    proxy: ProxyName | null;
  };

type NullKeys = 'ws' | 'sse' | 'slow' | 'big' | 'upload' | 'ready';

/** Options with their defaults. */
export function settingsOf(options: DrillOptions): Settings {
  return {
    command: options.command,
    url: options.url ?? '/',
    ws: options.ws ?? null,
    sse: options.sse ?? null,
    slow: options.slow ?? null,
    big: options.big ?? null,
    upload: options.upload ?? null,
    headers: options.headers ?? [],
    ready: options.ready ?? null,
    port: options.port ?? null,
    signal: options.signal ?? 'SIGTERM',
    graceMs: options.graceMs ?? GRACE_MS[options.platform ?? 'kubernetes'],
    readyWithinMs: options.readyWithinMs ?? 30_000,
    rounds: options.rounds ?? 3,
    clients: options.clients ?? 32,
    preStopMs: options.preStopMs ?? 0,
    only: options.only ?? [],
    skip: options.skip ?? [],
    allow: options.allow ?? [],
    strict: options.strict ?? false,
    pid1: options.pid1 ?? false,
    abort: options.abort,
    progress: options.progress ?? (() => {}),
    platform: options.platform ?? null,
    expectLameDuckMs: options.expectLameDuckMs ?? null,
    rolling: options.rolling ?? null,
    proxy: options.proxy ?? null,
  };
}
