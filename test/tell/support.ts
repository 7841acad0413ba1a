import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createDrain, type Drain, type DrainOptions } from '@http-drain/core';

/** A server with a request in flight that ends when it is told to. */
export interface Busy {
  drain: Drain;
  finish(): void;
  answer: Promise<Response>;
  /** Resolves once draining has begun and everything that had arrived is read. */
  settled(): Promise<void>;
}

export async function listen(handler: http.RequestListener): Promise<{ server: http.Server; url: string }> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function serveBusily(options: DrainOptions = {}): Promise<Busy> {
  const drain = createDrain({ deadlineMs: 5_000, ...options });
  const held: http.ServerResponse[] = [];
  const { server, url } = await listen((_request, response) => held.push(response));
  drain.track(server);
  const answer = fetch(`${url}/report?secret=1`);
  await once(server, 'request');
  const settled = async () => {
    while (server.listening) await setImmediate();
    for (let turns = 0; turns < 5; turns++) await setImmediate();
  };
  return { drain, finish: () => held.shift()?.end('done'), answer, settled };
}
