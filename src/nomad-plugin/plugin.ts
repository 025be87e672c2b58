// Owner of what the plugin is between its calls: its settings, its driver once that is needed, and the tasks that Nomad knows of.

import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { status } from '@grpc/grpc-js';
import type { GivenGroup } from '../cgroup/given-group.ts';
import { containByGroups } from '../containment/group-containment.ts';
import type { Fingerprint } from '../driver/fingerprint.ts';
import { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { decodeBlock } from './cty-values.ts';
import { CallError } from './grpc-errors.ts';
import type { PluginLog } from './plugin-log.ts';
import { type PluginSettings, readPluginSettings } from './plugin-settings.ts';

export interface PluginOptions {
  /** As Nomad knows the driver: `raw_exec`, or another name to run beside the one that is built in. */
  readonly name: string;
  /** Used where the configuration names none. */
  readonly stateDirectory: string;
  readonly log: PluginLog;
}

const off: PluginSettings = { driver: {}, isEnabled: false, poolSize: 0 };

/** How long the processes of a scope may take to end after SIGKILL. */
const killGraceMs = 15_000;

export class Plugin {
  readonly name: string;
  readonly log: PluginLog;
  readonly #defaultDirectory: string;
  #settings: PluginSettings = off;
  /** Why no task may start though the driver is enabled. */
  #problem: string | undefined;
  #driver: Promise<RawExecDriver> | undefined;
  /** Groups of tasks that another driver has started, by the ids that Nomad has for them. */
  readonly #foreign = new Map<string, GivenGroup | undefined>();
  /** Ids of the tasks in the groups that Nomad has made, by directory. */
  readonly #inGroup = new Map<string, string>();

  constructor({ name, stateDirectory, log }: PluginOptions) {
    this.name = name;
    this.log = log;
    this.#defaultDirectory = stateDirectory;
  }

  get settings(): PluginSettings {
    return this.#settings;
  }

  /**
   * Takes the configuration. Nothing else happens: Nomad asks instances for this that it throws away, beside one that serves. Values
   * that cannot be used are told by the fingerprint, since a plugin that refuses its configuration keeps the whole agent from starting.
   *
   * @throws CallError for what is no configuration at all
   */
  configure(bytes: Uint8Array): void {
    const decoded = decodeBlock(bytes);
    if (!decoded.ok) {
      const what = `the configuration of plugin "${this.name}" cannot be read: ${decoded.problem}`;
      throw new CallError(status.INVALID_ARGUMENT, what);
    }
    const result = readPluginSettings(decoded.value);
    if (result.ok) {
      this.#settings = result.settings;
      this.#problem = undefined;
      return;
    }
    const problems = result.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    this.#settings = off;
    this.#problem = `plugin "${this.name}" cannot be used with its configuration: ${problems.join('; ')}`;
    this.log.error(this.#problem);
  }

  /** The driver. Made at the first call: the keeper is not asked before. Rejects when its state has no place. */
  driver(): Promise<RawExecDriver> {
    this.#driver ??= this.#makeDriver().catch((error: unknown) => {
      this.#driver = undefined;
      throw error;
    });
    return this.#driver;
  }

  /** @throws CallError when no task may start */
  checkUsable(): void {
    if (this.#problem !== undefined) {
      throw new CallError(status.FAILED_PRECONDITION, this.#problem);
    }
  }

  /** What Nomad is to know of this host. Never rejects: a host that is of no use is told as that. */
  async *fingerprints(signal: AbortSignal): AsyncGenerator<Fingerprint, void, undefined> {
    if (this.#problem !== undefined) {
      yield undetected(this.#problem);
      return;
    }
    if (!this.#settings.isEnabled) {
      yield undetected('disabled');
      return;
    }
    try {
      const driver = await this.driver();
      yield* driver.fingerprint({ signal });
    } catch (error) {
      yield undetected(messageOf(error));
    }
  }

  /** A task that another driver has started: what runs of it ends when Nomad has it destroyed. */
  noteForeign(id: string, group: GivenGroup | undefined): void {
    this.#foreign.set(id, group);
  }

  /** @returns whether it was one of another driver */
  async destroyForeign(id: string): Promise<boolean> {
    if (!this.#foreign.has(id)) return false;
    const group = this.#foreign.get(id);
    if (group !== undefined) await this.#killAllIn(group, id);
    this.#foreign.delete(id);
    return true;
  }

  /** Ends what is left in the group of a task that is about to start there: no second copy runs beside it. */
  async emptyBeforeStart(id: string, group: GivenGroup): Promise<void> {
    const before = this.#inGroup.get(keyOf(group));
    const driver = await this.driver();
    if (before !== undefined && before !== id) {
      await driver.destroyTask(before, { force: true });
    }
    await this.#killAllIn(group, id);
    this.#inGroup.set(keyOf(group), id);
  }

  /** A task of ours, taken over. */
  noteRecovered(id: string, group: GivenGroup | undefined): void {
    if (group !== undefined) this.#inGroup.set(keyOf(group), id);
  }

  noteDestroyed(id: string): void {
    for (const [directory, task] of this.#inGroup) {
      if (task === id) this.#inGroup.delete(directory);
    }
  }

  /** Tasks go on. */
  async close(): Promise<void> {
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.close();
  }

  async #killAllIn({ v2, v1 = {} }: GivenGroup, id: string): Promise<void> {
    const groups = Object.entries(v1).map(([controller, directory]) => ({ controller, directory }));
    const containment = containByGroups({ ...(v2 !== undefined && { v2 }), v1: groups });
    if (containment === undefined) return;
    try {
      if (containment.isEmpty()) return;
      this.log.warn('ends processes that are left in the group of a task', {
        task_id: id,
        processes: containment.members().length,
      });
      const { survivors } = await containment.killAll(killGraceMs);
      if (survivors.length === 0) return;
      const pids = survivors.map(({ pid }) => pid).join(', ');
      const what = `processes in ${containment.name} do not end even after SIGKILL: ${pids}`;
      throw new CallError(status.FAILED_PRECONDITION, what);
    } catch (error) {
      // Nomad has removed the group: then nothing is in it.
      if (!hasErrorCode(error, ['ENOENT', 'ENODEV'])) throw error;
    } finally {
      containment.close();
    }
  }

  async #makeDriver(): Promise<RawExecDriver> {
    const {
      driver,
      stateDirectory = this.#defaultDirectory,
      cgroupParent,
      poolSize,
    } = this.#settings;
    await makeStateDirectory(stateDirectory);
    return RawExecDriver.create({
      config: driver,
      keeper: {
        stateDirectory,
        poolSize,
        ...(cgroupParent !== undefined && { cgroupParent }),
      },
    });
  }
}

async function makeStateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CallError(
      status.FAILED_PRECONDITION,
      `cannot use the state directory ${path}: ${messageOf(error)}. Name another one by state_dir in the plugin's config`,
      { cause: error },
    );
  }
}

function undetected(healthDescription: string): Fingerprint {
  return { attributes: {}, health: 'undetected', healthDescription };
}

function keyOf({ v2, v1 = {} }: GivenGroup): string {
  return v2 ?? Object.values(v1)[0] ?? '';
}
