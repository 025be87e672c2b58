// The licences of what is bundled. They ask for their text to travel with the code.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/** `node_modules/@scope/name` of a path below it, or undefined for a file of ours. */
function packageFolder(input) {
  const parts = input.split('/');
  const start = parts.lastIndexOf('node_modules');
  if (start === -1) return undefined;
  const length = parts[start + 1]?.startsWith('@') ? 3 : 2;
  return parts.slice(0, start + length).join('/');
}

function notice(folder) {
  const manifest = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'));
  const file = readdirSync(inRoot(folder)).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined || !existsSync(inRoot(folder, file))) {
    throw new Error(`${folder} is bundled but has no licence file; a notice cannot be made for it`);
  }
  const text = readFileSync(inRoot(folder, file), 'utf8').trim();
  const title = `## ${manifest.name} ${manifest.version} (${manifest.license})`;
  return `${title}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}

/** @param inputs the files that a bundle was made of, relative to the root. */
export function thirdPartyNotices(inputs) {
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  const notices = [...folders].sort().map(notice);
  return [
    '# Third-party notices',
    'The command line contains code of these packages.',
    ...notices,
  ].join('\n\n');
}
