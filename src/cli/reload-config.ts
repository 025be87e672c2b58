// Owner of nothing: reads the agent's configuration again, and says what has come of it.

import { readFileSync } from 'node:fs';
import { type AgentConfig, readAgentConfig } from '../agent/agent-config.ts';
import type { AgentLog } from '../agent/agent-log.ts';
import { configChanges } from '../agent/config-changes.ts';
import { messageOf } from '../message-of.ts';

/**
 * @param path absent: there is none
 * @returns what is to be in force: what was, when the file cannot be used
 */
export function reloadConfig(
  path: string | undefined,
  running: AgentConfig,
  log: AgentLog,
): AgentConfig {
  if (path === undefined) {
    log.warn('SIGHUP: there is no configuration to read again, for none was given by --config');
    return running;
  }
  const next = readAgain(path, log);
  if (next === undefined) {
    log.error(`${path} cannot be used: the configuration stays as it was`);
    return running;
  }
  const { config, taken, needRestart } = configChanges(running, next);
  const what = taken.length === 0 ? 'nothing has changed that counts at once' : taken.join(', ');
  log.info(`read ${path} again: ${what}`);
  for (const name of needRestart) log.warn(`${name} has changed, and needs a restart of the agent`);
  return config;
}

function readAgain(path: string, log: AgentLog): AgentConfig | undefined {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    log.error(`cannot read ${path}: ${messageOf(error)}`);
    return undefined;
  }
  const { config, diagnostics } = readAgentConfig(source, path);
  for (const { severity, summary, detail, range } of diagnostics) {
    const place = range === undefined ? path : `${path}:${range.start.line}:${range.start.column}`;
    const text = detail === undefined ? summary : `${summary}. ${detail}`;
    if (severity === 'error') log.error(`${place}: ${text}`);
    else log.warn(`${place}: ${text}`);
  }
  return config;
}
