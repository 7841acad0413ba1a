/**
 * What a drill says of a service: plain data alone, so that `JSON.stringify` keeps all of it and every report (terminal,
 * JSON, JUnit, Markdown, the picture) is made from this and nothing else.
 *
 * Times are milliseconds. `at`, `from` and `to` inside a round count from the moment the signal was sent: what is
 * negative came before it.
 */

/** The version of this model, in every JSON report; grows when a field changes its meaning or goes. */
export const MODEL_VERSION = 1;

/** The causes that a drill can find. What each of them means stands in `CAUSES`. */
export const CODES = [
  'D001',
  'D002',
  'D003',
  'D004',
  'D005',
  'D007',
  'D008',
  'D009',
  'D010',
  'D011',
  'D012',
  'D013',
  'D014',
  'D015',
  'D016',
  'D020',
  'D021',
  'D022',
  'D030',
  'D031',
  'D032',
  'D033',
  'D040',
  'D041',
  'D042',
  'D043',
  'D044',
  'D050',
  'D090',
] as const;

export type Code = (typeof CODES)[number];

/** `error` makes the drill fail; `warn` is told and does not. */
export type Severity = 'error' | 'warn';

/**
 * How the cause is known: `seen` in what the kernel or the client showed, `inferred` from it by a rule, or `unknown`:
 * the loss is certain, its cause is not.
 */
export type Certainty = 'seen' | 'inferred' | 'unknown';

/** One thing that is wrong: what was lost, why, the evidence, and what to write. */
export interface Finding {
  code: Code;
  /** What was lost, or what was found, in one line: "19 of 20 requests in the accept queue were reset". */
  title: string;
  severity: Severity;
  /** Requests lost by it, in the worst round; 0 where it loses none. */
  lost: number;
  /** In how many of the rounds that could have shown it. The worst of them decides. */
  rounds: { hit: number; of: number };
  /** Why, in one or two sentences. */
  why: string;
  /** What was seen: a short phrase each. */
  evidence: string[];
  certainty: Certainty;
  /** What to write to mend it, for this runtime where it can be told. May have several lines. */
  fix: string;
  /** The situations it was found in, by their ids; none where it concerns the process itself. */
  situations: string[];
}

/**
 * How one request ended, and each ends in exactly one way. A connection on which nothing was asked counts as one, too,
 * and ends in `closed-idle` or `refused`.
 *
 * - `answered`: whole, with the status that the service gives before the signal
 * - `refused`: the kernel refused the connection, nothing was sent: a client goes elsewhere without a loss
 * - `closed-idle`: the connection ended with nothing asked on it
 * - `race`: sent on a kept connection within a round trip and 5 ms before its FIN was seen, no byte back (RFC 9112
 *   section 9.6): a server cannot rule it out
 * - `lost`: everything else
 */
export type Outcome = 'answered' | 'refused' | 'closed-idle' | 'race' | 'lost';

export const OUTCOMES = ['answered', 'refused', 'closed-idle', 'race', 'lost'] as const;

/** The sum over all outcomes is `sent`: the drill checks that of itself. */
export type Totals = Record<Outcome, number> & { sent: number };

/** How a connection ended for its client: `own`: the client's hand, after its last answer; `open`: it never did. */
export type Ending = 'fin' | 'reset' | 'refused' | 'own' | 'open';

/** One request of a witness, or the one empty visit of a witness that asked nothing. */
export interface Visit {
  /** Unique in its round. The service sees it as the header `x-drill-id`. */
  id: string;
  outcome: Outcome;
  /** When its first byte was sent; null where nothing was. */
  sentAt: number | null;
  firstByteAt: number | null;
  /** When it was answered, cut or refused; null where it never was. */
  endedAt: number | null;
  status: number | null;
  /** Bytes of body that came, and that were promised (null: chunked, or until close). */
  bytes: number;
  promised: number | null;
  /** The finding that a lost one belongs to. */
  code: Code | null;
}

/** A stretch of a witness's life, for the picture. */
export interface Span {
  from: number;
  to: number;
  state: 'connecting' | 'idle' | 'sending' | 'waiting' | 'answering';
}

/** What the kernel said of the server's side of a connection at the signal; null where /proc was of no help. */
export interface KernelState {
  /** False: it lay in the accept queue. */
  accepted: boolean;
  /** Bytes that the service had not read. */
  unread: number;
  /** Bytes that it had written and the client had not taken. */
  unsent: number;
}

export type Protocol = 'http/1.1' | 'https/1.1' | 'h2c' | 'h2' | 'tls' | 'websocket' | 'sse';

/** One connection of the drill's. */
export interface Witness {
  /** Unique in its round: the situation, and a number where there are several. */
  id: string;
  /** The situation's id; its words are in `Drilled.situations`. */
  situation: string;
  protocol: Protocol;
  openedAt: number;
  spans: Span[];
  end: { how: Ending; at: number | null };
  kernel: KernelState | null;
  visits: Visit[];
  /** The worst of its visits: lost, race, refused, closed-idle, answered. */
  outcome: Outcome;
  /** One sentence: what it did and what it saw. */
  story: string;
}

/** A moment of a round, in the order of `at`. */
export interface Moment {
  at: number;
  what:
    | 'frozen'
    | 'signal'
    | 'second-signal'
    | 'thawed'
    | 'unready'
    | 'not-live'
    | 'listener-closed'
    | 'last-connection-closed'
    | 'killed'
    | 'exit';
  /** In a few words, to be shown as it stands: "listener closed", "exit 0". */
  text: string;
}

/** A probe that was asked over and over again. */
export interface Probe {
  kind: 'readiness' | 'liveness';
  path: string;
  /** status null: refused, reset or silent. */
  samples: { at: number; status: number | null }[];
}

/** What ended, and what was open, in the 20 ms from `at` on. Rows in which nothing changed may be left out. */
export interface Count extends Record<Outcome, number> {
  at: number;
  /** At the end of these 20 ms. */
  inFlight: number;
  kept: number;
  /** Length of the kernel's accept queue; null where it was not looked at. */
  acceptQueue: number | null;
}

export const COUNT_MS = 20;

export type RoundKind = 'witness' | 'second-signal' | 'difference' | 'load' | 'rolling';

/** A fresh process, the traffic that it got, and how both ended. */
export interface Round {
  number: number;
  kind: RoundKind;
  /** What is special about it: "without idle connections". */
  note: string | null;
  signal: string;
  /** The pid that was signalled, and those that held the listening socket then. */
  pid: number;
  listeners: number[];
  readyMs: number;
  /** For how long the listening processes were frozen around the signal; 0: not at all. */
  frozenMs: number;
  moments: Moment[];
  /** Null: it never closed while we watched. */
  listenerClosedAt: number | null;
  /** Since when nothing of ours was in flight. */
  quietAt: number | null;
  exit: { at: number; code: number | null; signal: string | null; killed: boolean } | null;
  witnesses: Witness[];
  probes: Probe[];
  counts: Count[];
  totals: Totals;
  /** Why this round proves nothing, where it does not. */
  unreliable: string | null;
}

/** A situation that witnesses were put into. */
export interface Situation {
  id: string;
  /** In words: "in the accept queue". */
  title: string;
  /** Nothing of it was lost in any round. */
  ok: boolean;
  /** The findings that concern it. */
  codes: Code[];
  totals: Totals;
}

/** Why a drill could not be held: one sentence for a person, and its kind for a program. */
export interface Failure {
  kind:
    | 'usage'
    | 'platform'
    | 'command-not-found'
    | 'permission'
    | 'never-listened'
    | 'died-before-signal'
    | 'forked-away'
    | 'several-ports'
    | 'port-taken'
    | 'bad-answer'
    | 'not-ready'
    | 'no-proc'
    | 'unreliable';
  message: string;
  /** The last lines that the service wrote, oldest first. */
  output: string[];
}

/** `lost`: at least one finding is an error. `undrilled`: see `failure`. */
export type Verdict = 'passed' | 'lost' | 'undrilled' | 'interrupted';

/** All that a drill found out. */
export interface Drilled {
  version: typeof MODEL_VERSION;
  /** The drill's own version, as npm knows it. */
  drill: string;
  /** ISO 8601. */
  startedAt: string;
  durationMs: number;
  platform: { node: string; os: string; kernel: string };
  /** As it was given; values of `-H` headers are never in here. */
  command: string[];
  options: {
    url: string;
    signal: string;
    graceMs: number;
    rounds: number;
    /** Of the load round; 0: none was held. */
    clients: number;
    /** Clients were sent elsewhere so long before the signal. */
    preStopMs: number;
    platform: string | null;
    /** So many restarts of two instances were asked for, in place of all other rounds; null: none. */
    rolling: number | null;
    /** What stood before them: builtin (clients that know both), nginx, haproxy; null where nothing was restarted so. */
    proxy: string | null;
  };
  /** What was started, as seen in the first round; null where it never got ready. */
  service: Service | null;
  findings: Finding[];
  situations: Situation[];
  /** Of the round in which most was lost (the first of them; all 0 where none proved anything), and of all rounds. */
  worst: Totals;
  totals: Totals;
  rounds: Round[];
  verdict: Verdict;
  failure: Failure | null;
  /** One sentence, the last line of every report: "20 requests lost in each of 3 rounds; 4 findings". */
  summary: string;
  exitStatus: 0 | 1 | 2 | 130;
}

export interface Service {
  pid: number;
  /** The pids that hold the listening socket. */
  listeners: number[];
  host: string;
  port: number;
  protocol: 'HTTP/1.1' | 'HTTPS/1.1' | 'HTTP/2 (h2c)' | 'HTTP/2 (h2)';
  readyMs: number;
  /** What runs it, where it can be told from the listening process: "node", "python", "go", "nginx". */
  runtime: string | null;
  readiness: string | null;
  liveness: string | null;
}
