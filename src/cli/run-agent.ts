// Owner of the agent's process: from its configuration to the signal that ends it.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AgentConfig, defaultAgentConfig, readAgentConfig } from '../agent/agent-config.ts';
import { AgentLog } from '../agent/agent-log.ts';
import { defaultAgentPaths } from '../agent/agent-paths.ts';
import { serveAgent } from '../agent/serve-agent.ts';
import { ServiceManager } from '../agent/service-manager.ts';
import { parsePluginConfig } from '../driver/plugin-config.ts';
import { renderDiagnostics } from '../job/render-diagnostics.ts';
import { messageOf } from '../message-of.ts';
import { native } from '../native.ts';
import { failureExitCode } from './exit-codes.ts';
import { hasColours, printError } from './print.ts';
import { reloadConfig } from './reload-config.ts';
import { UserError } from './user-error.ts';
import { version } from './version.ts';

interface AgentFlags {
  readonly config?: string;
  readonly stateDir?: string;
  readonly socket?: string;
}

type EndSignal = 'SIGINT' | 'SIGTERM';

/** Resolves when it has ended as asked. */
export async function runAgent(flags: AgentFlags): Promise<void> {
  let config = flags.config === undefined ? defaultAgentConfig : readConfigFile(flags.config);
  const log = new AgentLog(printError, config.log);
  const paths = defaultAgentPaths(process.env, process.geteuid?.() === 0);
  const ending = untilAskedToEnd();
  const reloads = reloadRequests();
  // Before anything is started: its variables are for this process.
  const manager = new ServiceManager(process.env, log.warn);
  const stateDirectory = resolve(flags.stateDir ?? config.stateDirectory ?? paths.stateDirectory);
  const socket = resolve(flags.socket ?? config.socket ?? paths.socket);
  const { agent, close } = await serveAgent({
    ...{ stateDirectory, socket, config, newestConfig: () => config, version, log },
    env: ownEnvironment(),
  });
  if (!isEnabled(config.driver)) {
    log.warn(
      'the driver is off, and no task will start: set enabled = true in plugin "raw_exec" { config { … } }',
    );
  }
  const status = `serves ${socket}, with ${agent.jobs().length} jobs in ${stateDirectory}`;
  log.info(status);
  manager.ready(status);
  reloads.serve(() => {
    // It is the signal of that, too.
    native.leaveLostTerminals();
    manager.reloading();
    const before = config;
    config = reloadConfig(flags.config, config, log);
    log.configure(config.log);
    agent.garbage.configure(config.gc);
    const what =
      config === before ? 'its configuration unchanged' : 'a configuration that was read again';
    manager.ready(`serves ${socket}, with ${what}`);
  });
  const signal = await ending;
  const isStopping = signal === 'SIGTERM' && config.isStoppingTasks;
  log.info(isStopping ? 'ends, with its tasks' : 'ends; its tasks go on');
  manager.stopping();
  await close(isStopping);
  manager.close();
  native.leaveLostTerminals();
  // What waits for later starts of tasks would hold the process.
  process.exit(0);
}

function ownEnvironment(): Record<string, string> {
  const given = Object.entries(process.env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}

function isEnabled(driver: AgentConfig['driver']): boolean {
  const result = parsePluginConfig(driver);
  return result.ok && result.config.isEnabled;
}

function readConfigFile(path: string): AgentConfig {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${messageOf(error)}`, failureExitCode, error);
  }
  const { config, diagnostics } = readAgentConfig(source, path);
  const sources = new Map([[path, source]]);
  printError(renderDiagnostics(diagnostics, { sources, colour: hasColours(2) }));
  if (config === undefined)
    throw new UserError(`${path} cannot be used; nothing was started.`, failureExitCode);
  return config;
}

function untilAskedToEnd(): Promise<EndSignal> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done(signal));
  });
}

/** SIGHUP, from now on: one that comes before there is an agent waits for it. */
function reloadRequests(): { serve: (reload: () => void) => void } {
  let isAsked = false;
  let reload = (): void => {
    isAsked = true;
  };
  process.on('SIGHUP', () => reload());
  return {
    serve: (real) => {
      reload = real;
      if (isAsked) real();
    },
  };
}
