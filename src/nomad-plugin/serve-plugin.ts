// Owner of the plugin's process from its handshake to the host's word that it may end.

import { X509Certificate } from 'node:crypto';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { settlesWithin } from '../driver/within.ts';
import { RawExecError } from '../errors.ts';
import { messageOf } from '../message-of.ts';
import { baseHandlers } from './base-service.ts';
import { driverHandlers } from './driver-service.ts';
import { addService } from './grpc-services.ts';
import { type HostWishes, handshakeLine } from './handshake.ts';
import { Plugin, type PluginOptions } from './plugin.ts';
import { bindPrivately, newSocketPath, openToGroup, removeSocket } from './plugin-socket.ts';
import {
  brokerHandlers,
  controllerHandlers,
  healthHandlers,
  stdioHandlers,
} from './support-services.ts';
import { BasePlugin } from './wire/base_pb.ts';
import { Driver } from './wire/driver_pb.ts';
import { GRPCBroker, GRPCController, GRPCStdio } from './wire/go_plugin_pb.ts';
import { Health } from './wire/health_pb.ts';

export interface ServePluginOptions extends PluginOptions {
  readonly wishes: HostWishes;
  /** Takes the line that the host waits for. */
  readonly write: (line: string) => void;
}

/** The host sets no limit to what it sends, and expects none. */
const anySize = -1;

/** How long calls under way may take once the host has asked for the end; it waits for two seconds. */
const graceMs = 1000;

/** Resolves when the host has asked for the end, and calls are answered. Tasks go on. */
export async function servePlugin(options: ServePluginOptions): Promise<void> {
  const { wishes, write } = options;
  const plugin = new Plugin(options);
  const server = new Server({
    'grpc.max_receive_message_length': anySize,
    'grpc.max_send_message_length': anySize,
    // Nobody asks for what it would count with each message.
    'grpc.enable_channelz': 0,
  });
  let end: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    end = resolve;
  });
  addService(server, BasePlugin, baseHandlers(plugin));
  addService(server, Driver, driverHandlers(plugin));
  addService(server, Health, healthHandlers());
  addService(server, GRPCBroker, brokerHandlers());
  addService(server, GRPCController, controllerHandlers(end));
  addService(server, GRPCStdio, stdioHandlers());
  const { credentials, der } = await credentialsFor(wishes);
  const socket = newSocketPath(wishes);
  try {
    await bindPrivately(() => bind(server, socket, credentials));
    openToGroup(socket, wishes);
    write(handshakeLine(socket, wishes, der));
    await asked;
    await shutDown(server);
    // A keeper that does not answer is not waited for: the host is about to kill.
    await settlesWithin(plugin.close(), graceMs / 2);
  } finally {
    server.forceShutdown();
    removeSocket(socket);
  }
}

async function credentialsFor({
  clientCertificate,
}: HostWishes): Promise<{ readonly credentials: ServerCredentials; readonly der?: Buffer }> {
  if (clientCertificate === undefined) return { credentials: ServerCredentials.createInsecure() };
  checkCertificate(clientCertificate);
  // It takes longer to load than all the rest, and Nomad has not asked for it so far.
  const { makeOwnCertificate } = await import('./auto-mtls.ts');
  const { certificatePem, keyPem, der } = await makeOwnCertificate();
  const own = { private_key: Buffer.from(keyPem), cert_chain: Buffer.from(certificatePem) };
  const credentials = ServerCredentials.createSsl(Buffer.from(clientCertificate), [own], true);
  return { credentials, der };
}

function bind(server: Server, socket: string, credentials: ServerCredentials): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, credentials, (error) => {
      if (error === null) resolve();
      else reject(cannotListen(socket, error));
    });
  });
}

/** Streams that the host holds open never end by themselves. */
function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Otherwise nobody could connect, and nobody would be told why. @throws RawExecError */
function checkCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new RawExecError(
      'ERR_PLUGIN_CERTIFICATE',
      `cannot let the host connect by TLS: PLUGIN_CLIENT_CERT holds no certificate (${messageOf(error)})`,
      { cause: error },
    );
  }
}

function cannotListen(path: string, error: Error): RawExecError {
  return new RawExecError(
    'ERR_PLUGIN_SOCKET',
    `cannot listen on ${path}: ${messageOf(error)}. Give another directory by PLUGIN_UNIX_SOCKET_DIR or TMPDIR`,
    { path, cause: error },
  );
}
