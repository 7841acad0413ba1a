import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { nextTick } from '../node/timers.js';

/** The events with which Node hands a socket over to its new owner. */
const EVENTS: readonly unknown[] = ['upgrade', 'connect'];

/** On our listeners, those of other drains and of other copies of this package included. */
const OURS = Symbol.for('@http-drain/core:upgrade-listener:1');

interface Listener {
  (request: IncomingMessage, socket: Socket): void;
  [OURS]?: true;
}

/**
 * Hears of upgrades and CONNECTs before others do. Node hands sockets over only where somebody listens, and would take
 * us for somebody: so we listen exactly while others do.
 */
export class UpgradeEvents {
  readonly #server: EventEmitter;
  readonly #listener: Listener;
  readonly #heard = new Set<string>();

  constructor(server: Server, onUpgrade: (request: IncomingMessage, socket: Socket) => void) {
    this.#server = server;
    this.#listener = Object.assign((request: IncomingMessage, socket: Socket) => onUpgrade(request, socket), {
      [OURS]: true as const,
    });
    server.on('newListener', this.#onAdded);
    server.on('removeListener', this.#onRemoved);
    for (const event of EVENTS) if (this.#isHeardByOthers(event as string)) this.#hear(event as string);
  }

  release(): void {
    this.#server.off('newListener', this.#onAdded);
    this.#server.off('removeListener', this.#onRemoved);
    for (const event of this.#heard) this.#server.off(event, this.#listener);
    this.#heard.clear();
  }

  readonly #onAdded = (event: string, listener: Listener): void => {
    if (EVENTS.includes(event) && !listener[OURS] && !this.#heard.has(event)) this.#hear(event);
  };

  readonly #onRemoved = (event: string, listener: Listener): void => {
    if (!EVENTS.includes(event)) return;
    if (listener === this.#listener) this.#heard.delete(event);
    // Not now: removeAllListeners() goes through the very list that ours would be taken off.
    else nextTick(() => this.#leaveIfAlone(event));
  };

  #leaveIfAlone(event: string): void {
    if (this.#heard.has(event) && !this.#isHeardByOthers(event)) this.#server.off(event, this.#listener);
  }

  #hear(event: string): void {
    this.#heard.add(event);
    this.#server.prependListener(event, this.#listener);
  }

  #isHeardByOthers(event: string): boolean {
    return this.#server.listeners(event).some((listener) => !(listener as Listener)[OURS]);
  }
}
