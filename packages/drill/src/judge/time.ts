import { listed } from '../enumeration.js';
import type { Finding } from '../model.js';
import type { RawRound } from '../round/round.js';
import { CAUSES, fixOf } from './causes.js';
import { slackMs } from './outcome.js';
import { exitText, ms, situationTitle } from './words.js';

/** Longer than this with nothing in flight and nothing listening is time wasted. */
const IDLE_MS = 1_000;

/** How long it lived with nothing to do, in ms; 0 where that is no longer than it may. */
export function idleMs(raw: RawRound): number {
  if (raw.end === 'grace' || raw.end === 'strayed') return 0;
  const over = raw.exit?.at ?? raw.killedAt ?? raw.signalledAt;
  const since = idleSince(raw);
  const idle = over - since;
  return idle > IDLE_MS + slackMs(raw, since, over) ? idle : 0;
}

function idleSince({ watch, signalledAt }: RawRound): number {
  return Math.max(signalledAt, watch.quietAt ?? 0, watch.listenerClosedAt ?? 0);
}

/** All its connections had gone, and it lived on. */
export function livesWithoutConnections(raw: RawRound): boolean {
  const over = raw.exit?.at ?? raw.killedAt ?? raw.signalledAt;
  const last = raw.watch.lastConnectionClosedAt;
  return last !== undefined && over - Math.max(last, idleSince(raw)) > IDLE_MS;
}

export interface TimeVerdict {
  code: 'D020' | 'D021' | 'D022';
  /** The round again, without what is to blame; undefined where no such round was needed, or none was good. */
  without: RawRound | undefined;
}

/** The finding of rounds that took too long, by what the difference test has shown. */
export function findingOfTime(
  rounds: readonly RawRound[],
  verdict: TimeVerdict,
  runtime: string | null,
): Finding {
  const bad = rounds.filter((raw) => idleMs(raw) > 0);
  const worst = bad.reduce((a, b) => (idleMs(b) > idleMs(a) ? b : a));
  const { code, without } = verdict;
  const total = (worst.exit?.at ?? worst.killedAt ?? worst.signalledAt) - worst.signalledAt;
  const known = code === 'D021' ? livesWithoutConnections(worst) : without !== undefined;
  const took = worst.exit === undefined ? `was still there after ${ms(total)}` : `took ${ms(total)}`;
  return {
    code,
    title: `the process ${took}; nothing was in flight after ${ms(idleSince(worst) - worst.signalledAt)}`,
    severity: CAUSES[code].severity,
    lost: 0,
    rounds: { hit: bad.length, of: rounds.length },
    why: known ? CAUSES[code].why : 'What keeps it could not be told.',
    evidence: evidence(worst, verdict),
    certainty: known ? 'seen' : 'unknown',
    fix: fixOf(code, runtime),
    situations: code === 'D021' ? [] : worst.watch.held,
  };
}

function evidence(worst: RawRound, { code, without }: TimeVerdict): string[] {
  const lines = [worst.exit === undefined ? 'it had not ended when we stopped waiting' : exitText(worst)];
  const { lastConnectionClosedAt, held } = worst.watch;
  if (code === 'D021' && lastConnectionClosedAt !== undefined) {
    lines.push(`its last connection was gone after ${ms(lastConnectionClosedAt - worst.signalledAt)}`);
  } else if (held.length > 0) lines.push(`it still held connections (${listed(held.map(situationTitle))})`);
  if (without?.exit !== undefined && without.plan.note !== null) {
    lines.push(
      `the round again ${without.plan.note}: it ended after ${ms(without.exit.at - without.signalledAt)}`,
    );
  }
  const keepAlive = keepAliveOf(worst);
  if (code === 'D020' && keepAlive !== undefined) lines.push(`its answers say Keep-Alive: ${keepAlive}`);
  return lines;
}

function keepAliveOf(raw: RawRound): string | undefined {
  for (const { client } of raw.cast.actors) {
    for (const { answer } of client.asked) {
      const value = answer?.headers.get('keep-alive');
      if (value !== undefined) return value;
    }
  }
  return undefined;
}
