import type http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Attachment, Server } from './library.js';
import type { Setup } from './protocol.js';

/** Takes sockets over by `Upgrade: raw` and by CONNECT, and echoes what they send. */
export function addUpgrades(server: Server, setup: Setup, attachment: () => Attachment): void {
  if (setup.upgrades === 'none') return;
  const own = (socket: Duplex, head: string) => {
    socket.write(`${head}\r\n\r\n`);
    socket.on('data', (data) => socket.write(data));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    if (setup.upgrades === 'told')
      attachment().signal?.addEventListener('abort', () => socket.end('goodbye'));
  };
  server.on('upgrade', (_request: http.IncomingMessage, socket: Duplex) =>
    own(socket, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw'),
  );
  server.on('connect', (request: unknown, socket: Duplex) => {
    // On an HTTP/2 server, 'connect' also means a new session, which is not ours.
    if (typeof (request as http.IncomingMessage).method !== 'string') return;
    own(socket, 'HTTP/1.1 200 Connection Established\r\nX-Tunnel: yes');
  });
}
