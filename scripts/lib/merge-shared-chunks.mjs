// Puts the parts that a bundle's first file and its lazily loaded files have in common into the first file itself.
//
// esbuild makes files of their own for them, and Node takes half a millisecond to find and link each ES module. Here each
// becomes a function that runs once; the lazy files get what they need from the first file, under a name that no program
// writes by accident. It is handed over once: a variable that the sources export must not be assigned after its module has
// been evaluated.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const sharedName = '#shared';
const exportList = /^export \{\n?([^}]*)\};\n?/m;
const importList = /^import (?:\{([^}]*)\} from )?"[^"]*\/(chunk-\w+\.js)";\n/gm;

/** `a as b, c` → [[a, b], [c, c]]. */
function pairs(list = '') {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const [from, to = from] = name.split(' as ');
      return [from, to];
    });
}

const members = (list) =>
  list.map(([from, to]) => (from === to ? from : `${from}: ${to}`)).join(', ');

const importedChunks = (source) => [...source.matchAll(importList)].map((match) => match[2] ?? '');

/** The chunks that a file needs before it runs, each behind those that it needs itself. */
function neededChunks(source, sources, found = []) {
  for (const chunk of importedChunks(source)) {
    if (found.includes(chunk)) continue;
    neededChunks(sources.get(chunk), sources, found);
    found.push(chunk);
  }
  return found;
}

/** Imports of merged chunks become look-ups in `shared`; others stay. */
function takeFromShared(source, merged) {
  return source.replace(importList, (whole, names, chunk) => {
    if (!merged.includes(chunk)) return whole;
    return names === undefined ? '' : `const { ${members(pairs(names))} } = shared["${chunk}"];\n`;
  });
}

/** `folder`: what the chunk's own imports, which come later, are relative to. */
function asFunction(chunk, source, merged, folder) {
  const exported = pairs(exportList.exec(source)?.[1]).map(([from, to]) => [to, from]);
  const body = takeFromShared(source, merged)
    .replace(exportList, '')
    .replaceAll('import("./', `import("./${folder}/`);
  if (/^import /m.test(body)) throw new Error(`${chunk} imports what is no part of Node`);
  return `shared["${chunk}"] = (() => {\n${body}return { ${members(exported)} };\n})();\n`;
}

/** `first`: the file that programs import; `chunkFolder`: where esbuild has put the others. */
export function mergeSharedChunks(first, chunkFolder) {
  const sources = new Map(
    readdirSync(chunkFolder).map((file) => [file, readFileSync(join(chunkFolder, file), 'utf8')]),
  );
  const source = readFileSync(first, 'utf8');
  const merged = neededChunks(source, sources);
  // Late parts can import nothing: what they have in common with others is theirs by `shared`, too.
  for (const [file, text] of sources)
    if (file.includes('.late-')) neededChunks(text, sources, merged);
  const folder = basename(chunkFolder);
  const functions = merged.map((chunk) => asFunction(chunk, sources.get(chunk), merged, folder));
  writeFileSync(
    first,
    `const shared = {};\n${functions.join('')}${takeFromShared(source, merged)}export { shared as "${sharedName}" };\n`,
  );
  for (const chunk of merged) rmSync(join(chunkFolder, chunk));
  for (const [file, text] of sources) {
    if (merged.includes(file)) continue;
    const needs = importedChunks(text).some((chunk) => merged.includes(chunk));
    const head = needs
      ? `import { "${sharedName}" as shared } from "../${basename(first)}";\n`
      : '';
    writeFileSync(join(chunkFolder, file), head + takeFromShared(text, merged));
  }
}
