/**
 * A thread that looks whether processes run: closer than the drill's own event loop can, which hears of the ends of all
 * connections at that moment.
 */
import { workerData } from 'node:worker_threads';
import { keepLooking, type Shared } from './proc/pulse.js';

keepLooking(workerData as Shared);
