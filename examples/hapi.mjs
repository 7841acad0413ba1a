// hapi: its server is `server.listener`. Its stop() comes last, when nothing is left to wait for.
import { setTimeout } from 'node:timers/promises';
import Hapi from '@hapi/hapi';
import { afterDrain, processDrain, shutdown, untilSignal } from '@http-drain/core';

const server = Hapi.server({ port: 3000 });
server.route({ method: 'GET', path: '/', handler: () => setTimeout(1_000, 'hello\n') });
processDrain.track(server.listener);
afterDrain('hapi', () => server.stop());
await server.start();

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
