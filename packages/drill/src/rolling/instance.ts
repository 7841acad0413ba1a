import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client/client.js';
import type { Requests } from '../client/requests.js';
import type { Rounds } from '../rounds.js';
import { DrillFailure } from '../service/failure.js';
import type { Found } from '../service/find.js';
import { type Scouted, within } from '../service/scout.js';
import { Service } from '../service/service.js';

const ASK_EVERY_MS = 50;
const ANSWER_MS = 10_000;

/** One of the two that are restarted. */
export interface Instance {
  service: Service;
  found: Found;
  readyMs: number;
  requests: Requests;
  scouted: Scouted;
}

/** Starts an instance, which finds its port in PORT; resolves when it is ready. */
export async function startInstance(rounds: Rounds, port: number, first?: Instance): Promise<Instance> {
  const { settings, guard } = rounds;
  const service = await Service.start(settings.command, guard, settings.pid1, { PORT: `${port}` });
  const { found, readyMs } = await rounds.ready(service, port).catch((error: unknown) => {
    throw first !== undefined && isOnFixedPort(first, error) ? noRoom(first, service.output) : error;
  });
  if (found.port === first?.found.port) throw noRoom(first, service.output);
  const { requests, scouted } = await rounds.scout(service, found);
  const instance = { service, found, readyMs, requests, scouted };
  await untilReady(instance, settings.readyWithinMs);
  return instance;
}

/** It did not take the port that it was told: a second one has none left. */
function isOnFixedPort(first: Instance, error: unknown): boolean {
  const told = first.service.env.PORT === `${first.found.port}`;
  return error instanceof DrillFailure && !told;
}

function noRoom({ found }: Instance, output: readonly string[]): DrillFailure {
  return new DrillFailure(
    'port-taken',
    `A second instance cannot run beside the first, which listens on port ${found.port}: let it listen on the port that PORT names, as --rolling gives each its own.`,
    output,
  );
}

/** Until it answers what it is to be asked, and says that it is ready, where it says such a thing. */
async function untilReady(instance: Instance, withinMs: number): Promise<void> {
  const { requests, scouted, service } = instance;
  const until = performance.now() + withinMs;
  const isReady = async () =>
    (await statusOf(instance, requests.url)) === scouted.get.status &&
    (scouted.readiness === null || isGood(await statusOf(instance, scouted.readiness)));
  while (!(await isReady())) {
    if (service.exit !== undefined || performance.now() > until) {
      const how = service.exit === undefined ? `was not ready within ${withinMs / 1_000} s` : 'ended';
      throw new DrillFailure('not-ready', `An instance that was started ${how}.`, service.output);
    }
    await sleep(ASK_EVERY_MS);
  }
}

async function statusOf({ found, requests }: Instance, path: string): Promise<number | undefined> {
  const client = new Client(found);
  try {
    if (!(await within(ANSWER_MS, client.usable()))) return undefined;
    const asked = client.ask('ready', requests.get('ready', path, 'Connection: close\r\n'), { warm: true });
    return (await within(ANSWER_MS, client.answered(asked)))?.status;
  } finally {
    client.close();
  }
}

function isGood(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 400;
}
