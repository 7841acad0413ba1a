/** Servers, bare clients and a relay that stops: what the tests of this folder play with. All of it ends with a test. */
import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { createDrain, type Drain, type DrainOptions } from '@http-drain/core';

const cleanUps: (() => void)[] = [];

/** For `afterEach`. */
export function cleanUp(): void {
  for (const end of cleanUps.splice(0)) end();
}

export const atTheEnd = (end: () => void): number => cleanUps.push(end);

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** Turns until the condition holds; whoever waits for ever runs into the time of the test. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const get = (path: string, ...lines: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: test', ...lines, '', ''].join('\r\n');

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

export async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUps.push(() => net.Server.prototype.close.call(server));
  return portOf(server);
}

export async function served(
  server: Server,
  options: DrainOptions = {},
): Promise<{ drain: Drain; port: number }> {
  const drain = createDrain({ deadlineMs: 15_000, ...options });
  drain.track(server);
  return { drain, port: await listen(server) };
}

/** The listening socket is closed, and each connection knows what becomes of it. */
export async function settled(server: Server): Promise<void> {
  await until(() => !server.listening);
  await turns(5);
}

/** A client on a bare socket: what it has read, and how its connection ended. */
export class BareClient {
  text = '';
  bytes = 0;
  ending: 'fin' | 'reset' | undefined;

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (data: Buffer) => {
      this.bytes += data.length;
      if (this.text.length < 100_000) this.text += data.toString('latin1');
    });
    socket.on('end', () => {
      this.ending ??= 'fin';
    });
    socket.on('error', () => {
      this.ending = 'reset';
    });
    cleanUps.push(() => socket.destroy());
  }

  static async connect(port: number, options: { stubborn?: boolean } = {}): Promise<BareClient> {
    const socket = net.connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: options.stubborn ?? false,
    });
    const client = new BareClient(socket);
    await once(socket, 'connect');
    return client;
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Resolves once what has been read fits. */
  async saw(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      if (this.socket.destroyed) throw new Error(`the connection ended after ${JSON.stringify(this.text)}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close').catch(() => once(this.socket, 'close'));
  }
}

/** Hands bytes on between clients and a port; what comes from there it leaves in the kernel while it is stopped. */
export class Relay {
  readonly #upstreams: ReadonlySet<Socket>;
  #steps: NodeJS.Timeout | undefined;

  private constructor(
    readonly port: number,
    upstreams: ReadonlySet<Socket>,
  ) {
    this.#upstreams = upstreams;
  }

  static async to(port: number): Promise<Relay> {
    const upstreams = new Set<Socket>();
    const server = net.createServer((client) => {
      const upstream = net.connect(port, '127.0.0.1');
      upstreams.add(upstream);
      upstream.on('data', (data) => client.write(data)).on('end', () => client.end());
      client.pipe(upstream);
      upstream.on('error', () => client.resetAndDestroy());
      client.on('error', () => upstream.resetAndDestroy());
      cleanUps.push(() => client.destroy());
      cleanUps.push(() => upstream.destroy());
    });
    return new Relay(await listen(server), upstreams);
  }

  stop(): void {
    clearInterval(this.#steps);
    for (const upstream of this.#upstreams) upstream.pause();
  }

  /** From now on it takes some bytes at a time only, a few milliseconds between. */
  goOnSlowly(): void {
    this.stop();
    const step = (upstream: Socket) => {
      upstream.once('data', () => upstream.pause());
      upstream.resume();
    };
    this.#steps = setInterval(() => this.#upstreams.forEach(step), 15);
    cleanUps.push(() => clearInterval(this.#steps));
  }
}
