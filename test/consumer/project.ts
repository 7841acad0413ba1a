import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGES = ['core', 'express', 'fastify', 'nestjs'];

/** An empty project outside of the repository, with the packages in it as npm would install them. */
export class ConsumerProject {
  private constructor(readonly folder: string) {}

  static async create(): Promise<ConsumerProject> {
    const project = new ConsumerProject(await mkdtemp(join(tmpdir(), 'http-drain-consumer-')));
    await project.#install();
    await cp(fileURLToPath(new URL('programs', import.meta.url)), project.folder, { recursive: true });
    return project;
  }

  /** Runs a program of the project; resolves with what it printed. */
  async node(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, args, { cwd: this.folder });
    return stdout;
  }

  /** Runs a tool of the repository, in a folder of the project. */
  async tool(script: string, folder: string, ...args: string[]): Promise<void> {
    const tool = join(root, 'node_modules', script);
    const env = { ...process.env, NODE_OPTIONS: '' };
    try {
      await run(process.execPath, [tool, ...args], { cwd: join(this.folder, folder), env });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${script} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #install(): Promise<void> {
    const paths = PACKAGES.map((name) => join(root, 'packages', name));
    const { stdout } = await run('npm', ['pack', ...paths, '--pack-destination', this.folder, '--json'], {
      cwd: root,
    });
    const tarballs = (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => `./${filename}`);
    const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const others = [
      'express',
      'fastify',
      '@types/express',
      '@types/node',
      'log-update',
      '@nestjs/common',
      '@nestjs/core',
    ];
    await writeFile(
      join(this.folder, 'package.json'),
      JSON.stringify({
        private: true,
        dependencies: {
          ...Object.fromEntries(
            PACKAGES.map((name, index) => [`@http-drain/${name}`, `file:${tarballs[index]}`]),
          ),
          ...Object.fromEntries(others.map((name) => [name, devDependencies[name]])),
        },
      }),
    );
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: this.folder,
    });
  }
}
