// Owner of one question: where are the headers of the Node that runs us? A build never fetches them.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder that node-gyp calls `nodedir`: it holds `include/node`.
 * An explicit `npm_config_nodedir` wins over what lies beside the running `node`.
 * @returns undefined when there are none.
 */
export function findNodeDir(execPath = process.execPath, env = process.env) {
  const candidates = [env.npm_config_nodedir, env.NODEDIR, join(dirname(execPath), '..')];
  return candidates.find((dir) => dir && existsSync(join(dir, 'include/node/node_api.h')));
}

/** What to do about missing headers. */
export function missingHeadersMessage(execPath = process.execPath) {
  return [
    `the headers of ${execPath} (expected in ${join(dirname(execPath), '..', 'include/node')}):`,
    "    with Debian's or Ubuntu's own Node:  apt-get install libnode-dev",
    '    otherwise install Node from an archive or package that holds include/node (the archives of nodejs.org do),',
    '    or name a folder that has include/node:  npm_config_nodedir=/path/to/node npm run build',
  ].join('\n');
}
