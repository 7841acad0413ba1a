/**
 * The subject: a process of its own, so that its event loop can be stopped while clients go on, and so that a
 * library may take signals or end the process. It does what it is told over IPC, one server at a time.
 */
import { readSync } from 'node:fs';
import type { Library } from './library.js';
import type { Command, FromSubject, Setup } from './protocol.js';
import { Running } from './running.js';

/** A pipe that the test writes one byte to when a held event loop may go on. */
const RELEASE_FD = 4;
const TURNS = 40;

const libraries = new Map<string, Library>();
let running: Running | undefined;

const send = (message: FromSubject): void => {
  if (process.connected) process.send?.(message);
};
const note = (text: string) => send({ event: 'note', text });

async function libraryOf(setup: Setup): Promise<Library> {
  const known = libraries.get(setup.library);
  if (known !== undefined) return known;
  const { library } = (await import(setup.library)) as { library: Library };
  libraries.set(setup.library, library);
  return library;
}

/** Stops the event loop until the test lets go: what clients send meanwhile stays in the kernel. */
function hold(): void {
  const byte = Buffer.alloc(1);
  for (;;) {
    try {
      readSync(RELEASE_FD, byte);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function obey(command: Command, reply: (value?: unknown) => void): Promise<void> {
  switch (command.do) {
    case 'start': {
      const started = await Running.start(command.setup, await libraryOf(command.setup), send);
      running = started.running;
      return reply(started.ports);
    }
    case 'hold':
      reply();
      return hold();
    case 'begin':
      if (command.afterHold) {
        reply();
        hold();
        running?.begin(command.calls);
        return;
      }
      running?.begin(command.calls);
      await turns();
      return reply();
    case 'turns':
      await turns();
      return reply();
    case 'open':
      running?.open(command.gate);
      return reply();
    case 'ask':
      return reply(await running?.ask(command.question));
    case 'stop':
      running?.stop();
      await turns();
      return reply();
  }
}

process.on('message', ({ id, command }: { id: number; command: Command }) => {
  obey(command, (value) => send({ re: id, value })).catch((error: Error) =>
    send({ re: id, error: error.stack ?? String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('warning', (warning) => note(`warning: ${warning.stack}`));
process.on('unhandledRejection', (reason) =>
  note(`unhandled rejection: ${(reason as Error)?.stack ?? reason}`),
);
process.on('uncaughtExceptionMonitor', (error) => note(`uncaught exception: ${error.stack}`));
