// Property tests draw the same cases in each run, so that a red run is about the change at hand. To look for more:
// `RAW_EXEC_FUZZ_SEED=random npm test -- unit/hcl`, or the seed that such a run has printed.

import fc from 'fast-check';

const fixedSeed = 20_261_129;
const { RAW_EXEC_FUZZ_SEED: wanted } = process.env;

if (wanted !== 'random') fc.configureGlobal({ seed: wanted ? Number(wanted) : fixedSeed });
