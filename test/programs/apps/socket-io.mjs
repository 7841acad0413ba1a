// socket.io beside a plain handler, stopped as its documentation shows it.
import http from 'node:http';
import { Server } from 'socket.io';

const big = Buffer.alloc(24 * 1024 * 1024, 'b');
const server = http.createServer((request, response) => {
  if (request.url === '/big') response.end(big);
  else if (request.url === '/slow') setTimeout(() => response.end('slow'), 500);
  else response.end('quick');
});
const io = new Server(server, { transports: ['websocket'] });
io.on('connection', (socket) => socket.on('echo', (text, answer) => answer(text)));
server.listen(process.env.PORT);
process.on('SIGTERM', () => io.close(() => process.exit(0)));
