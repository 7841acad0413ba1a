import type { Foreign } from '../node/foreign.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';
import { checkNames, misuse } from './errors.js';

/** The part of a `ws` WebSocket that is used. */
export interface WebSocketLike {
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** A listener as the types of `ws` have it, too: those take what no narrower type would fit. */
// biome-ignore lint/suspicious/noExplicitAny: a listener of any event
type Listener = (...args: any[]) => void;

/** The part of a `ws` WebSocketServer that is used. */
export interface WebSocketServerLike {
  readonly clients: Iterable<WebSocketLike>;
  on(event: 'connection' | 'close', listener: Listener): unknown;
  off(event: 'connection' | 'close', listener: Listener): unknown;
}

export interface WebSocketOptions {
  /** Close code (RFC 6455 section 7.4). Default 1001, going away. */
  code?: number | undefined;
  /** Close reason, at most 123 bytes of UTF-8. Default none. */
  reason?: string | undefined;
  /**
   * The close frames are spread evenly over this many milliseconds, at most over three quarters of the time until
   * forcing, which leaves the last clients time for their closing handshake. Default 0: all at once.
   */
  spreadMs?: number | undefined;
}

/** Of the time that there is, the most over which close frames are spread. */
const SPREAD_SHARE = 3 / 4;

/** Tells the clients of a WebSocket server to go, once. */
export class WebSocketClosing {
  readonly #server: WebSocketServerLike;
  readonly #code: number;
  readonly #reason: string | undefined;
  readonly #spreadMs: number;
  readonly #timers = new Set<Timer>();
  readonly #foreign: Foreign;
  readonly #closeClient = (client: WebSocketLike) => {
    this.#foreign.call('close() of a WebSocket', () => client.close(this.#code, this.#reason));
  };

  /** @throws TypeError for a server that is none, or bad options */
  constructor(server: WebSocketServerLike, foreign: Foreign, options: WebSocketOptions = {}) {
    checkNames(options, ['code', 'reason', 'spreadMs']);
    const { code = 1001, reason, spreadMs = 0 } = options;
    if (typeof server?.clients?.[Symbol.iterator] !== 'function') {
      throw misuse('wss', 'a WebSocketServer of ws, with its set of clients', server);
    }
    if (!isCloseCode(code))
      throw misuse('code', 'a close code: 1000 to 1014 but 1004 to 1006, or 3000 to 4999', code);
    if (reason !== undefined && (typeof reason !== 'string' || Buffer.byteLength(reason) > 123)) {
      throw misuse('reason', 'a string of at most 123 bytes', reason);
    }
    if (!Number.isFinite(spreadMs) || spreadMs < 0)
      throw misuse('spreadMs', 'a finite number >= 0', spreadMs);
    this.#server = server;
    this.#foreign = foreign;
    this.#code = code;
    this.#reason = reason;
    this.#spreadMs = spreadMs;
  }

  /** Sends each client a close frame, those that come later at once. They are terminated in `withinMs`. */
  begin(withinMs: number): void {
    const clients = this.#clients();
    const stepMs = Math.min(this.#spreadMs, withinMs * SPREAD_SHARE) / Math.max(1, clients.length - 1);
    clients.forEach((client, index) => {
      if (index * stepMs === 0) this.#closeClient(client);
      else this.#later(client, index * stepMs);
    });
    this.#foreign.call('on() of a WebSocket server', () => this.#server.on('connection', this.#closeClient));
  }

  /** Ends those that are left. */
  terminate(): void {
    this.release();
    for (const client of this.#clients()) {
      this.#foreign.call('terminate() of a WebSocket', () => client.terminate());
    }
  }

  release(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#foreign.call('off() of a WebSocket server', () =>
      this.#server.off('connection', this.#closeClient),
    );
  }

  /** Those that the server gave before it threw, where it did. */
  #clients(): WebSocketLike[] {
    const clients: WebSocketLike[] = [];
    this.#foreign.call('clients of a WebSocket server', () => {
      for (const client of this.#server.clients) clients.push(client);
    });
    return clients;
  }

  #later(client: WebSocketLike, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#closeClient(client);
    }, ms);
    this.#timers.add(timer);
  }
}

function isCloseCode(code: number): boolean {
  const defined = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  return Number.isInteger(code) && (defined || (code >= 3000 && code <= 4999));
}
