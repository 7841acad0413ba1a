/** What else is in the process of a world: foreign code that throws, timers that stand still, a server of another drain. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain, type Drain, type DrainOptions } from '@http-drain/core';
import { clearInterval, setInterval, turn } from './clock.js';
import type { World } from './world.js';

export const FOREIGN_FAULT = 'this foreign code throws';

const fail = (): never => {
  throw new Error(FOREIGN_FAULT);
};

export function foreignOptions({ company: { throwing } }: World): DrainOptions {
  return {
    ...(throwing.includes('logger') ? { logger: { info: fail, warn: fail } } : {}),
    ...(throwing.includes('ignore') ? { ignore: fail } : {}),
  };
}

/** Returns a function that sends it away. */
export function letForeignCodeIn({ company: { throwing } }: World, drain: Drain): () => void {
  const channels = throwing.includes('subscriber') ? ['http-drain:phase', 'http-drain:report'] : [];
  for (const channel of channels) subscribe(channel, fail);
  if (throwing.includes('webSockets')) {
    drain.trackWebSockets({ clients: [{ close: fail, terminate: fail }], on: () => {}, off: () => {} });
  }
  if (throwing.includes('thenable')) {
    const thenable = Object.fromEntries([['then', fail]]) as unknown as PromiseLike<unknown>;
    drain.waitUntil(thenable, 'foreign work');
  }
  return () => {
    for (const channel of channels) unsubscribe(channel, fail);
  };
}

/** Puts timers and a clock that stand still in the place of the process's own. Returns a function that takes them off. */
export function fakeTimers(): () => void {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = globalThis;
  const own = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };
  const now = Object.getOwnPropertyDescriptor(performance, 'now');
  const still = { ref: () => still, unref: () => still, refresh: () => still, hasRef: () => false };
  const never = () => still;
  const nothing = () => {};
  Object.assign(globalThis, {
    setTimeout: never,
    setInterval: never,
    setImmediate: never,
    clearTimeout: nothing,
    clearInterval: nothing,
    clearImmediate: nothing,
  });
  const stoppedAt = performance.now();
  Object.defineProperty(performance, 'now', { value: () => stoppedAt, configurable: true, writable: true });
  return () => {
    Object.assign(globalThis, own);
    if (now) Object.defineProperty(performance, 'now', now);
    else Reflect.deleteProperty(performance, 'now');
  };
}

const ANSWER = 'still here';

/** A server that another drain tracks, which nobody shuts down, and a client of it that goes on asking. */
export class Bystander {
  readonly #server: http.Server;
  readonly #drain = createDrain();
  readonly #timer: NodeJS.Timeout;
  readonly #client: net.Socket;
  #asked = 0;
  #got = '';
  #closed = false;

  static async open(): Promise<Bystander> {
    const server = http.createServer((_request, response) => response.end(ANSWER));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bystander = new Bystander(server);
    await new Promise((resolve) => bystander.#client.once('connect', resolve));
    return bystander;
  }

  private constructor(server: http.Server) {
    this.#server = server;
    this.#drain.track(server);
    this.#client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    this.#client.setEncoding('latin1').on('data', (text: string) => {
      this.#got += text;
    });
    this.#client.on('error', () => {});
    this.#client.on('close', () => {
      this.#closed = true;
    });
    this.#timer = setInterval(() => this.#ask(), 20);
  }

  /** What it suffered from the drain of others. */
  async leave(): Promise<string[]> {
    clearInterval(this.#timer);
    this.#ask();
    const answers = () => this.#got.split(ANSWER).length - 1;
    for (let turns = 0; turns < 1_000 && answers() < this.#asked && !this.#closed; turns++) await turn();
    const suffered: string[] = [];
    if (answers() < this.#asked) suffered.push(`answered ${answers()} of ${this.#asked} requests`);
    if (/connection: close/i.test(this.#got)) suffered.push('said Connection: close');
    if (this.#closed) suffered.push('closed a connection');
    if (!this.#server.listening) suffered.push('does not listen any more');
    if (this.#drain.phase !== 'serving') suffered.push(`has a drain that is ${this.#drain.phase}`);
    const closed = new Promise((resolve) => this.#server.once('close', resolve));
    this.#server.close();
    this.#client.destroy();
    await closed;
    return suffered;
  }

  #ask(): void {
    this.#asked++;
    this.#client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  }
}
