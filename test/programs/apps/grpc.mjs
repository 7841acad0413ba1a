// gRPC, stopped by tryShutdown().
import grpc from '@grpc/grpc-js';
import { service } from './grpc-service.mjs';

const piece = 'b'.repeat(1024 * 1024);
const server = new grpc.Server();
server.addService(service, {
  quick: (_call, answer) => answer(null, 'quick'),
  slow: (_call, answer) => setTimeout(() => answer(null, 'slow'), 500),
  big(call) {
    for (let sent = 0; sent < 24; sent++) call.write(piece);
    call.end();
  },
});
server.bindAsync(`127.0.0.1:${process.env.PORT}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
process.on('SIGTERM', () => server.tryShutdown(() => process.exit(0)));
