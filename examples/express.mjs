import { afterDrain, drain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';

const app = express();
app.use(drain({ readiness: '/readyz', liveness: '/livez' }));
app.get('/', (_request, response) => {
  setTimeout(() => response.send('hello\n'), 1_000);
});
app.listen(3000);

afterDrain('database', () => console.log('the database is closed after the last answer'));

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
