/** Minified and gzipped, as a bundler for Node would take them in; what is not in the package itself stays outside. */
const entry = (name, path, limit, ignore = []) => ({
  name,
  path,
  limit,
  ignore,
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, platform: 'node' }),
});

/**
 * core was to have 8 kB. Without HTTP/2, WebSockets, signals, the watch for exits, log lines, probes, late requests and
 * the snapshot, 9.3 kB are left.
 */
export default [
  entry('@http-drain/core', 'packages/core/dist/index.mjs', '17 kB'),
  entry('@http-drain/express', 'packages/express/dist/index.mjs', '2 kB', ['@http-drain/core']),
  entry('@http-drain/fastify', 'packages/fastify/dist/index.mjs', '2 kB', [
    '@http-drain/core',
    'fastify-plugin',
  ]),
  entry('@http-drain/nestjs', 'packages/nestjs/dist/index.mjs', '2.5 kB', [
    '@http-drain/core',
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/terminus',
  ]),
];
