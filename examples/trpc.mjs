// tRPC, standalone: createHTTPServer() gives Node's server.
import { setTimeout } from 'node:timers/promises';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';
import { initTRPC } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';

const t = initTRPC.create();
const router = t.router({ hello: t.procedure.query(() => setTimeout(1_000, 'hello')) });
const server = createHTTPServer({ router });
processDrain.track(server);
server.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
