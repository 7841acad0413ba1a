/** A client of a world: connects, goes through its steps, and keeps what it sent and what it got. */
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import type { Answer } from './answer-reader.js';
import { type Clock, clearTimeout, now, setTimeout, turn } from './clock.js';
import { Http1Session } from './http1-session.js';
import { Http2Session } from './http2-session.js';
import type { Place } from './place.js';
import type { ClientPlan, Route, Step } from './world.js';

/** A request as its client saw it. */
export interface Sent {
  id: string;
  url: string;
  route: Route;
  /** Its first bytes were in the kernel by then. */
  sentAt: number | undefined;
  answer: Answer | undefined;
  /** Its server has said (GOAWAY) that it does not take it: it may be sent again elsewhere. */
  refused: boolean;
}

/** What a client can do on a connection, whichever protocol it speaks. */
export interface Session {
  readonly sent: Sent[];
  perform(step: Step): Promise<void>;
  /** It reads all that still comes. */
  hearOut(): void;
}

export class Client {
  socket: Socket | undefined;
  session: Session | undefined;
  port: number | undefined;
  connectedAt: number | undefined;
  closedAt: number | undefined;
  /** Its own end, or its own breach of the protocol; what it asked before need not have been answered. */
  brokeAt: number | undefined;
  readonly #others: Socket[] = [];

  constructor(
    readonly plan: ClientPlan,
    readonly place: Place,
    readonly clock: Clock,
    private readonly nextId: () => string,
  ) {}

  /** One that is about to be sent. */
  newRequest(route: Route): Sent {
    const id = this.nextId();
    return { id, url: `/${route}/${id}`, route, sentAt: undefined, answer: undefined, refused: false };
  }

  get sent(): readonly Sent[] {
    return this.session?.sent ?? [];
  }

  get speaksHttp2(): boolean {
    const { kind } = this.place.plan;
    return kind === 'h2c' || (kind === 'h2' && !this.plan.oldFashioned);
  }

  start(): void {
    this.clock.later(this.plan.startsAt, () => void this.#run());
  }

  break(): void {
    this.brokeAt ??= now();
  }

  /** Opens another connection, and says on it what belongs to no protocol. */
  rant(): void {
    if (this.place.port === undefined) return;
    const socket = net.connect(this.place.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume().write(Buffer.alloc(64, 0xff));
    this.#others.push(socket);
  }

  /** Reads what is still there and sees its connection end. */
  async hearOut(): Promise<void> {
    this.session?.hearOut();
    const { socket } = this;
    if (!socket || socket.closed) return;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, 2_000);
      socket.once('close', () => {
        clearTimeout(limit);
        resolve();
      });
    });
  }

  async leave(): Promise<void> {
    const open = [this.socket, ...this.#others].filter((socket) => socket && !socket.closed) as Socket[];
    await Promise.all(open.map(destroy));
  }

  async #run(): Promise<void> {
    if (this.place.port === undefined || !(await this.#connect(this.place.port))) return;
    const { socket } = this;
    this.session = this.speaksHttp2 ? new Http2Session(this, socket!) : new Http1Session(this, socket!);
    await turn();
    for (const step of this.plan.steps) {
      if (socket!.destroyed) return;
      await this.session.perform(step);
    }
  }

  /** True once the connection is there, and secure if it is to be. */
  #connect(port: number): Promise<boolean> {
    const secure = this.place.plan.kind === 'https' || this.place.plan.kind === 'h2';
    const raw = net.connect({ port, host: '127.0.0.1', noDelay: true });
    // A TLS socket that is destroyed in its handshake leaves the one beneath it open.
    this.#others.push(raw);
    raw.on('error', () => {});
    raw.on('connect', () => {
      this.port = raw.localPort;
    });
    if (secure && this.plan.hello !== 'whole') return this.#stopAtHello(raw);
    const alpn = this.speaksHttp2 ? 'h2' : 'http/1.1';
    const socket = secure
      ? tls.connect({ socket: raw, ALPNProtocols: [alpn], rejectUnauthorized: false })
      : raw;
    this.#watch(socket);
    return new Promise((resolve) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        this.connectedAt = now();
        resolve(true);
      });
      socket.once('close', () => resolve(false));
    });
  }

  #stopAtHello(raw: Socket): Promise<boolean> {
    this.#watch(raw);
    raw.resume();
    // The first bytes of a TLS record of 300 bytes, the rest of which never come.
    if (this.plan.hello === 'half') raw.write(Buffer.from([0x16, 3, 1, 1, 44, 1, 0]));
    return Promise.resolve(false);
  }

  #watch(socket: Socket): void {
    this.socket = socket;
    socket.setMaxListeners(0); // each of its requests may end it, and waits for that
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closedAt = now();
    });
  }
}

async function destroy(socket: Socket): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  await closed;
}
