import { Session } from 'node:inspector';

const HOLDER = Symbol.for('http-drain.function-location');

interface Location {
  scriptId: string;
  lineNumber: number;
  columnNumber?: number;
}

/** A function's name and, where Node can tell, the position of its source: `onTerm (file:///app/main.mjs:3:1)`. */
export function describeFunction(fn: (...args: never[]) => unknown): string {
  const name = fn.name || '(anonymous)';
  const position = locate(fn);
  return position === undefined ? name : `${name} (${position})`;
}

/** Asks V8, through the inspector, which answers at once within its own thread. */
function locate(fn: (...args: never[]) => unknown): string | undefined {
  const session = new Session();
  const holder = globalThis as { [HOLDER]?: unknown };
  try {
    session.connect();
    holder[HOLDER] = fn;
    const urls = new Map<string, string>();
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    session.post('Debugger.enable');
    const location = locationOf(session);
    if (!location) return undefined;
    return `${urls.get(location.scriptId) ?? ''}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  } catch {
    return undefined; // a Node without inspector
  } finally {
    delete holder[HOLDER];
    session.disconnect();
  }
}

function locationOf(session: Session): Location | undefined {
  let location: Location | undefined;
  const expression = `globalThis[Symbol.for(${JSON.stringify(HOLDER.description)})]`;
  session.post('Runtime.evaluate', { expression }, (_error, evaluated) => {
    const objectId = evaluated?.result.objectId;
    if (!objectId) return;
    session.post(
      'Runtime.getProperties',
      { objectId, ownProperties: true },
      (_failed, { internalProperties }) => {
        const found = internalProperties?.find(({ name }) => name === '[[FunctionLocation]]');
        location = found?.value?.value as Location | undefined;
      },
    );
  });
  return location;
}
