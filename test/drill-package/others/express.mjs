import express from 'express';

const app = express();
app.get('/', (_, response) => {
  response.send('hello\n');
});
const server = app.listen(process.env.PORT ?? 0);
process.on('SIGTERM', () => server.close());
