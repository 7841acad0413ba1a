import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { Announcement } from '../../packages/core/src/traffic/announcement.js';

function answer() {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'GET', httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 });
  const response = new ServerResponse(request);
  response.shouldKeepAlive = true;
  const onClosingHead = vi.fn();
  const announcement = new Announcement(response, onClosingHead);
  return { response, announcement, onClosingHead };
}

/** The `Connection` header of the head as it goes out. */
function connectionOf(response: ServerResponse): string | undefined {
  const wire = new PassThrough();
  response.assignSocket(wire as never);
  response.end();
  return /^connection: (.*)\r$/im.exec(String(wire.read()))?.[1];
}

test('says close where the head has not gone out', () => {
  const { response, announcement, onClosingHead } = answer();
  announcement.close = true;
  expect(connectionOf(response)).toBe('close');
  expect(onClosingHead).toHaveBeenCalledOnce();
});

test('takes it back, where a later request was pipelined meanwhile', () => {
  const { response, announcement, onClosingHead } = answer();
  announcement.close = true;
  announcement.close = false;
  expect(connectionOf(response)).toBe('keep-alive');
  expect(onClosingHead).not.toHaveBeenCalled();
});

const forms: [form: string, head: readonly unknown[]][] = [
  ['an object', [200, { connection: 'keep-alive', 'x-other': '1' }]],
  ['an object after a message', [200, 'Fine', { Connection: 'Keep-Alive' }]],
  ['a flat list', [200, ['Connection', 'keep-alive', 'X-Other', 'connection']]],
];

test.each(forms)('says it although the handler says keep-alive in %s', (_form, head) => {
  const { response, announcement } = answer();
  announcement.close = true;
  (response.writeHead as (...args: unknown[]) => unknown)(...head);
  expect(connectionOf(response)).toBe('close');
});

test('says it although the handler has set the header', () => {
  const { response, announcement } = answer();
  response.setHeader('Connection', 'keep-alive');
  announcement.close = true;
  expect(connectionOf(response)).toBe('close');
});

test.each([
  ['in the call', (response: ServerResponse) => response.writeHead(101, { Connection: 'Upgrade' })],
  [
    'by its status',
    (response: ServerResponse) => {
      response.statusCode = 101;
      response.setHeader('Connection', 'Upgrade');
      response.flushHeaders();
    },
  ],
])('leaves an upgrade alone that the handler answers itself: %s', (_how, upgrade) => {
  const { response, announcement, onClosingHead } = answer();
  announcement.close = true;
  upgrade(response);
  expect(connectionOf(response)).toBe('Upgrade');
  expect(onClosingHead).not.toHaveBeenCalled();
});
