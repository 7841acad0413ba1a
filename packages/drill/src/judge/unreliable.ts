import type { RawRound, Unproved } from '../round/round.js';
import { isDoubtful } from './outcome.js';
import { doubtfulRaces } from './races.js';

const LONGEST_LAG_MS = 50;
/** What we are late with before the signal only makes the freeze longer, and that has its own limit. */
const AFTER_MS = 60;

/** Who waits longer than this for a core does nothing at the moment at which it seems to. */
const LONGEST_WAIT_MS = 250;
const AROUND_STOP_MS = 500;

/** Of the service, from the signal on. */
function waitedMs({ watch, signalledAt }: RawRound): number {
  const waits = watch.waits.filter(({ at }) => at < signalledAt + AROUND_STOP_MS);
  return (waits.at(-1)?.ms ?? 0) - (waits[0]?.ms ?? 0);
}

/** Why a round proves nothing; null where it does. */
export function unprovedBecause(raw: RawRound): Unproved | null {
  if (raw.unprepared !== null) return raw.unprepared;
  const lag = raw.lag.worst(raw.signalledAt, raw.signalledAt + AFTER_MS);
  if (lag > LONGEST_LAG_MS) return byMachine(`the drill itself was ${Math.round(lag)} ms late at the signal`);
  const waited = waitedMs(raw);
  if (waited > LONGEST_WAIT_MS)
    return byMachine(`the machine was too busy: the service waited ${Math.round(waited)} ms for a core`);
  const before = raw.cast.actors.filter(({ situation, client }) => {
    if (/queue|late/.test(situation) || client.openedAt > raw.signalledAt) return false;
    // Who comes while the instance is frozen may find its queue full.
    if (raw.plan.kind === 'rolling' && client.openedAt >= raw.freeze.since) return false;
    return client.connectedAt === undefined || (client.endedAt ?? raw.signalledAt) < raw.signalledAt;
  });
  const lost = before.filter(({ client }) => client.ending !== 'own' && !client.asked.at(-1)?.answer?.whole);
  if (lost.length > 0) return refusedBefore(lost.length);
  return uncounted(raw) ?? withoutTraffic(raw) ?? doubtful(raw);
}

function byMachine(text: string): Unproved {
  return { text, by: 'machine' };
}

function refusedBefore(refused: number): Unproved {
  const were = refused === 1 ? 'connection was' : 'connections were';
  return { text: `${refused} ${were} refused or lost before the signal`, by: 'service', refused };
}

/** What may have been lost for want of a core may be the service's doing as well: it is looked at again. */
function doubtful(raw: RawRound): Unproved | null {
  const losses = raw.cast.actors.flatMap((actor) =>
    actor.client.asked.filter((asked) => !asked.warm && isDoubtful(raw, actor, asked)),
  );
  const races = doubtfulRaces(raw) + losses.length;
  if (races === 0) return null;
  const met =
    races === 1
      ? '1 request met the close of its connection'
      : `${races} requests met the close of their connections`;
  return byMachine(`the machine was too busy to tell whether the service closes what is in use: ${met}`);
}

function withoutTraffic(raw: RawRound): Unproved | null {
  const { kind } = raw.plan;
  if (kind === 'rolling') return (raw.watch.heldAtSignal ?? 0) > 0 ? null : NOBODY;
  return kind === 'load' ? idlers(raw) : nothingInFlight(raw);
}

const NOBODY: Unproved = {
  text: 'nobody was connected to the instance when the signal came',
  by: 'other',
};
const NOTHING: Unproved = { text: 'nothing was in flight at the signal', by: 'other' };

function nothingInFlight(raw: RawRound): Unproved | null {
  const atSignal = raw.cast.actors.some(({ client }) =>
    client.asked.some((asked) => asked.sentAt <= raw.signalledAt && (asked.endedAt ?? 0) > raw.signalledAt),
  );
  return atSignal ? null : NOTHING;
}

/** Of a load round: at a given moment hardly any of them need be in flight. */
function idlers({ cast, signalledAt }: RawRound): Unproved | null {
  const open = cast.actors.filter(({ client }) => (client.endedAt ?? signalledAt) >= signalledAt);
  const { clients } = cast.options;
  if (open.length >= clients / 2) return null;
  return { text: `only ${open.length} of ${clients} clients had a connection`, by: 'service' };
}

/** The law that each request is one, and has an end: where it does not hold, the drill itself is at fault. */
function uncounted({ cast }: RawRound): Unproved | null {
  const asked = [...cast.actors, ...cast.elsewhere].flatMap(({ client }) =>
    client.asked.filter(({ warm }) => !warm),
  );
  const ids = new Set(asked.map(({ id }) => id));
  const endless = asked.filter(({ endedAt }) => endedAt === undefined).length;
  if (ids.size === asked.length && endless === 0) return null;
  const text = `the drill's own count is wrong: ${asked.length} requests, ${ids.size} ids, ${endless} without an end`;
  return { text, by: 'other' };
}
