import type { Asked } from '../client/conversation.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import type { Exit } from '../service/service.js';
import type { Cause } from './cause.js';
import { endOf, slackMs } from './outcome.js';

interface Lost {
  actor: Actor;
  asked: Asked;
}

/** What the process's own end took with it, and from when on. */
export interface ProcessCause extends Cause {
  from: number;
}

/** A handler may re-raise the signal when it is done; a process without one dies at once. */
const AT_ONCE_MS = 250;
/** So long it may take to die of a signal, for want of a core. */
const DYING_MS = 2_000;
/** What is seen within this time may have happened at one moment. */
export const SAME_MOMENT_MS = 20;
/** So long it may take until all that a process has had open is closed, and seen to be. */
const ONE_MOMENT_MS = 60;
/** From the end of a process's connections to the end of the process: it has more to clean up. */
const TEARDOWN_MS = 50;
/** Where a language closes what is open when a program ends (Ruby), it is this long before the kernel takes the rest. */
const CLEANING_UP_MS = 0.75;
/** From a second signal to the end of a process that it ends: all that a handler may do is in between. */
const BY_SECOND_MS = 250;

/** Whether, and from when on, requests were lost because the process ended. */
export function processCause(raw: RawRound, lost: readonly Lost[]): ProcessCause | undefined {
  const { exit, end, killedAt = 0 } = raw;
  if (end === 'grace') return { code: 'D004', certainty: 'seen', from: killedAt - SAME_MOMENT_MS };
  if (end === 'strayed') return { code: 'D001', certainty: 'seen', from: raw.signalledAt };
  if (exit === undefined) return undefined;
  // Its end took nothing that was gone while it, and all that it consists of, were seen to live on.
  const taken = lost.filter((one) => wasAccepted(one.actor) && !wasOutlived(raw, one));
  const cause = taken.length === 0 ? undefined : endingCause(raw, taken, exit);
  return cause && { ...cause, from: Math.max(cause.from, outlivedBefore(raw)) };
}

/** It was gone while all who serve were seen to run, and to run on. */
export function wasOutlived(raw: RawRound, { actor, asked }: Lost): boolean {
  return endOf(actor, asked) < outlivedBefore(raw);
}

function outlivedBefore({ watch }: RawRound): number {
  return watch.ranAt - CLEANING_UP_MS;
}

/** Of a process that has ended by itself, or by a signal. */
function endingCause(raw: RawRound, lost: readonly Lost[], exit: Exit): ProcessCause | undefined {
  const { secondSignalAt } = raw;
  const slack = slackMs(raw, exit.at - BY_SECOND_MS, exit.at);
  const bySecond = secondSignalAt !== undefined && exit.at >= secondSignalAt;
  if (bySecond && exit.at - secondSignalAt < BY_SECOND_MS + slack && lostSince(lost, secondSignalAt)) {
    return { code: 'D005', certainty: 'seen', from: secondSignalAt };
  }
  // Where others serve, too, what they answer says nothing of the one that was signalled.
  const alone = raw.watch.servedBy <= 1;
  if (
    exit.signal === raw.plan.signal &&
    lostSince(lost, raw.signalledAt) &&
    !(alone && ranAfterSignal(raw))
  ) {
    const tookMs = exit.at - raw.signalledAt;
    const atOnce = tookMs < AT_ONCE_MS + slackMs(raw, raw.signalledAt, exit.at);
    // A fatal signal lets nothing of the program run any more: all that ended after it was ended by it.
    if (atOnce) return { code: 'D002', certainty: alone ? 'seen' : 'inferred', from: raw.signalledAt };
    // Where the machine is busy it takes its time to die.
    if (tookMs < DYING_MS) return { code: 'D002', certainty: 'inferred', from: raw.signalledAt };
  }
  const from = endedWithIt(raw, lost, exit.at);
  if (from === undefined) return undefined;
  // Its connections may have been destroyed a moment before; from outside that looks the same.
  return { code: 'D003', certainty: 'inferred', from };
}

function lostSince(lost: readonly Lost[], from: number): boolean {
  return lost.some(({ actor, asked }) => endOf(actor, asked) >= from);
}

/** It answered what came while it was frozen, or later: it has heard of the signal, and raised it again when it was done. */
function ranAfterSignal(raw: RawRound): boolean {
  const { freeze, signalledAt } = raw;
  return servingAt(raw) > (freeze.isEmpty ? signalledAt + SAME_MOMENT_MS : freeze.since);
}

/** The last moment at which a request was sent that it answered: then it was alive, however late we see the rest. */
function servingAt({ cast, probers }: RawRound): number {
  const asked = cast.actors.flatMap(({ client }) => client.asked);
  const answered = asked.filter(({ answer }) => answer?.whole === true).map(({ sentAt }) => sentAt);
  const probed = probers.flatMap(({ samples }) => samples.filter(({ status }) => status !== null));
  return Math.max(0, ...answered, ...probed.map(({ at }) => at));
}

/** The last moment at which a connection was begun that its listening socket took. */
function takingAt({ cast }: RawRound): number {
  const taken = cast.actors.filter(({ client }) => client.connectedAt !== undefined);
  return Math.max(0, ...taken.map(({ client }) => client.openedAt));
}

/**
 * A process that ends takes all that is open with it, at one moment and shortly before it is seen to be gone. From when
 * on that was; undefined where the last of the losses came well before, or the service was still answering after it.
 */
function endedWithIt(raw: RawRound, lost: readonly Lost[], exitedAt: number): number | undefined {
  const ends = lost.map(({ actor, asked }) => endOf(actor, asked));
  // A process of several threads is seen to have ended before the last of them has closed what it had open.
  const lastLost = Math.min(exitedAt, Math.max(...ends));
  const newsMs = ONE_MOMENT_MS + raw.lag.worst(lastLost - ONE_MOMENT_MS, lastLost);
  const endedAt = nextEnd(raw, lastLost - newsMs, exitedAt);
  const last = Math.min(endedAt, lastLost);
  if (endedAt - last > TEARDOWN_MS + slackMs(raw, last, endedAt)) return undefined;
  // Where we are late, what came before the end is read after it.
  const late = raw.lag.worst(endedAt - TEARDOWN_MS, endedAt + ONE_MOMENT_MS);
  const life = lastLife(raw);
  if (life > last + ONE_MOMENT_MS + 2 * late) return undefined;
  // What was lost while it went on answering others was not lost by its end.
  // A process that is ending may close its listening socket after some of its connections.
  return Math.max(raw.signalledAt, servingAt(raw), Math.max(takingAt(raw), life) - SAME_MOMENT_MS - late);
}

/**
 * When a process that served was seen to have ended, at that time or later. The one that was started may be a wrapper
 * around those that serve, or the master of some, and end later.
 */
function nextEnd({ watch }: RawRound, since: number, exitedAt: number): number {
  const ends = [...watch.ends, exitedAt].sort((a, b) => a - b);
  return ends.find((at) => at >= since) ?? (ends.at(-1) as number);
}

/** When the service last sent anything. */
function lastLife(raw: RawRound): number {
  const asked = raw.cast.actors.flatMap(({ client }) => client.asked);
  const times = asked.map(({ firstByteAt, endedAt, answer }) => (answer?.whole ? endedAt : firstByteAt) ?? 0);
  return Math.max(raw.signalledAt, ...times);
}

/** Where nobody could look, what was there before the freeze counts as accepted, and what came in it or later does not. */
export function wasAccepted({ situation, lastSeen, kernel, client }: Actor): boolean {
  if (situation === 'load') return client.asked.length > 1 || (lastSeen ?? kernel)?.accepted === true;
  return (lastSeen ?? kernel)?.accepted ?? !/queue|late/.test(situation);
}
