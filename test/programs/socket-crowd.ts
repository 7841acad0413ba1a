import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Child } from '../process/child.js';
import { Crowd, type Outcome } from '../register/crowd.js';

const require = createRequire(fileURLToPath(new URL('package.json', import.meta.url)));

interface Socket {
  on(event: string, listener: (...args: unknown[]) => void): void;
  emit(event: string, ...args: unknown[]): void;
  connected: boolean;
}

/** Clients of plain HTTP, and one of socket.io, which must get a close frame before its connection closes. */
export class SocketCrowd {
  readonly #crowd: Crowd;
  readonly #farewell: Promise<unknown[]>;

  private constructor(crowd: Crowd, farewell: Promise<unknown[]>) {
    this.#crowd = crowd;
    this.#farewell = farewell;
  }

  static async arrive(port: number): Promise<SocketCrowd> {
    const { io } = require('socket.io-client') as { io: (url: string, options: object) => Socket };
    const options = { transports: ['websocket'], reconnection: false };
    const socket = io(`http://127.0.0.1:${port}`, options);
    await once(socket as never, 'connect');
    const farewell = once(socket as never, 'disconnect');
    return new SocketCrowd(await Crowd.arrive(port), farewell);
  }

  queueUp(acceptor: Child, signal: NodeJS.Signals): Promise<void> {
    return this.#crowd.queueUp(acceptor, signal);
  }

  async outcome(): Promise<Outcome> {
    const { answered, lost } = await this.#crowd.outcome();
    const [reason, details] = await this.#farewell;
    // Without a close frame (RFC 6455 section 7.1.5).
    const wasCut = (details as { context?: { code?: number } }).context?.code === 1006;
    return { answered, lost: wasCut ? [...lost, `the client of socket.io: ${reason}`] : lost };
  }
}
