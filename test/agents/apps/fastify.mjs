import { gracefulPlugin, shutdown, untilSignal } from '@http-drain/fastify';
import Fastify from 'fastify';

const app = Fastify();
await app.register(gracefulPlugin);
app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
app.get('/', async () => 'ok');
app.get('/slow', async ({ url }) => {
  console.log(`request ${url}`);
  await new Promise((resolve) => setTimeout(resolve, 800));
  return 'slow';
});
app.post('/upload', async ({ body }) => {
  let bytes = 0;
  for await (const { length } of body) bytes += length;
  return `got ${bytes}`;
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`listening ${app.server.address().port}`);

await untilSignal();
console.log(`report ${JSON.stringify(await shutdown())}`);
