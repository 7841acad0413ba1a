// Server-sent events. A stream that never ends would hold the drain until its deadline: onDrain() ends it.
import { drain, onDrain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';

const app = express();
app.use(drain());
app.get('/', (_request, response) => {
  const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), 100);
  response.on('close', () => clearInterval(timer));
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  onDrain(response, () => response.end());
});
app.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
