import { Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

@WebSocketGateway()
class EchoGateway {
  @SubscribeMessage('echo')
  echo(_client: unknown, text: string) {
    return { event: 'echo', data: text };
  }
}

@WebSocketGateway({ namespace: 'chat' })
class ChatGateway extends EchoGateway {}

@Module({ providers: [EchoGateway] })
export class GatewayModule {}

@Module({ providers: [EchoGateway, ChatGateway] })
export class NamespacedGatewayModule {}
