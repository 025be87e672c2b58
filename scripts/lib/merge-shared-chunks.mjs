// Puts the parts that a bundle's first file and its lazily loaded files have in common into the first file itself.
//
// esbuild makes a file of its own for them, and Node takes half a millisecond to find and link each ES module. Here they
// become a function that runs once; the lazy files get them from the first file, under a name that no program writes by
// accident.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const sharedName = '#shared';
const exportList = /^export \{\n?([^}]*)\};\n?/m;
const importOf = (file) =>
  new RegExp(`^import \\{([^}]*)\\} from "[^"]*/${file.replaceAll('.', '\\.')}";\\n`, 'm');

/** `a as b, c` → [[a, b], [c, c]]. */
function pairs(list) {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const [from, to = from] = name.split(' as ');
      return [from, to];
    });
}

/**
 * `first`: the file that programs import; `chunkFolder`: where esbuild has put the others. What is shared is handed over
 * once: a variable that the sources export must not be assigned after its module has been evaluated.
 */
export function mergeSharedChunks(first, chunkFolder) {
  const files = readdirSync(chunkFolder);
  const shared = files.filter((file) => file.startsWith('chunk-'));
  if (shared.length === 0) return;
  if (shared.length > 1) throw new Error(`more than one shared part: ${shared.join(', ')}`);
  const [chunk = ''] = shared;
  const source = readFileSync(join(chunkFolder, chunk), 'utf8');
  const exported = pairs(exportList.exec(source)?.[1] ?? '');
  if (/^import /m.test(source))
    throw new Error(`${chunk} imports something that is no part of Node`);
  const members = exported.map(([from, to]) => (from === to ? from : `${to}: ${from}`));
  const body = source.replace(exportList, `return { ${members.join(', ')} };\n`);
  const use = (text, from) =>
    text.replace(importOf(chunk), (_, names) => {
      const taken = pairs(names).map(([name, as]) => (name === as ? name : `${name}: ${as}`));
      return `const { ${taken.join(', ')} } = ${from};\n`;
    });
  const whole = use(readFileSync(first, 'utf8'), 'shared');
  writeFileSync(
    first,
    `const shared = (() => {\n${body}})();\n${whole}export { shared as "${sharedName}" };\n`,
  );
  for (const file of files.filter((name) => name !== chunk)) {
    const path = join(chunkFolder, file);
    const lazy = use(readFileSync(path, 'utf8'), 'shared');
    writeFileSync(
      path,
      `import { "${sharedName}" as shared } from "../${basename(first)}";\n${lazy}`,
    );
  }
  rmSync(join(chunkFolder, chunk));
}
