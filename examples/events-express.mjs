// Server-sent events. A stream that never ends would hold the drain until its deadline: end it on `signal`.
import { drain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';

const app = express();
app.use(drain());
app.get('/', (request, response) => {
  const { signal } = request.drain;
  const end = () => response.end();
  const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), 100);
  response.on('close', () => {
    clearInterval(timer);
    signal.removeEventListener('abort', end);
  });
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end);
});
app.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.outcome === 'drained' ? 0 : 1;
