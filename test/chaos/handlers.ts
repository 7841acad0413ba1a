/** What the servers of a world do with a request: the route is the first segment of the path. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Drain } from '@http-drain/core';
import type { Clock } from './clock.js';
import type { Route } from './world.js';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = (ServerResponse | Http2ServerResponse) & {
  write(chunk: Buffer): boolean;
  end(body?: Buffer): unknown;
};

export interface Setting {
  drain: Drain;
  clock: Clock;
}

type Handler = (request: Request, response: Response, setting: Setting) => void;

const SMALL = Buffer.alloc(200, 's');
const BIG = Buffer.alloc(700_000, 'b');
/** More than the kernels of both sides take. */
const HUGE = Buffer.alloc(8_000_000, 'h');

const isHttp1 = (response: Response): response is Response & ServerResponse => !('stream' in response);

function answer(response: Response, body: Buffer): void {
  response.setHeader('content-length', body.length);
  response.end(body);
}

function whenRead(request: Request, done: (bytes: number) => void): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => done(bytes));
}

function pieces(response: Response, count: number, pauseMs: number, clock: Clock): void {
  response.write(SMALL);
  if (count > 1) clock.later(pauseMs, () => pieces(response, count - 1, pauseMs, clock));
  else clock.later(pauseMs, () => response.end());
}

function events(response: Response, { drain, clock }: Setting): void {
  response.setHeader('content-type', 'text/event-stream');
  const end = () => response.writableEnded || response.end(SMALL);
  response.write(SMALL);
  if (drain.signal.aborted) end();
  drain.signal.addEventListener('abort', end, { once: true });
  clock.later(3_000, end);
}

const HANDLERS: Record<Route, Handler> = {
  quick: (_request, response) => answer(response, SMALL),
  slow: (_request, response, { clock }) => clock.later(40, () => answer(response, SMALL)),
  big: (_request, response) => answer(response, BIG),
  huge: (_request, response) => answer(response, HUGE),
  pieces: (_request, response, { clock }) => pieces(response, 5, 8, clock),
  unread: (_request, response, { clock }) => clock.later(5, () => answer(response, SMALL)),
  echo: (request, response) => whenRead(request, (bytes) => answer(response, Buffer.from(String(bytes)))),
  events: (_request, response, setting) => events(response, setting),
  closing: (_request, response) => {
    if (isHttp1(response)) response.setHeader('connection', 'close');
    answer(response, SMALL);
  },
  insists: (_request, response) => {
    const keepAlive: Record<string, string> = isHttp1(response) ? { Connection: 'keep-alive' } : {};
    (response as ServerResponse).writeHead(200, keepAlive).write(SMALL);
    response.end(SMALL);
  },
  works: (_request, response, { drain, clock }) => {
    drain.waitUntil(clock.wait(20), 'work of a request');
    answer(response, SMALL);
  },
  hangs: () => {},
  quits: (request, response) => {
    if (isHttp1(response)) (request as IncomingMessage).socket.destroy();
    else (response as Http2ServerResponse).stream.close();
  },
  deaf: (request, response, { clock }) => {
    request.pause();
    clock.later(300, () => answer(response, SMALL));
  },
};

export function handle(route: string, request: Request, response: Response, setting: Setting): void {
  (HANDLERS[route as Route] ?? HANDLERS.quick)(request, response, setting);
}
