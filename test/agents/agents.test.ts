/** A drain in the company of agents, which patch the same servers: nothing is lost, and they change nothing of it. */
import { fileURLToPath } from 'node:url';
import type { DrainReport } from '@http-drain/core';
import { afterEach, describe, expect, test } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';
import { WAYS } from '../register/registered.js';
import { Client } from '../support/client/client.js';
import { get, post } from '../support/client/requests.js';
import { AGENTS } from './agents.js';

afterEach(killLeftovers);

const APPS = {
  'Express with drain()': { app: 'express.mjs', before: [], reports: true },
  'Fastify with gracefulPlugin': { app: 'fastify.mjs', before: [], reports: true },
  'register before a program that exits at once': {
    app: 'unaware.mjs',
    before: WAYS['--require'],
    reports: false,
  },
};

const UPLOAD = 100_000;

describe.each(AGENTS)('$name', ({ args, env, listens = false }) => {
  test.each(Object.entries(APPS))('beside %s loses nothing', async (_name, { app, before, reports }) => {
    const program = fileURLToPath(new URL(`apps/${app}`, import.meta.url));
    const child = new Child(process.execPath, [...before, ...args, program], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    const port = await child.number('listening');
    const connect = () => Client.connect({ port, tls: false });
    const [idle, slow, uploads] = await Promise.all([connect(), connect(), connect()]);
    await idle.write(get('/'));
    await idle.answer();
    await uploads.write(post('/upload', UPLOAD));
    await uploads.write(Buffer.alloc(UPLOAD / 2));
    await slow.write(get('/slow'));
    await child.saw(/^request \/slow$/m);
    child.signal('SIGTERM');
    expect(await idle.ended()).toBe('fin');
    await uploads.write(Buffer.alloc(UPLOAD / 2));
    expect((await uploads.answer()).body.toString()).toBe(`got ${UPLOAD}`);
    const answer = await slow.answer();
    expect(answer.body.toString()).toBe('slow');
    expect(answer.headers.get('connection')).toMatch(/^close$/i);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    if (reports) {
      const report = await child.json<DrainReport>('report');
      expect(report).toMatchObject({ outcome: 'drained', clean: true, warnings: [], faults: [] });
      expect(report.requests).toMatchObject({ completed: 2, forced: 0, aborted: 0 });
    }
    const ofOurs = child.stderr.split('\n').filter((line) => line.includes('HTTP_DRAIN'));
    expect(ofOurs).toHaveLength(listens && reports ? 1 : 0);
  });
});
