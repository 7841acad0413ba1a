/**
 * The drill's watchdog: a process of its own session, which waits for the drill's end at the other end of a pipe. Where
 * that end came without a word (SIGKILL, a crash, a terminal that went), it ends all that the drill has started.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Family, signal } from './proc/family.js';

const families: Family[] = [];
const folders: string[] = [];
let dismissed = false;

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [word, first = '', second = ''] = line.split(' ');
  if (word === 'family') families.push(new Family(Number(second) || undefined, first));
  if (word === 'member') families.at(-1)?.add(Number(first), Number(second));
  if (word === 'folder') folders.push(decodeURIComponent(first));
  if (word === 'bye') dismissed = true;
});
lines.on('close', () => void end());

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

async function end(): Promise<void> {
  if (!dismissed) {
    // What was being started when the drill died may come up yet.
    for (let sweep = 0; sweep < 5; sweep++) {
      for (const family of families) {
        for (const pid of family.living()) signal(pid, 'SIGCONT');
        await family.kill();
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
  process.exit(0);
}
