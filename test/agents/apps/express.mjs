import { drain, shutdown, untilSignal } from '@http-drain/express';
import express from 'express';

const app = express();
app.use(drain());
app.get('/', (_request, response) => response.send('ok'));
app.get('/slow', (request, response) => {
  console.log(`request ${request.url}`);
  setTimeout(() => response.send('slow'), 800);
});
app.post('/upload', (request, response) => {
  let bytes = 0;
  request.on('data', ({ length }) => {
    bytes += length;
  });
  request.on('end', () => response.send(`got ${bytes}`));
});
const server = app.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));

await untilSignal();
console.log(`report ${JSON.stringify(await shutdown())}`);
