import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { Foreign } from '../node/foreign.js';
import { shadow } from '../node/shadow.js';
import { destroySocket } from './destroy.js';
import { discardInput, lingerThenClose } from './linger.js';
import { refuse, refuseOnSocket, refuseStream } from './refusal.js';

/**
 * What becomes of a request that is not to reach a handler: it is answered 503 with Retry-After, or, behind an answer
 * that has said close, not at all (RFC 9112 section 9.6): its client knows that.
 */
export type Verdict = 'refuse' | 'drop';

/** Who decides what becomes of requests; those that it has not heard of yet when they come to the gate. */
export interface GateKeeper {
  /** Calls what others have put on sockets. */
  readonly foreign: Foreign;
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  /** An upgrade or CONNECT over HTTP/1, which takes its socket with it. */
  onUpgrade(request: IncomingMessage, socket: Socket): Verdict | undefined;
}

/** Stands before the handlers of a server, whoever added them, and whenever. */
export class Gate {
  readonly #verdicts = new WeakMap<object, Verdict>();
  readonly #server: Server;
  readonly #keeper: GateKeeper;
  #leave: (() => void) | undefined;

  constructor(server: Server, keeper: GateKeeper) {
    this.#server = server;
    this.#keeper = keeper;
  }

  /** What becomes of the request with this answer: a response, or an HTTP/2 stream. The gate has to stand. */
  judge(answer: object, verdict: Verdict): void {
    this.#verdicts.set(answer, verdict);
  }

  stand(): void {
    const gate = this;
    this.#leave ??= shadow(this.#server, 'emit', (emit) => {
      return function (this: Server, event: string, ...args: unknown[]): boolean {
        return gate.#takes(event, args) || emit.call(this, event, ...args);
      };
    });
  }

  /** The server is as if there had been no gate. */
  leave(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  /** Is the event about a request that it keeps from its handlers? */
  #takes(event: string, args: unknown[]): boolean {
    switch (event) {
      case 'stream':
        this.#keeper.onStream(args[0] as ServerHttp2Stream, args[1] as IncomingHttpHeaders);
        return this.#refuses(args[0], (stream) => refuseStream(stream as ServerHttp2Stream));
      case 'request':
      case 'checkContinue':
      case 'checkExpectation':
        return this.#refuses(args[1], (response) => refuse(response as ServerResponse));
      case 'upgrade':
      case 'connect':
        return this.#takesUpgrade(args[0], args[1]);
      default:
        return false;
    }
  }

  #refuses(answer: unknown, refuse: (answer: object) => void): boolean {
    const verdict = this.#verdicts.get(answer as object);
    if (verdict === 'refuse') refuse(answer as object);
    return verdict !== undefined;
  }

  #takesUpgrade(request: unknown, socket: unknown): boolean {
    // On an HTTP/2 server 'connect' tells of a session, too.
    if (typeof (request as IncomingMessage)?.method !== 'string') return false;
    const verdict = this.#keeper.onUpgrade(request as IncomingMessage, socket as Socket);
    if (verdict === undefined) return false;
    // Node listens for errors of it no more, and its client may be gone: an error that nobody hears ends the process.
    (socket as Socket).on('error', () => {});
    discardInput(socket as Socket);
    if (verdict === 'drop') return true;
    refuseOnSocket(socket as Socket, (request as IncomingMessage).method);
    lingerThenClose(socket as Socket, this.#keeper.foreign, () =>
      destroySocket(socket as Socket, this.#keeper.foreign),
    );
    return true;
  }
}
