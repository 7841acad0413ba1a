/** Many requests, a third of them cut by their clients at a random moment, against servers that are tracked. */

import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo, type Server } from 'node:net';
import { createDrain, type Drain } from '@http-drain/core';

const CLIENTS = 20;
const ROUNDS = 10;

export interface Soaked {
  requests: number;
  aborted: number;
  /** Heap after each round and a garbage collection, in bytes. */
  heap: number[];
  drain: Drain;
  close(): Promise<void>;
}

/** Answers at once, in a moment, or in two parts. */
function answer(_request: unknown, response: http.ServerResponse): void {
  const kind = Math.random();
  if (kind < 0.5) response.end('quick');
  else if (kind < 0.8) setTimeout(() => response.end('in a moment'), 1);
  else {
    response.write('first, ');
    setImmediate(() => response.end('second'));
  }
}

export async function soak(count: number, collectGarbage: () => void): Promise<Soaked> {
  const drain = createDrain({ deadlineMs: 10_000 });
  const servers: Server[] = [http.createServer(answer), http2.createServer(answer as never)];
  for (const server of servers) {
    drain.track(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
  const [http1Port, http2Port] = servers.map((server) => (server.address() as AddressInfo).port);
  const soaked: Soaked = {
    requests: 0,
    aborted: 0,
    heap: [],
    drain,
    close: async () => void (await drain.shutdown()),
  };
  const each = Math.ceil(count / ROUNDS / CLIENTS);
  for (let round = 0; round < ROUNDS; round++) {
    const clients = Array.from({ length: CLIENTS }, (_, index) =>
      index % 4 === 0 ? speakHttp2(http2Port!, each, soaked) : speakHttp1(http1Port!, each, soaked),
    );
    await Promise.all(clients);
    await quiet(drain);
    collectGarbage();
    soaked.heap.push(process.memoryUsage().heapUsed);
  }
  return soaked;
}

/** Until the servers have seen the last client go. */
async function quiet(drain: Drain): Promise<void> {
  while (drain.snapshot().connections.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function speakHttp1(port: number, count: number, soaked: Soaked): Promise<void> {
  for (let sent = 0; sent < count; ) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    while (sent < count && !socket.destroyed) {
      sent++;
      soaked.requests++;
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      if (Math.random() < 1 / 3) abort(socket, soaked);
      else await Promise.race([once(socket, 'data'), closed]);
    }
    socket.destroy();
    await closed;
  }
}

function abort(socket: net.Socket, soaked: Soaked): void {
  soaked.aborted++;
  const cut = () => (Math.random() < 0.5 ? socket.resetAndDestroy() : socket.destroy());
  if (Math.random() < 0.3) cut();
  else if (Math.random() < 0.5) socket.once('data', cut);
  else setImmediate(cut);
}

async function speakHttp2(port: number, count: number, soaked: Soaked): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  for (let sent = 0; sent < count; sent++) {
    soaked.requests++;
    const stream = session.request();
    stream.on('error', () => {}).resume();
    const closed = new Promise((resolve) => stream.once('close', resolve));
    if (Math.random() < 1 / 3) {
      soaked.aborted++;
      setImmediate(() => stream.close(http2.constants.NGHTTP2_CANCEL));
    }
    await closed;
  }
  session.destroy();
}
