// Knows nothing of http-drain, and leaves at once.
import express from 'express';
import { addRoutes } from './routes.mjs';

const app = express();
addRoutes(app);
const server = app.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
