// Owner of the loading of parts that a package has in files of their own and needs at once (scripts/lib/late-parts.mjs).

import { SpawnError } from './errors.ts';
import { hasErrorCode } from './system-code.ts';

/** That no descriptor is left for it passes, as it does for the start that the part is needed for. */
export function loadPart<Part>(name: string, load: () => Part): Part {
  try {
    return load();
  } catch (error) {
    if (!hasErrorCode(error, ['EMFILE', 'ENFILE'])) throw error;
    const message = `cannot load ${name}: no more files can be opened. Close files, or raise RLIMIT_NOFILE or fs.file-max`;
    throw new SpawnError('ERR_TOO_MANY_FILES', message, { isRetryable: true, cause: error });
  }
}
