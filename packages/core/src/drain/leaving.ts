import type { Foreign } from '../node/foreign.js';
import { nextTick } from '../node/timers.js';
import { misuse } from './errors.js';

/** The part of a response that is used: of HTTP/1 and HTTP/2, a stream, a socket. */
export interface ResponseLike {
  end(): unknown;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  readonly destroyed?: boolean;
  readonly closed?: boolean;
}

/** Responses that end when draining begins, each until it closes: thousands of event streams come and go. */
export class Leaving {
  readonly #foreign: Foreign;
  readonly #begun: () => boolean;
  readonly #waiting = new Set<() => void>();

  /** @param begun - has draining begun? */
  constructor(foreign: Foreign, begun: () => boolean) {
    this.#foreign = foreign;
    this.#begun = begun;
  }

  /**
   * Calls `fn` when draining begins, if it has begun soon, and never once `response` has closed. Returns a function that
   * takes it back.
   */
  add(response: ResponseLike | { readonly raw: ResponseLike }, fn?: () => unknown): () => void {
    const stream = streamOf(response);
    if (fn !== undefined && typeof fn !== 'function') throw misuse('fn', 'a function', fn);
    if (hasClosed(stream)) return () => {};
    const leave = () => {
      forget();
      this.#foreign.call('a function of onDrain()', fn ?? (() => stream.end()));
    };
    const forget = () => {
      this.#waiting.delete(leave);
      stream.off('close', forget);
    };
    this.#waiting.add(leave);
    stream.once('close', forget);
    if (this.#begun()) nextTick(() => this.#waiting.has(leave) && leave());
    return forget;
  }

  /** Draining begins. */
  begin(): void {
    for (const leave of [...this.#waiting]) leave();
  }
}

/** The server that a response is sent by, as far as it tells. */
export function serverOf(response: ResponseLike | { readonly raw: ResponseLike }): object | undefined {
  const stream = streamOf(response) as { socket?: Socket; stream?: HttpStream } & HttpStream;
  return (stream.socket ?? (stream.stream ?? stream).session?.socket)?.server;
}

interface Socket {
  readonly server?: object;
}

interface HttpStream {
  readonly session?: { readonly socket?: Socket };
}

/** Fastify's reply holds Node's response. */
function streamOf(response: ResponseLike | { readonly raw: ResponseLike }): ResponseLike {
  const stream =
    response !== null && typeof response === 'object' && 'raw' in response ? response.raw : response;
  const is = typeof stream?.once === 'function' && typeof stream.off === 'function';
  if (!is) throw misuse('response', "a response of Node's, or a reply of Fastify", response);
  return stream;
}

const hasClosed = ({ closed, destroyed }: ResponseLike): boolean => closed === true || destroyed === true;
