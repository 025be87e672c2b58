// Owner of nothing; reads the file system: from a command to the file that is started, which can be executed then.

import { type LookupPlaces, lookUpCommand } from './command-lookup.ts';
import { ensureExecutable, executableBits } from './executable-mode.ts';

/** The absolute path. Rejects as `lookUpCommand` and `ensureExecutable`. */
export async function findProgram(command: string, places: LookupPlaces): Promise<string> {
  const { path, mode } = await lookUpCommand(command, places);
  if ((mode & executableBits) !== executableBits) await ensureExecutable(path, places.taskDir);
  return path;
}
