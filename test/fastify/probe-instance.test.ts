import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import gracefulPlugin, { createDrain } from '@http-drain/fastify';
import Fastify from 'fastify';
import { expect, test } from 'vitest';

test('an instance that serves probes is closed at the end, whoever keeps a connection to it', async () => {
  const drain = createDrain({ deadlineMs: 8_000 });
  const admin = Fastify();
  await admin.register(gracefulPlugin, { drain });
  admin.get('/metrics', async () => 'up 1');
  await admin.listen({ port: 0, host: '127.0.0.1' });
  drain.track(admin.server, { probe: true });
  const scraper = net.connect((admin.server.address() as AddressInfo).port, '127.0.0.1');
  scraper.write('GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n');
  await once(scraper, 'data');
  const { outcome, clean, durationMs } = await drain.shutdown();
  expect({ outcome, clean }).toEqual({ outcome: 'drained', clean: true });
  expect(durationMs).toBeLessThan(1_500);
  if (!scraper.closed) await once(scraper, 'close');
});
