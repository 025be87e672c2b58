// Pure: from the matrix and what was asked for to boots: two for each kernel, with their modes in a row.

import { dirname } from 'node:path';
import { modes } from '../../../test/vm/matrix.mjs';
import { inRoot } from '../paths.mjs';
import { accelerator, slowness } from './accelerator.mjs';
import { kernels } from './kernels.mjs';
import { coreTests, helperPrograms, hostileProgram } from './programs.mjs';

const outDir = 'build/js';

/**
 * The layouts of one boot, in order: each only adds to what the one before has mounted. Version 2 has a boot of its own, because
 * what version 1 has taken it does not get back. The first test of each kind is dear: nothing of it is translated yet.
 */
const layoutsOfBoots = [['v2'], ['none', 'v1', 'hybrid']];

function chosen(kind, all, names, nameOf) {
  const unknown = names.filter((name) => !all.some((item) => nameOf(item) === name));
  if (unknown.length > 0) {
    const known = all.map(nameOf).join(', ');
    throw new Error(`there is no ${kind} ${unknown.join(', ')}; there are: ${known}`);
  }
  return names.length === 0 ? all : all.filter((item) => names.includes(nameOf(item)));
}

export const chooseKernels = (names) => chosen('kernel', kernels, names, (item) => item.version);
export const chooseModes = (names) => chosen('mode', modes, names, (item) => item.name);

/** The compiled files of a mode, those whose path has one of `filters`. */
export function filesOf(mode, allFiles, filters) {
  const isOfMode = (file) => mode.tests.some((word) => file.startsWith(`${outDir}/test/${word}`));
  const isWanted = (file) => filters.length === 0 || filters.some((part) => file.includes(part));
  const files = allFiles.filter((file) => isOfMode(file) && isWanted(file));
  const hasCore = mode.tests.includes('core') && isWanted('core_tests');
  return hasCore ? [`core:${coreTests}`, ...files] : files;
}

const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** The shell script that runs `command`, shell text, with an environment that says where it is. */
export function modeScript({ kernel, mode, command }) {
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    HOME: '/run/tmp',
    TMPDIR: '/run/tmp',
    LANG: 'C.UTF-8',
    RAW_EXEC_VM_KERNEL: kernel.version,
    RAW_EXEC_VM_MODE: mode.name,
    RAW_EXEC_TEST_HOSTILE: hostileProgram,
    RAW_EXEC_TEST_PROGRAMS: helperPrograms,
    RAW_EXEC_TEST_SLOWNESS: String(slowness(accelerator())),
  };
  const words = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  return `cd ${quoted(inRoot(''))}\nexec env -i ${words.join(' ')} /bin/bash -c ${quoted(command)}\n`;
}

export function testCommand(files) {
  const words = ['test/vm/guest/run-tests.mjs', ...files].map(quoted).join(' ');
  return `exec ${quoted(process.execPath)} ${words}`;
}

/**
 * The boots with most modes first: the short ones fill what time is left beside them.
 * @param commandOf gives the shell text of a mode; undefined leaves the mode out.
 */
export function planBoots({ kernelList, modeList, commandOf }) {
  const boots = [];
  for (const kernel of kernelList) {
    for (const layouts of layoutsOfBoots) {
      const inBoot = layouts.flatMap((name) => modeList.filter(({ layout }) => layout === name));
      const withCommand = inBoot.map((mode) => ({ mode, command: commandOf(mode) }));
      const wanted = withCommand.filter(({ command }) => command !== undefined);
      if (wanted.length > 0) boots.push({ kernel, wanted });
    }
  }
  return boots.sort((a, b) => b.wanted.length - a.wanted.length);
}
