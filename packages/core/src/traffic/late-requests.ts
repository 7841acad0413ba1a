import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';

const BODY = 'Service Unavailable: this server is shutting down.\n';
const HEAD = {
  'retry-after': '1',
  'content-type': 'text/plain; charset=utf-8',
  'content-length': Buffer.byteLength(BODY),
};

/** The events with which Node hands a request to its handlers. */
const HTTP1_EVENTS = ['request', 'checkContinue', 'checkExpectation'] as const;

// biome-ignore lint/suspicious/noExplicitAny: a listener of any event
type Listener = (...args: any[]) => void;

/**
 * Puts itself before a server's handlers: those requests for which `isRefused` holds are answered 503 with
 * Retry-After (RFC 9110 section 10.2.3), all others reach the handlers as ever. Returns a function that undoes it.
 *
 * @param isRefused - is asked with what identifies the answer: the response, or the HTTP/2 stream
 */
export function refuseLateRequests(
  server: Server,
  isRefused: (answer: object) => boolean,
  own: Listener,
): () => void {
  const undo = [
    intercept(server, 'stream', own, (stream) => {
      if (!isRefused(stream as object)) return false;
      const refused = stream as ServerHttp2Stream;
      refused.respond({ ':status': 503, ...HEAD });
      refused.end(BODY);
      return true;
    }),
    ...HTTP1_EVENTS.map((event) =>
      intercept(server, event, own, (_request, response) => {
        if (!isRefused(response as object)) return false;
        (response as ServerResponse).writeHead(503, HEAD).end(BODY);
        return true;
      }),
    ),
  ];
  return () => {
    for (const restore of undo) restore();
  };
}

function intercept(
  server: Server,
  event: string,
  own: Listener,
  refuse: (...args: unknown[]) => boolean,
): () => void {
  const listeners = (server.rawListeners(event) as Listener[]).filter((listener) => listener !== own);
  if (listeners.length === 0) return () => {};
  const gate: Listener = (...args) => {
    if (refuse(...args)) return;
    for (const listener of listeners) listener.apply(server, args);
  };
  for (const listener of listeners) server.removeListener(event, listener);
  server.on(event, gate);
  return () => {
    server.removeListener(event, gate);
    for (const listener of listeners) server.on(event, listener);
  };
}
