// Owner of one guest: started, listened to, and ended with everything that belongs to it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { accelerator } from './accelerator.mjs';
import { collectText, eachLine } from './collect-text.mjs';
import { shareHost } from './host-share.mjs';
import { initramfsPath, kernelPath, shareKind } from './kernel-files.mjs';
import { openPort } from './port.mjs';

export const emulator = 'qemu-system-x86_64';
const memoryMegabytes = 2048;
const cpus = 2;

/** Guests that run: an interrupted run must end them itself. virtiofsd ends with its guest. */
const guests = new Set();
const folders = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const guest of guests) guest.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}

const user = 'raw-exec-vm:x:1000:1000::/run/tmp:/bin/sh';

/**
 * With cmpxchg16b, QEMU 7.2 corrupts a 6.12 guest's memory in six of ten boots. A processor with few features is quicker to emulate
 * than one with all: no string instructions that copy byte by byte, little state to save.
 * One thread emulates both CPUs: the other cores have the other guests, and threads that wait for each other's locks would
 * take twice the time of a machine that is not idle.
 */
const processor = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=single', '-cpu', 'qemu64,-cx16'],
};

/** Without self-tests, mitigations and whatever else only costs time where nothing is measured or attacked. */
const commandLine = [
  'console=ttyS0 quiet loglevel=4 panic=-1 reboot=t random.trust_cpu=on nokaslr mitigations=off',
  'cryptomgr.notests audit=0 nowatchdog no_timer_check rcupdate.rcu_expedited=1',
].join(' ');

function emulatorArguments({ kernel, hasV1, folder, share, ports, consoleFile }) {
  const kind = accelerator();
  const settings = {
    vm_share: shareKind(kernel),
    vm_run: folder,
    vm_root: root.replace(/\/$/, ''),
    vm_user: user,
  };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const v1 = hasV1 ? [] : ['cgroup_no_v1=all'];
  return [
    ...['-machine', 'q35', ...processor[kind]],
    ...['-smp', `${cpus}`, '-m', `${memoryMegabytes}`, '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-no-reboot', '-serial', `file:${consoleFile}`],
    ...['-kernel', kernelPath(kernel), '-initrd', initramfsPath(kernel)],
    ...['-append', [commandLine, ...v1, ...words].join(' ')],
    ...['-device', 'virtio-serial-pci,ioeventfd=off'],
    ...ports.flatMap((port, index) => port.arguments(index + 1)),
    ...share.arguments,
  ];
}

/**
 * Boots a guest and runs `scripts` in it, each the shell script of a mode, in this order.
 * @param onEvent gets the objects that the guest tells; `onOutput` and `onErrors` the texts that the scripts write.
 * @throws when it did not get to the end of its plan.
 */
export async function runMachine({ kernel, scripts, limitMs, onEvent, ...listeners }) {
  const { onOutput, onErrors } = listeners;
  const folder = mkdtempSync(join(tmpdir(), 'raw-exec-vm-'));
  folders.add(folder);
  const undo = [
    () => {
      rmSync(folder, { recursive: true });
      folders.delete(folder);
    },
  ];
  try {
    chmodSync(folder, 0o755);
    const plan = scripts.map(({ mode }) => `${mode.name} ${mode.layout}\n`);
    writeFileSync(join(folder, 'plan'), plan.join(''));
    for (const { mode, script } of scripts) writeFileSync(join(folder, `${mode.name}.sh`), script);
    const consoleFile = join(folder, 'console');
    const ports = [];
    for (const name of ['out', 'err', 'events']) ports.push(await openPort(name, folder));
    undo.push(() => {
      for (const port of ports) port.close();
    });
    const share = await shareHost(shareKind(kernel), folder, memoryMegabytes);
    undo.push(share.stop);
    const hasV1 = scripts.some(({ mode }) => mode.layout !== 'v2');
    const args = emulatorArguments({ kernel, hasV1, folder, share, ports, consoleFile });
    const qemu = spawn(emulator, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    guests.add(qemu);
    undo.push(() => {
      guests.delete(qemu);
      qemu.kill('SIGKILL');
    });
    let isDone = false;
    const hear = (event) => {
      isDone ||= event.type === 'end';
      onEvent(event);
    };
    const said = collectText(qemu.stderr);
    const ended = once(qemu, 'close');
    void listen(ports, { hear, onOutput, onErrors });
    const timer = setTimeout(() => qemu.kill('SIGKILL'), limitMs);
    await ended;
    clearTimeout(timer);
    if (!isDone) throw new Error(whyIncomplete(qemu, { said, consoleFile, limitMs }));
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function listen(ports, { hear, onOutput, onErrors }) {
  const [out, err, events] = await Promise.all(ports.map(({ opened }) => opened));
  collectText(out, onOutput);
  collectText(err, onErrors);
  eachLine(events, (line) => hear(JSON.parse(line)));
}

function whyIncomplete(qemu, { said, consoleFile, limitMs }) {
  const end =
    qemu.signalCode === 'SIGKILL' ? `was ended after ${limitMs / 1000} s` : 'ended before its plan';
  const kernelLog = readFileSync(consoleFile, 'utf8').trimEnd().split('\n').slice(-30).join('\n');
  return `the guest ${end}. ${said()}\nIts kernel said last:\n${kernelLog}`;
}
