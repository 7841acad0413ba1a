import { expect, test } from 'vitest';
import type { Connection } from '../../packages/core/src/traffic/connection.js';
import { Exchange } from '../../packages/core/src/traffic/exchange.js';

const connection = { protocol: () => 'http/1.1', remoteAddress: undefined } as unknown as Connection;
const told = (url: string, urls: 'path' | 'full') => new Exchange(connection, { url }, {}).describe(urls).url;

test.each([
  ['/a/b', '/a/b'],
  ['/a?token=secret', '/a'],
  ['/a#secret', '/a'],
  ['http://user:secret@host:80/a?b=secret', '/a'],
  ['//a//b', '//a//b'],
  ['*', '*'],
  ['host:443', 'host:443'],
])('of %s the path alone is reported', (url, path) => {
  expect(told(url, 'path')).toBe(path);
  expect(told(url, 'full')).toBe(url);
});
