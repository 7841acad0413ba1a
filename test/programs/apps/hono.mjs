// Hono on Node, stopped as the documentation of @hono/node-server shows it.
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const big = Buffer.alloc(24 * 1024 * 1024, 'b');
const app = new Hono();
app.get('/quick', (c) => c.text('quick'));
app.get('/slow', async (c) => {
  await delay(500);
  return c.text('slow');
});
app.get('/big', (c) => c.body(big));
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT) });

process.on('SIGINT', () => {
  server.close();
  process.exit(0);
});
process.on('SIGTERM', () => {
  server.close((err) => {
    if (err) {
      console.error(err);
      process.exit(1);
    }
    process.exit(0);
  });
});
