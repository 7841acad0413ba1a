import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ConsumerProject } from './project.js';

let project: ConsumerProject | undefined;
afterEach(() => project?.remove());

/** Every adapter beside Nest, which pins its frameworks: `platform` says on which. */
const MAIN = `
import { drain } from '@http-drain/express';
import gracefulPlugin from '@http-drain/fastify';
import { DrainModule } from '@http-drain/nestjs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

class AppModule {}
const module = { module: AppModule, imports: [DrainModule.forRoot()] };

export async function main(): Promise<void> {
  const onExpress = await NestFactory.create(module);
  onExpress.use(drain());
  const onFastify = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter());
  await onFastify.register(gracefulPlugin, { readiness: '/readyz' });
  onFastify.getHttpAdapter().getInstance().drain.beforeDrain('jobs', () => {});
}
`;

const COMPILER_OPTIONS = {
  module: 'node16',
  target: 'es2022',
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: true,
};

describe.each(['10', '11'])('beside NestJS %s, installed into an empty folder with it', (version) => {
  test('no second Express or Fastify comes along, and the types fit', async () => {
    const nest = ['common', 'core', 'platform-express', 'platform-fastify'];
    project = await ConsumerProject.create({
      ...Object.fromEntries(nest.map((name) => [`@nestjs/${name}`, `^${version}.0.0`])),
      '@types/node': '^20.0.0',
      'reflect-metadata': '^0.2.0',
      rxjs: '^7.0.0',
    });
    expect(await project.copiesOf('express')).toHaveLength(1);
    expect(await project.copiesOf('fastify')).toHaveLength(1);
    expect(await project.copiesOf('@nestjs/core')).toHaveLength(1);
    await writeFile(join(project.folder, 'main.ts'), MAIN);
    await writeFile(
      join(project.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['main.ts'] }),
    );
    await project.tool('typescript/bin/tsc', '.');
  }, 300_000);
});
