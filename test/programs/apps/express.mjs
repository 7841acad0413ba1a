// Express, whose listener exits at once.
import express from 'express';

const big = Buffer.alloc(24 * 1024 * 1024, 'b');
const app = express();
app.get('/quick', (_request, response) => response.send('quick'));
app.get('/slow', (_request, response) => setTimeout(() => response.send('slow'), 500));
app.get('/big', (_request, response) => response.send(big));
app.listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
