import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { drain, shutdown, untilSignal } from '@http-drain/express';
import { Controller, Get, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

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

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
app.use(drain({ readiness: '/readyz', liveness: '/livez' }));
// No app.enableShutdownHooks(): its own signal handlers would run beside untilSignal().
await app.listen(3000);

await untilSignal();
const report = await shutdown();
await app.close(); // Nest's own hooks, onModuleDestroy and the others
process.exitCode = report.clean ? 0 : 1;
