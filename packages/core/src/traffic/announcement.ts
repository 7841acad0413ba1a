import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** An upgrade that a handler answers itself: its Connection header is the answer (RFC 9110 section 15.2.2). */
const SWITCHING_PROTOCOLS = 101;

type Headers = OutgoingHttpHeaders | readonly unknown[];

/**
 * What the head of an HTTP/1 answer says of its connection. It can change until the head is written, since under
 * pipelining only the last answer may say `Connection: close` (RFC 9112 section 9.6).
 *
 * The head says it even where the handler wrote `Connection: keep-alive` itself, as event streams and proxies do.
 */
export class Announcement {
  readonly #response: ServerResponse;
  readonly #keptAlive: boolean;
  #close = false;

  /** @param onClosingHead - called once a head that says close has been written */
  constructor(response: ServerResponse, onClosingHead: () => void) {
    this.#response = response;
    this.#keptAlive = response.shouldKeepAlive;
    const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      const closes = this.#close && !response.headersSent && args[0] !== SWITCHING_PROTOCOLS;
      writeHead.apply(response, closes ? sayingClose(response, args) : args);
      if (closes) onClosingHead();
      return response;
    };
  }

  /** Will the head, or did it, say `Connection: close`? */
  get close(): boolean {
    return this.#close;
  }

  set close(close: boolean) {
    if (this.#response.headersSent) return;
    this.#close = close;
    this.#response.shouldKeepAlive = close ? false : this.#keptAlive;
  }
}

function sayingClose(response: ServerResponse, args: readonly unknown[]): unknown[] {
  const at = args.findIndex((arg) => typeof arg === 'object' && arg !== null);
  if (at >= 0) return args.with(at, withClose(args[at] as Headers));
  response.setHeader('Connection', 'close');
  return [...args];
}

const isConnection = (name: unknown): boolean => String(name).toLowerCase() === 'connection';

/** Headers as `writeHead()` takes them: an object, a flat list, or a list of pairs. */
function withClose(headers: Headers): Headers {
  if (!Array.isArray(headers)) {
    const others = Object.entries(headers).filter(([name]) => !isConnection(name));
    return { ...Object.fromEntries(others), Connection: 'close' } as OutgoingHttpHeaders;
  }
  if (Array.isArray(headers[0])) {
    return [...headers.filter((pair) => !isConnection((pair as unknown[])[0])), ['Connection', 'close']];
  }
  const others = headers.filter((_, index) => !isConnection(headers[index - (index % 2)]));
  return [...others, 'Connection', 'close'];
}
