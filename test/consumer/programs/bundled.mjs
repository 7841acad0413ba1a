import { once } from 'node:events';
import { drain, shutdown } from '@http-drain/express';
import express from 'express';

const app = express();
app.use(drain());
app.get('/', (_request, response) => setTimeout(() => response.send('served'), 200));
const server = app.listen(0, '127.0.0.1', async () => {
  const answer = fetch(`http://127.0.0.1:${server.address().port}/`);
  await once(server, 'request');
  const report = await shutdown({ deadlineMs: 10_000 });
  const text = await (await answer).text();
  console.log(JSON.stringify({ text, report }));
});
