import { afterDrain, drain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';

const app = express();
app.use(
  drain({
    readiness: '/readyz',
    liveness: '/livez',
    // How long the rest of the cluster may take to notice: see README.md for the sum these numbers are part of.
    lameDuckMs: Number(process.env.LAME_DUCK_MS ?? 10_000),
    deadlineMs: Number(process.env.DEADLINE_MS ?? 40_000),
  }),
);
app.get('/', (_request, response) => response.send('hello\n'));
app.listen(Number(process.env.PORT ?? 3000), () => console.log('listening'));

afterDrain('database', async () => console.log('database closed')); // pool.end() and the like

console.log(`${await untilSignal()}: draining`);
const report = await shutdown();
console.log(JSON.stringify(report));
process.exitCode = report.clean ? 0 : 1;
