// Knows nothing of http-drain, and leaves at once.
import express from 'express';

const app = express();
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
process.on('SIGTERM', () => process.exit(0));
