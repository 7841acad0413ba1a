import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Target } from '../client/client.js';
import { DrillFailure } from '../service/failure.js';
import type { Guard } from '../service/guard.js';
import { Service } from '../service/service.js';

const TRY_EVERY_MS = 10;

/** Starts a proxy, which ends with the drill as all does that it has started. */
export async function startProgram(name: string, args: readonly string[], guard: Guard): Promise<Service> {
  // Debian keeps proxies in /usr/sbin, which is not on every user's PATH.
  const PATH = [process.env.PATH ?? '', '/usr/sbin', '/usr/local/sbin'].join(delimiter);
  try {
    return await Service.start([name, ...args], guard, false, { PATH });
  } catch (error) {
    if (!(error instanceof DrillFailure)) throw error;
    const message = `--proxy ${name} needs ${name}, which cannot be started here: install it, or leave --proxy out.`;
    throw new DrillFailure('command-not-found', message);
  }
}

/** A proxy has no way to tell that it listens, so this tries. */
export async function untilAccepting(program: Service, target: Target, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await accepts(target))) {
    if (program.exit !== undefined || performance.now() > until) {
      const [name] = program.command;
      const how = program.exit === undefined ? 'does not listen' : 'ended as soon as it was started';
      throw new DrillFailure('not-ready', `${name} ${how}.`, program.output);
    }
    await sleep(TRY_EVERY_MS);
  }
}

async function accepts(target: Target): Promise<boolean> {
  const client = new Client(target);
  const connected = await client.connected();
  client.close();
  return connected;
}
