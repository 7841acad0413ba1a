import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { type Answer, AnswerReader } from './answers.js';

/** How a connection ended for the client: an orderly FIN, a reset, or by the client's own hand. */
export type Ending = 'fin' | 'reset' | 'own';

export interface Target {
  port: number;
  host?: string;
  tls: boolean;
}

export interface ClientOptions {
  /** Read nothing until `resume()`; what comes stays in the kernel. */
  paused?: boolean;
  /** Keep our side open after the server's FIN, as a client that never answers a close does. */
  stubborn?: boolean;
  /** Do not wait for the TLS handshake: the server may not have accepted yet. */
  unsecured?: boolean;
}

/**
 * A client on a bare socket: it sends exactly the bytes it is given, at the moment it is given them, and records
 * what came and how the connection ended. Nothing is retried and nothing is tidied up.
 */
export class Client {
  readonly reader = new AnswerReader();
  ending: Ending | undefined;
  bytesRead = 0;
  /** When the server's FIN or reset came, by performance.now(). */
  endedAt: number | undefined;
  #taken = 0;
  #wake: Set<() => void> = new Set();

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (data: Buffer) => {
      this.bytesRead += data.length;
      this.reader.push(data);
      this.#changed();
    });
    socket.on('end', () => this.#ended('fin'));
    socket.on('error', () => this.#ended('reset'));
    socket.on('close', () => this.#ended(socket.readableEnded ? 'fin' : 'reset'));
  }

  /** A client on a socket that somebody else has connected. */
  static on(socket: net.Socket): Client {
    return new Client(socket);
  }

  static async connect(target: Target, options: ClientOptions = {}): Promise<Client> {
    const to = {
      port: target.port,
      host: target.host ?? '127.0.0.1',
      allowHalfOpen: options.stubborn ?? false,
    };
    const socket = target.tls
      ? tls.connect({ ...to, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : net.connect(to);
    const client = new Client(socket);
    if (options.paused) socket.pause();
    await once(socket, target.tls && !options.unsecured ? 'secureConnect' : 'connect');
    return client;
  }

  /** Sends; resolves once the kernel has taken it all. */
  write(data: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(data, (error) => (error ? reject(this.#fault('while it was sending')) : resolve()));
    });
  }

  /** The next answer, whole. Throws, saying what came instead, when the connection ends before. */
  async answer(): Promise<Answer> {
    const index = this.#taken++;
    await this.until(() => this.reader.answers.length > index || this.ending !== undefined);
    const answer = this.reader.answers[index];
    if (answer === undefined) throw this.#fault(`while it waited for answer ${index + 1}`);
    return answer;
  }

  async answers(count: number): Promise<Answer[]> {
    const all: Answer[] = [];
    while (all.length < count) all.push(await this.answer());
    return all;
  }

  /** Resolves with the head of the answer in progress, as soon as it has come. */
  async head(): Promise<Answer> {
    await this.until(() => this.reader.current !== undefined || this.ending !== undefined);
    if (this.reader.current === undefined) throw this.#fault('while it waited for a head');
    return this.reader.current;
  }

  /** Resolves when the condition holds; looked at again whenever something came. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#wake.delete(look);
        resolve();
      };
      this.#wake.add(look);
      look();
    });
  }

  async ended(): Promise<Ending> {
    await this.until(() => this.ending !== undefined);
    return this.ending as Ending;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Leaves without a word: a reset. */
  reset(): void {
    this.#ended('own');
    this.socket.destroy();
  }

  #ended(how: Ending): void {
    if (this.ending !== undefined) return;
    this.ending = how;
    this.endedAt = performance.now();
    if (how === 'fin') this.reader.end();
    this.#changed();
  }

  #changed(): void {
    for (const look of [...this.#wake]) look();
  }

  #fault(when: string): Error {
    const { answers, current, partialBytes } = this.reader;
    const how = this.ending === 'fin' ? 'closed' : 'reset';
    const part = current === undefined ? '' : `, and ${partialBytes} bytes of the body of the next one`;
    return new Error(
      `the client's connection was ${how} ${when}; it had ${answers.length} whole answers${part}`,
    );
  }
}

/** A TCP connection that says nothing, not even a TLS handshake. */
export async function silentConnection(target: Target): Promise<Client> {
  return Client.connect({ ...target, tls: false });
}

/** Whether a new connection is refused by the kernel (and not accepted and dropped). */
export async function isRefused(target: Target): Promise<boolean> {
  const socket = net.connect({ port: target.port, host: target.host ?? '127.0.0.1' });
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
