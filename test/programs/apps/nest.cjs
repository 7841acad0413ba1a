// NestJS with its own shutdown hooks. What a compiler makes of decorators is written out.
require('reflect-metadata');
const { setTimeout: delay } = require('node:timers/promises');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

const big = 'b'.repeat(24 * 1024 * 1024);

class AppController {
  quick() {
    return 'quick';
  }
  async slow() {
    await delay(500);
    return 'slow';
  }
  big() {
    return big;
  }
  onApplicationShutdown(signal) {
    console.log(`onApplicationShutdown ${signal}`);
  }
}
for (const name of ['quick', 'slow', 'big']) {
  const { prototype } = AppController;
  Get(name)(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}
Controller()(AppController);

class AppModule {}
Module({ controllers: [AppController] })(AppModule);

async function bootstrap() {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT);
}

void bootstrap();
