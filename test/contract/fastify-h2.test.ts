import { httpDrain } from '../support/libraries/index.js';
import { kinds } from '../support/situation.js';
import { keepsContract } from './keeps-contract.js';

keepsContract(kinds.fastifyH2, httpDrain, 'shutdown()');
