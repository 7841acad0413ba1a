import http from 'node:http';
import { createHttpTerminator } from 'http-terminator';

const server = http.createServer((_, response) => response.end('hello\n')).listen(process.env.PORT ?? 0);
const terminator = createHttpTerminator({ server });
process.on('SIGTERM', () => terminator.terminate());
