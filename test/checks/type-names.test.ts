// C++ takes two types of one name for the same, wherever they are defined, and no compiler says so: which of their functions is
// called is then a matter of chance (of what was inlined, and of the order of the files).

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

const definition =
  /^(?:class|struct|union|enum(?: class)?) (?<name>\w+)[^;{]*\{|^namespace (?<space>[\w:]+) \{/gm;

/** The types that a header defines for all who include it, with the namespace before them. */
function definedTypes(source: string): readonly string[] {
  let space = '';
  const types: string[] = [];
  for (const { groups } of source.matchAll(definition)) {
    if (groups?.['space'] !== undefined) space = groups['space'];
    else types.push(`${space}::${groups?.['name'] ?? ''}`);
  }
  return types;
}

test('types of a header are found with their namespaces', () => {
  const source =
    'class Later;\nnamespace a {\nstruct B {\n  struct Within {\n  };\n};\nenum class C : int {\n};\n}\nnamespace a::d {\nclass B : Base {\n};\n}\n';
  assert.deepEqual(definedTypes(source), ['a::B', 'a::C', 'a::d::B']);
});

test('no two headers define a type of the same name', () => {
  const native = join(repoRoot, 'native');
  const files = readdirSync(native, { recursive: true, encoding: 'utf8' });
  const headers = files.filter((file) => file.endsWith('.h'));
  const places = new Map<string, string[]>();
  for (const header of headers) {
    for (const type of definedTypes(readFileSync(join(native, header), 'utf8'))) {
      places.set(type, [...(places.get(type) ?? []), header]);
    }
  }
  assert.ok(places.size > 100, 'the headers were read');
  const doubled = [...places].filter(([, where]) => where.length > 1);
  assert.deepEqual(doubled, []);
});
