import { serve } from 'srvx';

// It handles the signal itself: by default, but for CI.
serve({ port: process.env.PORT ?? 0, gracefulShutdown: true, fetch: () => new Response('hello\n') });
