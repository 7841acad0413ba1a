/** Where clients send to: straight to the server, or to a proxy of the drill in front of it. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { startHaproxy } from '../../drill/fronts/haproxy.mjs';
import { startNginx } from '../../drill/fronts/nginx.mjs';

/** Debian keeps both proxies in /usr/sbin, which is not on every user's PATH. */
process.env.PATH = `${process.env.PATH}${path.delimiter}/usr/sbin`;

export const isThere = (program, version = '-v') => spawnSync(program, [version]).error === undefined;

const FRONTS = {
  direct: (port) => ({ port, stop: () => {} }),
  async nginx(port) {
    const { ports, stop } = await startNginx({
      ports: [port],
      // An upload is handed on as it comes: else nginx takes all of it first.
      directives: 'client_max_body_size 0; proxy_request_buffering off;',
    });
    return { port: ports[0], stop };
  },
  haproxy: (port) => startHaproxyTo(port, ''),
  haproxyH2: (port) => startHaproxyTo(port, ' proto h2'),
};

async function startHaproxyTo(port, server) {
  const { ports, command, stop } = await startHaproxy({ ports: [port], checks: false, server });
  await command('set server app/s0 state ready');
  return { port: ports[0], stop };
}

/** Undefined where the program is not there. */
export async function startFront(name, port) {
  const program = { nginx: 'nginx', haproxy: 'haproxy', haproxyH2: 'haproxy' }[name];
  return program && !isThere(program) ? undefined : await FRONTS[name](port);
}

/** The row of each way that is measured; none of one whose front is not installed. */
export async function rowsOf(ways, isMeasured, measureWay) {
  const rows = [];
  for (const way of ways.filter(([name]) => isMeasured(name))) {
    const row = await measureWay(way);
    if (row) rows.push(row);
  }
  return rows;
}
