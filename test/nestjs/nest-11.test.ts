import { keepsPromises } from './nest.js';

keepsPromises(11);
