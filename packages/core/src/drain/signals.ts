import type { Foreign } from '../node/foreign.js';

type Add = AbortSignal['addEventListener'];
type Remove = AbortSignal['removeEventListener'];
type Listener = Parameters<Add>[1];

/**
 * A controller whose signal calls its listeners through `foreign`: what one of them throws, Node would throw at the
 * process, as an uncaught exception.
 *
 * @param name - of the signal, for the report
 */
export function guardedController(name: string, foreign: Foreign): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const guards = new WeakMap<object, Listener>();

  const guardOf = (listener: Listener): Listener => {
    const isNone = typeof listener !== 'function' && typeof listener !== 'object';
    if (isNone || listener === null) return listener;
    const guard = guards.get(listener) ?? guarded(listener);
    guards.set(listener, guard);
    return guard;
  };
  const guarded = (listener: Listener) => (event: Event) => {
    foreign.call(`a listener of ${name}`, () => {
      return typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event);
    });
  };

  const { addEventListener, removeEventListener } = signal;
  const add: Add = (type, listener, options) =>
    addEventListener.call(signal, type, guardOf(listener), options);
  const remove: Remove = (type, listener, options) =>
    removeEventListener.call(signal, type, guardOf(listener), options);
  Object.defineProperties(signal, {
    addEventListener: { value: add },
    removeEventListener: { value: remove },
  });
  return controller;
}
