// Owner of an agent from its directories to its last answer.

import { chmod, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import type { Hono } from 'hono';
import { withoutDenied } from '../driver/environment-denial.ts';
import { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { RawExecError } from '../errors.ts';
import { makeDirectory } from '../make-directory.ts';
import { messageOf } from '../message-of.ts';
import type { AgentConfig } from './agent-config.ts';
import type { AgentLog } from './agent-log.ts';
import { deferred } from './deferred.ts';
import { hostAddress, nodeFacts } from './host-node.ts';
import { makeApi } from './http/api.ts';
import { ExecUpgrades } from './http/exec-upgrades.ts';
import type { AgentFacts } from './http/self-json.ts';
import { serve } from './http/serve.ts';
import { AgentCounters } from './metrics/agent-counters.ts';
import { Agent } from './service/agent.ts';
import { StateStore } from './state/state-store.ts';

export interface ServeAgentOptions {
  readonly stateDirectory: string;
  readonly socket: string;
  readonly config: AgentConfig;
  /** The configuration as it is now. */
  readonly newestConfig: () => AgentConfig;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: AgentLog;
}

/** An agent that answers. */
export interface ServedAgent {
  readonly agent: Agent;
  /** Stops to answer, and lets tasks go on or ends them. */
  close(isStoppingTasks: boolean): Promise<void>;
}

/** Allocation directories are passed through by the users of tasks; what else is in it is closed to them. */
const stateMode = 0o711;
const ownMode = 0o700;

/** Rejects with `ERR_AGENT_SOCKET`, `ERR_AGENT_STATE`, and as the driver does. Nothing is started or ended before that is sure. */
export async function serveAgent(options: ServeAgentOptions): Promise<ServedAgent> {
  const { stateDirectory, socket, config, log } = options;
  await makeStateDirectory(stateDirectory);
  const keeper = join(stateDirectory, 'keeper');
  const allocationBase = join(stateDirectory, 'alloc');
  await makeDirectory(keeper, ownMode);
  await makeDirectory(allocationBase);
  await chmod(allocationBase, stateMode);
  await makeDirectory(dirname(socket));
  const lock = await lockState(stateDirectory);
  const api = deferred<Hono>();
  const upgrades = deferred<ExecUpgrades>();
  let server: Server | undefined;
  let driver: RawExecDriver | undefined;
  try {
    server = await serve(api.promise, socket, config.socketMode, (error) =>
      log.error(`${socket}: ${error.message}`),
    );
    server.on('upgrade', (request, connection, head) => {
      void upgrades.promise.then((those) => those.accept(request, connection, head));
    });
    driver = await RawExecDriver.create({
      config: config.driver,
      keeper: {
        stateDirectory: keeper,
        ...(config.cgroupParent !== undefined && { cgroupParent: config.cgroupParent }),
      },
    });
    const store = await StateStore.open(stateDirectory);
    const counters = new AgentCounters();
    counters.watch(driver);
    const agent = await Agent.open({
      ...{ store, driver, counters, allocationBase, gc: config.gc, log },
      env: withoutDenied(options.env, config.envDenylist),
      reservedPorts: config.reserved.ports,
    });
    const host = nodeFacts({ datacenter: 'dc1', region: 'global', hostIp: hostAddress() });
    const node = { id: host['node.unique.id'] ?? '', name: host['node.unique.name'] ?? '' };
    const { version } = options;
    const facts = (): AgentFacts => ({
      config: options.newestConfig(),
      stateDirectory,
      socket,
      version,
    });
    const directories = { allocationBase, keeperDirectory: keeper };
    const context = {
      ...{ agent, driver, counters, node, version, facts, ...directories },
      log: log.error,
    };
    api.resolve(makeApi(context));
    const sessions = new ExecUpgrades(context);
    upgrades.resolve(sessions);
    return {
      agent,
      close: (isStopping) => {
        sessions.close();
        return closeAll(agent, driver, { server, lock }, isStopping);
      },
    };
  } catch (error) {
    await driver?.close();
    server?.close();
    server?.closeAllConnections();
    lock.close();
    throw error;
  }
}

async function closeAll(
  agent: Agent,
  driver: RawExecDriver | undefined,
  { server, lock }: { readonly server: Server | undefined; readonly lock: Server },
  isStoppingTasks: boolean,
): Promise<void> {
  server?.close();
  server?.closeAllConnections();
  if (isStoppingTasks) await agent.endAll();
  await agent.leave();
  await driver?.close();
  // The last: until now another agent must not write what this one writes.
  lock.close();
}

async function makeStateDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path, stateMode);
  } catch (error) {
    throw new RawExecError(
      'ERR_AGENT_STATE',
      `cannot make the state directory ${path}: ${messageOf(error)}. Give another by --state-dir`,
      { path, cause: error },
    );
  }
  const { uid, mode } = await stat(path);
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) {
    throw new RawExecError(
      'ERR_AGENT_STATE',
      `cannot use the state directory ${path}: others own it or may write it. Give it to the agent's user alone (chmod go-w)`,
      { path },
    );
  }
}

/** One agent for a directory: its records have one writer. */
async function lockState(stateDirectory: string): Promise<Server> {
  // Nobody asks there.
  const nothing = new Promise<Hono>(() => undefined);
  try {
    // Nobody asks there, so nothing fails.
    return await serve(nothing, join(stateDirectory, 'agent.lock'), 0o600, () => undefined);
  } catch (error) {
    throw new RawExecError(
      'ERR_AGENT_STATE',
      `cannot use the state directory ${stateDirectory}: another agent has it, or ${messageOf(error)}. End that one, or give another by --state-dir`,
      { path: stateDirectory, cause: error },
    );
  }
}
