import type { Code, Finding } from '../model.js';
import type { RawRound } from '../round/round.js';
import type { Loss } from './cause.js';
import { CAUSES, fixOf } from './causes.js';
import { adviceOn, type Reason, textsOf } from './unproved.js';
import { evidenceOf, titleOf } from './words.js';

/** A round with what was lost in it. */
export interface Judged {
  raw: RawRound;
  losses: Loss[];
}

/** Losses of all rounds, put together by their cause. The worst round decides. */
export function findingsOfLosses(rounds: readonly Judged[], runtime: string | null): Finding[] {
  const codes = [...new Set(rounds.flatMap(({ losses }) => losses.map(({ code }) => code)))].sort();
  return codes.map((code) => findingOf(code, rounds, runtime));
}

function findingOf(code: Code, rounds: readonly Judged[], runtime: string | null): Finding {
  const withCode = rounds.map(({ raw, losses }) => ({
    raw,
    losses: losses.filter((loss) => loss.code === code),
  }));
  const hit = withCode.filter(({ losses }) => losses.length > 0);
  const worst = hit.reduce((a, b) => (b.losses.length > a.losses.length ? b : a));
  const certainties = worst.losses.map(({ certainty }) => certainty);
  const certainty = certainties.includes('seen')
    ? 'seen'
    : certainties.includes('inferred')
      ? 'inferred'
      : 'unknown';
  const situations = [...new Set(hit.flatMap(({ losses }) => losses.map(({ actor }) => actor.situation)))];
  return {
    code,
    title: titleOf(code, worst),
    severity: CAUSES[code].severity,
    lost: worst.losses.length,
    rounds: { hit: hit.length, of: couldShow(code, situations, rounds).length },
    why:
      certainty === 'unknown'
        ? 'What was lost is certain; what caused it could not be seen.'
        : CAUSES[code].why,
    evidence: evidenceOf(code, worst),
    certainty,
    fix: fixOf(code, runtime),
    situations,
  };
}

/** Rounds in which some connection was put into one of these situations. */
function couldShow(code: Code, situations: readonly string[], rounds: readonly Judged[]): readonly Judged[] {
  if (code === 'D005') return rounds.filter(({ raw }) => raw.plan.secondSignalMs !== null);
  return rounds.filter(({ raw }) =>
    [...raw.cast.actors, ...raw.cast.elsewhere].some(({ situation }) => situations.includes(situation)),
  );
}

/** That rounds proved nothing; none where all did. */
export function unreliableFinding(rounds: readonly Reason[]): Finding[] {
  const reasons = rounds.filter(({ unproved }) => unproved !== null);
  if (reasons.length === 0) return [];
  return [
    {
      ...{ code: 'D090', severity: CAUSES.D090.severity, certainty: 'seen', lost: 0, situations: [] },
      ...adviceOn(reasons),
      title: `${reasons.length} of ${rounds.length} rounds prove nothing`,
      rounds: { hit: reasons.length, of: rounds.length },
      evidence: textsOf(reasons),
    },
  ];
}
