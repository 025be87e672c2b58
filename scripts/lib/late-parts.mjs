// Parts of the library that load when one of their functions is first called, at once and not by a promise: what is read at
// each import is paid for by programs that never call them.
//
// The sources import them as all others. For the bundle each is renamed, and a module of functions takes its place that import it
// when they are called: so esbuild makes a file of it. That file becomes a CommonJS module, because only `require` loads at once.

import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What the import of a late part is marked with, until its file is there to be required. */
const mark = '__late';
const markedImport = new RegExp(`${mark}\\(\\s*import\\("\\./([^"]+)"\\)\\s*\\)`, 'g');

/** Copies the sources to `to`. `parts`: path of each late module, in a folder of them, and the functions that it exports, `async` or not. */
export function copyWithLateParts(from, to, parts) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  for (const [file, functions] of Object.entries(parts)) {
    const renamed = file.replace(/\.ts$/, '.late.ts');
    renameSync(join(to, file), join(to, renamed));
    const name = basename(file, '.ts');
    const part = `loadPart('${name}', () => ${mark}(import('./${basename(renamed)}')))`;
    const texts = functions.map(
      (word) =>
        `export ${word.replace(/(\w+)$/, 'function $1')}(...args) { return ${part}.${word.split(' ').at(-1)}(...args); }\n`,
    );
    const loader = `import { loadPart } from '../late-part.ts';\n`;
    writeFileSync(join(to, file), loader + texts.join(''));
  }
}

/** `first` has been merged (merge-shared-chunks.mjs): its late parts become modules that take `shared` from their caller. */
export function requireLateParts(first, chunkFolder) {
  const source = readFileSync(first, 'utf8');
  const files = new Set([...source.matchAll(markedImport)].map((match) => basename(match[1])));
  for (const file of files) {
    const path = join(chunkFolder, file);
    writeFileSync(path.replace(/\.js$/, '.cjs'), asCommonJs(file, readFileSync(path, 'utf8')));
    rmSync(path);
  }
  const head = `const late = (file) => process.getBuiltinModule("node:module").createRequire(import.meta.url)(file)(shared);\nconst lateParts = {};\n`;
  const body = source.replaceAll(markedImport, (_, path) => {
    const file = `"./${path.replace(/\.js$/, '.cjs')}"`;
    return `(lateParts[${file}] ??= late(${file}))`;
  });
  writeFileSync(first, head + body);
  for (const file of readdirSync(chunkFolder)) {
    if (readFileSync(join(chunkFolder, file), 'utf8').includes(mark))
      throw new Error(`${file} needs a late part: only ${basename(first)} can load one`);
  }
}

function asCommonJs(file, source) {
  const body = source
    .replace(/^import \{ "#shared" as shared \} from "[^"]+";\n/m, '')
    .replace(/^export \{\n?([^}]*)\};\n?/m, (_, list) => `return {${list}};\n`);
  if (/^(?:import|export) /m.test(body))
    throw new Error(`${file} has more imports and exports than its functions`);
  return `"use strict";\nmodule.exports = (shared) => {\n${body}};\n`;
}
