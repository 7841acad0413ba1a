import { closes } from '../client/client.js';
import type { Asked } from '../client/conversation.js';
import { ALL_STREAMS, REFUSED_STREAM } from '../client/h2-client.js';
import type { Outcome } from '../model.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import { outcomeElsewhere } from './elsewhere.js';

/** Between two looks at /proc. */
const LOOK_MS = 10;
/** Beyond a round trip. */
export const RACE_MS = 5;
/** However busy the machine is: what is closed over a longer time is not closed at one moment. */
const LONGEST_MOMENT_MS = 10;
/** Sooner the kernel sends nothing again of what was dropped. */
const RETRY_MS = 100;

/** When the request was over for the service: as its client saw it, or as the kernel's side showed before. */
export function endOf(actor: Actor, asked: Asked): number {
  const ended = asked.endedAt ?? Number.POSITIVE_INFINITY;
  return Math.min(ended, actor.serverClosedAt ?? ended, actor.client.goneBy ?? ended);
}

/** What may be held against nobody between these times: our own delay, and the service's waiting for a core. */
export function slackMs(raw: RawRound, from: number, to: number): number {
  const { waits } = raw.watch;
  const before = waits.findLast(({ at }) => at <= from) ?? waits[0];
  const after = waits.find(({ at }) => at >= to) ?? waits.at(-1);
  const waited = (after?.ms ?? 0) - (before?.ms ?? 0);
  return raw.lag.worst(from, to) + Math.max(0, waited);
}

/** How one request ended: in exactly one way. */
export function outcomeOf(raw: RawRound, actor: Actor, asked: Asked): Outcome {
  if (actor.elsewhere) return outcomeElsewhere(raw, actor, asked);
  const { answer } = asked;
  if (answer?.whole) return isAsEver(raw, actor, asked, answer.status) ? 'answered' : 'lost';
  if (wasToldOff(actor, asked) || wasRefusedStream(actor, asked)) return 'refused';
  if (asked.streamId !== undefined) return 'lost';
  if (answer !== undefined || asked.firstByteAt !== undefined) return 'lost';
  return isRace(raw, actor, asked) ? 'race' : 'lost';
}

/** What had been answered before the signal is none of its doing, nor is a status that such requests got before it, too. */
function isAsEver(raw: RawRound, { expects }: Actor, { endedAt }: Asked, status: number): boolean {
  if (status === expects || (endedAt !== undefined && endedAt <= raw.signalledAt)) return true;
  return raw.cast.scouted.usual.has(expects, status);
}

/** How a connection ended on which nothing was asked. */
export function outcomeOfVisit(actor: Actor): Outcome {
  return actor.client.connectedAt === undefined ? 'refused' : 'closed-idle';
}

/** The service has said that it did nothing with it (RFC 9113 sections 6.8 and 8.7), or it was never sent. */
function wasRefusedStream({ client }: Actor, asked: Asked): boolean {
  if (client.goaways === undefined) return false;
  const last = client.goaways.at(-1) ?? ALL_STREAMS;
  return asked.streamId === undefined || asked.resetCode === REFUSED_STREAM || asked.streamId > last;
}

/**
 * Pipelined behind an answer that says Connection: close: the service takes no more requests on it, and its client
 * knows that (RFC 9112 section 9.6).
 */
function wasToldOff(actor: Actor, asked: Asked): boolean {
  const before = actor.client.asked[actor.client.asked.indexOf(asked) - 1];
  if (before === undefined || asked.firstByteAt !== undefined) return false;
  return before.answer === undefined
    ? wasToldOff(actor, before)
    : before.answer.whole && closes(before.answer);
}

/**
 * Sent within a round trip and 5 ms before the connection's end was seen, no byte back: no service can rule that out
 * (RFC 9112 section 9.6). The same holds of a connection that was made while the listening socket was being closed.
 */
function isRace(raw: RawRound, actor: Actor, asked: Asked, longestMomentMs = LONGEST_MOMENT_MS): boolean {
  const { client, situation } = actor;
  if (asked.sentAt < raw.signalledAt || situation.startsWith('closing-')) return false;
  const isFirst = client.asked.length === 1;
  if (isFirst && COMES_LATER.includes(situation) && wasHalfMade(raw, actor)) return true;
  if (client.ending === 'own') return false;
  const ended = client.endedAt as number;
  const from = isFirst && COMES_LATER.includes(situation) ? client.openedAt : asked.sentAt;
  const margin = marginMs(raw, actor, from, ended);
  if (ended - from > margin) return false;
  return isFirst
    ? listenerClosedBy(raw, ended, margin)
    : othersClosedBy(raw, actor, ended, margin, longestMomentMs);
}

/**
 * Lost, or a race like those beside it: all of them met the close of their connections, over more time than a moment has
 * and no more than the machine has taken from the service meanwhile.
 */
export function isDoubtful(raw: RawRound, actor: Actor, asked: Asked): boolean {
  if (actor.situation !== 'load' || outcomeOf(raw, actor, asked) !== 'lost') return false;
  if (asked.answer !== undefined || asked.firstByteAt !== undefined) return false;
  return isRace(raw, actor, asked, Number.POSITIVE_INFINITY);
}

function marginMs(raw: RawRound, { client }: Actor, from: number, to: number): number {
  return client.roundTripMs + RACE_MS + slackMs(raw, from, to);
}

/**
 * Made for its client right before the listening socket closed, and never for the service: the kernel drops the last
 * packet of a handshake where the accept queue is full, or gone. Its client learns of it late, or not while we look.
 */
function wasHalfMade(raw: RawRound, actor: Actor): boolean {
  const { client, lastSeen, kernel } = actor;
  const closed = raw.watch.listenerClosedAt;
  if (closed === undefined || raw.end !== 'gone' || (lastSeen ?? kernel)?.accepted === true) return false;
  const margin = marginMs(raw, actor, client.openedAt, closed);
  const ended = client.ending === 'own' ? Number.POSITIVE_INFINITY : (client.endedAt ?? 0);
  return Math.abs(closed - client.openedAt) < LOOK_MS + margin && ended - closed > RETRY_MS;
}

/** The service closed it after an answer that did not say so, and before the next request. */
function endedIdle({ ending, asked }: Actor['client']): boolean {
  const answer = asked.at(-1)?.answer;
  return ending === 'fin' && answer?.whole === true && !closes(answer);
}

function listenerClosedBy(raw: RawRound, at: number, margin: number): boolean {
  const closed = raw.watch.listenerClosedAt;
  return closed !== undefined && Math.abs(closed - at) < LOOK_MS + margin;
}

/** Their clients may make a connection after the signal. */
const COMES_LATER = ['late', 'load'];

/**
 * A service that closes what is idle closes more than the one that was just used. Where it was in use all of it, it
 * closes them at one moment: else it is an answer to each request.
 */
function othersClosedBy(
  raw: RawRound,
  actor: Actor,
  at: number,
  margin: number,
  longestMomentMs: number,
): boolean {
  const idle = raw.cast.actors.filter(
    ({ situation, client }) => situation === 'idle' || (situation === 'load' && endedIdle(client)),
  );
  if (idle.some(({ client }) => closedTogether(raw, client.endedAt as number, at, margin))) return true;
  // The last of them may all be in use when it stops listening.
  if (idle.length > 0) return actor.situation === 'load' && listenerClosedBy(raw, at, margin);
  if (actor.situation === 'load') return closedAtOnce(raw, Math.min(margin, longestMomentMs));
  return raw.cast.actors
    .filter((other) => other !== actor && other.situation === 'next')
    .every(({ client }) => client.pending.length === 0);
}

/** One after the other, but for the time in which the service waited for a core in between. */
function closedTogether(raw: RawRound, one: number, other: number, margin: number): boolean {
  const [first, last] = one < other ? [one, other] : [other, one];
  return last - first < LOOK_MS + margin + slackMs(raw, first, last);
}

/** All requests of kept connections that came after the signal and got no byte, ended at one moment. */
function closedAtOnce({ cast, signalledAt }: RawRound, momentMs: number): boolean {
  const ends = cast.actors
    .filter(
      ({ situation, client }) => situation === 'load' && client.asked.length > 1 && client.ending !== 'own',
    )
    .filter(({ client: { asked } }) => {
      const last = asked.at(-1) as Asked;
      return last.sentAt >= signalledAt && last.answer === undefined && last.firstByteAt === undefined;
    })
    .map(({ client }) => client.endedAt as number);
  return Math.max(...ends) - Math.min(...ends) < momentMs;
}
