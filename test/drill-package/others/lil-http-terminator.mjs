import http from 'node:http';
import HttpTerminator from 'lil-http-terminator';

const server = http.createServer((_, response) => response.end('hello\n')).listen(process.env.PORT ?? 0);
const terminator = HttpTerminator({ server });
process.on('SIGTERM', async () => {
  const { success, code, error } = await terminator.terminate();
  if (!success) console.error(code, error);
});
