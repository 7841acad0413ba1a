import { existsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, stopChild } from '../run/children.mjs';
import { freePort } from '../run/ports.mjs';
import { temporaryDirectory } from '../run/temporary-directory.mjs';
import { untilAccepting } from './accepting.mjs';

/**
 * HAProxy in front of the backends.
 * @param {object} options
 * @param {number[]} options.ports of the backends
 * @param {boolean} options.checks health checks on the readiness path; without, servers start in maintenance
 * @param {number} [options.retries] HAProxy's default (3) unless given
 * @param {'http' | 'tcp'} [options.mode]
 * @param {string} [options.server] more parameters of each server
 */
export async function startHaproxy({ ports, checks, retries, mode = 'http', server = '' }) {
  const directory = temporaryDirectory('haproxy');
  const socketPath = path.join(directory, 'admin.sock');
  const port = await freePort();
  const configPath = path.join(directory, 'haproxy.cfg');
  writeFileSync(configPath, configuration({ port, ports, checks, retries, socketPath, mode, server }));
  const child = startChild('haproxy', ['-db', '-q', '-f', configPath], ['ignore', 'inherit', 'inherit']);
  await untilAccepting(port, child);
  // It gives its socket the name just after it has begun to accept.
  while (!existsSync(socketPath) && child.exitCode === null) await sleep(10);
  return {
    ports: [port],
    /** A command on the runtime socket. @param {string} text */
    command: (text) => runtimeCommand(socketPath, text),
    /** Resolves once HAProxy's own check found the backend ready. @param {number} slot */
    async admit(slot) {
      while (!(await isUp(socketPath, slot))) await sleep(20);
    },
    stop: () => stopChild(child),
  };
}

/** @param {{ port: number, ports: number[], checks: boolean, retries: number | undefined, socketPath: string }} options */
function configuration({ port, ports, checks, retries, socketPath, mode, server }) {
  return `
global
  stats socket ${socketPath} mode 600 level admin
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 2s
  ${retries === undefined ? '' : `retries ${retries}`}
frontend drill
  bind 127.0.0.1:${port}
  default_backend app
backend app
  balance roundrobin
  ${checks ? 'option httpchk GET /readyz' : ''}
  ${checks ? 'default-server check inter 300ms fall 3 rise 1' : 'default-server disabled'}
${ports.map((backend, index) => `  server s${index} 127.0.0.1:${backend}${server}`).join('\n')}
`;
}

/** @param {string} socketPath @param {number} slot */
async function isUp(socketPath, slot) {
  const [header = '', ...rows] = (await runtimeCommand(socketPath, 'show stat')).split('\n');
  const column = header.split(',').indexOf('status');
  const row = rows.find((line) => line.startsWith(`app,s${slot},`));
  return row?.split(',')[column] === 'UP';
}

/** @param {string} socketPath @param {string} text @returns {Promise<string>} */
function runtimeCommand(socketPath, text) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(answer.trim()));
    socket.write(`${text}\n`);
  });
}
