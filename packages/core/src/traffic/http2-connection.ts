import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { elapsed, now } from '../node/clock.js';
import { streamsOf } from '../node/internals.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';
import { turn } from '../node/turn.js';
import { Connection, type ConnectionHome, type ConnectionState } from './connection.js';
import { Exchange, type RequestHead } from './exchange.js';
import { cutStreamShort, isGivenUp, isOpen, isPromised, isUnread, isUnsent } from './http2-stream.js';
import { isRead, READER_SILENCE_MS, SILENCE_MS, whenSilent } from './linger.js';

/** Loop turns in which streams that were sent together with the first one are read, before GOAWAY. */
const TURNS_BEFORE_GOAWAY = 5;

/** A client that has not asked anew this long after its last answer is not just about to, nor merely held up. */
const QUIET_MS = 500;
/** A session that has asked anew this long after a quiet moment began to be waited for is not left until it has one. */
const BUSY_MS = 200;

/** Who reads more slowly than this, and says nothing meanwhile, is not waited for. In bytes per millisecond. */
const SLOWEST_READER = 64;
/** What was sent longer ago than this is read, or never will be. */
const READ_WITHIN_MS = 60_000;

/**
 * An HTTP/2 session (RFC 9113), over TLS or plain.
 *
 * Retired, it sends GOAWAY with the last stream that it took (section 6.8) and finishes the streams under way, those
 * that it pushes too. A stream has ended for Node when its frames are written; its client may have megabytes of it still
 * to read, and closes the connection once it has. It is waited for as long as it reads, or may be reading: closed
 * earlier, the kernel would answer its next frame (a WINDOW_UPDATE for what it has read, say) with a reset.
 *
 * A session that has had no stream yet is kept FIRST_REQUEST_MS for its first ones.
 *
 * HTTP/2 has no `Connection: close`. So before draining, in the lame duck (where that is wished) and when it is too old,
 * a session gets its GOAWAY when its client is not just about to send a request, which would be refused:
 * 1. no stream is open, none has been for QUIET_MS, and TURNS_BEFORE_GOAWAY bring none; there are clients that give up
 *    what is under way when they are told;
 * 2. it is busy, and never had two streams at once: with its next stream, before that is answered; its client waits.
 */
export class Http2Connection extends Connection {
  readonly #session: ServerHttp2Session;
  /** All streams have ended; its client may have to read them still. */
  #closing = false;
  #usedAt = -Infinity;
  #leaving = false;
  /** Its GOAWAY is held back. */
  #toldLater = false;
  /** Since when a quiet moment is waited for. */
  #waitingSince: number | undefined;
  /** It never had two streams at once. */
  #isSequential = true;
  #quietTimer: Timer | undefined;
  /** How much of answers its client takes unread (RFC 9113 section 6.9), where the first of them was seen. */
  #window: number | undefined;
  /** Answered in full, while their handlers have not read all that came. */
  readonly #unread = new Set<ServerHttp2Stream>();
  /** Those that were given up when it was last looked. */
  #givenUp = new Set<Exchange>();
  /** Of those that were open when it was forced: whose answer had not gone out whole. */
  readonly #cut = new WeakSet<ServerHttp2Stream>();
  /** Ends the watch for its client's silence, of which there is one at a time. */
  #endWatch: (() => void) | undefined;

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

  /** What the streams asked for is not known, nor when the last one ended: it may have been just now. */
  override adopt(): void {
    this.#usedAt = now();
    this.served = (this.#session.state.lastProcStreamID ?? 1) > 0;
    for (const stream of streamsOf(this.#session)) if (!this.find(stream)) this.beginStream(stream, {});
  }

  beginStream(stream: ServerHttp2Stream, request: RequestHead): Exchange {
    const exchange = new Exchange(this, request, stream);
    const first = !this.served;
    if (first) this.#window = this.#session.state.remoteWindowSize;
    stream.once('close', () => this.end(exchange, this.#isAnswered(stream)));
    this.begin(exchange);
    if (this.exchanges.length > 1) this.#isSequential = false;
    if (first && this.retired) void this.#goawaySoon();
    else if (this.#isSequential && exchange.startedAt - (this.#waitingSince ?? Infinity) > BUSY_MS)
      this.#goaway();
    return exchange;
  }

  /**
   * A stream whose both sides have ended closes before Node tells of its 'finish', so `writableFinished` may be false
   * for an answer that went out whole. One that is destroyed with its session has no error code either; nor one that its
   * handler had not ended, but then it is aborted. What is sent from a file has ended for its handler at once.
   */
  #isAnswered(stream: ServerHttp2Stream): boolean {
    return (
      stream.rstCode === 0 &&
      !stream.aborted &&
      !this.#cut.has(stream) &&
      (stream.writableFinished || (stream.writableEnded && !this.forced))
    );
  }

  override end(exchange: Exchange, answered: boolean): void {
    super.end(exchange, answered);
    this.#usedAt = now();
    if (this.#session.closed) this.#closeOnceRead();
    else if (this.#leaving || this.isTooOld(this.#usedAt)) this.#goawayOnceQuiet();
  }

  /** It is to go, at the next moment for it. */
  leave(): void {
    this.#leaving = true;
    if (this.served) this.#goawayOnceQuiet();
  }

  override announce(): void {}

  override retire(): void {
    this.retired = true;
    if (!this.awaitFirstRequest(() => this.served || this.#goaway())) this.#goaway();
  }

  override sweep(): void {
    this.#endGivenUp();
    this.#watchUnread();
    if (this.#toldLater) this.#goaway();
  }

  /**
   * A stream stays open until its handler has read all that came, which one whose answer has gone out whole may never do.
   * Its client is told that nobody reads the rest (RFC 9113 section 8.1), once it is silent.
   */
  #watchUnread(): void {
    const streams = this.exchanges.map(({ answer }) => answer as ServerHttp2Stream);
    const more = streams.filter((stream) => !this.#unread.has(stream) && isUnread(stream));
    if (more.length === 0) return;
    for (const stream of more) {
      this.#unread.add(stream);
      stream.once('close', () => this.#unread.delete(stream));
    }
    this.#endWatch?.();
    const ms = [...this.#unread].some(isRead) ? READER_SILENCE_MS : SILENCE_MS;
    this.#endWatch = whenSilent(this.socket, ms, () => {
      for (const unread of this.#unread) unread.destroy();
    });
  }

  /**
   * Of a stream that its client has given up without an error (RST_STREAM with NO_ERROR), Node 20 to 24 wait for ever for
   * the rest of the answer to go out. Each is seen twice before it is taken for one.
   */
  #endGivenUp(): void {
    const givenUp = this.exchanges.filter(({ answer }) => isGivenUp(answer as ServerHttp2Stream));
    for (const exchange of givenUp) {
      if (!this.#givenUp.has(exchange)) continue;
      this.end(exchange, false);
      (exchange.answer as ServerHttp2Stream).destroy();
    }
    this.#givenUp = new Set(givenUp);
  }

  override cutShort(): void {
    const streams = this.exchanges.map((exchange) => ({
      exchange,
      stream: exchange.answer as ServerHttp2Stream,
    }));
    if (!streams.some(({ stream }) => isOpen(stream) && !stream.headersSent)) {
      this.force();
      return;
    }
    this.willBeForced();
    for (const { exchange, stream } of streams) {
      if (isOpen(stream))
        this.home.foreign.call('the end of a stream', () => cutStreamShort(exchange, stream));
    }
    this.#session.close();
  }

  override force(): void {
    for (const { answer } of this.exchanges) {
      if (isUnsent(answer as ServerHttp2Stream)) this.#cut.add(answer as ServerHttp2Stream);
    }
    super.force();
    this.#session.destroy();
  }

  #goawayOnceQuiet(): void {
    this.#waitingSince ??= now();
    if (this.#quietTimer || this.exchanges.length > 0) return;
    const check = () => {
      this.#quietTimer = undefined;
      if (elapsed(this.#usedAt) >= QUIET_MS) void this.#goawayIfQuiet();
      else this.#goawayOnceQuiet();
    };
    this.#quietTimer = setTimeout(check, QUIET_MS - elapsed(this.#usedAt));
  }

  override closed(): void {
    super.closed();
    clearTimeout(this.#quietTimer);
  }

  async #goawayIfQuiet(): Promise<void> {
    for (let i = 0; i < TURNS_BEFORE_GOAWAY && this.exchanges.length === 0; i++) await turn();
    if (this.exchanges.length === 0 && this.home.holds(this)) this.#goaway();
  }

  async #goawaySoon(): Promise<void> {
    for (let i = 0; i < TURNS_BEFORE_GOAWAY; i++) await turn();
    this.#goaway();
  }

  /** Not while a stream is promised and has no head: after it nghttp2 takes none. Retired, it is tried again. */
  #goaway(): void {
    this.#toldLater = streamsOf(this.#session).some(isPromised);
    if (this.#toldLater) return;
    if (!this.#session.closed && !this.#session.destroyed) this.#session.close();
    this.#closeOnceRead();
  }

  /**
   * Node destroys the session after the last stream, of those too that were pushed; half-closes the socket then, and
   * would wait for the peer's close for ever.
   */
  #closeOnceRead(): void {
    if (this.#closing || this.exchanges.length > 0 || this.socket.destroyed) return;
    this.#closing = true;
    whenSilent(this.socket, this.#patienceMs(), () => {
      this.#closing = false;
      if (this.#session.destroyed) this.destroy();
      else this.#closeOnceRead();
    });
  }

  /**
   * How long a silent client may still be reading: what it was sent may lie in its kernel and in ours, and it need not
   * say a word while it reads that, as long as it does not open the window again.
   */
  #patienceMs(): number {
    const { remoteWindowSize = 0 } = this.#session.destroyed ? {} : this.#session.state;
    const unread = Math.min(this.socket.bytesWritten, (this.#window ?? Infinity) - remoteWindowSize);
    const readingMs = Math.min(READ_WITHIN_MS, unread / SLOWEST_READER);
    return Math.max(SILENCE_MS, readingMs - elapsed(this.#usedAt));
  }
}
