import type { H2Call, H2Client } from '../support/client/h2.js';
import type { Situation } from '../support/situation.js';
import { BIG_BYTES } from '../support/subject/routes.js';
import { check, pause, type World } from '../support/world.js';

const row = 'HTTP/2';

/** Streams that are in flight when draining begins. */
async function gated(world: World, session: H2Client, count: number): Promise<H2Call[]> {
  const calls = Array.from({ length: count }, () => session.request('/gated'));
  await world.subject.entered('/gated', count);
  return calls;
}

async function allServed(session: H2Client, calls: H2Call[]): Promise<number[]> {
  const outcomes = await Promise.allSettled(calls.map((call) => call.result));
  const served = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const told = `${failed?.reason.message}; ${session.describe()}`;
  check(failed === undefined, `${served.length} of ${calls.length} streams were answered; ${told}`);
  return served.map((outcome) => outcome.value.id);
}

/** RFC 9113 section 6.8: what the client may safely send again is what lies above the last id. */
async function toldTheTruth(session: H2Client, ids: number[]): Promise<void> {
  await session.ended();
  const highest = Math.max(...ids);
  const last = session.goaways.at(-1)?.lastStreamId;
  check(last !== undefined, 'no GOAWAY came');
  check(last === highest, `GOAWAY names ${last}, and the last stream served is ${highest}`);
}

export const h2Situations: readonly Situation[] = [
  {
    name: 'finishes streams in flight',
    row,
    protocol: 'h2',
    run: async (world) => {
      const session = await world.h2();
      const calls = await gated(world, session, 3);
      await world.subject.begin();
      check(!world.subject.resolvedYet, 'the shutdown resolved with streams in flight');
      await world.subject.open('default');
      await allServed(session, calls);
      await session.ended();
    },
  },
  {
    name: 'tells in GOAWAY the true last stream id, while streams are in flight',
    row,
    protocol: 'h2',
    run: async (world) => {
      const session = await world.h2();
      const calls = await gated(world, session, 3);
      await world.subject.begin();
      await pause(200);
      check(session.goaways.length > 0, 'no GOAWAY came while streams were in flight');
      await world.subject.open('default');
      await toldTheTruth(session, await allServed(session, calls));
    },
  },
  {
    name: 'serves streams whose frames lie unread in the kernel',
    row,
    protocol: 'h2',
    run: async (world) => {
      const session = await world.h2();
      await session.request('/fast').result;
      await world.subject.holdThenBegin();
      const calls = ['/fast', '/fast', '/fast'].map((path) => session.request(path));
      await session.flushed();
      world.subject.release();
      await toldTheTruth(session, await allServed(session, calls));
    },
  },
  {
    name: 'never leaves a stream unanswered that GOAWAY says was taken',
    row,
    protocol: 'h2',
    setup: { drain: { deadlineMs: 6_000 } },
    run: async (world) => {
      const session = await world.h2();
      const calls: H2Call[] = [];
      const sending = setInterval(() => {
        if (!session.session.closed && !session.session.destroyed) calls.push(session.request('/fast'));
      }, 1);
      await pause(30);
      await world.subject.begin();
      await session.ended().finally(() => clearInterval(sending));
      const outcomes = await Promise.allSettled(calls.map((call) => call.result));
      const last = session.goaways.at(-1)?.lastStreamId ?? 0;
      const lost = calls.filter(
        (call, i) => outcomes[i]?.status === 'rejected' && (call.stream.id ?? 0) <= last,
      );
      const ids = lost.map((call) => call.stream.id).join(', ');
      check(
        ids === '',
        `streams ${ids} were not answered, and GOAWAY says that they were (${session.describe()})`,
      );
    },
  },
  {
    name: 'serves a session that opens while draining begins',
    row,
    protocol: 'h2',
    run: async (world) => {
      await world.subject.holdThenBegin();
      const opening = world.h2();
      await pause(50);
      world.subject.release();
      const session = await opening;
      const call = session.request('/fast');
      await allServed(session, [call]);
      await session.ended();
    },
  },
  {
    name: 'closes idle sessions at once',
    row,
    protocol: 'h2',
    run: async (world) => {
      const sessions = await Promise.all(Array.from({ length: 10 }, () => world.h2()));
      for (const session of sessions) await session.request('/fast').result;
      const since = performance.now();
      await world.subject.begin();
      await Promise.all(sessions.map((session) => session.ended()));
      const ms = Math.round(performance.now() - since);
      check(ms < 1_000, `the last idle session was closed after ${ms} ms`);
      for (const session of sessions)
        check(session.goaways.length > 0, 'a session was closed without a GOAWAY');
      await world.drained();
    },
  },
  {
    name: 'closes a session that never sent a request, long before the deadline',
    row,
    protocol: 'h2',
    run: async (world) => {
      const session = await world.h2();
      await world.subject.begin();
      await session.ended();
      await world.drained();
    },
  },
  {
    name: 'does not wait for a connection that never begins its session',
    row,
    protocol: 'h2',
    run: async (world) => {
      await world.silent();
      await world.accepted(1);
      await world.subject.begin();
      await world.drained();
    },
  },
  {
    name: 'sends every byte of 24 MB to a stream whose reader is paused when draining begins',
    row: 'an answer still being flushed to a slow reader',
    protocol: 'h2',
    // Its window of 64 kB takes some 400 round trips, each a wait for the processor on a busy machine.
    setup: { drain: { deadlineMs: 40_000 } },
    run: async (world) => {
      const session = await world.h2();
      const call = session.request('/big', { paused: true });
      await call.headed;
      await world.subject.begin();
      await pause(250);
      check(!world.subject.resolvedYet, 'the shutdown resolved before the answer was sent');
      call.resume();
      const { bytes } = await call.result;
      check(bytes === BIG_BYTES, `${bytes} of ${BIG_BYTES} bytes arrived; ${session.describe()}`);
    },
  },
  {
    name: 'receives and serves an upload half received',
    row: 'a request half received',
    protocol: 'h2',
    run: async (world) => {
      const session = await world.h2();
      const call = session.upload('/upload');
      call.stream.write('x'.repeat(50_000));
      await world.subject.entered('/upload');
      await world.subject.begin();
      await pause(150);
      call.stream.end('x'.repeat(50_000));
      const { text } = await call.result;
      check(text.includes('"bytes":100000'), `the server read ${text}`);
    },
  },
  {
    name: 'lets server-sent events over HTTP/2 end themselves on the signal',
    row: 'server-sent events, endless streams',
    protocol: 'h2',
    needs: ['signal'],
    run: async (world) => {
      const session = await world.h2();
      const call = session.request('/events');
      await call.headed;
      await world.subject.begin();
      const { text } = await call.result;
      check(text.endsWith('data: goodbye\n\n'), `the events were ${text}`);
    },
  },
  {
    name: 'destroys a stuck stream at the deadline',
    row,
    protocol: 'h2',
    setup: { drain: { deadlineMs: 700 } },
    run: async (world) => {
      const session = await world.h2();
      session.request('/stuck?token=secret');
      await world.subject.entered('/stuck');
      await world.subject.begin();
      const { report } = await world.forced();
      if (report === undefined) return;
      const told = JSON.stringify(report.stuck);
      check(report.stuck.length === 1, `the report names ${told}`);
      check(
        report.stuck[0]?.protocol === 'h2' && report.stuck[0].url === '/stuck',
        `the report names ${told}`,
      );
    },
  },
  {
    name: 'does not wait for a client that goes away with streams in flight',
    row: 'a client that goes away',
    protocol: 'h2',
    run: async (world) => {
      const session = await world.h2();
      await gated(world, session, 3);
      await world.subject.begin();
      session.session.destroy();
      await world.drained();
    },
  },
  {
    name: 'serves new streams and new sessions in the lame duck',
    row: 'the lame duck',
    protocol: 'h2',
    needs: ['lameDuck'],
    setup: { drain: { deadlineMs: 6_000, lameDuckMs: 2_000, quietMs: 300 } },
    run: async (world) => {
      const open = await world.h2();
      await open.request('/fast').result;
      await world.subject.begin();
      for (const session of [open, await world.h2()]) await allServed(session, [session.request('/fast')]);
    },
  },
];
