// Owner of the files that a run writes.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { renderMarkdown } from './markdown.ts';
import { benchFolder, buildFolder, rootFolder } from './paths.ts';
import { renderPlot } from './plot.ts';
import type { Results } from './results.ts';

const begin = '<!-- results: begin, written by npm run bench -- --readme -->';
const end = '<!-- results: end -->';

/** Full and quick runs write into bench/results; a smoke run's figures mean nothing and stay in build/. */
export function writeResults(results: Results, name: string): string {
  const folder = results.mode === 'smoke' ? `${buildFolder}results/` : `${benchFolder}results/`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(`${folder}${name}.md`, renderMarkdown(results));
  writeFileSync(`${folder}${name}.svg`, renderPlot(results));
  return `${folder.slice(rootFolder.length)}${name}.{json,md,svg}`;
}

/** Puts the report into bench/README.md. */
export function writeReadme(results: Results): void {
  const file = `${benchFolder}README.md`;
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error('bench/README.md has lost its marks for the results');
  const before = text.slice(0, from + begin.length);
  writeFileSync(file, `${before}\n\n${renderMarkdown(results)}\n${text.slice(to)}`);
}
