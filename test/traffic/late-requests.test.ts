import http from 'node:http';
import { expect, test, vi } from 'vitest';
import { refuseLateRequests } from '../../packages/core/src/traffic/late-requests.js';

const fakeResponse = () => {
  const response = { writeHead: vi.fn(() => response), end: vi.fn() };
  return response;
};

test('refused requests get 503 and reach no handler; the others reach each of them', () => {
  const server = http.createServer();
  const handlers = [vi.fn(), vi.fn()];
  for (const handler of handlers) server.on('request', handler);
  const refused = fakeResponse();
  const served = fakeResponse();
  refuseLateRequests(
    server,
    (answer) => answer === refused,
    () => {},
  );

  server.emit('request', {}, refused);
  expect(refused.writeHead).toHaveBeenCalledWith(503, expect.objectContaining({ 'retry-after': '1' }));
  expect(refused.end).toHaveBeenCalledOnce();
  server.emit('request', {}, served);
  for (const handler of handlers) expect(handler).toHaveBeenCalledExactlyOnceWith({}, served);
});

test.each(['checkContinue', 'checkExpectation'])(
  'a refused request is not asked for its body (%s)',
  (event) => {
    const server = http.createServer();
    const handler = vi.fn();
    server.on(event, handler);
    refuseLateRequests(
      server,
      () => true,
      () => {},
    );
    const response = fakeResponse();
    server.emit(event, {}, response);
    expect(response.writeHead).toHaveBeenCalledWith(503, expect.anything());
    expect(handler).not.toHaveBeenCalled();
  },
);

test('undone, the server has the listeners that it had, in their order', () => {
  const server = http.createServer();
  const own = () => {};
  const others = [() => {}, () => {}];
  server.on('stream', own);
  for (const listener of others) server.on('request', listener);
  const before = ['request', 'stream', 'checkContinue'].map((event) => server.rawListeners(event));
  refuseLateRequests(server, () => true, own)();
  expect(['request', 'stream', 'checkContinue'].map((event) => server.rawListeners(event))).toEqual(before);
});
