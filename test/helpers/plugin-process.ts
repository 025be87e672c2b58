// Owner of one plugin process and of a connection to it, as a Nomad client has them.

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  create,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { encode } from '@msgpack/msgpack';
import { BasePlugin } from '../../src/nomad-plugin/wire/base_pb.ts';
import { Driver } from '../../src/nomad-plugin/wire/driver_pb.ts';
import { GRPCController } from '../../src/nomad-plugin/wire/go_plugin_pb.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { cliFile } from './command-line.ts';

const handshake = {
  NOMAD_PLUGIN_MAGIC_COOKIE: 'e4327c2e01eabfd75a8a67adb114fb34a757d57eee7728d857a8cec6e91a7255',
  PLUGIN_PROTOCOL_VERSIONS: '2',
};

type UnaryNames<Service extends DescService> = {
  [Name in keyof Service['method']]: Service['method'][Name] extends DescMethodUnary ? Name : never;
}[keyof Service['method']];

/** An instance that has its configuration, and may be asked about tasks. */
export class PluginProcess {
  readonly process: SpawnedProcess;
  readonly #socket: string;
  readonly #client: Client;

  private constructor(process: SpawnedProcess, socket: string) {
    this.process = process;
    this.#socket = socket;
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure());
  }

  /** @param config of the plugin's block */
  static async start(config: object): Promise<PluginProcess> {
    const child = spawn(process.execPath, [cliFile, 'plugin'], {
      env: { ...process.env, ...handshake },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('a pipe was asked for');
    const lines = createInterface({ input: child.stdout });
    const said: unknown[] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    const socket = String(said[0]).split('|')[3];
    if (socket === undefined) throw new Error('the plugin has ended before its handshake');
    const plugin = new PluginProcess(child, socket);
    await plugin.call(BasePlugin, 'setConfig', { msgpackConfig: encode(config) });
    await plugin.call(Driver, 'init', {});
    return plugin;
  }

  /** Rejects with what grpc-js throws: `code` is the status. */
  call<Service extends DescService, Name extends UnaryNames<Service>>(
    service: Service,
    name: Name,
    request: Service['method'][Name] extends DescMethodUnary<infer Input>
      ? MessageInitShape<Input>
      : never,
  ): Promise<
    Service['method'][Name] extends DescMethodUnary<infer _, infer Output>
      ? MessageShape<Output>
      : never
  > {
    const method = service.method[String(name)] as DescMethodUnary;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${service.typeName}/${method.name}`,
        (message: never) => Buffer.from(toBinary(method.input, message)),
        (bytes: Buffer) => fromBinary(method.output, bytes) as never,
        create(method.input, request) as never,
        (error, answer) => {
          if (error === null) resolve(answer as never);
          else reject(error);
        },
      );
    });
  }

  /** As a client that ends by itself: tasks go on. */
  async shutDown(): Promise<void> {
    await this.call(GRPCController, 'shutdown', {});
    await this.process.exited;
    this.#client.close();
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.process.exited;
    this.#client.close();
    // It had no time to do so.
    rmSync(this.#socket, { force: true });
  }
}
