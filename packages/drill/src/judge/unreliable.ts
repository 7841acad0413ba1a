import type { RawRound } from '../round/round.js';

const LONGEST_LAG_MS = 50;
/** What we are late with before the signal only makes the freeze longer, and that has its own limit. */
const AFTER_MS = 60;

/** Who waits longer than this for a core does nothing at the moment at which it seems to. */
const LONGEST_WAIT_MS = 250;
const AROUND_STOP_MS = 500;

/** Of the service, from the signal on. */
function waitedMs({ watch, signalledAt }: RawRound): number {
  const samples = watch.samples.filter(({ at }) => at < signalledAt + AROUND_STOP_MS);
  return (samples.at(-1)?.waitedForCoreMs ?? 0) - (samples[0]?.waitedForCoreMs ?? 0);
}

/** Why a round proves nothing; null where it does. */
export function unreliableBecause(raw: RawRound): string | null {
  if (raw.unprepared !== null) return raw.unprepared;
  const lag = raw.lag.worst(raw.signalledAt, raw.signalledAt + AFTER_MS);
  if (lag > LONGEST_LAG_MS) return `the drill itself was ${Math.round(lag)} ms late at the signal`;
  const waited = waitedMs(raw);
  if (waited > LONGEST_WAIT_MS)
    return `the machine was too busy: the service waited ${Math.round(waited)} ms for a core`;
  const before = raw.cast.actors.filter(({ situation, client }) => {
    if (/queue|late/.test(situation)) return false;
    return client.connectedAt === undefined || (client.endedAt ?? raw.signalledAt) < raw.signalledAt;
  });
  const lost = before.filter(({ client }) => client.ending !== 'own' && !client.asked.at(-1)?.answer?.whole);
  if (lost.length > 0) return `${lost.length} connections were refused or lost before the signal`;
  const atSignal = raw.cast.actors.some(({ client }) =>
    client.asked.some((asked) => asked.sentAt <= raw.signalledAt && (asked.endedAt ?? 0) > raw.signalledAt),
  );
  return atSignal ? null : 'nothing was in flight at the signal';
}
