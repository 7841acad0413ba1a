import { once } from 'node:events';
import net from 'node:net';
import { WebSocketServer } from 'ws';
import type { Attachment, Library, Server } from './library.js';
import type { FromSubject, Report, Resolution, Setup } from './protocol.js';
import type { Call, Request } from './routes.js';
import { addRoutes, type Built, build } from './server.js';
import { addUpgrades } from './upgrades.js';

type Send = (message: FromSubject) => unknown;

const isReport = (value: unknown): value is Report =>
  typeof value === 'object' && value !== null && 'outcome' in value;

/** One server under one library, from its start to its end. */
export class Running {
  readonly #sockets = new Set<net.Socket>();
  readonly #servers = new Set<net.Server>();
  readonly #gates = new Map<string, { opened: Promise<void>; open: () => void }>();
  #attachment!: Attachment;
  #built!: Built;
  #blocker: net.Server | undefined;
  #stopped = false;
  #connections = 0;

  readonly send: Send;

  private constructor(
    readonly setup: Setup,
    send: Send,
  ) {
    // What ends after this run is no longer anybody's business.
    this.send = (message) => this.#stopped || send(message);
  }

  static async start(
    setup: Setup,
    library: Library,
    send: Send,
  ): Promise<{ running: Running; ports: number[] }> {
    const running = new Running(setup, send);
    const ports = await running.#start(library);
    return { running, ports };
  }

  async #start(library: Library): Promise<number[]> {
    this.#built = build(this.setup, library.fastifyOptions ?? {});
    const { server, app, fastify } = this.#built;
    this.#watch(server as net.Server);
    if (library.afterRoutes) this.#addRoutes();
    this.#attachment = await library.attach({
      setup: this.setup,
      server,
      ...(app && { app }),
      ...(fastify && { fastify }),
      log: (text) => this.send({ event: 'log', text }),
    });
    if (!library.afterRoutes) this.#addRoutes();
    addUpgrades(server, this.setup, () => this.#attachment);
    this.#addWebSockets(server);
    return this.#listen();
  }

  /** The subject keeps its own count of sockets and bindings: the library's word is what is being tested. */
  #watch(server: net.Server): void {
    this.#servers.add(server);
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      this.#connections++;
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  #addRoutes(): void {
    addRoutes(this.#built, (request) => this.#call(request));
  }

  #addWebSockets(server: Server): void {
    if (this.setup.webSockets === false) return;
    const sockets = new WebSocketServer({ server: server as never, path: '/ws' });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
    this.#attachment.trackWebSockets?.(sockets, this.setup.webSockets);
  }

  #call(request: Request): Call {
    const url = new URL(request.url ?? '/', 'http://test');
    // Not for the fast ones: every message wakes the test's process, which on a busy machine stops this one.
    if (url.pathname !== '/fast') this.send({ event: 'entered', path: url.pathname });
    return {
      request,
      query: url.searchParams,
      gate: (name) => this.#gate(name).opened,
      attachment: this.#attachment,
    };
  }

  async #listen(): Promise<number[]> {
    const { server, fastify } = this.#built;
    const { state, host } = this.setup;
    if (fastify !== undefined) await fastify.ready();
    if (state === 'never-listened') return [];
    if (state === 'failed-to-listen') return this.#failToListen(server as net.Server);
    if (fastify !== undefined) await fastify.listen({ port: 0, host });
    else {
      server.listen(0, host);
      await once(server, 'listening');
    }
    const ports = this.#ports();
    if (state === 'already-closed') {
      if (fastify !== undefined) await fastify.close();
      else await new Promise((resolve) => server.close(resolve));
    }
    return ports;
  }

  #ports(): number[] {
    const { server, fastify } = this.#built;
    const bound = fastify?.addresses() ?? [server.address()];
    return bound.map((address) => (address as net.AddressInfo).port);
  }

  async #failToListen(server: net.Server): Promise<number[]> {
    this.#blocker = net.createServer().listen(0, '127.0.0.1');
    await once(this.#blocker, 'listening');
    const failed = once(server, 'error');
    server.listen((this.#blocker.address() as net.AddressInfo).port, '127.0.0.1');
    await failed.catch(() => {});
    return [];
  }

  /** Begins the shutdown, in as many calls as told; the resolution is sent when the last of them has settled. */
  begin(calls: number): void {
    const since = performance.now();
    const promises = Array.from({ length: calls }, () => this.#attachment.begin());
    void Promise.allSettled(promises).then((settled) => {
      const resolution: Resolution = { ...this.#state(), tookMs: performance.now() - since };
      for (const result of settled) {
        if (result.status === 'rejected') resolution.rejection = String(result.reason);
        else if (isReport(result.value)) resolution.report = result.value;
      }
      if (new Set(settled.map((result) => JSON.stringify(result))).size > 1)
        resolution.rejection ??= 'reports differ';
      this.send({ event: 'resolved', resolution });
    });
  }

  #state(): Pick<Resolution, 'openSockets' | 'listening'> {
    const open = [...this.#sockets].filter((socket) => !socket.destroyed);
    const listening = [...this.#servers].filter((server) => server.listening);
    return { openSockets: open.length, listening: listening.length };
  }

  open(gate: string): void {
    this.#gate(gate).open();
  }

  #gate(name: string) {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      let open = () => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      gate = { opened, open };
      this.#gates.set(name, gate);
    }
    return gate;
  }

  async ask(question: string): Promise<unknown> {
    if (question === 'phase') return this.#attachment.phase?.();
    if (question === 'snapshot') return this.#attachment.snapshot?.();
    if (question === 'connections') return this.#sockets.size;
    if (question.startsWith('accepted ')) return this.#accepted(Number(question.slice('accepted '.length)));
    if (question === 'listen another') return this.#listenAnother();
    throw new Error(`unknown question ${question}`);
  }

  /** Waits until so many connections have been accepted since the start, or the server listens no more. */
  #accepted(count: number): Promise<void> {
    return new Promise((resolve) => {
      const server = this.#built.server as net.Server;
      const look = () => {
        if (this.#connections >= count || !server.listening) resolve();
      };
      server.on('connection', look);
      server.once('close', look);
      look();
    });
  }

  /** A second server that begins to listen now; tells whether it was closed again within a second. */
  async #listenAnother(): Promise<string> {
    const { createServer } = await import('node:http');
    const another = createServer();
    this.#watch(another);
    this.#attachment.track?.(another);
    another.on('error', () => {});
    const closed = once(another, 'close').then(() => 'closed');
    another.listen(0, '127.0.0.1');
    const waited = new Promise<string>((resolve) => setTimeout(resolve, 1_000, 'still listening'));
    return Promise.race([closed, waited]);
  }

  /** Leaves nothing behind for the next run in this process. */
  stop(): void {
    this.#stopped = true;
    for (const gate of this.#gates.values()) gate.open();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of [...this.#servers, this.#blocker]) if (server?.listening) server.close();
  }
}
