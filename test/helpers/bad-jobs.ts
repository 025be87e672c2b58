// Owner of test/corpus/bad-jobs.txt: job files that are wrong, each with what is told about it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from './repo-root.ts';

const file = join(repoRoot, 'test/corpus/bad-jobs.txt');
/** Behind a source whose last line does not end. */
const noNewline = '\n~no newline\n';

export interface BadJob {
  readonly name: string;
  readonly source: string;
  /** As `problemsOf` has it. */
  readonly told: readonly string[];
}

export function readBadJobs(): readonly BadJob[] {
  return readFileSync(file, 'utf8')
    .split(/^=== /m)
    .slice(1)
    .map((text) => {
      const [head = '', told = ''] = text.split(/^--- told\n/m);
      const end = head.indexOf('\n');
      const source = head.slice(end + 1);
      return {
        name: head.slice(0, end),
        source: source.endsWith(noNewline) ? source.slice(0, -noNewline.length) : source,
        told: told.split('\n').filter((line) => line !== ''),
      };
    });
}

/** After a change of what is told: whoever calls it reads the difference. */
export function writeBadJobs(jobs: readonly BadJob[]): void {
  const texts = jobs.map(({ name, source, told }) => {
    const end = source === '' || source.endsWith('\n') ? '' : noNewline;
    return `=== ${name}\n${source}${end}--- told\n${told.map((line) => `${line}\n`).join('')}`;
  });
  writeFileSync(file, texts.join(''));
}
