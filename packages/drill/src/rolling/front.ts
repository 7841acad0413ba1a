import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../client/client.js';
import { Requests } from '../client/requests.js';
import type { ProxyName } from '../options.js';
import { connectionRows, ESTABLISHED } from '../proc/tcp.js';
import { DrillFailure } from '../service/failure.js';
import type { Guard } from '../service/guard.js';
import { within } from '../service/scout.js';
import type { Routing } from './clients.js';
import { startHaproxy } from './haproxy.js';
import type { Instance } from './instance.js';
import { startNginx } from './nginx.js';
import { Route } from './route.js';

/** What decides to which instance a request goes. */
export interface Front extends Routing {
  /** For a note: "behind nginx"; null where clients know the instances themselves. */
  readonly words: string | null;
  /** Before a round: this one of the instances will be stopped. */
  begin(instances: readonly Instance[], stopped: number): void;
  /** An instance has come back to its place, and is ready; resolves when it is given requests again. */
  admit(instance: Instance, place: number): Promise<void>;
}

/** Situations of connections that do not lead to the instance that is being stopped. */
export const AT_OTHERS = { id: 'rolling', title: 'at the instance that was not stopped' };
export const BEHIND_PROXY = {
  id: 'proxied',
  title: 'through the proxy',
};

export interface FrontOptions {
  guard: Guard;
  clients: number;
  /** How long an instance may take to be given requests. */
  patienceMs: number;
}

export async function startFront(
  proxy: ProxyName,
  instances: readonly Instance[],
  options: FrontOptions,
): Promise<Front> {
  if (proxy === 'builtin') return new Direct(options);
  const secure = instances.some(({ found }) => found.tls);
  if (secure) {
    throw new DrillFailure(
      'usage',
      `Expected a service that speaks plain HTTP behind --proxy ${proxy}; this one speaks TLS: leave --proxy out.`,
    );
  }
  const start = proxy === 'nginx' ? startNginx : startHaproxy;
  return new Proxied(proxy, await start(instances, options.guard, options.patienceMs), options);
}

/** Clients that know both instances, take them in turn, and go to the other one where they are refused. */
class Direct implements Front {
  readonly words = null;
  routes: Route[] = [];
  stopped = 0;

  constructor(readonly options: FrontOptions) {}

  request(requests: Requests, id: string): string {
    return requests.get(id);
  }

  begin(instances: readonly Instance[], stopped: number): void {
    this.stopped = stopped;
    this.routes = instances.map(
      ({ found, requests }, place) =>
        new Route(found, requests, place === stopped ? undefined : AT_OTHERS.id),
    );
  }

  async admit({ found, requests }: Instance, place: number): Promise<void> {
    const route = new Route(found, requests, AT_OTHERS.id);
    this.routes = this.routes.with(place, route);
    await given(
      this.options.patienceMs,
      route.served(Math.ceil(this.options.clients / 2)).then(() => true),
    );
  }
}

/** A proxy that was started for this. */
export interface StartedProxy {
  target: Target;
  /** As it is to be sent, where that is not a GET. */
  request?(requests: Requests, id: string): string;
  /** Resolves when it takes the instance for one that can be used. */
  admit(instance: Instance, place: number): Promise<void>;
}

const LOOK_EVERY_MS = 20;
/** Under load with both instances back. */
const TOGETHER_MS = 200;

class Proxied implements Front {
  routes: Route[] = [];
  /** There is only one. */
  readonly stopped = 0;
  readonly words: string;

  constructor(
    name: string,
    readonly proxy: StartedProxy,
    readonly options: FrontOptions,
  ) {
    this.words = `behind ${name}`;
  }

  request(requests: Requests, id: string): string {
    return this.proxy.request?.(requests, id) ?? requests.get(id);
  }

  begin([first]: readonly Instance[]): void {
    const { host, port } = this.proxy.target;
    const { url, headers } = (first as Instance).requests;
    this.routes = [
      new Route(this.proxy.target, new Requests(`${host}:${port}`, url, headers), BEHIND_PROXY.id),
    ];
  }

  async admit(instance: Instance, place: number): Promise<void> {
    await this.proxy.admit(instance, place);
    await given(this.options.patienceMs, isConnected(instance, this.options.patienceMs));
    await sleep(TOGETHER_MS);
  }
}

/** The proxy has a connection to it, which only the kernel can tell. */
async function isConnected({ found }: Instance, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const rows = await connectionRows(found.port, found.tables);
    if (rows.some(({ state, inode }) => state === ESTABLISHED && inode !== 0)) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

async function given(patienceMs: number, requests: Promise<boolean>): Promise<void> {
  if (await within(patienceMs, requests)) return;
  throw new DrillFailure(
    'not-ready',
    `An instance that had come back was given no requests within ${patienceMs / 1_000} s.`,
  );
}
