/**
 * What is drilled for docs/what-others-do.md: each server stopped in the best way that its own documentation has, and
 * what its makers say of that, in our words.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const folder = new URL('.', import.meta.url);

/** Of a package that is installed here. */
const npm = (name) => () =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, folder), 'utf8')).version;
/** The first thing in what a command says that looks like a version. */
const says =
  (...command) =>
  () =>
    /\d+\.\d+(\.\d+)?/.exec(execFileSync('sh', ['-c', `${command.join(' ')} 2>&1`], { encoding: 'utf8' }))[0];
const node = () => process.versions.node;

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {() => string} version
 * @property {string} how - how it is stopped
 * @property {string[]} command - as it is started in this folder
 * @property {string} [signal]
 * @property {string[] | null} [rolling] - the command, where it does not take its port from PORT by itself; null: it cannot be told
 * @property {string} [prepare] - a shell command that has to be run first
 * @property {string} words - what its makers say of it
 * @property {string} link
 */

/** @type {Server[]} */
export const SERVERS = [
  {
    name: 'Node, bare',
    version: node,
    how: '`server.close()`',
    command: ['node', 'http-close.mjs'],
    words:
      'Takes no new connection, and closes those that are neither sending a request nor waiting for an answer.',
    link: 'https://nodejs.org/docs/latest-v20.x/api/http.html#serverclosecallback',
  },
  {
    name: 'Express',
    version: npm('express'),
    how: '`server.close()`, as its page on graceful shutdown has it',
    command: ['node', 'express.mjs'],
    words:
      'Stop taking requests, finish those under way, release what is held, exit; it names libraries, too.',
    link: 'https://expressjs.com/en/advanced/healthcheck-graceful-shutdown.html',
  },
  {
    name: 'Fastify',
    version: npm('fastify'),
    how: '`fastify.close()`',
    command: ['node', 'fastify.mjs'],
    words:
      'By design: what comes on a kept connection after close() is answered 503 (`return503OnClosing`); kept connections last 72 s, longer than a load balancer keeps them.',
    link: 'https://fastify.dev/docs/latest/Reference/Server/#return503onclosing',
  },
  {
    name: 'close-with-grace',
    version: npm('close-with-grace'),
    how: 'with `fastify.close()`, as its example has it',
    command: ['node', 'close-with-grace.mjs'],
    words:
      'Runs your closing function at a signal or a fatal error, and ends the process after 10 s at the latest.',
    link: 'https://github.com/mcollina/close-with-grace#readme',
  },
  {
    name: 'hapi',
    version: npm('@hapi/hapi'),
    how: '`server.stop({ timeout: 10_000 })`',
    command: ['node', 'hapi.mjs'],
    words:
      'Refuses new connections and waits for those that there are, until the timeout; idle ones are closed.',
    link: 'https://hapi.dev/api/#-await-serverstopoptions',
  },
  {
    name: 'Hono, node-server',
    version: npm('@hono/node-server'),
    how: 'the snippet of its page on Node.js',
    command: ['node', 'hono.mjs'],
    words: 'Close the server at SIGTERM, and exit when it has closed.',
    link: 'https://hono.dev/docs/getting-started/nodejs',
  },
  {
    name: 'srvx',
    version: npm('srvx'),
    how: '`gracefulShutdown`, which is its default',
    command: ['node', 'srvx.mjs'],
    words: 'Closes at SIGTERM, and by force after five seconds.',
    link: 'https://srvx.h3.dev/guide/options',
  },
  {
    name: 'http-terminator',
    version: npm('http-terminator'),
    how: '`terminate()`',
    command: ['node', 'http-terminator.mjs'],
    words:
      'Follows all connections, says Connection: close where it still can, and ends the rest after five seconds.',
    link: 'https://github.com/gajus/http-terminator#readme',
  },
  {
    name: 'lil-http-terminator',
    version: npm('lil-http-terminator'),
    how: '`terminate()`',
    command: ['node', 'lil-http-terminator.mjs'],
    words: 'The same without dependencies.',
    link: 'https://github.com/flash-oss/lil-http-terminator#readme',
  },
  {
    name: 'stoppable',
    version: npm('stoppable'),
    how: '`server.stop()`',
    command: ['node', 'stoppable.mjs'],
    words:
      'Closes idle connections, kept ones among them, and lets requests in flight end; by FIN, not by force.',
    link: 'https://github.com/hunterloftis/stoppable#readme',
  },
  {
    name: 'http-graceful-shutdown',
    version: npm('http-graceful-shutdown'),
    how: 'as it comes',
    command: ['node', 'http-graceful-shutdown.mjs'],
    words:
      'Ends sockets without a request at once, blocks new ones, waits for the others, exits. A second signal ends the process, since 4.0 on purpose.',
    link: 'https://github.com/sebhildebrandt/http-graceful-shutdown#readme',
  },
  {
    name: 'terminus',
    version: npm('@godaddy/terminus'),
    how: 'as it comes, with a health check',
    command: ['node', 'terminus.mjs'],
    words: 'Fails its health checks at the signal, stops the server, raises the signal again.',
    link: 'https://github.com/godaddy/terminus#readme',
  },
  {
    name: 'terminus, delayed',
    version: npm('@godaddy/terminus'),
    how: 'with the `beforeShutdown` that its manual has for Kubernetes, 5 s',
    command: ['node', 'terminus-delayed.mjs'],
    words: 'The delay gives the load balancer the time to look away.',
    link: 'https://github.com/godaddy/terminus#how-to-set-terminus-up-with-kubernetes',
  },
  {
    name: 'Go, net/http',
    version: says('go', 'version'),
    how: '`Shutdown`',
    command: ['./go-service'],
    prepare: 'GO111MODULE=off go build -o go-service ../services/main.go',
    words:
      'Closes the listeners first, then idle connections, then waits for the others; it interrupts no active one.',
    link: 'https://pkg.go.dev/net/http#Server.Shutdown',
  },
  {
    name: 'uvicorn',
    version: says('uvicorn', '--version'),
    how: 'SIGTERM',
    command: ['uvicorn', '--port', '18081', 'asgi:app'],
    rolling: ['sh', '-c', "'exec uvicorn --port $PORT asgi:app'"],
    words:
      'Stops taking connections, lets each finish its answer, then runs the shutdown of the application.',
    link: 'https://www.uvicorn.org/server-behavior/',
  },
  {
    name: 'gunicorn',
    version: says('gunicorn', '--version'),
    how: 'SIGTERM; 2 workers, gthread, 32 threads each',
    command: ['gunicorn', '-k', 'gthread', '-w', '2', '--threads', '32', '-b', '127.0.0.1:18082', 'wsgi:app'],
    rolling: ['sh', '-c', "'exec gunicorn -k gthread -w 2 --threads 32 -b 127.0.0.1:$PORT wsgi:app'"],
    words:
      'TERM is its graceful stop: workers finish the requests that they have, for 30 s at most. Half a head keeps a thread for all of them, and they are the grace period here, too.',
    link: 'https://docs.gunicorn.org/en/stable/signals.html',
  },
  {
    name: 'nginx, SIGQUIT',
    version: says('nginx', '-v'),
    how: 'its graceful stop',
    command: ['nginx', '-p', '.', '-c', 'nginx.conf', '-g', '"daemon off;"'],
    rolling: null,
    signal: 'SIGQUIT',
    words: 'QUIT is the graceful shutdown.',
    link: 'https://nginx.org/en/docs/control.html',
  },
  {
    name: 'nginx, SIGTERM',
    version: says('nginx', '-v'),
    how: 'its fast stop, which is what a container gets without STOPSIGNAL',
    command: ['nginx', '-p', '.', '-c', 'nginx.conf', '-g', '"daemon off;"'],
    rolling: null,
    words: 'By design: TERM is the fast shutdown.',
    link: 'https://nginx.org/en/docs/control.html',
  },
  {
    name: 'Puma',
    version: says('puma', '--version'),
    how: 'SIGTERM, as it comes',
    command: ['puma', '-b', 'tcp://127.0.0.1:18083'],
    rolling: ['sh', '-c', "'exec puma -b tcp://127.0.0.1:$PORT'"],
    words: 'Stops taking connections and finishes the requests that it has.',
    link: 'https://github.com/puma/puma/blob/master/docs/signals.md',
  },
  {
    name: 'Puma, draining',
    version: says('puma', '--version'),
    how: 'SIGTERM, with `drain_on_shutdown`',
    command: ['puma', '-C', 'puma.rb', '-b', 'tcp://127.0.0.1:18083'],
    rolling: ['sh', '-c', "'exec puma -C puma.rb -b tcp://127.0.0.1:$PORT'"],
    words: 'The option is there for the accept queue: what waits in it is taken and served.',
    link: 'https://puma.io/puma/Puma/DSL.html#drain_on_shutdown-instance_method',
  },
  {
    name: 'http-drain',
    version: () =>
      JSON.parse(readFileSync(new URL('../../../packages/core/package.json', folder), 'utf8')).version,
    how: '`await shutdown()`',
    command: ['node', 'http-drain.mjs'],
    words: 'Ours.',
    link: '../README.md',
  },
];
