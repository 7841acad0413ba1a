/** An Express server as anybody would write it, shut down by http-drain. */
import { afterDrain, drain, processDrain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';
import { TIMES, tell, tellOfDrain } from './tell.mjs';
import { countBytes, slowAnswer, streamOfLines } from './work.mjs';

const app = express();
app.use(drain({ readiness: '/readyz', liveness: '/livez' }));
app.get('/', (_request, response) => response.json({ hello: 'world' }));
app.get('/slow', async (_request, response) => response.json(await slowAnswer()));
app.get('/stream', (_request, response) => streamOfLines().pipe(response));
app.post('/upload', async (request, response) => response.json(await countBytes(request)));

const server = app.listen(0, '127.0.0.1', () => tell({ port: server.address().port }));
afterDrain('database', () => tell({ databaseClosed: true }));
const endTelling = tellOfDrain(processDrain);

await untilSignal();
const report = await shutdown(TIMES);
endTelling(report);
process.exitCode = report.clean ? 0 : 1;
