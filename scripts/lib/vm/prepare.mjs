// Owner of what the laboratory needs on the machine: QEMU and small tools by apt, kernels in build/vm. A second run needs
// no network.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from '../run-command.mjs';
import { virtiofsd } from './host-share.mjs';
import { fetchKernel, isFetched, makeBootFiles } from './kernel-files.mjs';
import { emulator } from './machine.mjs';
import { updateLists } from './private-apt.mjs';

/** What is needed of the machine, a command or a file each, and Debian's package of it. */
const packages = {
  cmake: 'cmake',
  ninja: 'ninja-build',
  '/usr/include/gtest/gtest.h': 'libgtest-dev',
  [emulator]: 'qemu-system-x86',
  [virtiofsd]: 'qemu-system-common',
  busybox: 'busybox-static',
  xz: 'xz-utils',
  zstd: 'zstd',
  lz4: 'lz4',
  strip: 'binutils',
  dpkg: 'dpkg',
  '/lib/systemd/systemd': 'systemd',
};

function find(program) {
  if (program.startsWith('/')) return existsSync(program) ? program : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

const missingPackages = () => [
  ...new Set(
    Object.entries(packages)
      .filter(([program]) => find(program) === undefined)
      .map(([, name]) => name),
  ),
];

function requireMachine() {
  const problems = [];
  if (process.arch !== 'x64') problems.push(`its kernels are for x64, this is ${process.arch}`);
  // virtiofsd changes its root, and other users' files must be readable to the guests.
  if (process.getuid() !== 0) problems.push('it must be run as root');
  if (problems.length > 0) throw new Error(`no kernel laboratory here: ${problems.join('; ')}`);
}

/** Only a CI machine is there to be changed: elsewhere it is said what is missing. */
async function installTools() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.env.CI !== 'true') throw new Error(`no kernel laboratory here yet. Run:  ${command}`);
  if (find('apt-get') === undefined) {
    throw new Error(`no kernel laboratory here: it needs what Debian has as ${missing.join(', ')}`);
  }
  console.log(`vm: ${command}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand('apt-get', ['update', '-qq'], { quiet: true });
  await runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env,
    quiet: true,
  });
}

/** Makes all of it ready for these kernels. */
export async function prepare(kernels) {
  requireMachine();
  await installTools();
  const absent = kernels.filter((kernel) => !isFetched(kernel));
  if (absent.length > 0) {
    console.log(`vm: fetching kernels ${absent.map(({ version }) => version).join(', ')}`);
    await updateLists();
    for (const kernel of absent) await fetchKernel(kernel);
  }
  for (const kernel of kernels) await makeBootFiles(kernel, find('busybox'));
}
