/** A Nest application, as its one argument says. It prints what happens to it. */
import type { AddressInfo } from 'node:net';
import { createDrain, DRAIN, processDrain } from '@http-drain/nestjs';
import { Controller, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { AppModule, Closer, tell } from './app.js';
import { GatewayModule, NamespacedGatewayModule } from './gateway.js';
import type { Settings } from './settings.js';

@Controller()
class MessageController {
  @MessagePattern('sum')
  sum(numbers: number[]): number {
    return numbers.reduce((sum, number) => sum + number, 0);
  }
}

@Module({ controllers: [MessageController] })
class MessageModule {}

const settings: Settings = JSON.parse(process.argv[2] ?? '{}');
const drain = settings.ownDrain ? createDrain() : processDrain;
const gateways = { ws: [GatewayModule], 'socket.io': [NamespacedGatewayModule], none: [] }[
  settings.gateways ?? 'none'
];
const module = AppModule.with({ drain, ...settings.options }, MessageModule, ...gateways);
const options = { logger: ['warn', 'error'] as ('warn' | 'error')[], abortOnError: false, ...settings.nest };
const app: INestApplication =
  settings.platform === 'fastify'
    ? await NestFactory.create(module, new FastifyAdapter(), options)
    : await NestFactory.create(module, options);

app.setGlobalPrefix('api', { exclude: ['/', 'held', 'large', 'health'] });
if (settings.gateways === 'ws') app.useWebSocketAdapter(new WsAdapter(app));
if (settings.enableShutdownHooks === 'before') app.enableShutdownHooks();
if (settings.microservice) {
  app.connectMicroservice({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: settings.microservice },
  });
  await app.startAllMicroservices();
}
if (settings.closeIn === 'onModuleDestroy') app.get(Closer).close = () => app.close();
if (settings.onSigterm) {
  process.on('SIGTERM', async () => {
    await Promise.all([app.close(), app.close()]);
    tell('closed');
    if (settings.onSigterm === 'close and exit') process.exit(7);
  });
}
if (settings.leak) setInterval(() => {}, 1_000_000);
process.on('SIGUSR1', () => void app.close().then(() => tell('closed')));
process.on('exit', () => tell('phase', app.get(DRAIN).phase));

await app.listen(0, '127.0.0.1');
if (settings.enableShutdownHooks === 'after') app.enableShutdownHooks();
if (settings.closeIn === 'afterDrain') drain.afterDrain('close', () => app.close());
const { port } = app.getHttpServer().address() as AddressInfo;
tell('listening', port);
