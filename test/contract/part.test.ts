import { httpDrainPart } from '../support/libraries/index.js';
import { kinds } from '../support/situation.js';
import { keepsContract } from './keeps-contract.js';

keepsContract(kinds.http, httpDrainPart, 'a part, by shutdown() of the whole');
keepsContract(kinds.h2, httpDrainPart, 'a part, by shutdown() of the whole');
