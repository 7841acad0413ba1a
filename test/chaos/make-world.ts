/** Random worlds, made by fast-check from a seed. */
import fc from 'fast-check';
import {
  ANSWERING,
  type ClientPlan,
  type Company,
  FOREIGN,
  type Foreign,
  type HookPlan,
  type Kind,
  type LastWord,
  NOT_ANSWERING,
  type RequestStep,
  type Route,
  type ServerPlan,
  type Step,
  type WorkPlan,
  type World,
} from './world.js';

/** What is asked for by the way; the huge one costs time. */
const ROUTES = ANSWERING.filter((route) => route !== 'huge');

const often = <T>(weight: number, value: T): fc.WeightedArbitrary<T> => ({
  weight,
  arbitrary: fc.constant(value),
});

const seldom = (of: number): fc.Arbitrary<boolean> => fc.oneof(often(of - 1, false), often(1, true));

const upTo = (max: number) => fc.integer({ min: 0, max });

const stall = (longestMs: number): fc.Arbitrary<NonNullable<RequestStep['stall']>> =>
  fc.record({ at: fc.constantFrom<'line' | 'head' | 'body'>('line', 'head', 'body'), ms: upTo(longestMs) });

function request(routes: readonly Route[], longestStall: number): fc.Arbitrary<RequestStep> {
  return fc.record({
    does: fc.constant('request' as const),
    route: fc.constantFrom(...routes),
    upload: fc.oneof(
      often(3, 0),
      { weight: 2, arbitrary: upTo(2_000) },
      { weight: 1, arbitrary: upTo(300_000) },
    ),
    chunked: fc.boolean(),
    expects: fc.boolean(),
    stall: fc.option(stall(longestStall), { freq: 2, nil: null }),
  });
}

const burst = (routes: readonly Route[]): fc.Arbitrary<Step> =>
  fc.record({
    does: fc.constant('burst' as const),
    routes: fc.array(fc.constantFrom(...routes), { minLength: 2, maxLength: 6 }),
  });

const patience: fc.Arbitrary<Step> = fc.oneof(
  fc.constant({ does: 'await answers' as const }),
  fc.record({ does: fc.constant('wait' as const), ms: upTo(40) }),
  fc.record({
    does: fc.constant('stop reading' as const),
    ms: fc.oneof({ weight: 9, arbitrary: upTo(60) }, { weight: 1, arbitrary: upTo(1_400) }),
  }),
);

const readLate: fc.Arbitrary<Step> = fc.record({
  does: fc.constant('read late' as const),
  ms: fc.oneof({ weight: 3, arbitrary: upTo(100) }, { weight: 1, arbitrary: upTo(1_400) }),
});

const upgrade = (polite: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.record({
    does: fc.constant('upgrade' as const),
    to: fc.constantFrom('socket', 'websocket', 'tunnel'),
    polite,
  });

const rudeness: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('half-close', 'reset', 'leave', 'garbage', 'cancel'),
});

const politeStep = fc.oneof(
  { weight: 5, arbitrary: request(ROUTES, 30) },
  { weight: 2, arbitrary: burst(ROUTES) },
  { weight: 4, arbitrary: patience },
  { weight: 1, arbitrary: readLate },
  { weight: 1, arbitrary: upgrade(fc.constant(true)) },
);

const anyStep = fc.oneof(
  { weight: 5, arbitrary: request([...ROUTES, ...NOT_ANSWERING], 400) },
  { weight: 2, arbitrary: burst([...ROUTES, ...NOT_ANSWERING]) },
  { weight: 4, arbitrary: patience },
  { weight: 1, arbitrary: readLate },
  { weight: 1, arbitrary: upgrade(fc.boolean()) },
  { weight: 3, arbitrary: rudeness },
);

const server = (kinds: readonly Kind[]): fc.Arbitrary<ServerPlan> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    life: fc.oneof(
      often<ServerPlan['life']>(12, 'listens'),
      often<ServerPlan['life']>(1, 'never listens'),
      often<ServerPlan['life']>(1, 'closed before'),
      often<ServerPlan['life']>(1, 'owner closes'),
      often<ServerPlan['life']>(1, 'owner closes meanwhile'),
      often<ServerPlan['life']>(1, 'listens late'),
      often<ServerPlan['life']>(1, 'is about to listen'),
      often<ServerPlan['life']>(2, 'is fed'),
    ),
    tracked: fc.constantFrom('before', 'listening', 'late', 'discovered'),
    probe: fc.oneof(often(6, false), often(1, true)),
    ownClose: seldom(6),
    shared: seldom(8),
  });

function client(servers: number, step: fc.Arbitrary<Step>, polite: boolean): fc.Arbitrary<ClientPlan> {
  return fc.record({
    server: upTo(servers - 1),
    startsAt: upTo(60),
    hello: polite ? fc.constant('whole') : fc.oneof(often(8, 'whole'), often(1, 'half'), often(1, 'none')),
    oldFashioned: fc.boolean(),
    steps: fc.array(step, { minLength: polite ? 1 : 0, maxLength: 6 }),
  }) as fc.Arbitrary<ClientPlan>;
}

const hooks = (does: readonly HookPlan['does'][]) =>
  fc.array(fc.record({ does: fc.constantFrom(...does) }), { maxLength: 3 });

const work = (does: readonly WorkPlan['does'][]) =>
  fc.array(fc.record({ does: fc.constantFrom(...does), ms: upTo(60) }), { maxLength: 2 });

function options(deadline: fc.Arbitrary<number>): fc.Arbitrary<World['options']> {
  return fc
    .record({ deadlineMs: deadline, duck: fc.oneof(often(3, 0), { weight: 2, arbitrary: upTo(40) }) })
    .chain(({ deadlineMs, duck }) =>
      fc.record({
        deadlineMs: fc.constant(deadlineMs),
        lameDuckMs: fc.constant(Math.min(duck, Math.floor(deadlineMs / 2))),
        quietMs: fc.oneof(often(2, 0), { weight: 1, arbitrary: upTo(20) }),
        cleanupMs: upTo(60),
        lateRequests: fc.constantFrom('serve' as const, 'reject' as const),
        maxConnectionAgeMs: fc.oneof(often(5, 0), { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) }),
        http2LameDuck: fc.constantFrom('wait' as const, 'goaway' as const),
        closeSpreadMs: fc.oneof(often(3, 0), { weight: 1, arbitrary: upTo(300) }),
      }),
    );
}

const company: fc.Arbitrary<Company> = fc.record({
  fakeTimers: seldom(5),
  throwing: fc.oneof(often<Foreign[]>(3, []), { weight: 1, arbitrary: fc.subarray([...FOREIGN]) }),
  bystander: seldom(5),
});

const timing = {
  company,
  logs: fc.boolean(),
  shutdownAt: upTo(60),
  secondCallAfter: fc.option(upTo(100), { freq: 2 }),
};

const UNUSABLE = fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY);

/** Not of a polite world alone: whoever says too much at the end must not lose the drain by it. */
const lastWord = (deadline: fc.Arbitrary<number>): fc.Arbitrary<LastWord | null> =>
  fc.oneof(often<LastWord | null>(3, null), {
    weight: 1,
    arbitrary: fc.record(
      {
        deadlineMs: fc.oneof({ weight: 3, arbitrary: deadline }, { weight: 1, arbitrary: UNUSABLE }),
        lameDuckMs: fc.oneof(
          { weight: 2, arbitrary: upTo(40) },
          { weight: 1, arbitrary: fc.constant(10_000) },
          { weight: 1, arbitrary: UNUSABLE },
        ),
        quietMs: fc.oneof({ weight: 1, arbitrary: upTo(20) }, { weight: 1, arbitrary: UNUSABLE }),
      },
      { requiredKeys: [] },
    ),
  });

/** Everything can happen; most of these end in force. */
export function wildWorld(kinds: readonly Kind[]): fc.Arbitrary<World> {
  return fc.array(server(kinds), { minLength: 1, maxLength: 4 }).chain((servers) =>
    fc.record({
      ...timing,
      options: options(upTo(220)),
      atShutdown: lastWord(upTo(220)),
      servers: fc.constant(servers),
      clients: fc.array(client(servers.length, anyStep, false), { maxLength: 24 }),
      before: hooks(['returns', 'throws', 'rejects', 'takes a while', 'hangs']),
      after: hooks(['returns', 'throws', 'rejects', 'takes a while', 'hangs']),
      work: work(['resolves', 'rejects', 'hangs']),
      forceAfter: fc.option(upTo(120), { freq: 3 }),
    }),
  );
}

/** Clients, hooks and handlers that keep to the rules: nothing may be lost, and little is forced. */
export function politeWorld(kinds: readonly Kind[]): fc.Arbitrary<World> {
  return fc.array(server(kinds), { minLength: 1, maxLength: 3 }).chain((servers) =>
    fc.record({
      ...timing,
      options: options(fc.integer({ min: 2_000, max: 4_000 })),
      atShutdown: lastWord(fc.integer({ min: 2_000, max: 4_000 })),
      servers: fc.constant(servers),
      clients: fc.array(client(servers.length, politeStep, true), { minLength: 1, maxLength: 24 }),
      before: hooks(['returns', 'throws', 'rejects', 'takes a while']),
      after: hooks(['returns', 'throws', 'rejects', 'takes a while']),
      work: work(['resolves', 'rejects']),
      forceAfter: fc.constant(null),
    }),
  );
}
