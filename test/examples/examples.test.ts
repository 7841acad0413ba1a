import { once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { buildExamples } from './build.js';
import { endLeftovers, Program, terminateDuringRequest } from './program.js';

afterEach(endLeftovers);

const ended = { code: 0, signal: null };

beforeAll(buildExamples, 300_000);

describe('each example', { timeout: 60_000 }, () => {
  const closesDatabase = 'the database is closed after the last answer\n';

  test.each([
    { file: 'express.mjs', readiness: 'ready', stdout: closesDatabase },
    { file: 'fastify.mjs', readiness: 'ready', stdout: closesDatabase },
    { file: 'dist/nest-express/main.js', readiness: 'ready', stdout: closesDatabase },
    { file: 'dist/nest-fastify/main.js', readiness: 'ready', stdout: closesDatabase },
    { file: 'http.mjs', readiness: 'ready', stdout: '' },
    { file: 'koa.mjs', readiness: 'ready', stdout: '' },
    { file: 'hono.mjs', readiness: 'ready', stdout: '' },
  ])(
    '$file is ready, answers the request in flight whole, and exits with 0',
    async ({ file, readiness, stdout }) => {
      const program = new Program(`examples/${file}`);
      expect(await program.get('/readyz')).toMatchObject({ status: 200, body: readiness });
      const { answer, exit } = await terminateDuringRequest(program);
      expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' }, body: 'hello\n' });
      expect({ ...exit, stdout: program.stdout, stderr: program.stderr }).toEqual({
        ...ended,
        stdout,
        stderr: '',
      });
    },
  );

  test('hapi.mjs and trpc.mjs answer the request in flight whole, and exit with 0', async () => {
    for (const [file, path, body] of [
      ['hapi.mjs', '/', 'hello\n'],
      ['trpc.mjs', '/hello', '{"result":{"data":"hello"}}'],
    ] as const) {
      const program = new Program(`examples/${file}`);
      const { answer, exit } = await terminateDuringRequest(program, path);
      expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' }, body });
      expect({ ...exit, stderr: program.stderr }).toEqual({ ...ended, stderr: '' });
    }
  });

  test('apollo.mjs answers the operation in flight whole, before Apollo ends the process by the signal', async () => {
    const program = new Program('examples/apollo.mjs');
    expect(await program.get('/readyz')).toMatchObject({ status: 200 });
    const seen = program.sawRequest('/graphql');
    const answering = fetch(`http://127.0.0.1:${await program.port()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ hello }' }),
    });
    await seen;
    program.signal();
    const answer = await answering;
    expect(await answer.json()).toEqual({ data: { hello: 'hello' } });
    expect(answer.headers.get('connection')).toBe('close');
    expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(program.stderr).toBe('');
  });

  test('socket-io.mjs closes the transport of its clients', async () => {
    const program = new Program('examples/socket-io.mjs');
    const port = await program.port();
    const client = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    const seen: string[] = [];
    client.on('message', (data) => seen.push(String(data)));
    await once(client, 'message');
    client.send('40');
    await once(client, 'message');
    client.send('42["echo","hello"]');
    await once(client, 'message');
    expect(seen[2]).toBe('42["echo","hello"]');
    program.signal();
    await once(client, 'close');
    // No packet says that the server disconnected it, upon which a client does not come back by itself.
    expect(seen.slice(3)).toEqual([]);
    expect(await program.exited).toEqual(ended);
  });

  test.each(['events-express.mjs', 'events-fastify.mjs'])(
    '%s ends its event stream by itself',
    async (file) => {
      const program = new Program(`examples/${file}`);
      const agent = new http.Agent({ keepAlive: true });
      const request = http.get({ port: await program.port(), agent });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      await once(response, 'data');
      program.signal();
      await once(response.resume(), 'end');
      expect(await program.exited).toEqual(ended);
    },
  );

  test('websockets.mjs sends its clients away with 1001', async () => {
    const program = new Program('examples/websockets.mjs');
    const client = new WebSocket(`ws://127.0.0.1:${await program.port()}`);
    await once(client, 'open');
    client.send('hello');
    expect(String((await once(client, 'message'))[0])).toBe('echo hello');
    program.signal();
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([1001, 'restarting']);
    expect(await program.exited).toEqual(ended);
  });

  test('queue.mjs finishes the job that it has taken, then closes the broker', async () => {
    const program = new Program('examples/queue.mjs');
    expect(await program.get('/7')).toMatchObject({ status: 202 });
    program.signal();
    expect(await program.exited).toEqual(ended);
    expect(program.stdout).toBe('job 7 is done\nthe connection to the broker is closed\n');
  });
});

test('prometheus.mjs is scraped while it drains', async () => {
  const program = new Program('examples/prometheus.mjs');
  expect((await program.get('/metrics', 1)).body).toContain('http_drain_ready 1');
  const seen = program.sawRequest('/');
  const answering = program.get('/');
  await seen;
  program.signal();
  const scrape = () => program.get('/metrics', 1).then(({ body }) => body);
  await expect.poll(scrape, { timeout: 900 }).toContain('http_drain_phase{phase="draining"} 1');
  expect(await scrape()).toContain('http_drain_requests_in_flight 1');
  expect(await answering).toMatchObject({ status: 200, body: 'hello\n' });
  expect(await program.exited).toEqual(ended);
});
