import Hapi from '@hapi/hapi';

const server = Hapi.server({ port: process.env.PORT ?? 0 });
server.route({ method: 'GET', path: '/', handler: () => 'hello\n' });
await server.start();
process.on('SIGTERM', () => server.stop({ timeout: 10_000 }));
