import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocketClosing, type WebSocketOptions } from '../../packages/core/src/drain/websockets.js';
import { unguarded } from '../support/foreign.js';

vi.mock('../../packages/core/src/node/timers.js', () => import('../support/global-timers.js'));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const fakeClient = () => ({ close: vi.fn(), terminate: vi.fn() });

class FakeServer extends EventEmitter {
  readonly clients: Set<ReturnType<typeof fakeClient>>;

  constructor(count: number) {
    super();
    this.clients = new Set(Array.from({ length: count }, fakeClient));
  }

  get told(): number {
    return [...this.clients].filter(({ close }) => close.mock.calls.length > 0).length;
  }
}

function closing(count: number, options?: WebSocketOptions) {
  const server = new FakeServer(count);
  return { server, closing: new WebSocketClosing(server, unguarded, options) };
}

test('tells all clients at once, with 1001', () => {
  const { server, closing: all } = closing(3);
  all.begin(1_000);
  for (const { close } of server.clients) expect(close).toHaveBeenCalledExactlyOnceWith(1001, undefined);
  expect(vi.getTimerCount()).toBe(0);
});

test('spreads the close frames evenly, the last one at the end', () => {
  const { server, closing: spread } = closing(5, { spreadMs: 100, code: 4000, reason: 'restart' });
  spread.begin(1_000);
  const told = [0, 25, 50, 75, 100].map((at, index) => {
    if (index > 0) vi.advanceTimersByTime(25);
    return [at, server.told];
  });
  expect(told).toEqual([
    [0, 1],
    [25, 2],
    [50, 3],
    [75, 4],
    [100, 5],
  ]);
  expect([...server.clients][4]!.close).toHaveBeenCalledExactlyOnceWith(4000, 'restart');
});

test('spreads them over no more than leaves the last client time for its closing handshake', () => {
  const { server, closing: spread } = closing(4, { spreadMs: 10_000 });
  spread.begin(100);
  vi.advanceTimersByTime(74);
  expect(server.told).toBe(3);
  vi.advanceTimersByTime(1);
  expect(server.told).toBe(4);
});

test('tells a client that comes later at once', () => {
  const { server, closing: all } = closing(0, { spreadMs: 100 });
  all.begin(1_000);
  const late = fakeClient();
  server.emit('connection', late);
  expect(late.close).toHaveBeenCalledExactlyOnceWith(1001, undefined);
});

test('terminates those that are left, and leaves neither timer nor listener', () => {
  const { server, closing: all } = closing(3, { spreadMs: 100 });
  all.begin(1_000);
  all.terminate();
  for (const { terminate } of server.clients) expect(terminate).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
  expect(server.listenerCount('connection')).toBe(0);
});

const CODE = 'a close code: 1000 to 1014 but 1004 to 1006, or 3000 to 4999';

test.each([
  [{ code: 1005 }, `Expected \`code\` to be ${CODE}, got \`1005\``],
  [{ code: 2999 }, `Expected \`code\` to be ${CODE}, got \`2999\``],
  [{ code: 4000.5 }, `Expected \`code\` to be ${CODE}, got \`4000.5\``],
  [
    { reason: 'é'.repeat(62) },
    `Expected \`reason\` to be a string of at most 123 bytes, got \`"${'é'.repeat(62)}"\``,
  ],
  [{ spreadMs: -1 }, 'Expected `spreadMs` to be a finite number >= 0, got `-1`'],
])('says what is wrong with %o', (options, message) => {
  expect(() => closing(1, options)).toThrow(new TypeError(message));
});

test('says what is wrong with a server that is none', () => {
  const message = 'Expected `wss` to be a WebSocketServer of ws, with its set of clients, got `undefined`';
  expect(() => new WebSocketClosing(undefined as never, unguarded)).toThrow(new TypeError(message));
});
