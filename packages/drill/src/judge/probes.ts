import type { Finding } from '../model.js';
import type { ProbeSample } from '../round/prober.js';
import type { RawRound } from '../round/round.js';
import { about } from './about.js';
import type { Judged } from './findings.js';
import { slackMs } from './outcome.js';
import { ms } from './words.js';

/** A service may take so long to hear of the signal. */
const HEARD_MS = 100;

/** Findings on what the service tells load balancers and orchestrators. */
export function findingsOfProbes(
  rounds: readonly Judged[],
  { expectLameDuckMs, preStopMs }: { expectLameDuckMs: number | null; preStopMs: number },
): Finding[] {
  // One that knows nothing of the signal, or lives on whatever comes, has been found out already.
  const deaf = ({ raw }: Judged) => raw.end === 'strayed' || raw.end === 'grace';
  const witness = rounds.filter((judged) => judged.raw.plan.kind === 'witness' && !deaf(judged));
  return [
    // Where the platform has sent clients elsewhere before the signal, nothing need tell them.
    ...(preStopMs > 0 ? [] : [stillReady(witness), neverTold(witness)]),
    notLive(witness),
    expectLameDuckMs === null ? undefined : closedEarly(witness, expectLameDuckMs),
  ].filter((finding) => finding !== undefined);
}

function stillReady(rounds: readonly Judged[]): Finding | undefined {
  const yes = ({ raw }: Judged) => {
    const heard = later(raw, 'readiness');
    // One alone may have been on its way.
    return heard.every(({ status }) => status === null || isGood(status))
      ? heard.filter(({ status }) => isGood(status))
      : [];
  };
  const hit = rounds.filter((judged) => yes(judged).length >= 2);
  const first = hit[0];
  if (first === undefined) return undefined;
  const { raw } = first;
  const good = yes(first);
  const last = good.at(-1) as ProbeSample;
  return about(
    'D030',
    `readiness still said ${last.status}, ${ms(last.at - raw.signalledAt)} after the signal`,
    hit,
    rounds,
    [`${raw.cast.scouted.readiness} was answered ${good.length} times, never by an error`],
  );
}

function neverTold(rounds: readonly Judged[]): Finding | undefined {
  const hit = rounds.filter(({ raw }) => raw.cast.scouted.readiness === null);
  if (hit.length === 0) return undefined;
  return about(
    'D031',
    'nothing tells a load balancer to stop sending (no readiness path found)',
    hit,
    rounds,
    [
      hit.every(({ raw }) => raw.cast.scouted.everyPath)
        ? 'every path is answered well, also one that is not there: --ready names the one that tells'
        : 'asked for /readyz, /healthz, /health and /ready; --ready names another',
    ],
  );
}

function notLive(rounds: readonly Judged[]): Finding | undefined {
  const bad = ({ raw }: Judged) =>
    later(raw, 'liveness').find(({ status }) => status !== null && !isGood(status));
  const hit = rounds.filter((judged) => bad(judged) !== undefined);
  const first = hit[0];
  if (first === undefined) return undefined;
  const sample = bad(first) as ProbeSample;
  const at = ms(sample.at - first.raw.signalledAt);
  return about('D032', `liveness said ${sample.status}, ${at} after the signal`, hit, rounds, [
    `${first.raw.cast.scouted.liveness} was answered ${sample.status} while the service was draining`,
  ]);
}

function closedEarly(rounds: readonly Judged[], expected: number): Finding | undefined {
  const hit = rounds.filter(({ raw }) => {
    const closed = raw.watch.listenerClosedAt;
    return closed !== undefined && closed - raw.signalledAt < expected;
  });
  const raw = hit[0]?.raw;
  if (raw === undefined) return undefined;
  const closed = ms((raw.watch.listenerClosedAt as number) - raw.signalledAt);
  return about(
    'D033',
    `the listening socket closed ${closed} after the signal, and not after ${ms(expected)}`,
    hit,
    rounds,
    [`--expect lame-duck=${ms(expected).replace(' ', '')}`],
  );
}

/** What the probe saw once the service must have heard of the signal. */
function later(raw: RawRound, kind: 'readiness' | 'liveness'): ProbeSample[] {
  const samples = raw.probers.find((prober) => prober.kind === kind)?.samples ?? [];
  return samples.filter(({ at }) => at > raw.signalledAt + HEARD_MS + slackMs(raw, raw.signalledAt, at));
}

function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 400;
}
