import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrillFailure } from '../service/failure.js';
import type { Guard } from '../service/guard.js';
import type { StartedProxy } from './front.js';
import type { Instance } from './instance.js';
import { addressOf } from './nginx.js';
import { freePort } from './port.js';
import { startProgram, untilAccepting } from './program.js';

const ASK_EVERY_MS = 20;

/** HAProxy, with checks of the readiness path, or of the port where there is none. It never sends a request again. */
export async function startHaproxy(
  instances: readonly Instance[],
  guard: Guard,
  patienceMs: number,
): Promise<StartedProxy> {
  const folder = guard.folder();
  const socket = join(folder, 'admin.sock');
  const target = { host: '127.0.0.1', port: await freePort() };
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration(socket, target.port, instances));
  const program = await startProgram('haproxy', ['-db', '-q', '-f', file], guard);
  await untilAccepting(program, target, patienceMs);
  const admit = async ({ found }: Instance, place: number) => {
    const { host, port } = found;
    await tell(socket, `set server app/s${place} addr ${host} port ${port}`);
    await untilUp(socket, place, patienceMs);
  };
  for (const [place, instance] of instances.entries()) await admit(instance, place);
  return { target, admit };
}

/** What is refused goes to the other instance at once (redispatch), as nothing was sent. */
function configuration(socket: string, port: number, instances: readonly Instance[]): string {
  const readiness = instances[0]?.scouted.readiness ?? null;
  return `
global
  stats socket ${socket.replaceAll(/[\\ "'#]/g, '\\$&')} mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout check 2s
  option redispatch 1
frontend drill
  bind 127.0.0.1:${port}
  default_backend app
backend app
  balance roundrobin
  ${readiness === null ? '' : `option httpchk GET ${readiness.replaceAll(/[\\"'#$]/g, '\\$&')}`}
  default-server check inter 300ms fall 3 rise 1
${instances.map(({ found }, place) => `  server s${place} ${addressOf(found)}`).join('\n')}
`;
}

async function untilUp(socket: string, place: number, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await isUp(socket, place))) {
    if (performance.now() > until) {
      const message = `HAProxy did not take an instance for ready within ${patienceMs / 1_000} s.`;
      throw new DrillFailure('not-ready', message);
    }
    await sleep(ASK_EVERY_MS);
  }
}

async function isUp(socket: string, place: number): Promise<boolean> {
  const [head = '', ...rows] = (await tell(socket, 'show stat')).split('\n');
  const column = head.split(',').indexOf('status');
  const row = rows.find((line) => line.startsWith(`app,s${place},`));
  return row?.split(',')[column]?.startsWith('UP') === true;
}

/** A command of the runtime API, and its answer; "" where it is not there yet, or any more. */
function tell(path: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => resolve(''));
    socket.on('end', () => resolve(answer.trim()));
    socket.write(`${command}\n`);
  });
}
