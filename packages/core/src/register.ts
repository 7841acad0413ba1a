/**
 * Loaded before a program that knows nothing of it (`node --import @http-drain/core/register server.js`, `--require`,
 * NODE_OPTIONS), it drains all its HTTP servers at SIGTERM or SIGINT, before the program's own listeners for that
 * signal run. Its options come from the environment: HTTP_DRAIN_DEADLINE_MS and others, see docs/register.md.
 *
 * It exports nothing, and does nothing in worker threads.
 */
import { preload } from './process/preload.js';

preload(() => {
  const { attend } = require('./process/attend.js') as typeof import('./process/attend.js');
  return attend(() => (require('./index.js') as typeof import('./index.js')).processDrain);
});
