// Writes the JSON Schemas of the driver's configuration into schemas/, from the same source that checks it at run time.
//
//   node scripts/make-json-schemas.mjs                 writes what has changed
//   node scripts/make-json-schemas.mjs --check         only says whether the committed ones are current
//   node scripts/make-json-schemas.mjs --from <dir>    where the compiled src/ lies (default: build/lib)

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { toJsonSchema } from '@valibot/to-json-schema';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';

const { values: options } = parseArgs({
  options: { check: { type: 'boolean', default: false }, from: { type: 'string' } },
});
const compiled = options.from === undefined ? inRoot('build/lib') : resolve(options.from);

const sources = [
  { name: 'task-config', module: 'driver/task-config.js', schema: 'taskConfigSchema' },
  { name: 'plugin-config', module: 'driver/plugin-config.js', schema: 'pluginConfigSchema' },
];

async function render({ module, schema }) {
  const source = await import(pathToFileURL(resolve(compiled, module)).href);
  // What only code can check (a NUL byte, the grammar of id lists) has no words in JSON Schema; its description tells it.
  const json = toJsonSchema(source[schema](), {
    typeMode: 'input',
    target: 'draft-2020-12',
    ignoreActions: ['check', 'raw_check'],
  });
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

function committed(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

await main(async () => {
  for (const source of sources) {
    const file = `schemas/${source.name}.schema.json`;
    const text = await render(source);
    if (committed(inRoot(file)) === text) continue;
    if (options.check) throw new Error(`${file} is not current. Run: npm run build, and commit it`);
    mkdirSync(inRoot('schemas'), { recursive: true });
    writeFileSync(inRoot(file), text);
  }
});
