// Owner of the plugin of a storm, and of what a Nomad client does with it: it starts the tasks, and has those recovered that it has a
// handle of, whenever the instance before has gone.

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { encode } from '@msgpack/msgpack';
import { Driver, type TaskHandle } from '../../../src/nomad-plugin/wire/driver_pb.ts';
import { cleanUp } from '../clean-up.ts';
import { eventually } from '../eventually.ts';
import { PluginProcess } from '../plugin-process.ts';
import type { Storm } from './supervisor.ts';
import type { StormTask } from './tasks.ts';

/** What a client sees of an instance that goes: grpc-js has more than one word for it. */
const gone: readonly number[] = [status.UNAVAILABLE, status.CANCELLED, status.INTERNAL];

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && gone.includes(Number(error.code));
}

export class PluginSupervisor {
  readonly #storm: Storm;
  readonly #handles = new Map<string, TaskHandle>();
  #instance: PluginProcess;
  /** Of the instance that is there now. */
  #serving: Promise<void>;
  #hasAll = false;

  private constructor(storm: Storm, instance: PluginProcess) {
    this.#storm = storm;
    this.#instance = instance;
    this.#serving = this.#serveNow(instance);
  }

  static async start(t: TestContext, storm: Storm): Promise<PluginSupervisor> {
    for (const { task } of storm.tasks) {
      mkdirSync(join(allocDirOf(storm), task.name, 'local'), { recursive: true });
    }
    const supervisor = new PluginSupervisor(storm, await startInstance(storm));
    cleanUp(t, async () => {
      await supervisor.#instance.kill();
      await supervisor.#serving;
    });
    return supervisor;
  }

  get pid(): number {
    return this.#instance.process.pid;
  }

  async replace(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.end(signal);
    this.#instance = await startInstance(this.#storm);
    this.#serving = this.#serveNow(this.#instance);
  }

  /** SIGTERM stands for the end that a client asks for. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    this.#instance.process.kill('SIGCONT');
    if (signal === 'SIGKILL') await this.#instance.kill();
    else await this.#instance.shutDown();
    await this.#serving;
  }

  async untilItHasAll(): Promise<void> {
    await eventually('each task was started or taken over', () => this.#hasAll || undefined);
    await this.#serving;
  }

  /** What it rejects with is told by who waits for it next. */
  #serveNow(instance: PluginProcess): Promise<void> {
    const serving = this.#serve(instance);
    serving.catch(() => undefined);
    return serving;
  }

  /** Never rejects but for a refusal: an instance that goes has a successor. */
  async #serve(instance: PluginProcess): Promise<void> {
    this.#hasAll = false;
    for (const one of this.#storm.tasks) {
      try {
        await this.#have(instance, one);
      } catch (error) {
        if (isGone(error)) return;
        throw error;
      }
      // The others are to be there when the first blows fall.
      await delay(0);
    }
    this.#hasAll = true;
  }

  async #have(instance: PluginProcess, { task }: StormTask): Promise<void> {
    const handle = this.#handles.get(task.id);
    if (handle !== undefined) {
      await instance.call(Driver, 'recoverTask', { taskId: task.id, handle });
      return;
    }
    const answer = await instance.call(Driver, 'startTask', {
      task: {
        id: task.id,
        name: task.name,
        allocId: 'storm',
        allocDir: allocDirOf(this.#storm),
        env: { ...task.env },
        msgpackDriverConfig: encode(task.driverConfig),
      },
    });
    if (answer.handle === undefined) throw new Error(`no handle of ${task.id}`);
    this.#handles.set(task.id, answer.handle);
  }
}

function startInstance({ stateDirectory, cgroupParent }: Storm): Promise<PluginProcess> {
  return PluginProcess.start({
    enabled: true,
    state_dir: stateDirectory,
    cgroup_parent: cgroupParent,
    log_collection: 'keeper',
  });
}

/** Its logs are in alloc/logs. */
function allocDirOf({ directory }: Storm): string {
  return dirname(dirname(directory));
}
