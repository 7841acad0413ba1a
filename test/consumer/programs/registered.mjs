import '@http-drain/core/register';
import { once } from 'node:events';
import http from 'node:http';
import { processDrain } from '@http-drain/core';

const server = http.createServer((_request, response) => setTimeout(() => response.end('served'), 200));
server.listen(0, '127.0.0.1', async () => {
  const answer = fetch(`http://127.0.0.1:${server.address().port}/`);
  await once(server, 'request');
  process.once('SIGTERM', async () => {
    const { phase } = processDrain; // 'serving', where register is not there to hold the signal back
    console.log(JSON.stringify({ phase, text: await (await answer).text() }));
  });
  process.kill(process.pid, 'SIGTERM');
});
