import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';

const server = http.createServer((_request, response) => {
  setTimeout(() => response.end(`answered by ${process.pid}\n`), 5);
});
processDrain.track(server);
// In the lame duck each keep-alive client is told Connection: close with its next answer.
processDrain.configure({ deadlineMs: 20_000, lameDuckMs: 500 });
server.listen(Number(process.env.PORT ?? 3000));

// Ctrl-C reaches every process of the terminal, the primary's message only this one: either begins the drain.
await untilSignal({ message: 'shutdown' });
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
