import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Requests } from '../client/requests.js';
import { DrillFailure } from '../service/failure.js';
import type { Guard } from '../service/guard.js';
import type { StartedProxy } from './front.js';
import type { Instance } from './instance.js';
import { freePort } from './port.js';
import { startProgram, untilAccepting } from './program.js';

/** nginx with upstream connections that are kept. It has no health checks: it learns of a stop by a refused connection. */
export async function startNginx(
  instances: readonly Instance[],
  guard: Guard,
  patienceMs: number,
): Promise<StartedProxy> {
  for (const instance of instances) mustBeWhereTold(instance);
  const folder = guard.folder();
  const target = { host: '127.0.0.1', port: await freePort() };
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, target.port, instances));
  const program = await startProgram(
    'nginx',
    ['-p', folder, '-c', file, '-e', join(folder, 'error.log')],
    guard,
  );
  await untilAccepting(program, target, patienceMs);
  return {
    target,
    request: postOf,
    // Its list of addresses is fixed: an instance that is back is used at once.
    admit: async (instance) => mustBeWhereTold(instance),
  };
}

/**
 * nginx sends a GET again to the other instance, whatever has become of it; of what is not idempotent it does so only
 * where nothing was sent. The service gets the GET that it would get without nginx.
 */
function postOf(requests: Requests, id: string): string {
  return requests.post(id, 0);
}

function mustBeWhereTold({ found, service }: Instance): void {
  if (service.env.PORT === `${found.port}`) return;
  throw new DrillFailure(
    'usage',
    `Expected the service to listen on the port that PORT names, as --proxy nginx knows no other; it listens on ${found.port}.`,
    service.output,
  );
}

/**
 * One process (no master). max_fails=0: an instance that refused a connection while it restarted is given requests again
 * at once.
 */
function configuration(folder: string, port: number, instances: readonly Instance[]): string {
  const quoted = (name: string) => JSON.stringify(join(folder, name));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid ${quoted('nginx.pid')};
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${quoted(name)};`).join('\n  ')}
  keepalive_requests 1000000;
  upstream app {
    ${instances.map(({ found }) => `server ${addressOf(found)} max_fails=0;`).join('\n    ')}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_method GET;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Content-Type "";
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }
}
`;
}

export function addressOf({ host, port }: Instance['found']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
