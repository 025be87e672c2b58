// Owner of node_modules: installed when it does not hold what the lock file says.

import { existsSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { requirePrerequisites } from './prerequisites.mjs';
import { runCommand } from './run-command.mjs';
import { formatSeconds } from './timing.mjs';

function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** npm writes node_modules/.package-lock.json last, so an interrupted installation does not pass for a whole one. */
function isInstalled() {
  const wanted = readPackages(inRoot('package-lock.json'));
  const installed = readPackages(inRoot('node_modules/.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  );
}

/** `npm ci` with install scripts disabled: no package of ours needs one, and none gets the chance. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  // Said before anything is fetched: what is missing will be missing afterwards too.
  requirePrerequisites();
  const startedAt = performance.now();
  console.log('install: npm ci --ignore-scripts');
  await runCommand(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      quiet: true,
    },
  );
  console.log(`install: ${formatSeconds(performance.now() - startedAt)}`);
}
