/** A world, as plain data: what is made, printed and made again from its seed. */

export const KINDS = ['http', 'https', 'h2c', 'h2'] as const;
export type Kind = (typeof KINDS)[number];

/** What a handler does, by the first segment of the path. */
export const ANSWERING = [
  'quick',
  'slow',
  'big',
  'pieces',
  'unread',
  'echo',
  'events',
  'closing',
  'insists',
  'works',
  'huge',
] as const;
export const NOT_ANSWERING = ['hangs', 'quits', 'deaf'] as const;
export type Route = (typeof ANSWERING)[number] | (typeof NOT_ANSWERING)[number];

export interface ServerPlan {
  kind: Kind;
  life:
    | 'listens'
    | 'never listens'
    | 'closed before'
    | 'owner closes'
    /** While the drain runs: by a listener of his own for the signal, say. */
    | 'owner closes meanwhile'
    | 'listens late'
    /** `listen()` has been called, with a name that is still being looked up, when the drain begins. */
    | 'is about to listen'
    | 'is fed';
  tracked: 'before' | 'listening' | 'late' | 'discovered';
  probe: boolean;
  /** Its owner has put a `close()` of his own on it. */
  ownClose: boolean;
  /** Somebody else listens on the same port (`reusePort`, where Node has it). */
  shared: boolean;
}

/** Foreign code that throws whenever the drain calls it. */
export const FOREIGN = ['logger', 'subscriber', 'webSockets', 'ignore', 'thenable'] as const;
export type Foreign = (typeof FOREIGN)[number];

/** What else is in the process. */
export interface Company {
  /** Timers and clock stand still, as those of a test framework do. */
  fakeTimers: boolean;
  throwing: Foreign[];
  /** A server of another drain, which nobody shuts down, and a client that goes on asking it. */
  bystander: boolean;
}

/** What shutdown() is given on top; some of it cannot be used, or does not fit together with the options. */
export interface LastWord {
  deadlineMs?: number;
  lameDuckMs?: number;
  quietMs?: number;
}

export interface RequestStep {
  does: 'request';
  route: Route;
  upload: number;
  chunked: boolean;
  expects: boolean;
  stall: { at: 'line' | 'head' | 'body'; ms: number } | null;
}

export type Step =
  | RequestStep
  | { does: 'burst'; routes: Route[] }
  | { does: 'await answers' }
  | { does: 'wait'; ms: number }
  | { does: 'stop reading'; ms: number }
  /** Asks for more than the kernel takes, and reads nothing of it for a while. */
  | { does: 'read late'; ms: number }
  | { does: 'upgrade'; to: 'socket' | 'websocket' | 'tunnel'; polite: boolean }
  | { does: 'half-close' | 'reset' | 'leave' | 'garbage' | 'cancel' };

export interface ClientPlan {
  server: number;
  startsAt: number;
  /** How far its TLS handshake goes, where there is one. */
  hello: 'whole' | 'half' | 'none';
  /** Speaks HTTP/1 to a secure HTTP/2 server. */
  oldFashioned: boolean;
  steps: Step[];
}

export interface HookPlan {
  does: 'returns' | 'throws' | 'rejects' | 'takes a while' | 'hangs';
}

export interface WorkPlan {
  does: 'resolves' | 'rejects' | 'hangs';
  ms: number;
}

export interface World {
  options: {
    deadlineMs: number;
    lameDuckMs: number;
    quietMs: number;
    cleanupMs: number;
    lateRequests: 'serve' | 'reject';
    maxConnectionAgeMs: number;
    http2LameDuck: 'wait' | 'goaway';
    closeSpreadMs: number;
  };
  atShutdown: LastWord | null;
  company: Company;
  logs: boolean;
  servers: ServerPlan[];
  clients: ClientPlan[];
  before: HookPlan[];
  after: HookPlan[];
  work: WorkPlan[];
  shutdownAt: number;
  /** Milliseconds after the first call of shutdown(); null: not at all. */
  secondCallAfter: number | null;
  forceAfter: number | null;
}

/** By which it has to be over: what cannot be used is as if it had not been said. */
export function deadlineOf({ options, atShutdown }: World): number {
  const last = atShutdown?.deadlineMs;
  return last !== undefined && Number.isFinite(last) && last >= 0 ? last : options.deadlineMs;
}
