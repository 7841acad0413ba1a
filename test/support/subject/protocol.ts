/** What the tests and the subject (a child process with one server in it) say to each other. */

export type Transport = 'http' | 'https' | 'h2c' | 'h2';
export type Framework = 'node' | 'express' | 'fastify';

/** Something that a library must have for a situation to mean anything; without it the situation is not run. */
export type Feature =
  | 'report'
  | 'signal'
  | 'lameDuck'
  | 'quiet'
  | 'lateRequests'
  | 'hooks'
  | 'background'
  | 'webSockets'
  | 'lateTracking'
  | 'closesNewServers'
  | 'readiness';

export interface HookSetup {
  stage: 'before' | 'after';
  name: string;
  does: 'succeed' | 'throw' | 'hang';
}

/** Everything that a subject needs to know to start its server. Plain data. */
export interface Setup {
  transport: Transport;
  framework: Framework;
  /** Module that exports `library: Library`. */
  library: string;
  /** Options of the drain; a library without options of its own honours `deadlineMs` alone. */
  drain: DrainSetup;
  /** 'listening', or what keeps the server from it. */
  state: 'listening' | 'never-listened' | 'failed-to-listen' | 'already-closed';
  host: string;
  /** The library first hears of the server when the shutdown begins. */
  trackLate: boolean;
  /** Answers `Upgrade: raw` and CONNECT: by an owner that ends its sockets on the drain's signal, or by one that does not. */
  upgrades: 'none' | 'told' | 'untold';
  webSockets: false | { spreadMs?: number };
  hooks: HookSetup[];
}

export interface DrainSetup {
  deadlineMs: number;
  lameDuckMs?: number;
  quietMs?: number;
  cleanupMs?: number;
  lateRequests?: 'serve' | 'reject';
  urls?: 'path' | 'full';
}

/** What the report of http-drain says of requests and connections, as far as situations look at it. */
export interface Report {
  outcome: 'drained' | 'forced';
  durationMs: number;
  requests: Record<'inFlightAtStart' | 'completed' | 'late' | 'rejected' | 'aborted' | 'forced', number>;
  connections: Record<'openAtStart' | 'closed' | 'forced', number>;
  stuck: { method: string; url: string; ageMs: number; protocol: string; remoteAddress?: string }[];
  background: unknown[];
  hooks: { name: string; stage: string; durationMs: number; error?: unknown }[];
}

/** How the shutdown ended, seen from inside the subject. */
export interface Resolution {
  /** From the call to the moment that its promise settled. */
  tookMs: number;
  /** Sockets of the server that were not closed at that moment. */
  openSockets: number;
  /** Bindings that were still open at that moment. */
  listening: number;
  report?: Report;
  rejection?: string;
  /** The process ended instead of settling the promise. */
  exited?: string;
}

export type Command =
  | { do: 'start'; setup: Setup }
  | { do: 'begin'; calls: number; afterHold: boolean }
  | { do: 'hold' }
  | { do: 'open'; gate: string }
  | { do: 'ask'; question: string }
  | { do: 'turns' }
  | { do: 'stop' };

export type FromSubject =
  | { re: number; value?: unknown; error?: string }
  | { event: 'entered'; path: string }
  | { event: 'note'; text: string }
  | { event: 'log'; text: string }
  | { event: 'resolved'; resolution: Resolution };
