// Pure: which compiled tests there are, in the order of a run: small and fast first, whole-package checks last.

import { filesUnder } from './fingerprint.mjs';

const areas = ['unit', 'types', 'job', 'native', 'integration', 'driver', 'agent', 'cli', 'checks'];

function areaRank(file, outDir) {
  const area = file.slice(`${outDir}/test/`.length).split('/')[0];
  const rank = areas.indexOf(area);
  return rank === -1 ? areas.length : rank;
}

/** `filters`: parts of a path; none means all. */
export function testFiles(outDir, filters) {
  return filesUnder([`${outDir}/test`], (file) => file.endsWith('.test.js'))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
    .sort((a, b) => areaRank(a, outDir) - areaRank(b, outDir));
}
