/**
 * What only V8 knows, asked through the inspector, which answers at once within its own thread (Node documentation,
 * Inspector). On a Node without one: nothing.
 */
import type { Session } from 'node:inspector';

const HOLDER = Symbol.for('http-drain.inspected');

interface Location {
  scriptId: string;
  lineNumber: number;
  columnNumber?: number;
}

/** A function's name and, where V8 can tell, the position of its source: `onTerm (file:///app/main.mjs:3:1)`. */
export function describeFunction(fn: (...args: never[]) => unknown): string {
  const name = fn.name || '(anonymous)';
  const position = inspect(fn, locate);
  return position === undefined ? name : `${name} (${position})`;
}

/**
 * All living instances of a class. V8 collects garbage and walks the heap for it: for what is rare only.
 */
export function instancesOf<T>(type: { prototype: unknown }): T[] {
  return inspect(type.prototype, findInstances<T>) ?? [];
}

/** Not by an import: on a Node without an inspector that throws. */
function newSession(): Session | undefined {
  try {
    const { Session } = process.getBuiltinModule('node:inspector');
    return new Session();
  } catch {
    return undefined;
  }
}

/** Calls `ask` with a session and the id by which it knows `value`. */
function inspect<T>(value: unknown, ask: (session: Session, objectId: string) => T): T | undefined {
  const session = newSession();
  if (!session) return undefined;
  const holder = globalThis as { [HOLDER]?: unknown };
  try {
    session.connect();
    holder[HOLDER] = value;
    let objectId: string | undefined;
    const expression = `globalThis[Symbol.for(${JSON.stringify(HOLDER.description)})]`;
    session.post('Runtime.evaluate', { expression }, (_error, evaluated) => {
      objectId = evaluated?.result.objectId;
    });
    return objectId === undefined ? undefined : ask(session, objectId);
  } catch {
    return undefined;
  } finally {
    delete holder[HOLDER];
    session.disconnect();
  }
}

function locate(session: Session, objectId: string): string | undefined {
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
  session.post('Debugger.enable');
  const location = locationOf(session, objectId);
  if (!location) return undefined;
  return `${urls.get(location.scriptId) ?? ''}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
}

/** Of a bound function, or of a proxy: that of the function behind it. */
function locationOf(session: Session, objectId: string): Location | undefined {
  let location: Location | undefined;
  let target: string | undefined;
  session.post(
    'Runtime.getProperties',
    { objectId, ownProperties: true },
    (_error, { internalProperties }) => {
      const find = (...names: string[]) =>
        internalProperties?.find(({ name }) => names.includes(name))?.value;
      location = find('[[FunctionLocation]]')?.value as Location | undefined;
      target = find('[[TargetFunction]]', '[[Target]]')?.objectId;
    },
  );
  return location ?? (target === undefined ? undefined : locationOf(session, target));
}

function findInstances<T>(session: Session, prototypeObjectId: string): T[] {
  const holder = globalThis as { [HOLDER]?: T[] };
  session.post('Runtime.queryObjects', { prototypeObjectId }, (_error, found) => {
    const functionDeclaration = `function () { globalThis[Symbol.for('${HOLDER.description}')] = this; }`;
    session.post('Runtime.callFunctionOn', {
      objectId: found.objects.objectId as string,
      functionDeclaration,
    });
  });
  return Array.isArray(holder[HOLDER]) ? holder[HOLDER] : [];
}
