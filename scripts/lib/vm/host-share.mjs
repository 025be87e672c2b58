// Owner of how a guest sees the host's files: by 9p, which is QEMU itself, or by virtiofs, which is a process beside it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { collectText } from './collect-text.mjs';

export const virtiofsd = '/usr/lib/qemu/virtiofsd';
const startMs = 10_000;

/** @returns `{ arguments, stop }`: QEMU's arguments, and what ends the process beside it. */
export function shareHost(kind, runFolder, memory) {
  return kind === '9p' ? shareBy9p() : shareByVirtiofs(runFolder, memory);
}

function shareBy9p() {
  const options = 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap';
  return { arguments: ['-virtfs', options], stop: async () => undefined };
}

async function shareByVirtiofs(runFolder, memory) {
  const socket = join(runFolder, 'virtiofs');
  const args = [`--socket-path=${socket}`, '-o', 'source=/', '-o', 'sandbox=chroot'];
  const daemon = spawn(virtiofsd, [...args, '-o', 'cache=always'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors = collectText(daemon.stderr);
  const ended = once(daemon, 'close');
  const giveUpAt = performance.now() + startMs;
  while (!existsSync(socket)) {
    if (daemon.exitCode !== null || performance.now() > giveUpAt) {
      daemon.kill('SIGKILL');
      throw new Error(`${virtiofsd} did not start: ${errors()}`);
    }
    await delay(10);
  }
  return {
    arguments: [
      ...['-chardev', `socket,id=fs,path=${socket}`],
      ...['-device', 'vhost-user-fs-pci,chardev=fs,tag=host'],
      ...['-object', `memory-backend-memfd,id=mem,size=${memory}M,share=on`],
      ...['-numa', 'node,memdev=mem'],
    ],
    stop: async () => {
      daemon.kill('SIGKILL');
      await ended;
    },
  };
}
