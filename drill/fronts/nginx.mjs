import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild, stopChild } from '../run/children.mjs';
import { freePort } from '../run/ports.mjs';
import { temporaryDirectory } from '../run/temporary-directory.mjs';
import { untilAccepting } from './accepting.mjs';

/**
 * nginx with kept-alive upstream connections. It has no health checks, and its default for
 * proxy_next_upstream sends a POST to the other backend only if nothing of it was sent to the first.
 * @param {{ ports: number[], directives?: string }} options directives: more of them, for the server
 */
export async function startNginx({ ports, directives = '' }) {
  const directory = temporaryDirectory('nginx');
  const port = await freePort();
  const configPath = path.join(directory, 'nginx.conf');
  writeFileSync(configPath, configuration({ port, ports, directory, directives }));
  const errorLog = path.join(directory, 'error.log');
  const child = startChild(
    'nginx',
    ['-p', directory, '-c', configPath, '-e', errorLog],
    ['ignore', 'inherit', 'inherit'],
  );
  await untilAccepting(port, child);
  return {
    ports: [port],
    stop: () => stopChild(child),
  };
}

/**
 * One process (no master), so that ending it by its id ends all of it. max_fails=0: a backend that refused
 * a connection while it restarted gets traffic again at once.
 * @param {{ port: number, ports: number[], directory: string, directives: string }} options
 */
function configuration({ port, ports, directory, directives }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  upstream app {
    ${ports.map((backend) => `server 127.0.0.1:${backend} max_fails=0;`).join('\n    ')}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    ${directives}
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;
}
