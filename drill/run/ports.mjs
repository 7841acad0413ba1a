import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';

const lowest = 15_000;
const highest = ephemeralFrom() - 1;
let next = lowest + Math.floor(Math.random() * (highest - lowest));

/**
 * A free port below those that the kernel gives to outgoing connections: a backend that restarts on its port
 * must not find it taken by a client's socket.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    next = next >= highest ? lowest : next + 1;
    const port = next;
    if (await isFree(port)) return port;
  }
}

/** @param {number} port */
async function isFree(port) {
  const server = net.createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

function ephemeralFrom() {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  } catch {
    return 32_768;
  }
}
