// Owner of the programs that tests need beside Node, made on the host: compiling takes long in a guest.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildCMake, cmakeFolder } from '../cmake.mjs';
import { bundleAlone } from '../esbuild.mjs';
import { inRoot } from '../paths.mjs';
import { runCommand } from '../run-command.mjs';

/** The C++ tests without sanitizers: emulated, these take minutes, and what they find is no matter of the kernel. */
export const coreTests = inRoot(cmakeFolder('emulated'), 'core_tests');

/** test/fixtures/hostile.c */
export const hostileProgram = inRoot('build/vm/hostile');

/** The programs of test/helpers, each one file with all that it imports. */
export const helperPrograms = inRoot('build/vm/programs');
const helperNames = ['group-maker-program', 'place-report-program', 'read-only-program'];

export async function buildPrograms() {
  await buildCMake('emulated', ['core_tests', 'raw-exec-forker']);
  const entries = helperNames.map((name) => inRoot('test/helpers', `${name}.ts`));
  await bundleAlone(entries, helperPrograms);
  mkdirSync(dirname(hostileProgram), { recursive: true });
  const args = ['-O1', '-pthread', '-o', hostileProgram, inRoot('test/fixtures/hostile.c')];
  await runCommand('cc', args, { quiet: true });
}
