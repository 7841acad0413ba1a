import http from 'node:http';
import { expect, test } from 'vitest';
import { ListenErrors } from '../../packages/core/src/traffic/listen-errors.js';

const app = () => {};
const admin = () => {};

test('a failure stands until its server listens', () => {
  const errors = new ListenErrors();
  const server = http.createServer(app);
  const error = new Error('in use');
  errors.failed(server, error);
  errors.failed(server, error);
  expect(errors.first([])).toBe(error);
  errors.listening(server);
  expect(errors.first([])).toBeUndefined();
});

test('a server for something else does not make it good', () => {
  const errors = new ListenErrors();
  const error = new Error('in use');
  errors.failed(http.createServer(app), error);
  errors.listening(http.createServer(admin));
  expect(errors.first([])).toBe(error);
});

test('a second server for the same handler does, on another port', () => {
  const errors = new ListenErrors();
  errors.failed(http.createServer(app), new Error('in use'));
  errors.listening(http.createServer(app));
  expect(errors.first([])).toBeUndefined();
});
