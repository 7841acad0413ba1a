// The primary alone has the listening socket; each worker says which one it is.
import cluster from 'node:cluster';
import http from 'node:http';

if (cluster.isPrimary) {
  cluster.fork();
  cluster.on('listening', (_, { port }) => console.log(port));
} else {
  http.createServer((_, response) => response.end(String(process.pid))).listen(0, '127.0.0.1');
}
