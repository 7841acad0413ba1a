import { startHaproxy } from './fronts/haproxy.mjs';
import { holdListeningSocket } from './fronts/held-socket.mjs';
import { startCluster } from './fronts/kubelet.mjs';
import { startNginx } from './fronts/nginx.mjs';
import { freePort } from './run/ports.mjs';

/**
 * What stands between the clients and the backends in one mode.
 * @typedef {object} Stage
 * @property {number[]} ports where the clients send
 * @property {number} slots how many backends run at once
 * @property {(slot: number) => Promise<{ port: number, fd?: number }>} place where the next backend of a slot listens
 * @property {(slot: number, port: number) => Promise<void>} [admit] once a backend is ready
 * @property {(slot: number) => Promise<void>} [dismiss] at the moment of its signal
 * @property {(slot: number) => void} [forget] once it is gone
 * @property {() => Promise<void>} stop
 */

/**
 * @typedef {object} Mode
 * @property {string} name
 * @property {string} title
 * @property {string} [needs] the program, which is also the name of its Debian package
 * @property {number} mostLostIn20 the target
 * @property {import('./backends/work.mjs').DrainSettings} drain
 * @property {() => Promise<Stage>} setUp
 */

const deadlineMs = 8_000;
/** HAProxy takes a backend out a second after its readiness is gone; the lame duck then ends, for want of traffic. */
const untilChecked = { lameDuckMs: 4_000, quietMs: 500, deadlineMs };

/** @type {Mode[]} */
export const modes = [
  {
    name: 'haproxy',
    title: 'HAProxy, health checks',
    needs: 'haproxy',
    mostLostIn20: 0,
    drain: untilChecked,
    setUp: () => behindProxy((ports) => startHaproxy({ ports, checks: true })),
  },
  {
    name: 'haproxy-retries-0',
    title: 'HAProxy, health checks, `retries 0`',
    needs: 'haproxy',
    mostLostIn20: 0,
    drain: untilChecked,
    setUp: () => behindProxy((ports) => startHaproxy({ ports, checks: true, retries: 0 })),
  },
  {
    name: 'nginx',
    title: 'nginx, upstream keepalive, no health checks',
    needs: 'nginx',
    mostLostIn20: 1,
    drain: { lameDuckMs: 1_000, quietMs: 0, deadlineMs },
    setUp: () => behindProxy((ports) => startNginx({ ports })),
  },
  {
    name: 'direct',
    title: 'keep-alive clients straight at the backends',
    mostLostIn20: 2,
    // Longer than any client pauses on a connection: one that is idle all the while is closed unannounced.
    drain: { lameDuckMs: 2_000, quietMs: 0, deadlineMs },
    setUp: () => behindProxy(async (ports) => ({ ports, stop: async () => {} })),
  },
  {
    name: 'held-socket',
    title: 'one port, its socket held by someone else',
    mostLostIn20: 0,
    drain: { lameDuckMs: 1_000, quietMs: 0, deadlineMs },
    setUp: onOneSocket,
  },
  {
    name: 'kubelet',
    title: 'kubelet-like, endpoint removed 1 s late',
    needs: 'haproxy',
    mostLostIn20: 0,
    drain: { lameDuckMs: 3_000, quietMs: 500, deadlineMs },
    setUp: asPods,
  },
];

/**
 * Two backends, each restarting on its own port.
 * @param {(ports: number[]) => Promise<{ ports: number[], stop: () => Promise<void> }>} startFront
 * @returns {Promise<Stage>}
 */
async function behindProxy(startFront) {
  const ports = [await freePort(), await freePort()];
  const front = await startFront(ports);
  return {
    ...front,
    slots: 2,
    place: async (slot) => ({ port: /** @type {number} */ (ports[slot]) }),
  };
}

/** One backend at a time, stopped before the next one starts: in between, nobody accepts. @returns {Promise<Stage>} */
async function onOneSocket() {
  const { port, fd, close } = holdListeningSocket();
  return { ports: [port], slots: 1, place: async () => ({ port, fd }), stop: async () => close() };
}

/** Two pods; each new one has an address of its own. @returns {Promise<Stage>} */
async function asPods() {
  const slots = 2;
  const cluster = await startCluster(slots);
  return { ...cluster, slots, place: async () => ({ port: await freePort() }) };
}
