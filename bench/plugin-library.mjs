// Entry of the bundle by which bench/workers/plugin-process.ts speaks with a plugin.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { BasePlugin } from '../src/nomad-plugin/wire/base_pb.ts';
import { Driver } from '../src/nomad-plugin/wire/driver_pb.ts';
import { GRPCController } from '../src/nomad-plugin/wire/go_plugin_pb.ts';

// biome-ignore lint/performance/noBarrelFile: it is the entry of a bundle
export { encode } from '@msgpack/msgpack';

/** A promise for each method with one answer, a readable stream for those with many. */
export function connect(socket) {
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  return {
    base: methodsOf(client, BasePlugin),
    driver: methodsOf(client, Driver),
    controller: methodsOf(client, GRPCController),
    close: () => client.close(),
  };
}

function methodsOf(client, service) {
  const asked = service.methods.filter(({ methodKind }) => methodKind !== 'bidi_streaming');
  return Object.fromEntries(
    asked.map((method) => [method.localName, methodOf(client, service, method)]),
  );
}

function methodOf(client, service, { name, input, output, methodKind }) {
  const path = `/${service.typeName}/${name}`;
  const serialize = (message) => Buffer.from(toBinary(input, message));
  const deserialize = (bytes) => fromBinary(output, bytes);
  if (methodKind === 'server_streaming') {
    return (init) =>
      client.makeServerStreamRequest(path, serialize, deserialize, create(input, init));
  }
  return (init) =>
    new Promise((resolve, reject) => {
      const message = create(input, init);
      client.makeUnaryRequest(path, serialize, deserialize, message, (error, answer) => {
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
}
