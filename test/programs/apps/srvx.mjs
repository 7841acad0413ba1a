// srvx, the server of Nitro 3 and h3, which stops by itself.
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from 'srvx';

const big = Buffer.alloc(24 * 1024 * 1024, 'b');
serve({
  port: Number(process.env.PORT),
  gracefulShutdown: true,
  silent: true,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/big') return new Response(big);
    if (pathname === '/slow') await delay(500);
    return new Response(pathname.slice(1));
  },
});
