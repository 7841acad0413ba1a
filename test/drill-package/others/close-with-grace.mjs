import closeWithGrace from 'close-with-grace';
import Fastify from 'fastify';

const fastify = Fastify();
fastify.get('/', async () => 'hello\n');
closeWithGrace(async () => {
  await fastify.close();
});
await fastify.listen({ port: Number(process.env.PORT ?? 0) });
