import Fastify from 'fastify';

const fastify = Fastify();
fastify.get('/', async () => 'hello\n');
await fastify.listen({ port: Number(process.env.PORT ?? 0) });
process.on('SIGTERM', () => fastify.close());
