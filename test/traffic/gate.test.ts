import http from 'node:http';
import { expect, test, vi } from 'vitest';
import { Gate } from '../../packages/core/src/traffic/gate.js';
import { unguarded } from '../support/foreign.js';

const keeper = { foreign: unguarded, onStream() {}, onUpgrade: () => undefined };

const fakeResponse = () => {
  const response = { writeHead: vi.fn(() => response), end: vi.fn() };
  return response;
};

function gated() {
  const server = http.createServer();
  const gate = new Gate(server, keeper);
  gate.stand();
  return { server, gate };
}

test('refused requests get 503 and reach no handler; the others reach each of them, whenever it was added', () => {
  const { server, gate } = gated();
  const handlers = [vi.fn(), vi.fn()];
  for (const handler of handlers) server.on('request', handler);
  const refused = fakeResponse();
  const served = fakeResponse();
  gate.judge(refused, 'refuse');

  server.emit('request', {}, refused);
  expect(refused.writeHead).toHaveBeenCalledWith(503, expect.objectContaining({ 'retry-after': '1' }));
  expect(refused.end).toHaveBeenCalledOnce();
  server.emit('request', {}, served);
  for (const handler of handlers) expect(handler).toHaveBeenCalledExactlyOnceWith({}, served);
});

test.each(['checkContinue', 'checkExpectation'])(
  'a refused request is not asked for its body (%s)',
  (event) => {
    const { server, gate } = gated();
    const handler = vi.fn();
    server.on(event, handler);
    const response = fakeResponse();
    gate.judge(response, 'refuse');
    server.emit(event, {}, response);
    expect(response.writeHead).toHaveBeenCalledWith(503, expect.anything());
    expect(handler).not.toHaveBeenCalled();
  },
);

test('a request that is dropped is neither answered nor handled', () => {
  const { server, gate } = gated();
  const handler = vi.fn();
  server.on('request', handler);
  const response = fakeResponse();
  gate.judge(response, 'drop');
  server.emit('request', {}, response);
  expect(response.writeHead).not.toHaveBeenCalled();
  expect(handler).not.toHaveBeenCalled();
});

test('gone, it has left nothing on the server, and listeners stand as they stood', () => {
  const server = http.createServer();
  const others = [() => {}, () => {}];
  for (const listener of others) server.on('request', listener);
  const gate = new Gate(server, keeper);
  gate.stand();
  gate.stand();
  gate.leave();
  expect(Object.hasOwn(server, 'emit')).toBe(false);
  expect(server.rawListeners('request')).toEqual(others);
});

test('an emit() that somebody else has put on the server is called, and is there afterwards', () => {
  const server = http.createServer();
  const heard: string[] = [];
  const theirs = (event: string) => {
    heard.push(event);
    return true;
  };
  server.emit = theirs;
  const gate = new Gate(server, keeper);
  gate.stand();
  server.emit('request');
  gate.leave();
  expect(server.emit).toBe(theirs);
  expect(heard).toEqual(['request']);
});

test('an emit() that somebody puts over that of the gate stays, and the gate is open', () => {
  const { server, gate } = gated();
  const below = server.emit;
  const theirs = (...args: unknown[]) => Reflect.apply(below, server, args);
  server.emit = theirs;
  const response = fakeResponse();
  gate.judge(response, 'drop');
  const handler = vi.fn();
  server.on('request', handler);
  server.emit('request', {}, response);
  expect(handler).not.toHaveBeenCalled();
  gate.leave();
  expect(server.emit).toBe(theirs);
  server.emit('request', {}, response);
  expect(handler).toHaveBeenCalledOnce();
});
