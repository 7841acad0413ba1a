/**
 * Drills a server that stops as most do, for its pictures in the drill's README: docs/pictures/drill-terminal.svg and
 * docs/pictures/drill.svg. What they show was measured, here and now: run it on a machine that has nothing else to do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { terminalSvg } from './terminal.mjs';

const COLUMNS = 100;
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const pictures = path('../../docs/pictures/');
await mkdir(pictures, { recursive: true });

// What most servers lose; all that it finds would be a long picture.
const shown = ['--big', '/export', '--only', 'D007,D011,D020'];
const flags = [...shown, '--svg', `${pictures}drill.svg`];
const child = spawn(
  process.execPath,
  [path('../../packages/drill/dist/cli.js'), ...flags, '--', 'node', 'server.js'],
  {
    cwd: path('.'),
    env: { ...process.env, FORCE_COLOR: '1', COLUMNS: `${COLUMNS}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let text = '';
child.stdout.on('data', (data) => {
  text += data;
});
const [status] = await once(child, 'close');
if (status !== 1)
  throw new Error(`Expected the drill to find what is lost, but its exit status was ${status}.`);

const command = `\u001b[2m$\u001b[22m npx @http-drain/drill ${shown.join(' ')} -- node server.js\n\n`;
await writeFile(`${pictures}drill-terminal.svg`, terminalSvg(command + text, COLUMNS));
