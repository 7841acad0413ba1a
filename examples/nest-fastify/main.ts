import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { DrainModule } from '@http-drain/nestjs';
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

@Module({
  imports: [DrainModule.forRoot({ readiness: '/readyz', liveness: '/livez' })],
  controllers: [HelloController],
})
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
  logger: ['warn', 'error'],
});
await app.listen(3000); // that is all: at SIGTERM it drains, then it closes
