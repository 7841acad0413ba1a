import { describe, expect, test } from 'vitest';
import { type Judged, unreliableFinding } from '../../../packages/drill/src/judge/findings.js';
import { findingsOfProbes } from '../../../packages/drill/src/judge/probes.js';
import type { Reason } from '../../../packages/drill/src/judge/unproved.js';
import type { Code, Finding, Round, Visit } from '../../../packages/drill/src/model.js';
import { type DrillOptions, settingsOf } from '../../../packages/drill/src/options.js';
import { resultOf } from '../../../packages/drill/src/result.js';
import type { Unproved } from '../../../packages/drill/src/round/round.js';

/** What a drill says in the end of rounds that lost so much, each by its cause, and of what it found. */
function verdict(lost: Partial<Record<Code, number>>[], findings: Finding[], options: Partial<DrillOptions>) {
  const { exitStatus, summary } = result(lost.map(roundOf), findings, options);
  return [exitStatus, summary];
}

function result(
  rounds: Round[],
  findings: Finding[] = [],
  options: Partial<DrillOptions> = {},
  reasons: Reason[] = [],
) {
  const settings = settingsOf({ command: ['node', 'server.js'], ...options });
  const how = { startedAt: new Date(), service: null, failure: null, interrupted: false };
  return resultOf({ settings, rounds, reasons, findings, ...how });
}

function roundOf(lost: Partial<Record<Code, number>>): Round {
  const visits = Object.entries(lost).flatMap(([code, count]) =>
    Array.from({ length: count }, () => ({ outcome: 'lost', code }) as Visit),
  );
  const sum = { refused: 0, 'closed-idle': 0, race: 0, lost: visits.length };
  const totals = { ...sum, sent: 100, answered: 100 - visits.length };
  const witnesses = [{ situation: 'queue', visits }];
  return { kind: 'witness', unreliable: null, witnesses, totals } as unknown as Round;
}

const finding = (code: Code, lost: number, severity: Finding['severity'] = 'error') =>
  ({ code, severity, lost, situations: [] }) as unknown as Finding;

describe('the verdict does not contradict itself', () => {
  const both = [finding('D007', 30), finding('D010', 4), finding('D020', 0, 'warn')];
  const lost = { D007: 30, D010: 4 };
  const D001 = [finding('D001', 0)];
  const cases: [string, ReturnType<typeof verdict>, 0 | 1, string][] = [
    ['all is told', verdict([lost], both, {}), 1, '34 requests lost in one round; 3 findings'],
    [
      'all that was lost is left out',
      verdict([lost], both, { only: ['D020'] }),
      0,
      'nothing lost of what was looked for; 1 finding; left out: 34 requests lost in one round (D007, D010)',
    ],
    [
      'some of it is left out',
      verdict([lost, { D010: 2 }], both, { skip: ['D007'] }),
      1,
      'up to 4 requests lost a round, in 2 of 2 rounds; 2 findings; left out: up to 30 requests lost a round, in 1 of 2 rounds (D007)',
    ],
    [
      'a warning that is left out is nothing that was lost',
      verdict([{}], [finding('D020', 0, 'warn')], { skip: ['D020'] }),
      0,
      'nothing lost of 100 in 1 round',
    ],
    [
      'an error without a lost request is left out',
      verdict([{}], D001, { skip: ['D001'] }),
      0,
      'nothing lost of what was looked for; left out: D001',
    ],
    [
      'an error without a lost request',
      verdict([{}], D001, {}),
      1,
      '1 finding; no request was counted as lost',
    ],
    [
      'an error without a lost request, beside what is left out',
      verdict([{ D007: 3 }], [...D001, finding('D007', 3)], { only: ['D001'] }),
      1,
      '1 finding; no request was lost by what was looked for; left out: 3 requests lost in one round (D007)',
    ],
    [
      'what was lost is allowed',
      verdict([{ D007: 3 }], [finding('D007', 3)], { allow: ['D007'] }),
      0,
      '3 requests lost in one round, which does not fail the drill; 1 finding',
    ],
  ];
  test.each(cases)('where %s', (_, said, exitStatus, summary) => {
    expect(said).toEqual([exitStatus, summary]);
  });
});

describe('where no round proves anything, sentence and advice follow from the reasons', () => {
  const said = (kind: Round['kind'], ...all: Unproved[]) => {
    const reasons = all.map((unproved) => ({ kind, unproved }));
    const rounds = all.map(({ text }) => ({ ...roundOf({}), kind, unreliable: text }));
    const [finding] = unreliableFinding(reasons);
    return { summary: result(rounds, [], {}, reasons).summary, why: finding?.why, fix: finding?.fix };
  };
  const refused = (count: number): Unproved => ({
    ...{ text: `${count} connections were refused or lost before the signal`, by: 'service', refused: count },
  });

  test('the service refuses connections', () => {
    expect(said('witness', refused(18), refused(17))).toEqual({
      summary:
        'No round proved anything: the service refused or dropped connections before the signal (18 in one round), as one does that limits how many it takes.',
      why: 'The service refused or dropped connections before it was told to stop: a round in which it does so proves nothing.',
      fix: expect.stringMatching(/raise .* while it is drilled/),
    });
  });

  test('it does so under load alone', () => {
    expect(said('load', refused(455)).fix).toMatch(/fewer --clients/);
    expect(said('load', { text: 'only 3 of 32 clients had a connection', by: 'service' }).fix).toMatch(
      /fewer --clients/,
    );
  });

  test('the drill was slow', () => {
    const late: Unproved = { text: 'the drill itself was 70 ms late at the signal', by: 'machine' };
    const busy: Unproved = { text: 'the service waited 300 ms for a core', by: 'machine' };
    expect(said('witness', late, busy)).toEqual({
      summary: 'No round proved anything: the drill itself was too slow on this machine.',
      why: expect.stringContaining('The drill itself was too slow'),
      fix: 'Run it again on a machine that has less to do.',
    });
  });

  test('there is more than one reason', () => {
    const nothing: Unproved = { text: 'nothing was in flight at the signal', by: 'other' };
    expect(said('witness', refused(2), nothing, refused(2)).summary).toBe(
      'No round proved anything: 2 connections were refused or lost before the signal; nothing was in flight at the signal.',
    );
  });
});

test('worst is the sum of the round in which most was lost; of the first, where none lost more than others', () => {
  const sent = (count: number, lost = 0) => {
    const round = roundOf({ D010: lost });
    return { ...round, totals: { ...round.totals, sent: count } };
  };
  expect(result([sent(100), sent(200)]).worst).toMatchObject({ sent: 100, lost: 0 });
  expect(result([sent(100), sent(200, 3), sent(300, 3)]).worst).toMatchObject({ sent: 200, lost: 3 });
  expect(result([{ ...sent(100, 5), unreliable: 'late' }]).worst).toMatchObject({ sent: 0, lost: 0 });
});

test('where every path is answered well, D031 says that none tells anything', () => {
  const raw = { plan: { kind: 'witness' }, end: 'gone', probers: [] };
  const [asked, every] = [false, true].map((everyPath) => {
    const scouted = { readiness: null, liveness: null, everyPath };
    const judged = { raw: { ...raw, cast: { scouted } }, losses: [] } as unknown as Judged;
    return findingsOfProbes([judged], { expectLameDuckMs: null, preStopMs: 0 })[0];
  });
  expect(asked).toMatchObject({ code: 'D031', evidence: [expect.stringMatching(/^asked for \/readyz/)] });
  expect(every).toMatchObject({
    code: 'D031',
    evidence: ['every path is answered well, also one that is not there: --ready names the one that tells'],
  });
});
