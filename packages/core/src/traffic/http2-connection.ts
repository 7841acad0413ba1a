import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { streamsOf } from '../node/internals.js';
import { clearTimeout, setTimeout } from '../node/timers.js';
import { turn } from '../node/turn.js';
import { Connection, type ConnectionHome, type ConnectionState } from './connection.js';
import { Exchange, type RequestHead } from './exchange.js';
import { LINGER_LIMIT_MS, LINGER_SILENCE_MS } from './linger.js';

/** Loop turns in which streams that were sent together with the first one are read, before GOAWAY. */
const TURNS_BEFORE_GOAWAY = 5;

/**
 * An HTTP/2 session (RFC 9113), over TLS or plain.
 *
 * Retired, it sends GOAWAY with the last stream that it took (section 6.8), finishes the streams under way, and
 * closes. A session that has had no stream yet is kept FIRST_REQUEST_MS for its first ones. HTTP/2 has no
 * `Connection: close`; so during the lame duck nothing is said to it.
 */
export class Http2Connection extends Connection {
  readonly #session: ServerHttp2Session;

  constructor(home: ConnectionHome, socket: Socket, session: ServerHttp2Session) {
    super(home, socket);
    this.#session = session;
  }

  override get state(): ConnectionState {
    if (this.exchanges.length > 0) return 'active';
    return this.served ? 'idle' : 'new';
  }

  override protocol(): string {
    return 'h2';
  }

  /** What the streams asked for is not known. */
  override adopt(): void {
    super.adopt();
    for (const stream of streamsOf(this.#session)) this.beginStream(stream, {});
  }

  beginStream(stream: ServerHttp2Stream, request: RequestHead): Exchange {
    const exchange = new Exchange(this, request, stream);
    const first = !this.served;
    stream.once('close', () => this.end(exchange, this.#isAnswered(stream)));
    this.begin(exchange);
    if (first && this.retired) void this.#goawaySoon();
    return exchange;
  }

  /**
   * A stream whose both sides have ended closes before Node tells of its 'finish', so `writableFinished` may be false
   * for an answer that went out whole. One that is destroyed with its session has no error code either.
   */
  #isAnswered(stream: ServerHttp2Stream): boolean {
    return stream.rstCode === 0 && (stream.writableFinished || (stream.writableEnded && !this.forced));
  }

  override end(exchange: Exchange, answered: boolean): void {
    super.end(exchange, answered);
    if (this.#session.closed && this.exchanges.length === 0) this.#closeWithin(LINGER_LIMIT_MS);
  }

  override announce(): void {}

  override retire(): void {
    this.retired = true;
    if (!this.awaitFirstRequest(() => this.served || this.#goaway())) this.#goaway();
  }

  override force(): void {
    super.force();
    this.#session.destroy();
  }

  async #goawaySoon(): Promise<void> {
    for (let i = 0; i < TURNS_BEFORE_GOAWAY; i++) await turn();
    this.#goaway();
  }

  #goaway(): void {
    if (this.#session.closed || this.#session.destroyed) return;
    this.#session.close();
    if (this.exchanges.length === 0) this.#closeWithin(LINGER_SILENCE_MS);
  }

  /** Node half-closes the socket after the last stream, and would wait for the peer's close for ever. */
  #closeWithin(ms: number): void {
    if (this.socket.destroyed) return;
    const timer = setTimeout(() => this.socket.destroy(), ms);
    this.socket.once('close', () => clearTimeout(timer));
  }
}
