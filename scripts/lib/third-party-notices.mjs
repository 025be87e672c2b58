// The licences of what is bundled. They ask for their text to travel with the code.

import { readdirSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/** `node_modules/@scope/name` of a path below it, or undefined for a file of ours. */
function packageFolder(input) {
  const parts = input.split('/');
  const start = parts.lastIndexOf('node_modules');
  if (start === -1) return undefined;
  const length = parts[start + 1]?.startsWith('@') ? 3 : 2;
  return parts.slice(0, start + length).join('/');
}

const protobuf = 'node_modules/@bufbuild/protobuf';

/** Packages whose licence is not in a file of its own: where its texts are. */
const textsElsewhere = {
  // Apache-2.0 and BSD-3-Clause; the second stands above the code that it is for.
  [protobuf]: () => [
    readText('node_modules/@grpc/grpc-js/LICENSE'),
    commentAbove(readText(protobuf, 'dist/esm/wire/varint.js')),
  ],
};

function readText(...path) {
  return readFileSync(inRoot(...path), 'utf8');
}

function commentAbove(source) {
  const lines = source.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.slice(3))
    .join('\n');
}

function licenceText(folder) {
  const file = readdirSync(inRoot(folder)).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readText(folder, file).trim();
  const texts = textsElsewhere[folder]?.().map((text) => text.trim()) ?? [];
  if (texts.length === 0 || texts.includes('')) {
    throw new Error(`${folder} is bundled but has no licence file; a notice cannot be made for it`);
  }
  return texts.join('\n\n');
}

function notice(folder) {
  const manifest = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'));
  const text = licenceText(folder);
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
