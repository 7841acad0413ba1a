import { get } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, FORCING } from '../support/world.js';

const hooks = 'a hook that throws, hangs or rejects';

export const reportSituations: readonly Situation[] = [
  {
    name: 'names a stuck request with method, url, age and protocol, and no query string',
    row: 'what is logged or reported of a request',
    protocol: 'http1',
    needs: ['report'],
    setup: { drain: { deadlineMs: 600 } },
    run: async (world) => {
      await world.asking('/stuck?token=secret');
      await world.subject.begin();
      const { report } = await world.forced();
      const [stuck, ...others] = report?.stuck ?? [];
      const told = JSON.stringify(report?.stuck);
      check(stuck !== undefined && others.length === 0, `the report names ${told}`);
      check(stuck.method === 'GET' && stuck.url === '/stuck', `the report names ${told}`);
      check(stuck.ageMs >= FORCING * 600 && stuck.ageMs < 2_000, `the report names ${told}`);
      check(stuck.protocol.toLowerCase().includes('1.1'), `the report names ${told}`);
      check(!JSON.stringify(report).includes('secret'), 'the report gives the query string away');
      check(report?.requests.forced === 1, `the report counts ${JSON.stringify(report?.requests)}`);
    },
  },
  {
    name: 'waits for background work',
    row: 'background work',
    protocol: 'http1',
    needs: ['background'],
    run: async (world) => {
      const client = await world.connect();
      await client.write(get('/background?gate=work'));
      await client.answer();
      await world.subject.begin();
      await client.ended();
      check(!world.subject.resolvedYet, 'the shutdown resolved with work in the background');
      await world.subject.open('work');
    },
  },
  {
    name: 'runs before hooks in order and after hooks in reverse, after the last request',
    row: hooks,
    protocol: 'http1',
    needs: ['hooks'],
    setup: {
      hooks: [
        { stage: 'before', name: 'first', does: 'succeed' },
        { stage: 'before', name: 'second', does: 'throw' },
        { stage: 'after', name: 'third', does: 'succeed' },
        { stage: 'after', name: 'fourth', does: 'throw' },
        { stage: 'before', name: 'fifth', does: 'succeed' },
      ],
    },
    run: async (world) => {
      const client = await world.asking('/gated');
      await world.subject.begin();
      const early = world.subject.log.join(', ');
      check(early === 'hook first, hook second, hook fifth', `with a request in flight these ran: ${early}`);
      await world.subject.open('default');
      await client.answer();
      const { report } = await world.ended();
      // Fastify's own closing is a hook too.
      const ran = (report?.hooks ?? [])
        .filter((hook) => hook.name !== 'fastify.close')
        .map((hook) => `${hook.stage} ${hook.name}${hook.error ? '!' : ''}`)
        .join(', ');
      const expected =
        'beforeDrain first, beforeDrain second!, beforeDrain fifth, afterDrain fourth!, afterDrain third';
      check(ran === expected, `the report's hooks are ${ran}`);
    },
  },
  {
    name: 'runs the other hooks and keeps the deadline where a hook hangs',
    row: hooks,
    protocol: 'http1',
    needs: ['hooks'],
    setup: {
      drain: { deadlineMs: 1_000 },
      hooks: [
        { stage: 'after', name: 'last', does: 'succeed' },
        { stage: 'after', name: 'hanging', does: 'hang' },
      ],
    },
    run: async (world) => {
      await world.subject.begin();
      world.judged = true;
      const { report, tookMs } = await world.ended();
      check(tookMs < 1_400, `the shutdown took ${Math.round(tookMs)} ms, with a deadline of 1000 ms`);
      const ran = world.subject.log.join(', ');
      check(ran === 'hook hanging, hook last', `these hooks ran: ${ran}`);
      const hanging = report?.hooks.find((hook) => hook.name === 'hanging');
      check(hanging?.error !== undefined, `the report says of the hook ${JSON.stringify(hanging)}`);
    },
  },
  {
    name: 'runs after hooks where the drain was forced',
    row: hooks,
    protocol: 'http1',
    needs: ['hooks'],
    setup: { drain: { deadlineMs: 1_000 }, hooks: [{ stage: 'after', name: 'last', does: 'succeed' }] },
    run: async (world) => {
      await world.asking('/stuck');
      await world.subject.begin();
      await world.forced();
      check(world.subject.log.join() === 'hook last', `these hooks ran: ${world.subject.log.join()}`);
    },
  },
];
