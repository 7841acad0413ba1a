import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { listeningRows } from '../proc/tcp.js';

const LOWEST = 15_000;
let next = 0;

/**
 * A free port below those that the kernel gives to outgoing connections: an instance that comes back to its port must not
 * find it taken by a client's socket.
 */
export async function freePort(): Promise<number> {
  const ports = Math.max(1_000, ephemeralFrom() - LOWEST);
  if (next === 0) next = Math.floor(Math.random() * ports);
  for (;;) {
    next = (next + 1) % ports;
    const port = LOWEST + next;
    const taken = listeningRows().some((row) => row.port === port);
    if (!taken && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function ephemeralFrom(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  } catch {
    return 32_768;
  }
}
