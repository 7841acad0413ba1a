/** What is cut at the deadline must not look whole to its client. */
import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, served } from './wire.js';

afterEach(cleanUp);

test.each([
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ['HTTP/1.1, without chunks', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
])('an answer that the end of its connection ends is cut by a reset: %s', async (protocol, request) => {
  const server = http.createServer((_request, response) => {
    if (protocol !== 'HTTP/1.0') response.useChunkedEncodingByDefault = false;
    response.removeHeader('transfer-encoding');
    response.write('half of the report');
  });
  const { drain, port } = await served(server, { deadlineMs: 600 });
  const client = await BareClient.connect(port);
  client.write(request);
  await client.saw(/half of the report$/);
  const report = await drain.shutdown();
  await client.closed();
  expect(client.ending).toBe('reset');
  expect(report.stuck).toHaveLength(1);
});

test('one whose length is told, or that comes in chunks, needs none', async () => {
  const server = http.createServer((_request, response) => void response.write('half of the report'));
  const { drain, port } = await served(server, { deadlineMs: 600 });
  const client = await BareClient.connect(port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.saw(/half of the report/);
  await drain.shutdown();
  await client.closed();
  expect(client.ending).toBe('fin');
});
