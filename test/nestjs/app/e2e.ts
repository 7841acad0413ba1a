/** End-to-end tests, as people write them: application after application in one process. Prints what was seen. */
import { DRAIN, processDrain } from '@http-drain/nestjs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AppModule, tell } from './app.js';

for (const platform of ['express', 'fastify', 'express', 'fastify']) {
  const testing = await Test.createTestingModule({
    imports: [AppModule.with({ readiness: '/readyz' })],
  }).compile();
  const app =
    platform === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter())
      : testing.createNestApplication();
  await app.init();
  if (platform === 'fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  await request(app.getHttpServer()).get('/').expect(200, 'rows');
  await request(app.getHttpServer()).get('/readyz').expect(200, 'ready');
  await app.close();
  tell(platform, app.get(DRAIN).phase, processDrain.phase);
}
tell('listeners', process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'));
