import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';

/** systemd's socket-activation protocol (sd_listen_fds): the first descriptor that it hands over is number 3. */
function activatedSocket() {
  const isForUs = Number(process.env.LISTEN_PID) === process.pid && Number(process.env.LISTEN_FDS) >= 1;
  return isForUs ? { fd: 3 } : undefined;
}

const server = http.createServer((_request, response) => {
  setTimeout(() => response.end(`answered by ${process.pid}\n`), 5);
});
processDrain.track(server);
// Below TimeoutStopSec=30 of the unit. No lame duck: systemd keeps the socket, nobody has to be told to go elsewhere.
processDrain.configure({ deadlineMs: 25_000 });
server.listen(activatedSocket() ?? { port: Number(process.env.PORT ?? 3000) });

console.log(`serving, signal ${await untilSignal()}`);
const report = await shutdown();
console.log(`${report.outcome} in ${Math.round(report.durationMs)} ms`);
process.exitCode = report.clean ? 0 : 1;
