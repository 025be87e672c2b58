// Owner of what the plugin is between its calls: its settings, and its driver once that is needed.

import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { status } from '@grpc/grpc-js';
import type { Fingerprint } from '../driver/fingerprint.ts';
import { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { messageOf } from '../message-of.ts';
import { decodeBlock } from './cty-values.ts';
import { CallError } from './grpc-errors.ts';
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

const off: PluginSettings = { driver: {}, isEnabled: false, poolSize: 0 };

export class Plugin {
  readonly name: string;
  readonly log: PluginLog;
  readonly groups: NomadGroups;
  readonly #defaultDirectory: string;
  #settings: PluginSettings = off;
  /** Why no task may start though the driver is enabled. */
  #problem: string | undefined;
  #driver: Promise<RawExecDriver> | undefined;
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

  /** Tasks go on. */
  async close(): Promise<void> {
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.close();
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
