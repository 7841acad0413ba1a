import { fileURLToPath } from 'node:url';

// Its modules are those of the package around it.
const root = fileURLToPath(new URL('../..', import.meta.url));

export default { output: 'standalone', outputFileTracingRoot: root, turbopack: { root } };
