import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import gracefulPlugin, { shutdown, untilSignal } from '@http-drain/fastify';
import { Controller, Get, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

@Controller()
class HelloController implements OnModuleDestroy {
  @Get()
  hello(): Promise<string> {
    return setTimeout(1_000, 'hello\n');
  }

  onModuleDestroy(): void {
    console.log('the database is closed after the last answer');
  }
}

@Module({ controllers: [HelloController] })
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
  logger: ['warn', 'error'],
});
await app.register(gracefulPlugin, { readiness: '/readyz', liveness: '/livez' });
// No app.enableShutdownHooks(): its own signal handlers would run beside untilSignal().
await app.listen(3000);

await untilSignal();
const report = await shutdown();
await app.close(); // Nest's own hooks, onModuleDestroy and the others
process.exitCode = report.clean ? 0 : 1;
