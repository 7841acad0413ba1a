// socket.io: when draining begins its clients lose their transport, upon which they connect again, elsewhere.
import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';
import { Server } from 'socket.io';

const server = http.createServer((_request, response) => response.end('hello\n'));
const io = new Server(server);
io.on('connection', (socket) => socket.on('echo', (text) => socket.emit('echo', text)));
processDrain.track(server);
processDrain.signal.addEventListener('abort', () => io.engine.close());
server.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
