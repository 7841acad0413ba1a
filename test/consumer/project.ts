import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
/** The compiler that attw brings along: the last of those that know node10's resolution. */
export const OLDER_TSC = '@arethetypeswrong/core/node_modules/typescript/bin/tsc';
const PACKAGES = ['core', 'express', 'fastify', 'nestjs'];

/** What the programs need besides, in the versions of the repository. */
const OTHERS = [
  'express',
  'fastify',
  '@types/express',
  '@types/node',
  'log-update',
  'prom-client',
  '@opentelemetry/api',
  '@nestjs/common',
  '@nestjs/core',
];

/** An empty project outside of the repository, with the packages in it as npm would install them. */
export class ConsumerProject {
  private constructor(readonly folder: string) {}

  /** @param others - what it needs besides. Default what the programs need */
  static async create(others?: Record<string, string>): Promise<ConsumerProject> {
    const project = new ConsumerProject(await mkdtemp(join(tmpdir(), 'http-drain-consumer-')));
    await project.#install(others ?? (await versionsOf(OTHERS)));
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

  /**
   * Lays what is installed as pnpm does, in a folder of the project: nothing is there but what is asked for, as a link to
   * where it lies beside its own dependencies.
   */
  async layAsPnpm(folder: string, asked: string): Promise<void> {
    const scope = '@http-drain';
    const store = join(this.folder, folder, 'node_modules/.pnpm', asked, 'node_modules', scope);
    const visible = join(this.folder, folder, 'node_modules', scope);
    for (const at of [store, visible]) await mkdir(at, { recursive: true });
    for (const name of ['core', asked])
      await cp(join(this.folder, 'node_modules', scope, name), join(store, name), { recursive: true });
    await symlink(join(store, asked), join(visible, asked));
  }

  /** The folders of this package wherever it is installed. */
  async copiesOf(name: string): Promise<string[]> {
    const { stdout } = await run('npm', ['query', `[name="${name}"]`], { cwd: this.folder });
    const found = JSON.parse(stdout) as { location: string }[];
    return found.map(({ location }) => location).sort();
  }

  async #install(others: Record<string, string>): Promise<void> {
    const paths = PACKAGES.map((name) => join(root, 'packages', name));
    const { stdout } = await run('npm', ['pack', ...paths, '--pack-destination', this.folder, '--json'], {
      cwd: root,
    });
    const tarballs = (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => `./${filename}`);
    const own = PACKAGES.map((name, index) => [`@http-drain/${name}`, `file:${tarballs[index]}`]);
    const dependencies = { ...Object.fromEntries(own), ...others };
    await writeFile(join(this.folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: this.folder,
    });
  }
}

async function versionsOf(names: string[]): Promise<Record<string, string>> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
}
