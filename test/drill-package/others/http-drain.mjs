import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '../../../packages/core/dist/index.mjs';

const server = http.createServer((_, response) => response.end('hello\n'));
processDrain.track(server);
server.listen(process.env.PORT ?? 0);

await untilSignal();
await shutdown();
