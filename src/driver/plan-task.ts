// Owner of nothing; asks the host: from a task as it was described to a plan in which everything is looked up.

import { impliedLimits } from '../cgroup/limits/implied-limits.ts';
import { resolveCgroupOverride } from './cgroup-override.ts';
import { ConfigError } from './config-error.ts';
import { withoutDenied } from './environment-denial.ts';
import { findProgram } from './find-program.ts';
import { oomScoreAdjToSet } from './oom-score.ts';
import type { RawExecPluginConfig } from './plugin-config.ts';
import type { DriverTask } from './task.ts';
import { parseTaskConfig, type RawExecTaskConfig } from './task-config.ts';
import { withUserVariables } from './task-environment.ts';
import type { TaskOutput, TaskPlan } from './task-host.ts';
import { resolveTaskUser, type TaskUser } from './task-user.ts';

/** What the host was asked about, beside the task. */
export interface PlanContext {
  readonly plugin: RawExecPluginConfig;
  /** The supervisor's own environment. */
  readonly ownEnv: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes every decision about a start, so that what can be refused is refused before anything happens. The one change that
 * it makes comes last: the mode of a program inside the task's directory.
 */
export async function planTask(task: DriverTask, context: PlanContext): Promise<TaskPlan> {
  const config = readTaskConfig(task);
  const user = await resolveTaskUser(task.user, context.plugin);
  const cgroup = await resolveCgroupOverride(config);
  const oomScoreAdj = oomScoreAdjToSet(config.oomScoreAdj);
  const places = { taskDir: task.taskDir, path: context.ownEnv['PATH'] ?? '' };
  const command = await findProgram(config.command, places);
  const limits = (task.limits ?? config.limits) && { ...config.limits, ...task.limits };
  return {
    command,
    args: config.args,
    env: planEnvironment(task, config, user, context),
    cwd: config.workDir ?? task.taskDir,
    stdout: outputOf(task, 'stdout'),
    stderr: outputOf(task, 'stderr'),
    ...(user.credentials && { credentials: user.credentials }),
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
    ...(cgroup && { cgroup }),
    ...(cgroup === undefined && task.givenGroup && { givenGroup: task.givenGroup }),
    ...(task.networkNamespace !== undefined && { networkNamespace: task.networkNamespace }),
    ...(limits && { limits }),
    ...(task.resources && { impliedLimits: impliedLimits(task.resources) }),
  };
}

function readTaskConfig(task: DriverTask): RawExecTaskConfig {
  const result = parseTaskConfig(task.driverConfig);
  if (!result.ok) {
    const what = `the configuration of task ${JSON.stringify(task.name)} cannot be used`;
    throw new ConfigError('ERR_TASK_CONFIG', what, result.issues);
  }
  return result.config;
}

function planEnvironment(
  task: DriverTask,
  config: RawExecTaskConfig,
  user: TaskUser,
  { plugin, ownEnv }: PlanContext,
): Readonly<Record<string, string>> {
  const env = user.named === undefined ? task.env : withUserVariables(task.env, user.named, ownEnv);
  return withoutDenied(env, [...plugin.deniedEnvvars, ...config.deniedEnvvars]);
}

const defaultLogFiles = 10;
const defaultLogFileBytes = 10 * 1024 * 1024;
const defaultLogFileMode = 0o644;

function outputOf(task: DriverTask, stream: 'stdout' | 'stderr'): TaskOutput {
  if (task.pipeOutput === true) {
    return { to: 'pipe' };
  }
  if (task.logs !== undefined) {
    const { directory, maxFiles, maxFileSizeBytes, mode, pump, whenFull } = task.logs;
    return {
      to: 'log',
      directory,
      name: `${task.name}.${stream}`,
      maxFiles: maxFiles ?? defaultLogFiles,
      maxFileSizeBytes: maxFileSizeBytes ?? defaultLogFileBytes,
      mode: mode ?? defaultLogFileMode,
      pump: pump ?? 'splice',
      whenFull: whenFull ?? 'block',
    };
  }
  const path = stream === 'stdout' ? task.stdoutPath : task.stderrPath;
  if (path === undefined || path === '' || path === '/dev/null') return { to: 'nowhere' };
  return { to: task.outputHasReader === true ? 'reader' : 'path', path };
}
