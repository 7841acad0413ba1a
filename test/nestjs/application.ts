import { Child, type Exit } from '../process/child.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import type { Settings } from './app/settings.js';
import { folderOf } from './versions.js';

/** A Nest application in a process of its own. */
export class Application {
  private constructor(
    readonly child: Child,
    readonly port: number,
  ) {}

  static async start(version: number, settings: Settings = {}): Promise<Application> {
    const child = Application.launch(version, settings);
    return new Application(child, await child.number('listening'));
  }

  /** One that may not get as far as listening. */
  static launch(version: number, settings: Settings, program = 'main.js'): Child {
    return new Child(process.execPath, [`dist/${program}`, JSON.stringify(settings)], {
      cwd: folderOf(version),
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    });
  }

  connect(options = {}): Promise<Client> {
    return Client.connect({ port: this.port, tls: false }, options);
  }

  /** A client whose request is in flight until `finishHeld()`. */
  async hold(): Promise<Client> {
    const client = await this.connect();
    await client.write(get('/held'));
    await this.child.saw(/^held$/m);
    return client;
  }

  finishHeld(): void {
    this.child.signal('SIGUSR2');
  }

  async ended(): Promise<Exit & { told: string[]; stderr: string }> {
    const exit = await this.child.exited;
    const told = this.child.stdout.split('\n').filter((line) => /^(on|phase|closed)/.test(line));
    return { ...exit, told, stderr: this.child.stderr };
  }
}
