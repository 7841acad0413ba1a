import { defineConfig } from 'vitest/config';

const results = process.env.RESULTS ?? '.results/npm-test.json';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need what scripts/programs.mjs installs.
    exclude: [
      '**/node_modules/**',
      ...(process.env.PROGRAMS ? [] : ['test/programs/**']),
      // Of npm run test:agents, which installs them.
      ...(process.env.AGENTS ? [] : ['test/agents/**']),
      // They drill services, of which each needs a machine that does nothing else: npm run test:drill.
      ...(process.env.DRILLS
        ? []
        : ['sins', 'first-time', 'drill', 'examples', 'rolling'].map(
            (name) => `test/drill-package/${name}.test.ts`,
          )),
    ],
    // Every test drives real sockets; a child process per file keeps process.exit, signals and the process drain apart.
    pool: 'forks',
    // CI adds the results of all runs up.
    reporters: process.env.CI ? ['default', ['json', { outputFile: results }]] : ['default'],
    // Most of a test is waiting: for deadlines, lingering peers, children that start.
    maxWorkers: 4,
    // A machine of CI's may stall for longer than a test's deadline; what fails three times is not the machine.
    retry: process.env.CI ? 2 : 0,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // The built packages as Node loads them, CommonJS and all: Vite would take their CommonJS for ESM.
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
});
