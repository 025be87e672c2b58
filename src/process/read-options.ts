// Pure: reads the options of spawn() into a plan. Hot path: straight code, nothing is allocated but the plan.

import { RequestFlag } from '../native/spawning.ts';
import { signalName } from '../signals.ts';
import { readCgroup } from './cgroup-option.ts';
import { type Identity, makeIdentity } from './identity.ts';
import { invalidOption, unknownOption } from './invalid-option.ts';
import {
  booleanOption,
  delayOption,
  integerOption,
  modeOption,
  pathOption,
  signalOption,
} from './option-values.ts';
import { readResourceLimits } from './resource-limits.ts';
import { extrasOf, rulesOf, SpawnPlan } from './spawn-plan.ts';
import { pipeStdio, readStdio } from './stdio-request.ts';

/** Every option, for the message about an unknown one; a test holds it against the type. */
export const optionNames: readonly string[] = [
  'argv0',
  'cgroup',
  'controllingTerminal',
  'cpuAffinity',
  'cwd',
  'env',
  'execDeadlineMs',
  'group',
  'groups',
  'killGroupAtExit',
  'killOnDispose',
  'killSignal',
  'networkNamespace',
  'newSession',
  'nice',
  'noNewPrivs',
  'oomScoreAdj',
  'parentDeathSignal',
  'processGroup',
  'resourceLimits',
  'signal',
  'stdio',
  'timeoutMs',
  'umask',
  'user',
];

/** The plan of a start without options. Never changed. */
const plainPlan = new SpawnPlan(pipeStdio, true);

/** The highest pid_max that Linux allows, see proc_sys_kernel(5). */
const highestPid = 4_194_304;
/** More CPUs than any kernel is built for. */
const highestCpu = 8191;

/**
 * @param options - what the user gave; its type is what it ought to be, so everything is checked
 * @throws InvalidOptionError for mistakes; SpawnError when user or group are unknown or may not be changed to
 */
export function readOptions(options: unknown): SpawnPlan {
  if (options === undefined) return plainPlan;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption('options', options, 'an object');
  }
  const plan = new SpawnPlan(pipeStdio, true);
  const given = options as Readonly<Record<string, unknown>>;
  let identity: Identity | undefined;
  for (const name in given) {
    const value = given[name];
    switch (name) {
      case 'stdio':
        readStdio(plan, value);
        break;
      case 'env':
        plan.env = readEnv(value);
        break;
      case 'cwd':
        plan.cwd = pathOption(name, value);
        break;
      case 'processGroup':
        plan.processGroup = readProcessGroup(value);
        break;
      case 'user':
      case 'group':
      case 'groups':
        identity ??= makeIdentity();
        identity.read(name, value);
        break;
      default:
        readRareOption(plan, name, value);
    }
  }
  if (plan.flags !== 0) {
    checkSession(plan, given);
    checkLeader(plan);
  }
  if (identity !== undefined) identity.resolveInto(plan);
  return plan;
}

function readRareOption(plan: SpawnPlan, name: string, value: unknown): void {
  switch (name) {
    case 'argv0':
      plan.argv0 = readArgv0(value);
      break;
    case 'cgroup':
      readCgroup(plan, value);
      break;
    case 'controllingTerminal':
      setFlag(plan, RequestFlag.controllingTerminal, booleanOption(name, value));
      break;
    case 'cpuAffinity':
      extrasOf(plan).cpuAffinity = readCpus(value);
      break;
    case 'execDeadlineMs':
      plan.execDeadlineMs = delayOption(name, value);
      break;
    case 'killGroupAtExit':
      setFlag(plan, RequestFlag.killsGroupAtExit, booleanOption(name, value));
      break;
    case 'killOnDispose':
      rulesOf(plan).isKilledOnDispose = booleanOption(name, value);
      break;
    case 'killSignal':
      rulesOf(plan).killSignal = signalName(signalOption(name, value));
      break;
    case 'networkNamespace':
      extrasOf(plan).networkNamespace = pathOption(name, value);
      break;
    case 'newSession':
      setFlag(plan, RequestFlag.newSession, booleanOption(name, value));
      break;
    case 'nice':
      extrasOf(plan).nice = integerOption(name, value, -20, 19);
      break;
    case 'noNewPrivs':
      setFlag(plan, RequestFlag.noNewPrivs, booleanOption(name, value));
      break;
    case 'oomScoreAdj':
      plan.oomScoreAdj = integerOption(name, value, -1000, 1000);
      plan.flags |= RequestFlag.oomScoreAdj;
      break;
    case 'parentDeathSignal':
      plan.parentDeathSignal = signalOption(name, value);
      break;
    case 'resourceLimits':
      extrasOf(plan).rlimits = readResourceLimits(value);
      break;
    case 'signal':
      rulesOf(plan).abortSignal = readAbortSignal(value);
      break;
    case 'timeoutMs':
      rulesOf(plan).timeoutMs = delayOption(name, value);
      break;
    case 'umask':
      extrasOf(plan).umask = modeOption(name, value, 0o777);
      break;
    default:
      throw unknownOption(name, optionNames);
  }
}

function setFlag(plan: SpawnPlan, flag: number, isSet: boolean): void {
  if (isSet) plan.flags |= flag;
}

function readEnv(value: unknown): Readonly<Record<string, string | undefined>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption('env', value, 'an object of strings by name');
  }
  // The values are checked one by one when the block is written.
  return value as Readonly<Record<string, string | undefined>>;
}

function readArgv0(value: unknown): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw invalidOption('argv0', value, 'a string without NUL bytes');
}

function readProcessGroup(value: unknown): number {
  if (value === 'inherit') return -1;
  if (value === 'new') return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= highestPid) {
    return value;
  }
  throw invalidOption('processGroup', value, "'inherit', 'new' or the id of a process group");
}

function readCpus(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidOption('cpuAffinity', value, 'an array of at least one CPU number');
  }
  return value.map((cpu, index) => integerOption(`cpuAffinity[${index}]`, cpu, 0, highestCpu));
}

function readAbortSignal(value: unknown): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw invalidOption('signal', value, 'an AbortSignal');
}

/** A new session has a new group by itself, and setpgid(2) refuses its leader. */
function checkSession(plan: SpawnPlan, given: Readonly<Record<string, unknown>>): void {
  const isSession = (plan.flags & RequestFlag.newSession) !== 0;
  if (isSession && plan.processGroup > 0) {
    throw invalidOption('processGroup', plan.processGroup, "'new' or absent with newSession");
  }
  if (isSession && given['processGroup'] === 'inherit') {
    throw invalidOption('processGroup', 'inherit', "'new' or absent with newSession");
  }
  if (isSession) plan.processGroup = -1;
  else if ((plan.flags & RequestFlag.controllingTerminal) !== 0) {
    throw invalidOption('controllingTerminal', true, 'false without newSession');
  }
}

/** Another group than its own may hold strangers. */
function checkLeader(plan: SpawnPlan): void {
  const isLeader = plan.processGroup === 0 || (plan.flags & RequestFlag.newSession) !== 0;
  if (isLeader || (plan.flags & RequestFlag.killsGroupAtExit) === 0) return;
  throw invalidOption('killGroupAtExit', true, "false without processGroup: 'new' or newSession");
}
