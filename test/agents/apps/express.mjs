import { drain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';
import { addRoutes } from './routes.mjs';

const app = express();
app.use(drain());
addRoutes(app);
const server = app.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));

await untilSignal();
console.log(`report ${JSON.stringify(await shutdown())}`);
