import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';
import { WebSocketServer } from 'ws';

const server = http.createServer((_request, response) => {
  setTimeout(() => response.end('hello\n'), 1_000);
});
const wss = new WebSocketServer({ server });
wss.on('connection', (client) => client.on('message', (message) => client.send(`echo ${message}`)));

processDrain.track(server);
// Each client gets close code 1001; spread, so that they do not all reconnect in the same instant.
processDrain.trackWebSockets(wss, { reason: 'restarting', spreadMs: 500 });
server.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
