/** One child of `npm run chaos`: plays the worlds that its environment names, and exits with 1 if one breaks a law. */
import { playWorlds } from './chaos.js';
import { politeWorld, wildWorld } from './make-world.js';
import { KINDS } from './world.js';

const polite = process.env.CHAOS_KIND === 'polite';
await playWorlds(polite ? 'polite' : 'wild', polite ? politeWorld(KINDS) : wildWorld(KINDS), 100);
