import type { Asked } from '../../../packages/drill/src/client/conversation.js';
import { lossesOf } from '../../../packages/drill/src/judge/cause.js';
import type { Judged } from '../../../packages/drill/src/judge/findings.js';
import { settled } from '../../../packages/drill/src/judge/settled.js';
import type { Ending } from '../../../packages/drill/src/model.js';
import type { Actor } from '../../../packages/drill/src/round/cast.js';
import type { RawRound } from '../../../packages/drill/src/round/round.js';
import { Usual } from '../../../packages/drill/src/round/usual.js';

/** Rounds as they would have been seen: what the judge says of them needs no service. Times from the signal. */

export const SIGNAL = 10_000;

export interface Request {
  sent: number;
  /** When its whole answer came; undefined: none did. */
  answered?: number;
  close?: boolean;
  /** 200. */
  status?: number;
}

export interface Connection {
  situation: string;
  opened?: number;
  connected?: boolean;
  requests?: Request[];
  end?: [Ending, number];
  kernel?: { accepted: boolean; unread?: number };
  /** Accepted, as was seen after the signal. */
  seen?: boolean;
}

export interface Seen {
  connections: Connection[];
  exit?: { at: number; code?: number; signal?: NodeJS.Signals };
  listenerClosed?: number;
  /** When one of several listening sockets had gone, and another listened on. */
  oneClosed?: number;
  /** When no process that listened was there any more, where the one that was started is a wrapper around them. */
  listenersGone?: number;
  /** Processes that serve. */
  servedBy?: number;
  /** When all who served were last seen to run. */
  ran?: number;
  secondSignal?: number;
  /** How late the drill's own loop was, all the time. */
  lag?: number;
  /** For how long in all, up to a moment, the service has waited for a core. */
  waits?: { at: number; ms: number }[];
  frozenAgain?: [number, number];
  kind?: 'witness' | 'second-signal' | 'load' | 'rolling';
  /** Of a rolling restart: the first one. */
  number?: number;
  /** In a rolling restart: those that lead to a proxy, or to another instance. */
  elsewhere?: Connection[];
}

export function roundOf(seen: Seen, usual = new Usual()): RawRound {
  const { connections, exit, listenerClosed, listenersGone, secondSignal, lag = 0, waits = [] } = seen;
  const { frozenAgain, oneClosed, ran, kind = 'witness', number = 1, servedBy = 1 } = seen;
  const actors = connections.map(actorOf);
  const elsewhere = (seen.elsewhere ?? []).map((connection, index) => ({
    ...actorOf(connection, index),
    elsewhere: true,
  }));
  const raw = {
    plan: { kind, number, signal: 'SIGTERM', secondSignalMs: secondSignal ?? null },
    ...{ signalledAt: SIGNAL, secondSignalAt: at(secondSignal), end: 'gone', killedAt: undefined },
    exit: exit && { at: at(exit.at), code: exit.code ?? null, signal: exit.signal ?? null },
    cast: { actors, elsewhere, options: { clients: 32 }, scouted: { usual } },
    watch: {
      waits: waits.map((wait) => ({ ...wait, at: SIGNAL + wait.at })),
      samples: [],
      listenerClosedAt: at(listenerClosed),
      closings: [oneClosed, listenerClosed].map(at).filter((one) => one !== undefined),
      listenersGoneAt: at(listenersGone),
      ranAt: at(ran) ?? 0,
      servedBy,
      ends: listenersGone === undefined ? [] : [at(listenersGone)],
    },
    lag: { worst: () => lag },
    probers: [],
    freeze: { isEmpty: kind === 'load', since: SIGNAL - 30 },
    closing: frozenAgain && { freeze: { since: at(frozenAgain[0]), thawedAt: at(frozenAgain[1]) } },
  } as unknown as RawRound;
  usual.note(raw);
  return raw;
}

function at(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : SIGNAL + ms;
}

function actorOf(connection: Connection, index: number): Actor {
  const { situation, opened = -100, connected = true, requests = [], end, kernel, seen } = connection;
  const endedAt = at(end?.[1]);
  const asked = requests.map((request, number) =>
    askedOf(`${situation}#${index}.${number}`, request, endedAt),
  );
  return {
    ...{ id: `${situation}#${index}`, situation, protocol: 'http/1.1', expects: 200 },
    kernel: kernel && { at: SIGNAL - 1, accepted: kernel.accepted, unread: kernel.unread ?? 0, unsent: 0 },
    lastSeen: seen && { at: SIGNAL + 5, accepted: true, unread: 0, unsent: 0 },
    serverClosedAt: undefined,
    client: {
      ...{ asked, pending: [], roundTripMs: 0.2, open: endedAt === undefined },
      ...{ openedAt: at(opened), connectedAt: connected ? at(opened) : undefined },
      ...{ ending: end?.[0], endedAt },
    },
  } as unknown as Actor;
}

function askedOf(id: string, request: Request, endedAt: number | undefined): Asked {
  const { sent, answered, close, status = 200 } = request;
  const headers = new Map(close ? [['connection', 'close']] : []);
  const answer = { status, version: '1.1', headers, bytes: 6, promised: 6, whole: true };
  return {
    ...{ id, warm: false, sentAt: SIGNAL + sent, allSentAt: SIGNAL + sent, continued: false },
    firstByteAt: at(answered),
    endedAt: at(answered) ?? endedAt,
    answer: answered === undefined ? undefined : answer,
  };
}

/** The codes of all losses of rounds that are judged together. */
export function codesOf(...rounds: Seen[]): string[] {
  const usual = new Usual();
  const raws = rounds.map((seen) => roundOf(seen, usual));
  const judged: Judged[] = raws.map((raw) => ({ raw, losses: lossesOf(raw) }));
  return [...new Set(settled(judged).flatMap(({ losses }) => losses.map(({ code }) => code)))].sort();
}
