import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

/** What /proc/<pid>/stat says of a process. */
export interface ProcessRow {
  pid: number;
  parent: number;
  session: number;
  /** R, S, D, T (stopped), Z (dead, not reaped) ... */
  state: string;
  /** Clock ticks since the machine started: with the pid it names a process for good. */
  startedAt: number;
  /** It has memory. The kernel takes it from all threads of a process that ends before it closes any file (do_exit). */
  hasMemory: boolean;
}

export function processRow(pid: number): ProcessRow | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name, in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] as string,
    parent: Number(fields[1]),
    session: Number(fields[3]),
    startedAt: Number(fields[19]),
    hasMemory: Number(fields[20]) > 0,
  };
}

export function allProcesses(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processRow(Number(name)))
    .filter((row) => row !== undefined);
}

export function isAlive(pid: number): boolean {
  const row = processRow(pid);
  return row !== undefined && row.state !== 'Z' && row.state !== 'X';
}

/** It lives, and has not begun to end: what of its connections is closed now was not closed by its end. */
export function runs(pid: number): boolean {
  return processRow(pid)?.hasMemory === true;
}

export function isStopped(pid: number): boolean {
  return processRow(pid)?.state === 'T';
}

/** The inodes of the sockets that a process holds; undefined: we may not look. */
export function socketsOf(pid: number): Set<number> | undefined {
  const folder = `/proc/${pid}/fd`;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? undefined : new Set();
  }
  const inodes = names.map((name) => /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${name}`))?.[1]);
  return new Set(inodes.filter((inode) => inode !== undefined).map(Number));
}

export function environmentHas(pid: number, text: string): boolean {
  return readText(`/proc/${pid}/environ`)?.includes(text) ?? false;
}

/** For how long, in ms, each of its threads was ready to run and had no core; none where the kernel does not say. */
export function waitsForCore(pid: number): Map<string, number> {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return new Map(
      threads.map((thread) => {
        const delay = readText(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[1];
        return [thread, Number(delay ?? 0) / 1e6];
      }),
    );
  } catch {
    return new Map();
  }
}

/** What runs it: "node", "python", "go" ...; null where its executable does not tell. */
export function runtimeOf(pid: number): string | null {
  const path = readLink(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const known = /^(node|python|ruby|java|nginx|php|deno|bun|caddy|haproxy|beam|dotnet|perl)/.exec(name)?.[1];
  if (known !== undefined) return known;
  return isGo(path) ? 'go' : null;
}

function isGo(path: string): boolean {
  const start = Buffer.alloc(65_536);
  try {
    const file = openSync(path, 'r');
    readSync(file, start);
    closeSync(file);
  } catch {
    return false;
  }
  // Go's linker puts its build id into a note right after the program headers.
  return start.includes('Go\0\0');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
