import net from 'node:net';
import tls from 'node:tls';
import type { Ending } from '../model.js';
import { type Answer, AnswerReader } from './answers.js';
import { type Asked, type Conversation, heardBy, Waiters } from './conversation.js';

export interface Target {
  host: string;
  port: number;
  tls?: boolean;
}

/** A service that is drilled has whatever certificate its developer has at hand. */
function connect({ host, port, tls: secure }: Target): net.Socket {
  const to = { host, port, allowHalfOpen: true };
  return secure
    ? tls.connect({ ...to, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : net.connect(to);
}

/**
 * A client on a bare socket: it sends exactly the bytes that it is given, when it is given them, and records what came
 * and how the connection ended. It never sends anything again.
 */
export class Client implements Conversation {
  readonly asked: Asked[] = [];
  readonly openedAt = performance.now();
  connectedAt: number | undefined;
  /** When it could be sent on: connected, and the TLS handshake done. */
  usableAt: number | undefined;
  ending: Ending | undefined;
  endedAt: number | undefined;
  goneBy: number | undefined;
  /** ECONNRESET and the like; undefined after an orderly end. */
  errorCode: string | undefined;
  /** Of the first packet and its answer, by which a race is judged. */
  roundTripMs = 0;
  localPort: number | undefined;
  readonly socket: net.Socket;
  /** Takes what comes after a 101. */
  onRaw: (data: Buffer) => void = () => {};
  readonly #reader = new AnswerReader({
    interim: (status) => this.#interim(status),
    head: (answer) => this.#head(answer),
    whole: (answer) => this.#whole(answer),
    raw: (data) => this.onRaw(data),
  });
  readonly #waiters = new Waiters();

  constructor(target: Target) {
    this.socket = connect(target);
    this.socket.setNoDelay(true);
    this.socket.on('data', (data: Buffer) => this.#data(data));
    this.socket.on('end', () => this.#fin());
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.socket.on('close', () => this.#end('reset'));
    this.socket.once('connect', () => {
      this.connectedAt = performance.now();
      this.roundTripMs = this.connectedAt - this.openedAt;
      this.localPort = this.socket.localPort;
      if (!target.tls) this.usableAt = this.connectedAt;
      this.#waiters.changed();
    });
    this.socket.once('secureConnect', () => {
      this.usableAt = performance.now();
      this.#waiters.changed();
    });
  }

  /** Resolves with false where the connection was refused, or ended before it was there. */
  async connected(): Promise<boolean> {
    await this.until(() => this.connectedAt !== undefined || this.ending !== undefined);
    return this.connectedAt !== undefined;
  }

  /** Resolves with false where it ended before it could be used. */
  async usable(): Promise<boolean> {
    await this.until(() => this.usableAt !== undefined || this.ending !== undefined);
    return this.usableAt !== undefined;
  }

  /** Begins a request; `all: false`: the caller sends the rest by `finish`. */
  ask(id: string, bytes: string | Buffer, { all = true, warm = false } = {}): Asked {
    const sentAt = performance.now();
    const asked: Asked = {
      id,
      warm,
      sentAt,
      allSentAt: all ? sentAt : undefined,
      continued: false,
      firstByteAt: undefined,
      endedAt: undefined,
      answer: undefined,
    };
    this.asked.push(asked);
    void this.write(bytes);
    return asked;
  }

  /** Sends what is left of a request. */
  finish(asked: Asked, bytes: string | Buffer): void {
    asked.allSentAt = performance.now();
    void this.write(bytes);
  }

  /** Resolves once the kernel has taken it; with false where the connection ended before. */
  write(bytes: string | Buffer): Promise<boolean> {
    if (this.ending !== undefined || !this.socket.writable) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.socket.write(bytes, (error) => resolve(!error));
    });
  }

  /** Resolves with the request's end: its answer came whole, or the connection ended. */
  async answered(asked: Asked): Promise<Answer | undefined> {
    await this.until(() => asked.endedAt !== undefined);
    return asked.answer?.whole ? asked.answer : undefined;
  }

  until(condition: () => boolean): Promise<void> {
    return this.#waiters.until(condition);
  }

  get open(): boolean {
    return this.ending === undefined;
  }

  /** Requests without an end. */
  get pending(): Asked[] {
    return this.asked.filter((asked) => asked.endedAt === undefined);
  }

  /** The service has said that it takes no more requests on it. */
  get leaving(): boolean {
    return !this.socket.writable;
  }

  get garbage(): boolean {
    return this.#reader.garbage;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Ends it by our own hand. */
  close(): void {
    this.#end('own');
    this.socket.destroy();
  }

  #data(data: Buffer): void {
    heardBy();
    const now = performance.now();
    const first = this.pending[0];
    if (first !== undefined) first.firstByteAt ??= now;
    this.#reader.push(data);
    if (this.#reader.garbage) this.close();
    this.#waiters.changed();
  }

  #interim(status: number): void {
    const first = this.pending[0];
    if (first === undefined || status !== 100) return;
    first.continued = true;
    // What counts is the answer.
    first.firstByteAt = undefined;
  }

  #head(answer: Answer): void {
    const first = this.pending[0];
    if (first === undefined) return;
    first.answer = answer;
    first.firstByteAt ??= performance.now();
  }

  #whole(answer: Answer): void {
    const first = this.pending[0];
    if (first?.answer !== answer) return;
    first.endedAt = performance.now();
    if (!closes(answer) || !this.open) return;
    // As clients do: what was announced as closed is closed, and what was sent behind it is not waited for.
    for (const asked of this.pending) asked.endedAt = first.endedAt;
    if (first.allSentAt !== undefined) this.socket.end();
  }

  #fin(): void {
    this.#reader.end();
    this.#end('fin');
    this.socket.end();
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.errorCode = error.code ?? error.message;
    this.#end(this.connectedAt === undefined ? 'refused' : 'reset');
  }

  #end(how: Ending): void {
    if (this.ending !== undefined) return;
    this.ending = how;
    this.endedAt = performance.now();
    if (how !== 'own') this.goneBy = heardBy();
    for (const asked of this.pending) asked.endedAt = this.endedAt;
    this.#waiters.changed();
  }
}

/** Whether an answer says that its connection ends after it. */
export function closes(answer: Answer): boolean {
  const connection = answer.headers.get('connection')?.toLowerCase() ?? '';
  return answer.version === '1.0' ? !connection.includes('keep-alive') : connection.includes('close');
}
