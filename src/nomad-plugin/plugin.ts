// Owner of what the plugin is between its calls: its settings, and its driver once that is needed.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { Fingerprint } from '../driver/fingerprint.ts';
import { KeeperHost } from '../driver/keeper-host.ts';
import { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { settlesWithin } from '../driver/within.ts';
import { makeDirectory } from '../make-directory.ts';
import { messageOf } from '../message-of.ts';
import { decodeBlock } from './cty-values.ts';
import { CallError } from './grpc-errors.ts';
import { HeldTasks } from './held-tasks.ts';
import { NomadGroups } from './nomad-groups.ts';
import type { PluginLog } from './plugin-log.ts';
import { type PluginSettings, readPluginSettings } from './plugin-settings.ts';

export interface PluginOptions {
  /** As Nomad knows the driver: `raw_exec`, or another name to run beside the one that is built in. */
  readonly name: string;
  /** Used where the configuration names none. */
  readonly stateDirectory: string;
  readonly log: PluginLog;
}

/** What there is once tasks are asked about. */
export interface Serving {
  readonly driver: RawExecDriver;
  /** Tasks that were there before this instance was. */
  readonly held: HeldTasks;
}

const off: PluginSettings = { driver: {}, isEnabled: false, poolSize: 0 };

/** As often as Nomad's own drivers. */
const fingerprintPauseMs = 30_000;
/** Before its fingerprint Nomad's agent waits for a plugin, and with it for this. */
const keeperPatienceMs = 5000;

export class Plugin {
  readonly name: string;
  readonly log: PluginLog;
  readonly groups: NomadGroups;
  readonly #defaultDirectory: string;
  #settings: PluginSettings = off;
  #configuredBy: Buffer = Buffer.alloc(0);
  /** Why no task may start. */
  #problem: string | undefined;
  /** Why tasks that were started before cannot be found, either. */
  #placeProblem: string | undefined;
  #host: KeeperHost | undefined;
  #serving: Promise<Serving> | undefined;

  constructor({ name, stateDirectory, log }: PluginOptions) {
    this.name = name;
    this.log = log;
    this.groups = new NomadGroups(log);
    this.#defaultDirectory = stateDirectory;
  }

  get settings(): PluginSettings {
    return this.#settings;
  }

  /**
   * Takes the configuration. Nothing else happens: Nomad asks instances for this that it throws away, beside one that serves. Values
   * that cannot be used are told by the fingerprint, since a plugin that refuses its configuration keeps the whole agent from starting.
   *
   * @throws CallError for what is no configuration at all, and for another one once tasks are looked after
   */
  configure(bytes: Uint8Array): void {
    const given = Buffer.from(bytes);
    const decoded = decodeBlock(bytes);
    if (!decoded.ok) {
      const what = `the configuration of plugin "${this.name}" cannot be read: ${decoded.problem}`;
      throw new CallError(status.INVALID_ARGUMENT, what);
    }
    if (this.#serving !== undefined) {
      if (given.equals(this.#configuredBy)) return;
      const what = `plugin "${this.name}" looks after tasks with another configuration already: end it, and start it anew`;
      throw new CallError(status.FAILED_PRECONDITION, what);
    }
    this.#configuredBy = given;
    const result = readPluginSettings(decoded.value);
    this.#settings = result.ok ? result.settings : { ...off, ...result.places };
    this.#problem = undefined;
    this.#placeProblem = undefined;
    if (result.ok) return;
    const problems = result.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    this.#problem = `plugin "${this.name}" cannot be used with its configuration: ${problems.join('; ')}`;
    if (result.places === undefined) this.#placeProblem = this.#problem;
    this.log.error(this.#problem);
  }

  /** Made at the first call: the keeper is not asked before. Rejects when there is none to be had, and is made anew then. */
  serving(): Promise<Serving> {
    this.#serving ??= this.#open().catch((error: unknown) => {
      this.#serving = undefined;
      throw error;
    });
    return this.#serving;
  }

  async driver(): Promise<RawExecDriver> {
    return (await this.serving()).driver;
  }

  /** @throws CallError when no task may start */
  checkUsable(): void {
    if (this.#problem !== undefined) {
      throw new CallError(status.FAILED_PRECONDITION, this.#problem);
    }
  }

  /** What Nomad is to know of this host. Never rejects: a host that is of no use is told as that, until it is of use. */
  async *fingerprints(signal: AbortSignal): AsyncGenerator<Fingerprint, void, undefined> {
    while (!signal.aborted) {
      yield await this.#fingerprint();
      await delay(fingerprintPauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Tasks go on. */
  async close(): Promise<void> {
    const serving = await this.#serving?.catch(() => undefined);
    await serving?.driver.close();
  }

  async #fingerprint(): Promise<Fingerprint> {
    if (this.#problem !== undefined) return undetected(this.#problem);
    if (!this.#settings.isEnabled) return undetected('disabled');
    try {
      const connected = this.#connect();
      if (!(await settlesWithin(connected, keeperPatienceMs))) {
        connected.catch((error: unknown) => this.log.warn(messageOf(error)));
        return undetected('the keeper of the tasks does not answer');
      }
      const driver = await connected;
      for await (const fingerprint of driver.fingerprint()) return fingerprint;
      return undetected('the plugin is ending');
    } catch (error) {
      return undetected(messageOf(error));
    }
  }

  async #connect(): Promise<RawExecDriver> {
    const { driver } = await this.serving();
    // One that has gone is replaced by this.
    await this.#host?.connect();
    return driver;
  }

  async #open(): Promise<Serving> {
    if (this.#placeProblem !== undefined) {
      throw new CallError(status.FAILED_PRECONDITION, this.#placeProblem);
    }
    const settings = this.#settings;
    const { stateDirectory = this.#defaultDirectory, cgroupParent, poolSize } = settings;
    await makeStateDirectory(stateDirectory);
    const host = new KeeperHost({
      stateDirectory,
      poolSize,
      ...(cgroupParent !== undefined && { cgroupParent }),
    });
    try {
      await host.connect();
      const held = new HeldTasks(await host.heldIds());
      const driver = await RawExecDriver.create({ config: settings.driver, host });
      this.#host = host;
      return { driver, held };
    } catch (error) {
      await host.close();
      throw error;
    }
  }
}

async function makeStateDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path, 0o700);
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
