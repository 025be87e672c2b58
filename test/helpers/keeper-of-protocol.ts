// Owner of keepers of other versions: this build's own, but for the protocol that they speak.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repoRoot } from './repo-root.ts';

const build = join(repoRoot, 'build/Release/obj.target');
const built = new Map<number, string>();

/** An executable that speaks the protocol so many versions after ours; linked when it is first needed, gone with the test file. */
export function keeperOfProtocol(offset: number): string {
  const known = built.get(offset);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'raw-exec-other-keeper-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const protocol = join(folder, 'protocol.o');
  const file = join(folder, 'raw-exec-keeper');
  const source = join(repoRoot, 'native/core/wire/protocol.cc');
  const define = `-DRAW_EXEC_PROTOCOL_OFFSET=${offset}`;
  execFileSync('c++', ['-std=c++20', '-O2', define, '-c', source, '-o', protocol]);
  const objects = objectsOf(join(build, 'raw-exec-keeper'));
  const libraries = ['core.a', 'child.a'].map((name) => join(build, name));
  execFileSync('c++', ['-static', '-o', file, protocol, ...objects, ...libraries]);
  built.set(offset, file);
  return file;
}

/** Those of sources that are there: a build leaves the objects of files that have another name now. */
function objectsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.o') && existsSync(join(repoRoot, name.replace(/o$/, 'cc'))))
    .map((name) => join(folder, name));
}

/** Serves when it resolves. */
export async function startKeeperOf(offset: number, stateDirectory: string): Promise<void> {
  const keeper = spawn(keeperOfProtocol(offset), ['keeper', '--state', stateDirectory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(keeper, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`a keeper of another version ended with ${code}`);
}
