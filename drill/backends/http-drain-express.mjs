import { drain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';
import { readConfig, tell, work } from './work.mjs';

const config = readConfig();
const app = express();
app.use(drain({ readiness: '/readyz', ...config.drain }));
app.post('/work', express.json(), async (req, res) => {
  await work();
  res.json({ id: req.body.id, instance: config.instance });
});
app.listen(config.listen, () => tell({ ready: true }));

await untilSignal();
const report = await shutdown();
tell({ report });
process.exitCode = report.clean ? 0 : 1;
