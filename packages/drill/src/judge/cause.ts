import { closes } from '../client/client.js';
import type { Asked } from '../client/conversation.js';
import { ALL_STREAMS } from '../client/h2-client.js';
import type { Certainty, Code } from '../model.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import { lossesElsewhere } from './elsewhere.js';
import { endOf, outcomeOf, slackMs } from './outcome.js';
import { type ProcessCause, processCause, SAME_MOMENT_MS, wasAccepted } from './process-cause.js';

/** A request that was lost, and what it is put down to. */
export interface Loss {
  actor: Actor;
  asked: Asked;
  code: Code;
  certainty: Certainty;
}

export interface Cause {
  code: Code;
  certainty: Certainty;
}

/** Longer than this in the accept queue of a socket that goes on listening: nobody accepts. */
const NEGLECTED_MS = 100;
/** The situations of requests that are in flight at the signal. */
export const IN_FLIGHT: readonly string[] = ['in-flight', 'slow'];

/** All that was lost in a round, each with its cause, as far as the round alone tells it. */
export function lossesOf(raw: RawRound): Loss[] {
  const lost = raw.cast.actors.flatMap((actor) =>
    actor.client.asked
      .filter((asked) => !asked.warm && outcomeOf(raw, actor, asked) === 'lost')
      .map((asked) => ({ actor, asked })),
  );
  const end = processCause(raw, lost);
  const ofService = lost.map(({ actor, asked }) => ({ actor, asked, ...causeOf(raw, actor, asked, end) }));
  return [...ofService, ...lossesElsewhere(raw)];
}

/** Without an end: what it is put down to where the process's end had nothing to do with it. */
export function causeOf(raw: RawRound, actor: Actor, asked: Asked, end?: ProcessCause): Cause {
  if (asked.answer?.whole) return { code: 'D014', certainty: 'seen' };
  const endedAt = endOf(actor, asked);
  const byEnd = end !== undefined && endedAt >= end.from;
  if (byEnd && !(end.code === 'D003' && outlivedItsQueue(raw, actor)))
    return { code: end.code, certainty: end.certainty };
  if (!wasAccepted(actor) && wasNeglected(raw, actor, endedAt)) return { code: 'D009', certainty: 'seen' };
  if (asked.streamId !== undefined) return { code: streamCause(actor), certainty: 'seen' };
  if (asked.firstByteAt !== undefined) return { code: 'D011', certainty: 'seen' };
  if (!wasAccepted(actor)) return neverAccepted(raw, actor, endedAt);
  return dropped(raw, actor, asked);
}

/** It waited in the accept queue, and the listening socket went well before the process did: not by its end. */
export function outlivedItsQueue(raw: RawRound, actor: Actor): boolean {
  const closed = raw.watch.listenerClosedAt;
  const exited = raw.watch.listenersGoneAt ?? raw.exit?.at;
  if (wasAccepted(actor) || closed === undefined || exited === undefined) return false;
  return exited - closed > SAME_MOMENT_MS + slackMs(raw, closed, exited);
}

/** A stream that was lost by a process that lived on. */
function streamCause({ client }: Actor): Code {
  const last = client.goaways?.at(-1);
  if (last === undefined) return 'D041';
  return last === ALL_STREAMS ? 'D043' : 'D042';
}

/** It waited in the queue of a socket that listened on, and nobody took it, nor any that came after it. */
function wasNeglected(raw: RawRound, actor: Actor, endedAt: number): boolean {
  // What came while it was frozen once more had nobody to take it.
  if (isClosing(actor) || tookOneBehind(raw, actor) || wasDroppedOpenly(raw, actor, endedAt)) return false;
  const since = Math.max(raw.signalledAt, actor.client.connectedAt ?? raw.signalledAt);
  const allowed = NEGLECTED_MS + frozenMs(raw, since, endedAt);
  const listenedOn = (raw.watch.listenerClosedAt ?? endedAt) - since;
  return listenedOn > allowed + slackMs(raw, since, endedAt) && endedAt - since > allowed;
}

/**
 * The service's side ended it, while no listening socket closed and no process ended: only these reset what waits in the
 * queue, so that somebody had taken it.
 */
function wasDroppedOpenly(raw: RawRound, { client }: Actor, endedAt: number): boolean {
  if (client.ending === 'own') return false;
  const { closings, ends } = raw.watch;
  const exits = raw.exit === undefined ? [] : [raw.exit.at];
  return [...closings, ...ends, ...exits].every((at) => {
    const slack = slackMs(raw, Math.min(endedAt, at), Math.max(endedAt, at));
    return Math.abs(at - endedAt) > SAME_MOMENT_MS + slack;
  });
}

/** For how long between these times the service was frozen once more. */
function frozenMs({ closing }: RawRound, from: number, to: number): number {
  const { since = to, thawedAt = to } = closing?.freeze ?? {};
  return Math.max(0, Math.min(to, thawedAt) - Math.max(from, since));
}

/** The queue is taken in its order: a later one that got an answer shows that somebody accepts. */
function tookOneBehind(raw: RawRound, { client }: Actor): boolean {
  return raw.cast.actors.some(
    (other) =>
      (other.client.connectedAt ?? 0) > (client.connectedAt ?? 0) &&
      other.client.asked[0]?.answer !== undefined,
  );
}

function neverAccepted(raw: RawRound, actor: Actor, endedAt: number): Cause {
  // What waits in a queue is reset; who gets a FIN was accepted.
  if (actor.client.ending === 'reset' && closedUnder(raw, endedAt)) {
    return { code: 'D007', certainty: actor.kernel === undefined ? 'inferred' : 'seen' };
  }
  // Only its own closing resets what waits in a listening socket: this one had been accepted, unseen, and dropped.
  return { code: 'D014', certainty: 'inferred' };
}

/** The listening socket, or one of several, was closed at that moment, and connections waited in it. */
function closedUnder(raw: RawRound, endedAt: number): boolean {
  const { closings, listenerClosedAt } = raw.watch;
  const [closed] = closings.toSorted((a, b) => Math.abs(a - endedAt) - Math.abs(b - endedAt));
  // What came later may have been taken by another one, as long as there was one.
  if (closed === undefined || (closed === listenerClosedAt && listenedAt(raw) > endedAt)) return false;
  const slack = slackMs(raw, Math.min(endedAt, closed), Math.max(endedAt, closed));
  const waited = (raw.watch.samples.findLast(({ at }) => at < closed)?.acceptQueue ?? 1) > 0;
  return waited && Math.abs(closed - endedAt) < SAME_MOMENT_MS + slack;
}

/** When the last connection was begun that the listening socket took: then it was open. */
function listenedAt({ cast }: RawRound): number {
  const taken = cast.actors.filter(({ client }) => client.connectedAt !== undefined);
  return Math.max(...taken.map(({ client }) => client.openedAt));
}

/** Accepted, then closed without a byte, by a process that lived on. */
function dropped(raw: RawRound, actor: Actor, asked: Asked): Cause {
  const { situation, client, kernel } = actor;
  if (situation === 'upload') return { code: 'D012', certainty: 'seen' };
  if (situation.startsWith('half-') || situation === 'continued') {
    return { code: 'D013', certainty: asked.allSentAt === undefined ? 'seen' : 'inferred' };
  }
  if (isLate(raw, asked) && !isClosing(actor)) return { code: 'D014', certainty: 'seen' };
  // They come after the signal. What waited in the accept queue then was taken after it.
  if (situation === 'late' || situation === 'next' || kernel?.accepted === false)
    return { code: 'D014', certainty: 'inferred' };
  // A socket that is closed with bytes unread sends a reset; one whose bytes were read, a FIN.
  if (client.ending === 'reset' && (kernel?.unread ?? 0) > 0) return { code: 'D008', certainty: 'seen' };
  if (kernel === undefined && wasInFlight(actor)) return { code: 'D010', certainty: 'inferred' };
  if (kernel !== undefined && asked.sentAt < kernel.at) return { code: 'D010', certainty: 'seen' };
  return { code: client.ending === 'reset' ? 'D008' : 'D010', certainty: 'inferred' };
}

/** It had been sent well before the service was frozen: where nobody could look it counts as read. */
export function wasInFlight({ situation }: Actor): boolean {
  return IN_FLIGHT.includes(situation);
}

/** It was placed while the service was frozen again, right before its listening socket closed. */
function isClosing({ situation }: Actor): boolean {
  return situation.startsWith('closing-');
}

/** Sent when the service had begun to close what it could have kept: then it knew of the signal. */
function isLate(raw: RawRound, { sentAt }: Asked): boolean {
  return sentAt > raw.signalledAt && sentAt > firstCloseAt(raw);
}

function firstCloseAt({ cast, watch, signalledAt }: RawRound): number {
  const ended = cast.actors
    .filter(({ client }) => client.ending === 'fin' || client.ending === 'reset')
    .filter(({ client }) => client.asked.every(({ answer }) => answer === undefined || !closes(answer)))
    .map(({ client }) => client.endedAt as number)
    .filter((at) => at >= signalledAt);
  return Math.min(watch.listenerClosedAt ?? Number.POSITIVE_INFINITY, ...ended);
}
