/** Connections that are told to go, one by one: by their age while serving, in the lame duck, at its end. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { afterEach, describe, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, pause, served, until } from './wire.js';

afterEach(cleanUp);

const AGE_MS = 200;
/** Longer than any connection may become: ± 10 %. */
const TOO_OLD_MS = 230;
/** As many times longer it takes to be old for one that has to be asked while it is young, on a busy machine too. */
const PATIENCE = 8;

async function http2Client(port: number) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  atTheEnd(() => session.destroy());
  session.on('error', () => {});
  let goaways = 0;
  session.on('goaway', () => goaways++);
  await once(session, 'remoteSettings');
  const ask = async (path = '/'): Promise<string> => {
    const stream = session.request({ ':path': path }).setEncoding('utf8');
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  };
  return { session, ask, goaways: () => goaways };
}

describe('maxConnectionAgeMs', () => {
  test('an old connection is told with its next answer, and closes after it; one that is idle is left alone', async () => {
    const server = http.createServer((_request, response) => response.end('answer'));
    const { port } = await served(server, { maxConnectionAgeMs: AGE_MS * PATIENCE });
    const [busy, idle] = [await BareClient.connect(port), await BareClient.connect(port)];
    for (const client of [busy, idle]) {
      client.write(get('/young'));
      await client.saw(/answer$/);
      expect(client.text).toMatch(/Connection: keep-alive/);
    }
    await pause(TOO_OLD_MS * PATIENCE);
    busy.write(get('/old'));
    await busy.closed();
    expect(busy.ending).toBe('fin');
    expect(busy.text).toMatch(/Connection: close.*answer$/s);
    expect(idle.socket.destroyed).toBe(false);
  });

  test('of a burst on an old connection those are handled that are answered', async () => {
    const handled: (string | undefined)[] = [];
    const server = http.createServer(({ url }, response) => {
      handled.push(url);
      response.end('answer');
    });
    const { port } = await served(server, { maxConnectionAgeMs: AGE_MS });
    const client = await BareClient.connect(port);
    await pause(TOO_OLD_MS);
    client.write(['/1', '/2', '/3'].map((path) => get(path)).join(''));
    await client.closed();
    expect(client.text.match(/answer/g)).toHaveLength(handled.length);
  });

  test('no request is lost, and connections are many', async () => {
    let connections = 0;
    const server = http.createServer((request, response) =>
      request.resume().on('end', () => response.end('answer')),
    );
    server.on('connection', () => connections++);
    const { port } = await served(server, { maxConnectionAgeMs: 50 });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    atTheEnd(() => agent.destroy());
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        const request = http.request({ port, host: '127.0.0.1', agent, method: 'POST' }, (response) =>
          response.resume().on('end', resolve).on('error', reject),
        );
        request.on('error', reject).end('body');
      });
    const one = async () => {
      for (let i = 0; i < 60; i++) await ask();
    };
    await Promise.all(Array.from({ length: 8 }, one));
    expect(connections).toBeGreaterThan(8);
  });

  test('an HTTP/2 client that asks again at once is told before an answer, and has none refused', async () => {
    const server = http2.createServer((request, response) =>
      request.resume().on('end', () => response.end('answer')),
    );
    let sessions = 0;
    server.on('session', () => sessions++);
    const { port } = await served(server, { maxConnectionAgeMs: 30 });
    let session: http2.ClientHttp2Session | undefined;
    const connect = () => {
      const own = http2.connect(`http://127.0.0.1:${port}`).on('error', () => {});
      atTheEnd(() => own.destroy());
      for (const event of ['goaway', 'close'])
        own.on(event, () => (session = session === own ? undefined : session));
      return own;
    };
    while (sessions < 5) {
      session ??= connect();
      const stream = session.request({ ':path': '/', ':method': 'POST' }).setEncoding('utf8');
      stream.end('body');
      let text = '';
      for await (const chunk of stream) text += chunk;
      expect(text).toBe('answer');
    }
  });

  test('an HTTP/2 client that asks now and then is told while it waits for nothing', async () => {
    const server = http2.createServer((_request, response) => response.end('answer'));
    const { port } = await served(server, { maxConnectionAgeMs: 50 });
    const { session, ask } = await http2Client(port);
    let open = 0;
    const openWhenTold = once(session, 'goaway').then(() => open);
    let told = false;
    void openWhenTold.then(() => {
      told = true;
    });
    while (!told) {
      open++;
      expect(await ask()).toBe('answer');
      open--;
      await Promise.race([pause(1_000), openWhenTold]);
    }
    expect(await openWhenTold).toBe(0);
  });

  test('an old HTTP/2 session gets its GOAWAY once it has no stream open, and loses none', async () => {
    const gates: (() => void)[] = [];
    const server = http2.createServer((request, response) => {
      if (request.url === '/slow') gates.push(() => response.end('slow'));
      else response.end('fast');
    });
    const { port } = await served(server, { maxConnectionAgeMs: AGE_MS });
    const { session, ask, goaways } = await http2Client(port);
    const slow = ask('/slow');
    await until(() => gates.length === 1);
    await pause(TOO_OLD_MS);
    expect(await ask('/fast')).toBe('fast');
    expect(goaways()).toBe(0);
    gates[0]?.();
    expect(await slow).toBe('slow');
    await once(session, 'close');
    expect(goaways()).toBeGreaterThan(0);
  });

  test('off, nothing is put on the server', async () => {
    const server = http.createServer((_request, response) => response.end('answer'));
    const { port } = await served(server);
    const client = await BareClient.connect(port);
    client.write(get('/'));
    await client.saw(/answer$/);
    expect(Object.hasOwn(server, 'emit')).toBe(false);
  });
});

describe('http2LameDuck', () => {
  const lameDuck = { lameDuckMs: 3_000, deadlineMs: 8_000 };
  const start = async (http2LameDuck: 'wait' | 'goaway') => {
    const gates: (() => void)[] = [];
    const server = http2.createServer((request, response) => {
      if (request.url === '/slow') gates.push(() => response.end('slow'));
      else response.end('fast');
    });
    const { drain, port } = await served(server, { ...lameDuck, http2LameDuck });
    const [idle, busy] = [await http2Client(port), await http2Client(port)];
    await idle.ask();
    const slow = busy.ask('/slow');
    await until(() => gates.length === 1);
    return { drain, idle, busy, slow, gates };
  };

  test("'goaway': from its middle on, each session at a moment without a stream", async () => {
    const { drain, idle, busy, slow, gates } = await start('goaway');
    const done = drain.shutdown();
    await pause(300);
    expect(await idle.ask()).toBe('fast');
    await once(idle.session, 'close');
    expect(drain.phase).toBe('lame-duck');
    expect(busy.goaways()).toBe(0);
    gates[0]?.();
    expect(await slow).toBe('slow');
    await once(busy.session, 'close');
    expect((await done).outcome).toBe('drained');
  });

  test("'wait': nothing is said before draining", async () => {
    const { drain, idle, slow, gates } = await start('wait');
    const done = drain.shutdown();
    await once(idle.session, 'close');
    expect(drain.phase).toBe('draining');
    gates[0]?.();
    expect(await slow).toBe('slow');
    expect((await done).outcome).toBe('drained');
  });
});

describe('closeSpreadMs', () => {
  const idleClients = async (options: object) => {
    const server = http.createServer((_request, response) => response.end('answer'));
    const { drain, port } = await served(server, options);
    const clients = await Promise.all(Array.from({ length: 20 }, () => BareClient.connect(port)));
    for (const client of clients) client.write(get('/'));
    await Promise.all(clients.map((client) => client.saw(/answer$/)));
    const since = performance.now();
    const ended = clients.map(async (client) => {
      await client.closed();
      return performance.now() - since;
    });
    return { drain, clients, ended };
  };

  test('idle connections are closed evenly over it, and what they ask for meanwhile is served', async () => {
    const { drain, clients, ended } = await idleClients({ closeSpreadMs: 600 });
    const done = drain.shutdown();
    await until(() => drain.phase === 'draining');
    await pause(100);
    const last = clients.at(-1);
    last?.write(get('/meanwhile'));
    await last?.closed();
    expect(last?.text).toMatch(/Connection: close.*answer$/s);
    const times = (await Promise.all(ended)).sort((a, b) => a - b);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
    expect(await done).toMatchObject({ outcome: 'drained', connections: { closed: 20, forced: 0 } });
  });

  test('a second signal closes those that wait, which is nothing forced', async () => {
    const { drain, ended } = await idleClients({ closeSpreadMs: 10_000 });
    const done = drain.shutdown();
    await Promise.race(ended);
    drain.force();
    expect((await done).connections).toEqual({ openAtStart: 20, closed: 20, forced: 0 });
    await Promise.all(ended);
  });

  test('never past the deadline', async () => {
    const { drain } = await idleClients({ closeSpreadMs: 60_000, deadlineMs: 1_000 });
    expect(await drain.shutdown()).toMatchObject({ outcome: 'drained', connections: { forced: 0 } });
  });
});
