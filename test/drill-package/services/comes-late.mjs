/** From its third start on it is ready some time after it listens, and says so; before that it answers 500. */
import { appendFileSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '../../../packages/core/dist/index.mjs';

const starts = process.argv[2] ?? '';
appendFileSync(starts, 'x');
let warm = readFileSync(starts, 'utf8').length <= 2;
setTimeout(() => {
  warm = true;
}, 400);
const server = http.createServer((request, response) => {
  const ready = request.url !== '/readyz' || processDrain.ready;
  response.writeHead(warm ? (ready ? 200 : 503) : 500).end();
});
processDrain.track(server);
server.listen(process.env.PORT ?? 0);

await untilSignal();
await shutdown();
