import { describe, expect, test } from 'vitest';
import { lossesOf } from '../../../packages/drill/src/judge/cause.js';
import { findingsOfLosses } from '../../../packages/drill/src/judge/findings.js';
import { findingOfRaces } from '../../../packages/drill/src/judge/races.js';
import { recordOf } from '../../../packages/drill/src/judge/record.js';
import { summaryOf, worstOf } from '../../../packages/drill/src/judge/sum.js';
import { unprovedBecause } from '../../../packages/drill/src/judge/unreliable.js';
import type { Drilled, Round } from '../../../packages/drill/src/model.js';
import { type Connection, codesOf, roundOf, type Seen } from './rounds.js';

/** Kept since before the signal; its next request is sent then, and answered so. */
const asks = (situation: string, sent: number, took: number, status: number): Connection => ({
  situation,
  requests: [
    { sent: -40, answered: -30 },
    { sent, answered: sent + took, status },
  ],
});
/** The proxy hangs up on it without a byte. */
const hungUp = (sent: number, ended: number): Connection => ({
  situation: 'proxied',
  requests: [{ sent: -40, answered: -30 }, { sent }],
  end: ['fin', ended],
});
const rolling = (elsewhere: Connection[], connections: Connection[] = []): Seen => ({
  ...{ kind: 'rolling', connections, elsewhere, listenerClosed: 20, exit: { at: 25, code: 0 } },
});

function judged(seen: Seen) {
  const raw = roundOf(seen);
  return { raw, losses: lossesOf(raw) };
}

describe('through a proxy', () => {
  test.each([502, 503, 504])('%s, which the service does not say, is a loss', (status) => {
    expect(codesOf(rolling([asks('proxied', -20, 30, status)]))).toEqual(['D016']);
  });

  test('so is a connection that ends without a byte', () => {
    expect(codesOf(rolling([hungUp(-20, 22)]))).toEqual(['D016']);
  });

  test('it is put down to the restart where its time says so, else its cause is unknown', () => {
    const certainty = (one: Connection) => judged(rolling([one])).losses[0]?.certainty;
    expect(certainty(hungUp(-20, 22))).toBe('inferred');
    expect(certainty(asks('proxied', -30, 10, 502))).toBe('unknown');
    expect(certainty(hungUp(900, 990))).toBe('unknown');
  });

  test('the finding says what clients saw, and when', () => {
    const lost = [hungUp(-20, 22), asks('proxied', -10, 35, 502), asks('proxied', -10, 35, 502)];
    const fine = judged(rolling([asks('proxied', -10, 3, 200)]));
    const [finding] = findingsOfLosses([judged(rolling(lost)), fine], null);
    expect(finding).toMatchObject({
      ...{ code: 'D016', lost: 3, rounds: { hit: 1, of: 2 }, situations: ['proxied'] },
      title: '3 requests were lost behind the proxy while an instance was restarted',
    });
    expect(finding?.evidence).toEqual([
      '3 × through the proxy',
      'their clients saw 1 × FIN and 2 × status 502',
      'the process ended 25 ms after SIGTERM: exit code 0',
      'they ended 22 ms to 25 ms after SIGTERM',
    ]);
  });

  test('what meets the close of a kept connection after the signal is a race, of which few are no fault', () => {
    const races = (count: number, strict = false) => {
      const met = Array.from({ length: count }, (_, index) => hungUp(10 + 2 * index, 12 + 2 * index));
      const kept = Array.from({ length: 30 }, () => asks('proxied', 5, 3, 200));
      return findingOfRaces([judged(rolling([...met, ...kept]))], strict).map(({ code }) => code);
    };
    expect(codesOf(rolling([hungUp(10, 12), asks('proxied', 10, 2, 502)]))).toEqual([]);
    expect(races(6)).toEqual([]);
    expect(races(1, true)).toEqual(['D015']);
    expect(races(9)).toEqual(['D015']);
    // Who had waited was taken: that is none.
    expect(codesOf(rolling([hungUp(10, 40)]))).toEqual(['D016']);
    // Nor is what a proxy says where it has nobody left.
    expect(codesOf(rolling([asks('proxied', 10, 2, 503)]))).toEqual(['D016']);
  });
});

describe('at the instances themselves', () => {
  const cut: Connection = {
    situation: 'load',
    requests: [{ sent: -40, answered: -30 }, { sent: -20 }],
    end: ['reset', 21],
    kernel: { accepted: true },
  };

  test('what the one that is stopped loses has its own cause, whatever the other one answers', () => {
    const others = [asks('rolling', 10, 3, 200), asks('rolling', 400, 3, 200)];
    expect(codesOf(rolling(others, [cut]))).toEqual(['D003']);
  });

  test('what another one loses is told apart', () => {
    const raw = rolling([asks('rolling', 10, 3, 500)], []);
    expect(findingsOfLosses([judged(raw)], null)).toMatchObject([
      { code: 'D016', title: '1 request was lost at an instance that was not being stopped' },
    ]);
  });
});

test('a status that was usual before the first restart is no loss, at an instance or behind a proxy', () => {
  const failed: Connection = { situation: 'proxied', requests: [{ sent: -60, answered: -50, status: 500 }] };
  const fails = asks('proxied', 10, 3, 500);
  expect(codesOf(rolling([fails, failed]))).toEqual([]);
  expect(codesOf(rolling([fails, { ...failed, situation: 'rolling' }]))).toEqual([]);
  expect(codesOf(rolling([], [asks('load', 10, 3, 500), { ...failed, situation: 'load' }]))).toEqual([]);
  // An instance that is frozen is spoken for by its proxy; later the restart before may have left something behind.
  const frozen: Connection = { situation: 'proxied', requests: [{ sent: -29, answered: -5, status: 500 }] };
  expect(codesOf(rolling([fails, frozen]))).toEqual(['D016']);
  expect(codesOf({ ...rolling([fails, failed]), number: 2 })).toEqual(['D016']);
  expect(codesOf(rolling([failed]), { ...rolling([fails]), number: 2 })).toEqual([]);
});

test('a restart proves nothing where nobody was connected; that a queue was full does not matter', () => {
  const full: Connection = { situation: 'load', opened: -20, connected: false, end: ['refused', 900] };
  const reason = (heldAtSignal: number, one: Connection) => {
    const raw = roundOf(rolling([], [one]));
    Object.assign(raw, { unprepared: null });
    Object.assign(raw.watch, { heldAtSignal });
    return unprovedBecause(raw)?.text;
  };
  expect(reason(20, full)).toBeUndefined();
  expect(reason(0, full)).toBe('nobody was connected to the instance when the signal came');
  expect(reason(20, { ...full, opened: -200 })).toBe('1 connection was refused or lost before the signal');
});

test('all connections are in the record, and each request in its sum', () => {
  const { raw, losses } = judged(rolling([hungUp(-20, 22), asks('proxied', 5, 3, 200)]));
  const service = { pid: 7 };
  Object.assign(raw, { service, found: { listeners: [7] } });
  const round = recordOf(raw, losses, null);
  expect(round.witnesses).toHaveLength(2);
  expect(round.totals).toMatchObject({ sent: 4, answered: 3, lost: 1 });
});

test('the verdict counts restarts', () => {
  const round = (lost: number) => {
    const visits = Array.from({ length: lost }, () => ({ outcome: 'lost', code: 'D010' }));
    const totals = { lost, sent: 10 };
    return { kind: 'rolling', unreliable: null, witnesses: [{ visits }], totals } as unknown as Round;
  };
  const summary = (...rounds: Round[]) => {
    const worst = worstOf(rounds);
    const verdict = worst.lost > 0 ? 'lost' : 'passed';
    const totals = { ...worst, sent: 10 };
    return summaryOf({
      verdict,
      failure: null,
      findings: [],
      rounds,
      worst,
      totals,
    } as unknown as Drilled);
  };
  expect(summary(round(0), round(0))).toBe('nothing lost of 10 in 2 restarts');
  expect(summary(round(3), round(3))).toBe('3 requests lost in each of 2 restarts');
  expect(summary(round(1))).toBe('1 request lost in one restart');
  expect(summary(round(3), round(0))).toBe('up to 3 requests lost a restart, in 1 of 2 restarts');
});
