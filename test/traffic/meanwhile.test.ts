import http from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, get, served, until } from './wire.js';

afterEach(cleanUp);

const CLIENTS = 20;

/** Calls back, once, right before the drain closes the first of these connections, which then takes a while. */
function atFirstClose(sockets: readonly Socket[], callback: (closed: Socket) => void, ms: number): void {
  let isFirst = true;
  const before = (socket: Socket) => {
    if (!isFirst) return;
    isFirst = false;
    callback(socket);
    for (const since = performance.now(); performance.now() - since < ms; );
  };
  for (const socket of sockets) {
    const end = socket.end.bind(socket) as () => Socket;
    const destroy = socket.destroy.bind(socket);
    // Whose last answer may still be on its way gets a FIN; whose is long gone is destroyed.
    socket.end = () => {
      before(socket);
      return end();
    };
    socket.destroy = (error) => {
      before(socket);
      return destroy(error);
    };
  }
}

test.each([0, 200])(
  'a request that comes while other idle connections are being closed is answered (closeSpreadMs: %i)',
  async (closeSpreadMs) => {
    const server = http.createServer((_request, response) => response.end('answer'));
    const sockets: Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const { drain, port } = await served(server, { closeSpreadMs });
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => BareClient.connect(port)));
    for (const client of clients) client.write(get('/first'));
    await until(() => clients.every(({ text }) => text.endsWith('answer')));

    let others: BareClient[] = [];
    const sendOnOthers = (closed: Socket) => {
      others = clients.filter(({ socket }) => socket.localPort !== closed.remotePort);
      for (const client of others) client.write(get('/second'));
    };
    atFirstClose(sockets, sendOnOthers, 5);
    const { outcome, requests } = await drain.shutdown();
    await Promise.all(clients.map((client) => client.closed()));
    expect(others).toHaveLength(CLIENTS - 1);
    for (const { text } of others) expect(text.split('answer')).toHaveLength(3);
    expect(outcome).toBe('drained');
    expect(requests.late).toBe(CLIENTS - 1);
  },
);
