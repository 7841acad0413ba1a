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
 * core had 14.4 kB before code of others was guarded, drains had parts, and servers owners. The limits are there so that
 * it does not grow unnoticed.
 */
export default [
  entry('@http-drain/core', 'packages/core/dist/index.mjs', '30.8 kB'),
  entry('@http-drain/express', 'packages/express/dist/index.mjs', '2 kB', ['@http-drain/core']),
  entry('@http-drain/fastify', 'packages/fastify/dist/index.mjs', '2.8 kB', [
    '@http-drain/core',
    'fastify-plugin',
  ]),
  entry('@http-drain/nestjs', 'packages/nestjs/dist/index.mjs', '2.6 kB', [
    '@http-drain/core',
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/terminus',
  ]),
];
