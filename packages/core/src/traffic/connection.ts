import type { Server, Socket } from 'node:net';
import { elapsed, now } from '../node/clock.js';
import type { Foreign } from '../node/foreign.js';
import { clearTimeout, setTimeout } from '../node/timers.js';
import { bytesRead } from './bytes.js';
import { destroySocket } from './destroy.js';
import type { Carrier, Exchange, RequestHead, RequestInfo } from './exchange.js';
import type { Ledger } from './ledger.js';

/**
 * A connection that has sent nothing yet is kept for its first request, once draining has begun, until nothing has
 * arrived on any connection for this long: while much arrives, its own may still wait its turn.
 */
export const FIRST_REQUEST_MS = 500;

const JITTER = 0.1;

/** What a connection needs of the server that it belongs to. */
export interface ConnectionHome {
  /** Calls what others have put on sockets. */
  readonly foreign: Foreign;
  readonly server: Server;
  readonly ledger: Ledger;
  /** Do answers say that their connection ends (from the lame duck on)? */
  readonly announcing: boolean;
  /** When its connections were retired; the clock is read once for all of them. */
  readonly retiredAt: number;
  isReceiving(socket: Socket): Receiving;
  /** From now on an answer may say that its connection ends: what follows it must reach no handler. */
  guard(): void;
  /** Is it still the connection of its socket? A handshake, and HTTP/1 before a session is made of it, are replaced. */
  holds(connection: Connection): boolean;
}

/** Have the first bytes of a request come, but not yet its last? Undefined where Node does not know. */
export type Receiving = boolean | undefined;

export type ConnectionState = 'handshake' | 'new' | 'idle' | 'active' | 'upgraded';

const NONE: Exchange[] = [];

/**
 * One connection of a tracked server; HTTP/1, HTTP/2 and a TLS handshake differ behind it.
 *
 * It is in use while it has exchanges. Nothing else counts them.
 */
export abstract class Connection implements Carrier {
  readonly openedAt = Math.trunc(now());
  /** How much had arrived when its last answer ended: see {@link Ledger.mayBeRecent}. */
  usedAfter = 0;
  exchanges: Exchange[] = NONE;
  /** Has it carried a request yet? */
  served = false;
  /** Was its last request a health probe? */
  probing = false;
  /** It takes no new work: it closes as soon as what is under way has ended. */
  retired = false;
  /** We destroyed it, at the deadline or by `force()`. */
  forced = false;

  #jitter: number | undefined;

  constructor(
    readonly home: ConnectionHome,
    readonly socket: Socket,
  ) {}

  abstract readonly state: ConnectionState;
  abstract protocol(request: RequestHead): string;

  /** It was there before tracking: what is under way on it is taken on. An answer may have ended just now. */
  adopt(): void {
    this.served = this.hasSent;
    this.usedAfter = this.home.ledger.arrivals;
  }

  /** Has its peer sent anything yet? */
  protected get hasSent(): boolean {
    return bytesRead(this.socket) > 0;
  }

  /** The lame duck has begun: answers from now on tell the client to go. */
  abstract announce(): void;

  /** Draining has begun, and all that had arrived is read: closes now if idle, else when it comes to be idle. */
  abstract retire(receiving: Receiving): void;

  /** Is it upgraded, and has its client been answered? Until then it has asked for something, and may be refused it. */
  get isHandedOver(): boolean {
    return false;
  }

  /** What it is in use for, if its socket was handed over. */
  describeUpgrade(_urls: 'path' | 'full'): RequestInfo | undefined {
    return undefined;
  }

  /**
   * The time is over: requests of which no head of an answer has gone out are answered 503, for as long as the
   * connection is left to say it; where there are none it is destroyed at once.
   */
  abstract cutShort(): void;

  /** Asked now and then while draining: takes for over what is, and of which Node does not tell. */
  sweep(): void {}

  /** Destroys it, whatever is under way. */
  force(): void {
    this.willBeForced();
    this.destroy();
  }

  protected willBeForced(): void {
    if (this.forced || this.socket.destroyed) return;
    this.forced = true;
    this.home.ledger.cutUpgrade((urls) => this.describeUpgrade(urls));
    void this.remoteAddress; // Node remembers it if asked in time, and the report names it.
  }

  protected destroy(): void {
    destroySocket(this.socket, this.home.foreign);
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress;
  }

  begin(exchange: Exchange): void {
    this.served = true;
    this.probing = false;
    if (this.exchanges.length === 0) this.exchanges = [exchange];
    else this.exchanges.push(exchange);
    this.home.ledger.begin(exchange);
  }

  /** The end of an exchange; a second end of the same one is nothing. */
  end(exchange: Exchange, answered: boolean): void {
    const index = this.exchanges[0] === exchange ? 0 : this.exchanges.indexOf(exchange);
    if (index < 0) return;
    if (this.exchanges.length === 1) this.exchanges = NONE;
    else this.exchanges.splice(index, 1);
    this.usedAfter = this.home.ledger.arrivals;
    const completed = answered && !exchange.cutShort;
    this.home.ledger.end(exchange, completed ? 'completed' : this.forced ? 'forced' : 'aborted');
  }

  /** Is it older than a connection may be while serving? Each is a little different: they do not all go together. */
  protected isTooOld(at: number): boolean {
    const { maxConnectionAgeMs = 0 } = this.home.ledger.options();
    if (maxConnectionAgeMs === 0) return false;
    this.#jitter ??= 1 - JITTER + 2 * JITTER * Math.random();
    return at - this.openedAt > maxConnectionAgeMs * this.#jitter;
  }

  /** Its socket has closed: nothing more will come of what was under way. */
  closed(): void {
    while (this.exchanges[0]) this.end(this.exchanges[0], false);
  }

  find(answer: object): Exchange | undefined {
    const [oldest] = this.exchanges;
    return oldest?.answer === answer ? oldest : this.exchanges.find((exchange) => exchange.answer === answer);
  }

  /** Calls `close` once a connection without a request yet has had its time; true if that is still to come. */
  protected awaitFirstRequest(close: () => void): boolean {
    const leftMs = () => FIRST_REQUEST_MS - elapsed(Math.max(this.openedAt, this.home.ledger.lastArrivalAt));
    if (this.served || leftMs() <= 0) return false;
    const check = () => {
      if (!this.home.holds(this)) return;
      if (this.served || leftMs() <= 0) close();
      else timer = setTimeout(check, leftMs());
    };
    let timer = setTimeout(check, leftMs());
    this.socket.once('close', () => clearTimeout(timer));
    return true;
  }
}
