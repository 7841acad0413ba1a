import type { IncomingMessage, ServerResponse } from 'node:http';
import { now } from '../node/clock.js';
import {
  currentResponse,
  type HttpSocket,
  isEndedByClose,
  isHeadOut,
  isUpgraded,
  lastRequest,
  resetSocket,
} from '../node/internals.js';
import { nextTick } from '../node/timers.js';
import { turn } from '../node/turn.js';
import { Announcement } from './announcement.js';
import { Connection, type ConnectionState, type Receiving } from './connection.js';
import { endSocket } from './destroy.js';
import { describeRequest, Exchange, type RequestHead, type RequestInfo } from './exchange.js';
import {
  discardInput,
  isRead,
  lingerThenClose,
  READER_SILENCE_MS,
  SILENCE_MS,
  whenSilent,
} from './linger.js';
import { refuseOnSocket } from './refusal.js';

/** Who was sent more than this may be reading it still, however long ago that was: the kernels take megabytes. */
const AT_ONCE_BYTES = 64 * 1024;

/** What a socket was handed over for. */
interface Upgrade {
  readonly head: RequestHead;
  readonly protocol: string;
  readonly since: number;
  /** What had been written to its socket when it was asked for. */
  readonly written: number;
}

/**
 * An HTTP/1 connection, plain or TLS.
 *
 * Once retired it ends by the first of these that holds:
 * 1. an answer is under way: after the last one (which says `Connection: close` where its head was not sent yet);
 * 2. upgraded: its owner ends it;
 * 3. its client was told: lingering close, also while an answered request's body still comes;
 * 4. a request is half received: after its answer; the server's own timeouts bound the wait. Where Node does not know
 *    (nor has timeouts, on a server that is fed by hand): or by lingering close, once its client is silent;
 * 5. an answered request's body still comes, and its client was not told, so that more requests may follow: after
 *    it, or by lingering close, once its client is silent;
 * 6. it was used just now, or was sent much, so that its answer may still be on its way: by lingering close, after an
 *    answer once the kernel holds nothing more of what its client sent;
 * 7. it is new and silent: after FIRST_REQUEST_MS;
 * 8. idle: at once.
 */
export class Http1Connection extends Connection {
  declare readonly socket: HttpSocket;
  /** It was there before tracking, and may have answers that began unseen. */
  #adopted = false;
  /** A request whose answer was complete before its body, until that has come too. */
  #unread: IncomingMessage | undefined;
  /** When it retired a request was half received, or reading was paused: what comes may have been sent before. */
  #promised = false;
  /** An answer's head has said `Connection: close`. */
  #told = false;
  #lingering = false;
  /** Ends the watch for its client's silence, of which there is one at a time: many answers may end in one tick. */
  #endWatch: (() => void) | undefined;
  #upgrade: Upgrade | undefined;

  override get state(): ConnectionState {
    if (this.#isUpgraded) return 'upgraded';
    if (this.exchanges.length > 0) return 'active';
    return this.served ? 'idle' : 'new';
  }

  /** An upgrade or CONNECT has taken its socket over. */
  upgraded(request: IncomingMessage): void {
    const { method, url, headers } = request;
    const protocol = method === 'CONNECT' ? 'connect' : (headers.upgrade ?? '').toLowerCase();
    const { bytesWritten: written } = this.socket;
    this.#upgrade = { head: { method, url }, protocol, since: now(), written };
  }

  override get isHandedOver(): boolean {
    if (this.state !== 'upgraded') return false;
    return this.#upgrade === undefined || this.socket.bytesWritten > this.#upgrade.written;
  }

  /** One from before tracking is not known any better. */
  override describeUpgrade(urls: 'path' | 'full'): RequestInfo | undefined {
    if (this.state !== 'upgraded') return undefined;
    const { head = {}, protocol = 'upgraded', since = this.openedAt } = this.#upgrade ?? {};
    return describeRequest(head, urls, { since, protocol, remoteAddress: this.remoteAddress });
  }

  get #isUpgraded(): boolean {
    return isUpgraded(this.socket, this.home.server);
  }

  override protocol(request: IncomingMessage): string {
    return `http/${request.httpVersion}`;
  }

  /** Its client was told that it closes: what it asks for from now on reaches no handler. */
  get told(): boolean {
    return this.#told;
  }

  /** What it asks for is served, whatever it is, since it had begun to ask before. */
  get promised(): boolean {
    return this.#promised;
  }

  override adopt(): void {
    super.adopt();
    this.#adopted = true;
    this.#adoptCurrentAnswer();
  }

  beginAnswer(request: IncomingMessage, response: ServerResponse): Exchange {
    const exchange = new Exchange(this, request, response);
    this.#unread = undefined;
    exchange.promised = this.#promised;
    this.begin(exchange);
    if (this.home.announcing) this.announce();
    else if (this.isTooOld(exchange.startedAt)) this.#announceAge();
    return exchange;
  }

  #announceAge(): void {
    this.home.guard();
    this.announce();
  }

  override end(exchange: Exchange, answered: boolean): void {
    super.end(exchange, answered);
    const request = exchange.request as IncomingMessage;
    if (!request.complete) this.#keepUnread(request);
    if (this.retired || this.#adopted) nextTick(() => this.#afterAnswer());
  }

  #keepUnread(request: IncomingMessage): void {
    this.#unread = request;
    whenReceived(request, () => {
      if (this.#unread === request) this.#unread = undefined;
    });
  }

  /** An upgrade or CONNECT that is answered 503: the socket is nobody's now, and closes. */
  refuseUpgrade(request: IncomingMessage): void {
    const exchange = new Exchange(this, request, request);
    exchange.refused = true;
    this.begin(exchange);
    super.end(exchange, true);
    this.#lingering = this.#told = true;
  }

  /** Only now has Node put the next answer of a pipeline on the socket, or closed the connection itself. */
  #afterAnswer(): void {
    if (this.#adopted) this.#adoptCurrentAnswer();
    if (this.retired) void this.#closeIfIdle();
  }

  override announce(): void {
    const newest = this.exchanges.at(-1);
    if (!newest) return;
    const last = lastRequest(this.socket) ?? newest.request;
    for (const exchange of this.exchanges) this.#announcementOf(exchange).close = exchange.request === last;
    this.#lingerAtItsEnd();
  }

  override retire(receiving: Receiving): void {
    this.retired = true;
    // Node pauses it while answers of a pipeline wait for their client to read.
    this.#promised = receiving !== false || this.socket.isPaused();
    const { ledger, retiredAt } = this.home;
    const mayRead = ledger.mayBeRecent(this.usedAfter, retiredAt) || this.socket.bytesWritten > AT_ONCE_BYTES;
    this.#endBy({ receiving, justUsed: this.served && mayRead });
  }

  /**
   * Past its response, which the handler may be writing to: to that it looks as if its client had left. Of a pipeline
   * only the first one can be answered.
   */
  override cutShort(): void {
    const [oldest] = this.exchanges;
    const response = oldest?.answer as ServerResponse | undefined;
    const isItsTurn = response && (currentResponse(this.socket) ?? response) === response;
    // One that somebody else has put there may throw, and it is Node that calls it once both sides have closed.
    const isPatched = Object.hasOwn(this.socket, 'destroy');
    if (
      !oldest ||
      !isItsTurn ||
      isHeadOut(response) ||
      !this.socket.writable ||
      this.#lingering ||
      isPatched
    ) {
      this.force();
      return;
    }
    this.willBeForced();
    oldest.cutShort = this.#lingering = true;
    response.destroyed = true;
    discardInput(this.socket);
    refuseOnSocket(this.socket, oldest.request.method);
    lingerThenClose(this.socket, this.home.foreign, () => this.destroy());
  }

  /** An answer that would look whole to its client, since nothing but the end of the connection ends it, is reset. */
  override force(): void {
    const response = currentResponse(this.socket);
    if (response && isEndedByClose(response)) {
      this.willBeForced();
      this.home.foreign.call('destroy() of a socket', () => resetSocket(this.socket));
    }
    super.force();
  }

  /** The rules, in their order. */
  #endBy({ receiving, justUsed }: { receiving: Receiving; justUsed: boolean }): void {
    if (this.#isInUse())
      this.announce(); // 1 and 2
    else if (this.#told)
      this.#linger(); // 3
    else if (receiving !== false)
      this.#awaitRest(receiving === true); // 4 and 5
    else if (justUsed)
      this.#linger(); // 6
    else if (!this.awaitFirstRequest(() => void this.#closeIfIdle())) this.#close(); // 7 and 8
  }

  #announcementOf(exchange: Exchange): Announcement {
    exchange.announcement ??= new Announcement(exchange.answer as ServerResponse, () =>
      this.#refuseMore(exchange),
    );
    return exchange.announcement;
  }

  /** After a head that says close, no later request on this connection may reach a handler. */
  #refuseMore({ request }: Exchange): void {
    this.#told = true;
    whenReceived(request as IncomingMessage, () => discardInput(this.socket));
  }

  /** Something is under way on it: an answer, what it was upgraded to, or its close. */
  #isInUse(): boolean {
    return this.exchanges.length > 0 || this.#isUpgraded || this.#lingering || this.socket.destroyed;
  }

  async #closeIfIdle(): Promise<void> {
    if (!this.#told && !this.#isInUse()) await this.#readKernel();
    this.#endBy({ receiving: this.home.isReceiving(this.socket), justUsed: this.served });
  }

  /** Until two loop turns have brought nothing: one may be at its end, and read nothing any more. */
  async #readKernel(): Promise<void> {
    for (let before = -1; before !== this.socket.bytesRead; ) {
      before = this.socket.bytesRead;
      await turn();
      await turn();
    }
  }

  /** The rest of a request: of one that has been answered, or of one that is to be. */
  #awaitRest(isBounded: boolean): void {
    this.#lingerAtItsEnd();
    const unread = this.#unread?.complete === false ? this.#unread : undefined;
    if (!unread && isBounded) return;
    const ms = unread && isRead(unread) ? READER_SILENCE_MS : SILENCE_MS;
    this.#endWatch?.();
    this.#endWatch = whenSilent(this.socket, ms, () => this.#isInUse() || this.#linger());
    if (!unread) return;
    readOut(unread);
    whenReceived(unread, () => {
      this.#endWatch?.();
      void this.#closeIfIdle();
    });
  }

  /**
   * Takes on an answer that was begun before this connection was tracked. Node keeps it on the socket until all of it
   * is handed to the kernel, then puts the next one there that pipelining has made wait.
   */
  #adoptCurrentAnswer(): void {
    // Node leaves the answer that was cut on a socket that has closed.
    const response = this.socket.destroyed ? undefined : currentResponse(this.socket);
    if (response && !this.find(response)) this.beginAnswer(response.req, response);
  }

  /** Node calls this after an answer that said close. Its own would reset a peer that is still sending. */
  #lingerAtItsEnd(): void {
    this.socket.destroySoon = () => this.#linger();
  }

  #linger(): void {
    if (this.#lingering) return;
    this.#lingering = true;
    this.#endWatch?.();
    const request = this.#unread ?? (this.exchanges.at(-1)?.request as IncomingMessage | undefined);
    lingerThenClose(this.socket, this.home.foreign, () => this.destroy());
    if (request) readOut(request);
    whenReceived(request, () => discardInput(this.socket));
  }

  #close(): void {
    // TLS says goodbye (close_notify) before it closes; a plain socket has nothing more to say.
    const { foreign } = this.home;
    if ('encrypted' in this.socket && endSocket(this.socket, foreign, () => this.destroy())) return;
    this.destroy();
  }
}

/** Reads a body that nobody reads any more. */
function readOut(request: IncomingMessage): void {
  if (!isRead(request)) request.on('data', () => {});
}

/** Calls back as soon as the whole of a request has come. */
function whenReceived(request: IncomingMessage | undefined, callback: () => void): void {
  if (!request || request.complete) callback();
  else request.once('end', callback);
}
