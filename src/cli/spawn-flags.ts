// Pure: from the flags of `raw-exec spawn` to the options of spawn().

import type { CgroupPaths, SpawnOptions, StdioSlot } from '../process/spawn-options.ts';
import type { SpawnFlags } from './spawn-command.ts';
import { stdioSlots } from './stdio-flag.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** @param env the environment of this process */
export function spawnOptions(flags: SpawnFlags, env: Environment): SpawnOptions {
  return {
    ...given('cwd', flags.cwd),
    ...given('argv0', flags.argv0),
    ...given('env', childEnvironment(flags, env)),
    ...given('umask', flags.umask),
    stdio: stdio(flags),
    ...given('user', idOrName(flags.user)),
    ...given('group', idOrName(flags.group)),
    ...given('groups', groups(flags.groups)),
    // commander reads --no-x as x = false.
    ...(flags.newPrivs === false && { noNewPrivs: true }),
    ...given('processGroup', flags.processGroup),
    ...given('newSession', flags.newSession),
    ...given('controllingTerminal', flags.controllingTerminal),
    ...given('cgroup', cgroup(flags)),
    ...given('networkNamespace', flags.networkNamespace),
    ...given('resourceLimits', flags.limit),
    ...given('nice', flags.nice),
    ...given('cpuAffinity', flags.cpus),
    ...given('oomScoreAdj', flags.oomScoreAdj),
    ...given('killSignal', flags.killSignal),
    ...given('parentDeathSignal', flags.parentDeathSignal),
    ...given('execDeadlineMs', flags.execDeadline),
  };
}

/** The flag of an option, for messages: `resourceLimits.nofile` is `--limit`. */
export function flagOf(option: string): string {
  const slot = /^stdio\[(\d+)\]/.exec(option)?.[1];
  if (slot !== undefined) return ['--stdin', '--stdout', '--stderr'][Number(slot)] ?? '--fd';
  const [name = '', version] = option.split(/[.[]/);
  if (name === 'cgroup') return version === 'v1' ? '--cgroup-v1' : '--cgroup';
  const special: Readonly<Record<string, string>> = {
    cpuAffinity: '--cpus',
    execDeadlineMs: '--exec-deadline',
    resourceLimits: '--limit',
    steps: '--stop',
    timeoutMs: '--timeout',
  };
  return special[name] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** An entry of options, or nothing: optional means absent. */
function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): Partial<Record<Key, Value>> {
  const entry: Partial<Record<Key, Value>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}

/** Undefined when nothing was said about it. */
function childEnvironment(flags: SpawnFlags, own: Environment): Environment | undefined {
  if (flags.env === undefined && flags.clearEnv !== true) return undefined;
  // Not an object that is written to: a variable may have any name, __proto__ too.
  const env = new Map(flags.clearEnv === true ? [] : Object.entries(own));
  for (const entry of flags.env ?? []) {
    const cut = entry.indexOf('=');
    if (cut === -1) env.delete(entry);
    else env.set(entry.slice(0, cut), entry.slice(cut + 1));
  }
  return Object.fromEntries(env);
}

function stdio(flags: SpawnFlags): readonly StdioSlot[] {
  const slots = stdioSlots(
    [flags.stdin ?? 'inherit', flags.stdout ?? 'inherit', flags.stderr ?? 'inherit'],
    flags.fd,
  );
  const { fileMode } = flags;
  if (fileMode === undefined) return slots;
  return slots.map((slot) =>
    typeof slot === 'object' && 'file' in slot ? { ...slot, mode: fileMode } : slot,
  );
}

/** Digits are an id: names of users have a letter first. */
function idOrName(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

function groups(text: string | undefined): (string | number)[] | undefined {
  if (text === undefined) return undefined;
  return text === '' ? [] : text.split(',').map((name) => idOrName(name.trim()) ?? '');
}

function cgroup({ cgroup: v2, cgroupV1: v1 }: SpawnFlags): string | CgroupPaths | undefined {
  if (v1 === undefined) return v2;
  return v2 === undefined ? { v1 } : { v2, v1 };
}
